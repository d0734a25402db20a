"""What an author may write, and what is refused with which words."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, Field

from connectory_sdk import Connector, ConnectorInputError, JobContext
from connectory_sdk.testing import operations


class Greet(BaseModel):
    who: str = Field(title="Who", min_length=1)
    mood: str = Field("kind", alias="theMood")


def greeter(**facts: Any) -> Connector[Any]:
    connector: Connector[Any] = Connector(
        id="acme.greeter.outbound", name="Greeter", type="acme:greeter:1", version=1, **facts
    )

    @connector.operation("greet", name="Greet somebody")
    async def greet(request: Greet, job: JobContext) -> dict[str, Any]:
        return {"greeting": f"Hello, {request.who}!", "key": job.idempotency_key}

    return connector


async def test_an_operation_runs_without_a_runtime() -> None:
    """The test kit binds variables and calls the operation with a job context."""
    async with operations(greeter()) as call:
        result = await call("greet", {"who": "Ann"}, key="7", process_instance_key="3")

    assert result == {"greeting": "Hello, Ann!", "key": "3-7"}


async def test_wrong_input_names_the_field() -> None:
    """A violated constraint is reported with its property, in the words of Camunda's runtime."""
    async with operations(greeter()) as call:
        with pytest.raises(ConnectorInputError, match=r"Property: who: Validation failed. .*must not be empty"):
            await call("greet", {"who": ""})


def test_input_variables_follow_from_the_models() -> None:
    """Top-level names, aliases first, and the variable that selects the operation."""
    assert greeter().input_variables == ("who", "theMood")
    assert greeter(select="data.method").input_variables == ("data", "who", "theMood")


def test_two_operations_of_one_id_are_refused() -> None:
    """The error names the connector and the id."""
    connector = greeter()

    with pytest.raises(ValueError, match=r"'acme\.greeter\.outbound' has two operations 'greet'"):

        @connector.operation("greet")
        async def again(request: Greet, job: JobContext) -> None: ...


def test_an_operation_needs_a_coroutine_function_and_a_model() -> None:
    """Both mistakes are found when the module is imported, not at the first job."""
    connector = greeter()

    def blocking(request: Greet, job: JobContext) -> None: ...

    async def untyped(request, job) -> None: ...  # type: ignore[no-untyped-def]

    with pytest.raises(TypeError, match="'blocking' must be an 'async def' function"):
        connector.operation("a")(blocking)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="annotate the first parameter of 'untyped' with a pydantic model"):
        connector.operation("b")(untyped)


async def test_the_lifespan_is_entered_once_and_left() -> None:
    """What it yields is the state of every job."""
    from collections.abc import AsyncIterator, Mapping
    from contextlib import asynccontextmanager

    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[str]:
        seen.append("enter")
        yield environ["GREETING"]
        seen.append("leave")

    connector: Connector[str] = Connector(id="acme.a.outbound", name="A", type="acme:a:1", version=1, lifespan=lifespan)

    @connector.operation("a")
    async def a(request: Greet, job: JobContext[str]) -> str:
        return job.state

    async with operations(connector, environ={"GREETING": "Moin"}) as call:
        assert await asyncio.gather(call("a", {"who": "x"}), call("a", {"who": "y"})) == ["Moin", "Moin"]

    assert seen == ["enter", "leave"]


def test_checks_of_configurations_are_refused_with_a_reason() -> None:
    """Twice the same id, no model."""
    connector = greeter()

    @connector.configuration("acme:key:1")
    async def check(credential: Greet, state: Any) -> None: ...

    assert connector.configurations["acme:key:1"].model is Greet
    with pytest.raises(ValueError, match=r"'acme\.greeter\.outbound' has two checks of configuration 'acme:key:1'"):
        connector.configuration("acme:key:1")(check)
    with pytest.raises(TypeError, match=r"check of configuration 'acme:other:1': annotate the first parameter"):

        @connector.configuration("acme:other:1")
        async def unclear(credential: Any, state: Any) -> None: ...
