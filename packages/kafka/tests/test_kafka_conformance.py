"""What every connector keeps to, and the inputs of every version of Camunda's own Kafka template."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectory_kafka import kafka
from connectory_kafka.requests import InlineSchema, NoSchema, Publish, SchemaRegistry
from connectory_sdk.binding import bind
from connectory_sdk.errors import ConnectorInputError
from connectory_sdk.testing import ConnectorTests

SCHEMA = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}'
PLACE = {"topic": {"bootstrapServers": "localhost:9092", "topicName": "orders"}, "message": {"key": "k", "value": "v"}}


class TestKafka(ConnectorTests):
    connector = kafka
    templates = Path(__file__).parents[1] / "src" / "connectory_kafka" / "templates"
    example: ClassVar[dict[str, dict[str, Any]]] = {
        "publish": {
            **PLACE,
            "authentication": {"username": "alice", "password": "geheim"},
            "schemaStrategy": {
                "type": "schemaRegistry",
                "schema": SCHEMA,
                "schemaRegistryUrl": "https://registry.example.com",
                "schemaType": "avro",
            },
            "headers": {"source": "shop"},
            "additionalProperties": {"sasl.mechanism": "SCRAM-SHA-512"},
        }
    }
    inbound_example: ClassVar[dict[str, dict[str, Any]]] = {
        "io.camunda:connector-kafka-inbound:1": {
            "authenticationType": "credentials",
            "authentication": {"username": "alice", "password": "geheim"},
            "topic": {"bootstrapServers": "localhost:9092", "topicName": "orders"},
            "groupId": "orders",
            "autoOffsetReset": "latest",
        }
    }


def official() -> list[dict[str, Any]]:
    """Return the official templates of this job type, none where they are not at hand."""
    path = os.environ.get("CONNECTORY_OFFICIAL_TEMPLATES")
    if not path:
        return []
    return [t for t in json.loads(Path(path).read_text())["templates"] if t.get("jobType") == kafka.type]


VALUES = {
    "authentication.username": "alice",
    "authentication.password": "geheim",
    "topic.bootstrapServers": "localhost:9092",
    "topic.topicName": "orders",
    "message.key": "k",
    "message.value": {"id": 1},
    "headers": {"source": "shop"},
    "additionalProperties": {"linger.ms": 5},
    "schema": SCHEMA,
    "avro.schema": SCHEMA,
    "schemaStrategy.schema": SCHEMA,
    "schemaStrategy.avro.schema": SCHEMA,
    "schemaRegistryUrl": "https://registry.example.com",
    "schemaStrategy.schemaRegistryUrl": "https://registry.example.com",
}
"""What a modeller writes into the fields that have no choices."""


def inputs(template: dict[str, Any], choice: dict[str, str]) -> dict[str, Any]:
    """Return what the template writes with a choice: only the properties whose conditions hold."""
    chosen: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for entry in template["properties"]:
        key = entry.get("id", entry["binding"])
        if not all(holds(part, chosen) for part in entry.get("condition", "").split(" and ") if part):
            continue
        chosen[key] = choice.get(key, entry.get("default")) if entry.get("choices") else VALUES.get(entry["binding"])
        if entry["bindingType"] == "zeebe:input":
            place = nested
            *path, last = entry["binding"].split(".")
            for part in path:
                place = place.setdefault(part, {})
            place[last] = chosen[key]
    return nested


def holds(part: str, chosen: dict[str, Any]) -> bool:
    """Tell whether a part of a condition holds."""
    name, operator, wanted = re.fullmatch(r"\(?(\S+) (==|in) (.+?)\)?", part).groups()  # type: ignore[union-attr]
    value, values = chosen.get(name), json.loads(wanted)
    return value == values if operator == "==" else value in values


def choices(template: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the defaults, and each choice of each dropdown beside each other choice."""
    dropdowns = [p for p in template["properties"] if p.get("choices")]
    yield {}
    for one in dropdowns:
        for value in one["choices"]:
            for other in dropdowns:
                for second in other["choices"]:
                    yield {one.get("id", one["binding"]): value, other.get("id", other["binding"]): second}


def named(template: dict[str, Any]) -> str:
    return f"{template['id']}-{template['version']}-{template['source']}"


@pytest.mark.skipif(not official(), reason="CONNECTORY_OFFICIAL_TEMPLATES is not set")
@pytest.mark.parametrize("template", official(), ids=named)
async def test_every_official_version_binds(template: dict[str, Any]) -> None:
    """With its defaults and each choice of each dropdown, what a version writes is accepted and means the same."""
    for choice in choices(template):
        written = inputs(template, choice)

        request = await bind(Publish, written)

        strategy = written.get("schemaStrategy", {}).get("type")
        avro = (
            strategy == "inlineSchema" or written.get("serializationType") == "avro" or named(template).count("avro-v1")
        )
        expected: type[Any] = SchemaRegistry if strategy == "schemaRegistry" else InlineSchema if avro else NoSchema
        assert isinstance(request.strategy, expected), written
        assert request.topic.topic_name == "orders"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ({}, NoSchema),
        ({"schemaStrategy": None}, NoSchema),
        ({"serializationType": "json", "avro": {"schema": SCHEMA}}, NoSchema),
        ({"serializationType": "avro", "avro": {"schema": SCHEMA}}, InlineSchema),
        ({"avro": {"schema": SCHEMA}}, InlineSchema),
        ({"schemaStrategy": {"type": "inlineSchema", "avro": {"schema": SCHEMA}}}, InlineSchema),
        ({"schemaStrategy": {"type": "inlineSchema"}, "schema": SCHEMA}, InlineSchema),
        ({"schemaStrategy": {"type": "inlineSchema"}, "avro": {"schema": SCHEMA}}, InlineSchema),
        ({"type": "inlineSchema", "avro": {"schema": SCHEMA}}, InlineSchema),
        ({"type": "noSchema", "avro": {"schema": SCHEMA}}, NoSchema),
        (
            {"type": "schemaRegistry", "schema": SCHEMA, "schemaType": "avro", "schemaRegistryUrl": "http://r"},
            SchemaRegistry,
        ),
        (
            {"schemaStrategy": {"type": "schemaRegistry"}, "schema": SCHEMA, "schemaRegistryUrl": "http://r"},
            SchemaRegistry,
        ),
        ({"schemaStrategy": {"type": "noSchema"}, "serializationType": "avro", "avro": {"schema": SCHEMA}}, NoSchema),
        ({"schemaStrategy": {"type": "inlineSchema", "schema": {"type": "string"}}}, InlineSchema),
    ],
)
async def test_old_places_of_the_schema_are_read(written: dict[str, Any], kind: type[Any]) -> None:
    """Revisions of version 5 wrote the strategy in five places; the newest one that is there counts."""
    request = await bind(Publish, {**PLACE, **written})

    assert isinstance(request.strategy, kind)
    assert kind is NoSchema or request.strategy.text in (SCHEMA, {"type": "string"})  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"topic": {"bootstrapServers": "b:1", "topicName": ""}}, r"topic\.topicName: .*must not be empty"),
        ({"topic": {"bootstrapServers": "", "topicName": "t"}}, r"topic\.bootstrapServers: .*must not be empty"),
        (
            {"topic": {"bootstrapServers": "b:1", "topicName": "a b"}},
            r"topic\.topicName: .*'a b' is no name of a topic",
        ),
        ({"topic": None}, "topic"),
        ({"message": {"key": "k", "value": None}}, r"message\.value: .*must not be null; check the expression"),
        ({"message": {"key": "k"}}, r"message\.value: .*must not be null"),
        ({"authentication": {"username": "alice"}}, "Username / password pair is required: 'password' is empty"),
        ({"authentication": {"password": "geheim"}}, "Username / password pair is required: 'username' is empty"),
        (
            {"additionalProperties": '{"acks": 1}'},
            r"additionalProperties: .*must be a map, got text; write a FEEL context",
        ),
        ({"headers": "a=b"}, r"headers: .*must be a map, got text"),
        ({"schemaStrategy": {"type": "inlineSchema"}}, r"schemaStrategy\.schema: .*must not be"),
        ({"schemaStrategy": {"type": "other"}}, "schemaStrategy"),
        ({"schemaStrategy": {"type": "schemaRegistry", "schema": SCHEMA}}, r"schemaRegistryUrl: .*must not be"),
    ],
)
async def test_common_mistakes_name_the_field(written: dict[str, Any], message: str) -> None:
    """Each mistake in a model is one line with field and remedy, and no value of a secret."""
    with pytest.raises(ConnectorInputError, match=message) as raised:
        await bind(Publish, {**PLACE, **written})

    assert "geheim" not in str(raised.value)
    assert len(str(raised.value).splitlines()) <= 2  # the head of a bean validation, and the one line


async def test_no_credentials_are_no_credentials() -> None:
    """Blank fields of the form and null mean the same."""
    for written in (None, {}, {"username": "", "password": " "}, {"username": None, "password": None}):
        request = await bind(Publish, {**PLACE, "authentication": written})

        assert (request.authentication.username, request.authentication.password) == (None, None)


def test_printing_a_request_shows_no_password_of_the_properties() -> None:
    """Credentials in additionalProperties are as secret as those in their fields."""
    request = Publish.model_validate({**PLACE, "additionalProperties": {"sasl.jaas.config": 'x password="geheim";'}})

    assert "geheim" not in repr(request)


def test_all_names_of_old_templates_are_fetched() -> None:
    """A variable that is not fetched cannot be a fallback."""
    assert {"serializationType", "avro", "schema", "schemaType", "schemaRegistryUrl", "type"} <= set(
        kafka.input_variables
    )


def test_installed_alone_it_brings_its_own_library_only() -> None:
    """Using the connector imports no other connector's library, and looking at it imports none."""
    code = "import sys, connectory_kafka; print(sorted({'aiokafka', 'httpx', 'fastavro', 'msal'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
