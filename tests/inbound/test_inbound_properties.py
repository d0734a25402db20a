"""Properties of models as connectors get them."""

import json
from typing import Any

import pytest

from connectory_kafka import kafka
from connectory_runtime.inbound.properties import nested, prepared
from connectory_runtime.outbound.expressions import evaluate
from connectory_sdk import ConnectorInputError
from connectory_sdk.binding import bind
from connectory_slack import slack
from connectory_webhook import webhook

CONSUMER = kafka.inbounds["io.camunda:connector-kafka-inbound:1"]


async def bound(inbound: Any, properties: dict[str, str]) -> Any:
    def value(text: str) -> Any:
        return evaluate(text, {}, what="property")

    data = prepared(inbound.config, nested(properties), value, everywhere=inbound.feel_everywhere)
    return await bind(inbound.config, data)


@pytest.mark.parametrize(
    ("text", "offsets"), [("10", [10]), ("10, 20", [10, 20]), ("[10,20]", [10, 20]), ("=[5, null]", [5, None])]
)
async def test_offsets_as_people_write_them(text: str, offsets: list[int]) -> None:
    """One number, several with commas, a list, and FEEL."""
    config = await bound(
        CONSUMER,
        {
            "topic.bootstrapServers": '="b" + ":1"',
            "topic.topicName": "t",
            "autoOffsetReset": "latest",
            "offsets": text,
            "additionalProperties": '={"session.timeout.ms": 10000}',
            "schemaStrategy.type": "inlineSchema",
            "schemaStrategy.schema": json.dumps({"type": "string"}),
        },
    )

    assert config.offsets == offsets
    assert config.topic.bootstrap_servers == "b:1"
    assert config.additional_properties == {"session.timeout.ms": 10000}
    assert config.strategy.text == '{"type": "string"}'


async def test_only_marked_fields_are_evaluated() -> None:
    """A webhook's key is literal though it begins with an equals sign; expressions for later stay text."""
    config = await bound(
        webhook.inbounds["io.camunda:webhook:1"],
        {
            "inbound.context": "c",
            "inbound.shouldValidateHmac": "enabled",
            "inbound.hmacSecret": "=secret",
            "inbound.hmacHeader": "X-S",
            "inbound.hmacScopes": '=["url", "body"]',
            "inbound.responseExpression": "={body: 1}",
            "inbound.auth.type": "BASIC",
            "inbound.auth.username": '="us" + "er"',
            "inbound.auth.password": "1.10",
        },
    )

    settings = config.inbound
    assert settings.hmac_secret.get_secret_value() == "=secret"
    assert settings.hmac_scopes == ["body", "url"]
    assert settings.response_expression == "={body: 1}"
    assert (settings.auth.username, settings.auth.password.get_secret_value()) == ("user", "1.10")


@pytest.mark.parametrize("names", [{"a": "1", "a.b": "2"}, {"a.b": "1", "a": "2"}, {"a..b": "1"}, {".a": "1"}])
def test_names_that_contradict_each_other(names: dict[str, str]) -> None:
    """A name cannot be a value and an object, nor have an empty part."""
    with pytest.raises(ConnectorInputError, match="Detected malformed Connector properties"):
        nested(names)


async def test_slack_wants_an_address_or_a_token() -> None:
    """Without both nothing can come."""
    with pytest.raises(ConnectorInputError, match="must not be empty, unless appToken is given"):
        await bound(slack.inbounds["io.camunda:slack-webhook:1"], {"inbound.context": "c"})


async def test_expressions_stand_also_where_older_templates_wrote_them() -> None:
    """Roles of the webhook's fourth template, the Avro schema of Kafka's first ones."""
    old = {"inbound.context": "c", "inbound.authorizationType": "JWT", "inbound.jwt.jwkUrl": "https://login.example"}
    old |= {"inbound.jwt.requiredPermissions": '=["clerk"]', "inbound.jwt.jwtRoleExpression": "=roles"}
    topic = {"topic.bootstrapServers": "b:9092", "topic.topicName": "t", "autoOffsetReset": "latest"}
    schema = {"avro.schema": '={type: "record", name: "R", fields: []}', "serializationType": "avro"}

    jwt = (await bound(webhook.inbounds["io.camunda:webhook:1"], old)).inbound.auth.jwt
    strategy = (await bound(kafka.inbounds["io.camunda:connector-kafka-inbound:1"], topic | schema)).strategy

    assert (jwt.required_permissions, jwt.permissions_expression) == (["clerk"], "=roles")
    assert "record" in str(strategy.text)


async def test_what_reads_the_cluster_is_evaluated_there(side: Any, models: Any) -> None:
    """The cluster's FEEL has functions that this one's has not, so the key tells who evaluated it."""
    key = '=if camunda = null then cycle(duration("PT1H")) else camunda.vars.env.KEY'
    settings = {"inbound.context": "keyed", "inbound.auth.type": "APIKEY", "inbound.auth.apiKey": key}
    await side.deploy(models.started("keyed", {**models.webhook, **settings}))

    refused = await side.http.post("/inbound/keyed", json={}, headers={"Authorization": "Bearer x"})
    taken = await side.http.post("/inbound/keyed", json={}, headers={"Authorization": "Bearer R/PT1H"})

    assert (refused.status_code, taken.status_code) == (401, 200)


async def test_intrinsic_functions_in_properties(side: Any, models: Any) -> None:
    """As in a job's variables; one that there is not is said, and the subscription is down."""
    key = '={"camunda.function.type": "base64", params: ["key"]}'
    auth = {"inbound.auth.type": "APIKEY"}
    good = {"inbound.context": "good", **auth, "inbound.auth.apiKey": key}
    bad = {"inbound.context": "bad", **auth, "inbound.auth.apiKey": key.replace("base64", "nope")}
    await side.deploy(models.started("good", {**models.webhook, **good}))
    await side.deploy(models.started("bad", {**models.webhook, **bad}))

    refused = await side.http.post("/inbound/good", json={}, headers={"Authorization": "Bearer key"})
    taken = await side.http.post("/inbound/good", json={}, headers={"Authorization": "Bearer a2V5"})
    health = next(one.journal.health for one in side.inbound.registry.all() if one.journal.health.status == "DOWN")

    assert (refused.status_code, taken.status_code) == (401, 200)
    assert "there is no intrinsic function 'nope'" in health.message
