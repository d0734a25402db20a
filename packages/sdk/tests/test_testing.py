"""The test kit notices what it is there to notice."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from connectory_sdk import Connector, InboundContext, JobContext
from connectory_sdk.http import HttpRequest, HttpResponse, parsed_body
from connectory_sdk.template import dumps, file_name
from connectory_sdk.template.collection import templates_of
from connectory_sdk.testing import ConnectorTests, Subscription, operations, recorded_call, subscribed


class Greet(BaseModel):
    who: str = Field(title="Who", description="Whom to greet", min_length=1)
    token: SecretStr = Field(title="Token", description="Opens the door")


class Listen(BaseModel):
    path: str = Field(title="Path", description="Where")


def connector() -> Connector[Any]:
    made: Connector[Any] = Connector(id="acme.greeter.outbound", name="Greeter", type="acme:greeter:1", version=1)

    @made.operation("greet")
    async def greet(request: Greet, job: JobContext) -> dict[str, str]:
        """Return a greeting."""
        return {"greeting": f"Hello, {request.who}!"}

    @made.inbound("acme:greetings:1", name="Greetings", id="acme.greeter.inbound")
    async def listen(config: Listen, inbound: InboundContext) -> None:
        async def answer(request: HttpRequest) -> HttpResponse:
            await inbound.correlate({"body": parsed_body(request), "params": dict(request.params)})
            return HttpResponse(status=202)

        await inbound.serve(config.path, answer)

    return made


EXAMPLE = {"greet": {"who": "Ann", "token": "sesame-1"}}


class TestGreeter(ConnectorTests):
    connector = connector()
    example = EXAMPLE
    inbound_example: ClassVar = {"acme:greetings:1": {"path": "greetings"}}


def checks(made: Connector[Any], **facts: Any) -> ConnectorTests:
    """Return the checks of a connector that has something wrong; not collected."""
    facts = {"example": EXAMPLE, "inbound_example": {"acme:greetings:1": {"path": "greetings"}}, **facts}
    return type("Wrong", (ConnectorTests,), {"connector": made, **facts})()  # type: ignore[no-any-return]


def test_an_operation_without_an_example_is_noticed() -> None:
    with pytest.raises(AssertionError, match="one example for each operation"):
        checks(connector(), example={}).test_examples_bind()


def test_a_subscription_without_an_example_is_noticed() -> None:
    with pytest.raises(AssertionError, match="one inbound_example for each subscription type"):
        checks(connector(), inbound_example={}).test_examples_bind()


def test_a_secret_in_an_error_is_noticed() -> None:
    """A validator that repeats what it got is the usual way to a secret in an incident."""
    made: Connector[Any] = Connector(id="acme.leaky", name="Leaky", type="acme:leaky:1", version=1)

    class Leaky(BaseModel):
        token: str = Field(title="Token", description="Opens the door")
        key: SecretStr = Field(title="Key", description="The same")

        @field_validator("token", mode="before")
        @classmethod
        def known(cls, value: Any) -> Any:
            if not isinstance(value, str):
                raise ValueError(f"'{value}' is no token")
            return value

    @made.operation("leak")
    async def leak(request: Leaky, job: JobContext) -> None:
        """Leak."""

    example = {"leak": {"token": "sesame-1", "key": "sesame-1"}}
    with pytest.raises(AssertionError, match="an error of Leaky shows a secret"):
        checks(made, example=example, inbound_example={}).test_errors_hide_secrets()


def test_ids_without_a_prefix_are_noticed() -> None:
    made = connector()
    made.id = "greeter"

    with pytest.raises(AssertionError, match=r"id 'greeter' needs a prefix of yours: acme.greeter"):
        checks(made).test_identity()


def test_a_template_that_is_not_committed_is_noticed(tmp_path: Path) -> None:
    """Missing, then right, then of another model."""
    made = connector()
    with pytest.raises(AssertionError, match=r"missing; run: connectory templates collect --write"):
        checks(made, templates=tmp_path).test_templates_are_committed()

    for template in templates_of([made]):
        (tmp_path / file_name(template)).write_text(dumps(template))
    checks(made, templates=tmp_path).test_templates_are_committed()

    made.description = "another one"
    with pytest.raises(AssertionError, match="is not what the models give; raise the version"):
        checks(made, templates=tmp_path).test_templates_are_committed()


def test_a_check_cannot_be_left_out_silently() -> None:
    """Neither overridden nor deleted, but for an expected failure with a reason."""
    for override in (lambda self: None, None, pytest.mark.xfail(lambda self: None)):
        with pytest.raises(TypeError, match="overrides 'test_identity', which every connector keeps to"):
            type("Silent", (ConnectorTests,), {"test_identity": override})

    @pytest.mark.xfail(reason="the id is older than the rule")
    def test_identity(self: Any) -> None: ...

    type("Honest", (ConnectorTests,), {"test_identity": test_identity, "test_more": lambda self: None})


async def test_operations_run_without_a_runtime() -> None:
    async with operations(connector()) as call:
        assert await call("greet", EXAMPLE["greet"]) == {"greeting": "Hello, Ann!"}


async def test_a_recorded_call_is_played_again(tmp_path: Path) -> None:
    """The subscription gets it as the runtime would give it."""
    file = tmp_path / "call.json"
    file.write_text(
        json.dumps({"url": "/inbound/greetings?a=1&a=2", "headers": {"X-Key": "k"}, "body": {"who": "Ann"}})
    )

    request = recorded_call(file)
    async with subscribed(connector().inbounds["acme:greetings:1"], Subscription({"path": "greetings"})) as there:
        answer = await there.call(request)

    assert (request.method, request.url, request.query) == ("POST", "http://localhost/inbound/greetings", "a=1&a=2")
    assert request.headers == {"x-key": "k", "content-type": "application/json"}
    assert answer.status == 202
    assert [dict(event.payload) for event in there.events] == [{"body": {"who": "Ann"}, "params": {"a": "1"}}]


async def test_a_call_of_a_path_that_nobody_serves_is_named(tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text('{"url": "/inbound/else"}')

    async with subscribed(connector().inbounds["acme:greetings:1"], Subscription({"path": "greetings"})) as there:
        with pytest.raises(AssertionError, match="nothing serves 'else'; there is greetings"):
            await there.call(recorded_call(tmp_path / "call.json"))
