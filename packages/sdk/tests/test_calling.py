"""Operations called from a script: no runtime, no Camunda."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from connectory_sdk import Connector, ConnectorError, ConnectorInputError, Document, JobContext
from connectory_sdk.documents import DocumentReturn

lives: list[str] = []


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[str]:
    lives.append("entered")
    yield environ.get("GREETING", "Hello")
    lives.append("left")


greeter: Connector[str] = Connector(
    id="acme.greeter.outbound", name="Greeter", type="acme:greeter:1", version=1, lifespan=lifespan
)


class Greet(BaseModel):
    who: str = Field(title="Who", min_length=1)
    times: int = 1
    token: SecretStr = SecretStr("")


@greeter.operation("greet")
async def greet(request: Greet, job: JobContext[str]) -> dict[str, Any]:
    text = f"{job.state}, {request.who}!" * request.times
    return {"text": text, "key": job.idempotency_key, "secret": request.token.get_secret_value()}


@greeter.operation("file")
async def file(request: Greet, job: JobContext[str]) -> Document | DocumentReturn:
    if request.times > 1:
        return DocumentReturn(content=b"returned", wrap=lambda choice, value: {choice: value})
    return await job.documents.create(request.who.encode(), name="who.txt")


@greeter.operation("fail")
async def fail(request: Greet, job: JobContext[str]) -> None:
    raise ConnectorError("the line is dead", code="DEAD")


@pytest.fixture(autouse=True)
def fresh() -> None:
    lives.clear()


async def test_one_call_opens_and_closes() -> None:
    """What the connector needs lives for the call."""
    answer = await greeter.call("greet", who="Ann")

    assert answer["text"] == "Hello, Ann!"
    assert lives == ["entered", "left"]


async def test_several_calls_share_the_state() -> None:
    """Within `open`, the lifespan is entered once."""
    async with greeter.open(environ={"GREETING": "Ahoy"}) as call:
        one = await call("greet", {"who": "Ann"})
        other = await call("greet", {"who": "Bob"}, times=2)

    assert (one["text"], other["text"]) == ("Ahoy, Ann!", "Ahoy, Bob!Ahoy, Bob!")
    assert one["key"] != other["key"]
    assert lives == ["entered", "left"]


async def test_functions_and_models_are_taken() -> None:
    """The typed way: the function of the operation, and its model."""
    answer = await greeter.call(greet, Greet(who="Ann", token=SecretStr("tok")))

    assert answer["secret"] == "tok"


async def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the service."""
    monkeypatch.setenv("GREETING", "Moin")

    assert (await greeter.call("greet", who="Ann"))["text"] == "Moin, Ann!"


async def test_documents_are_in_memory() -> None:
    """A document that an operation gives can be read after the call."""
    document = await greeter.call("file", who="Ann")
    returned = await greeter.call("file", who="Ann", times=2)

    assert (document.name, await document.read()) == ("who.txt", b"Ann")
    assert await returned["DOCUMENT"].read() == b"returned"


async def test_an_error_of_the_remote_system_is_raised() -> None:
    """And the lifespan is left."""
    with pytest.raises(ConnectorError, match="the line is dead") as caught:
        await greeter.call("fail", who="Ann")

    assert caught.value.code == "DEAD"
    assert lives == ["entered", "left"]


@pytest.mark.parametrize(
    ("arguments", "inputs", "line"),
    [
        (("greet",), {}, "operation 'greet' of 'Greeter': who: is missing"),
        (("greet",), {"who": ""}, "operation 'greet' of 'Greeter': who: must not be empty"),
        (("greet",), {"who": "A", "times": "many"}, "operation 'greet' of 'Greeter': times: Input should be a valid"),
        (("greet",), {"times": "many"}, "who: is missing; times: Input should be"),
        (("sing",), {}, "'Greeter' has no operation 'sing'; it has greet, file, fail"),
    ],
)
async def test_a_wrong_input_is_one_line(arguments: tuple[Any, ...], inputs: dict[str, Any], line: str) -> None:
    """It names operation and field, and nothing is opened for an operation that there is not."""
    with pytest.raises(ConnectorInputError) as caught:
        await greeter.call(*arguments, **inputs)

    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_wrong_secret_is_not_printed() -> None:
    """The value of an input is in no message."""
    with pytest.raises(ConnectorInputError) as caught:
        await greeter.call("greet", who="Ann", token={"hunter2": "hunter2"})

    assert "token" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_wrong_use_is_one_line() -> None:
    """A foreign model, two ways at once, a call after the end."""

    class Other(BaseModel):
        pass

    with pytest.raises(TypeError, match="operation 'greet' takes a Greet, not a Other"):
        await greeter.call("greet", Other())
    with pytest.raises(TypeError, match="give a request or single inputs, not both"):
        await greeter.call("greet", Greet(who="Ann"), times=2)
    async with greeter.open() as call:
        pass
    with pytest.raises(RuntimeError, match="the calls of 'Greeter' are closed"):
        await call("greet", who="Ann")
