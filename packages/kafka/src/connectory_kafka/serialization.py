"""What goes on the wire for a key, headers and a value, by the schema strategy."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from connectory_kafka.jsontext import parse, written
from connectory_kafka.registry import Registry, framed
from connectory_kafka.requests import InlineSchema, NoSchema, SchemaRegistry

KEPT = 256  # schemas that stay parsed; a model has one or two


class SerializationError(Exception):
    """A message that cannot be written; trying again would not help."""


def key_bytes(key: Any) -> bytes | None:
    """Return a key: text as it is, other values as JSON. An absent key is none, not the text ``null``."""
    return None if key is None or key == "" else text_bytes(key)


def text_bytes(value: Any) -> bytes:
    """Return text as it is and other values as JSON."""
    return value.encode() if isinstance(value, str) else written(value)


def header_list(headers: Mapping[str, Any] | None) -> list[tuple[str, bytes | None]]:
    """Return header fields; numbers and the like as text, null as a field without a value."""
    if not headers:
        return []
    return [(name, None if value is None else text_bytes(value)) for name, value in headers.items()]


class Serializer:
    """Writes values; keeps parsed schemas and one client for each registry.

    Args:
        registry_url: Stands in for the registry of every model.
    """

    def __init__(self, *, registry_url: str | None = None) -> None:
        self.registry_url = registry_url
        self.parsed: OrderedDict[tuple[str, str | bytes], Any] = OrderedDict()
        self.registries: dict[tuple[Any, ...], Registry] = {}

    async def value(
        self,
        value: Any,
        strategy: NoSchema | InlineSchema | SchemaRegistry,
        *,
        topic: str,
        properties: Mapping[str, str],
    ) -> bytes:
        """Return the bytes of a message's value.

        Raises:
            SerializationError: The value does not fit the schema, or the schema is none.
            RegistryError: The registry does not give an id.
        """
        if isinstance(strategy, NoSchema):
            return text_bytes(value)
        value = json_value(value)
        if isinstance(strategy, InlineSchema):
            return encoded(self.avro(strategy.text), value)
        if not isinstance(value, Mapping):
            raise SerializationError(
                "Message value must be a map for a schema based message; "
                "give message.value as a FEEL context or a JSON object"
            )
        return await self.registered(value, strategy, topic=topic, properties=properties)

    async def registered(
        self, value: Mapping[str, Any], strategy: SchemaRegistry, *, topic: str, properties: Mapping[str, str]
    ) -> bytes:
        """Return a value with the id of its schema."""
        register = properties.get("auto.register.schemas", "true").lower() != "false"
        if strategy.schema_type == "avro":
            avro = self.avro(strategy.text)
            payload, schema, record = encoded(avro, value), json_schema(strategy.text), avro.name
        else:
            schema = json_schema(strategy.text)
            payload, record = text_bytes(value), schema.get("title") if isinstance(schema, dict) else None
            if properties.get("json.fail.invalid.schema", "true").lower() != "false":
                self.check(schema, value)
        kind = strategy.schema_type.upper()
        chosen = subject(topic, record, properties.get("value.subject.name.strategy", ""))
        registry = self.registry(self.registry_url or strategy.url, properties)
        return framed(await registry.schema_id(chosen, schema, kind=kind, register=register), payload)

    def avro(self, schema: Any) -> Any:
        """Return a parsed Avro schema."""
        from connectory_kafka.avro import Avro, AvroError

        try:
            return self.kept("avro", schema, Avro)
        except AvroError as exc:
            raise SerializationError(f"schemaStrategy.{exc}") from exc

    def check(self, schema: Any, value: Any) -> None:
        """Refuse a value that its JSON schema does not allow."""
        from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped,unused-ignore]
        from jsonschema.validators import validator_for  # type: ignore[import-untyped,unused-ignore]

        def make(parsed: Any) -> Any:
            kind = validator_for(parsed)
            kind.check_schema(parsed)
            return kind(parsed)

        try:
            validator = self.kept("json", schema, make)
        except SchemaError as exc:
            raise SerializationError(f"schemaStrategy.schema is no JSON Schema: {exc.message}") from exc
        problem = next(validator.iter_errors(value), None)
        if problem is not None:
            place = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in problem.absolute_path)
            rule = f"{problem.validator} {written(problem.validator_value).decode()}"
            raise SerializationError(
                f"Error serializing JSON message: message.value{place} breaks the schema's rule: {rule}"
            )

    def kept(self, kind: str, schema: Any, make: Any) -> Any:
        """Return what was made of a schema before, or make it now."""
        key = (kind, schema if isinstance(schema, str) else written(schema))
        if key not in self.parsed:
            self.parsed[key] = make(json_schema(schema))
            if len(self.parsed) > KEPT:
                self.parsed.popitem(last=False)
        self.parsed.move_to_end(key)
        return self.parsed[key]

    def registry(self, url: str, properties: Mapping[str, str]) -> Registry:
        """Return the client of a registry."""
        own = tuple(
            sorted(item for item in properties.items() if item[0].startswith(("schema.registry.", "basic.", "bearer.")))
        )
        if (url, own) not in self.registries:
            self.registries[url, own] = Registry(url, properties)
        return self.registries[url, own]


def json_value(value: Any) -> Any:
    """Return the value of a message that has a schema: text is JSON then."""
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError as exc:
        raise SerializationError(f"message.value is text but no JSON, which a schema needs: {exc}") from exc


def json_schema(schema: Any) -> Any:
    """Return a schema as a JSON value."""
    if not isinstance(schema, str):
        return schema
    try:
        return parse(schema)
    except ValueError as exc:
        raise SerializationError(f"schemaStrategy.schema is no JSON: {exc}") from exc


def encoded(avro: Any, value: Any) -> bytes:
    """Return a value in Avro's binary encoding."""
    from connectory_kafka.avro import AvroError

    try:
        return bytes(avro.encode(value))
    except AvroError as exc:
        raise SerializationError(f"Error serializing Avro message: {exc}") from exc


def subject(topic: str, record: str | None, strategy: str) -> str:
    """Return the subject of a value's schema, by the name of Confluent's naming class; its default is the topic's."""
    name = strategy.rsplit(".", 1)[-1]
    if name in {"", "TopicNameStrategy"}:
        return f"{topic}-value"
    if name not in {"RecordNameStrategy", "TopicRecordNameStrategy"} or not record:
        raise SerializationError(
            f"additionalProperties: 'value.subject.name.strategy' cannot be '{name}' here; "
            "TopicNameStrategy, and for named records RecordNameStrategy and TopicRecordNameStrategy are known"
        )
    return record if name == "RecordNameStrategy" else f"{topic}-{record}"
