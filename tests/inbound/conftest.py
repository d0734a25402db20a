"""The local engine, a runtime beside it, and models with inbound elements."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import quoteattr

import httpx
import pytest

import connectory_engine
from connectory_runtime import Runtime, Settings
from connectory_runtime.inbound.service import Inbound
from connectory_runtime.secrets import MappingSecrets
from connectory_sdk import Connector
from connectory_webhook import webhook

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://example.com">'
)
WEBHOOK = {"inbound.type": "io.camunda:webhook:1"}


def properties(values: Mapping[str, str]) -> str:
    entries = "".join(
        f"<zeebe:property name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in values.items()
    )
    return f"<bpmn:extensionElements><zeebe:properties>{entries}</zeebe:properties></bpmn:extensionElements>"


def started(process: str, values: Mapping[str, str], *, message: str | None = None, task: bool = True) -> bytes:
    """A process that an event starts; with a task, it waits there."""
    event = '<bpmn:messageEventDefinition id="m1" messageRef="msg"/>' if message else ""
    middle = (
        '<bpmn:userTask id="task"/><bpmn:sequenceFlow id="f2" sourceRef="task" targetRef="end"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="task"/>'
        if task
        else '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="end"/>'
    )
    return (
        f'{HEAD}<bpmn:process id="{process}" isExecutable="true">'
        f'<bpmn:startEvent id="start">{properties(values)}{event}</bpmn:startEvent>{middle}'
        f'<bpmn:endEvent id="end"/></bpmn:process>'
        + (f'<bpmn:message id="msg" name="{message}"/>' if message else "")
        + "</bpmn:definitions>"
    ).encode()


def continued(process: str, values: Mapping[str, str], *, kind: str = "catch", message: str = "reply") -> bytes:
    """A process that waits for a message with the key in ``orderId``."""
    define = '<bpmn:messageEventDefinition id="m1" messageRef="msg"/>'
    element = {
        "catch": f'<bpmn:intermediateCatchEvent id="here">{properties(values)}{define}</bpmn:intermediateCatchEvent>',
        "receive": f'<bpmn:receiveTask id="here" messageRef="msg">{properties(values)}</bpmn:receiveTask>',
        "boundary": '<bpmn:userTask id="here"/>'
        f'<bpmn:boundaryEvent id="b" attachedToRef="here">{properties(values)}{define}</bpmn:boundaryEvent>'
        '<bpmn:endEvent id="end2"/><bpmn:sequenceFlow id="f3" sourceRef="b" targetRef="end2"/>',
    }[kind]
    return (
        f'{HEAD}<bpmn:process id="{process}" isExecutable="true"><bpmn:startEvent id="start"/>{element}'
        '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="here"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="here" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>'
        f'<bpmn:message id="msg" name="{message}"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message></bpmn:definitions>'
    ).encode()


@dataclass
class Side:
    """Engine, runtime and a caller."""

    engine: connectory_engine.Engine
    runtime: Runtime
    http: httpx.AsyncClient

    @property
    def inbound(self) -> Inbound:
        assert self.runtime.inbound is not None
        return self.runtime.inbound

    async def deploy(self, *models: bytes) -> None:
        """Deploy, and wait until the runtime has seen it."""
        self.engine.deploy([(f"{index}.bpmn", model) for index, model in enumerate(models)])
        await self.inbound.look()
        await asyncio.gather(*(one.settled.wait() for one in self.inbound.registry.all()))

    def variables(self, process: str) -> list[dict[str, Any]]:
        """The variables of the instances of a process."""
        return [dict(one.variables) for one in self.engine.instances() if one.definition.id == process]


Start = Callable[..., Any]


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with beside() as one:
        yield one


@pytest.fixture
def start() -> Start:
    """Starts a side with other settings."""
    return beside


@asynccontextmanager
async def beside(
    connectors: tuple[Connector[Any], ...] = (webhook,),
    *,
    secrets: Mapping[str, str] | None = None,
    engine: connectory_engine.Engine | None = None,
    environ: Mapping[str, str] | None = None,
    **inbound: Any,
) -> AsyncIterator[Side]:
    engine = engine or connectory_engine.Engine()
    async with connectory_engine.serve(engine) as address:
        settings = Settings.read(
            {"CAMUNDA_REST_ADDRESS": address, "CONNECTORY_FINISH_POLL": "false", **(environ or {})}
        )
        more = settings.inbound._replace(**{"initial_delay": 3600.0, **inbound})
        async with (
            Runtime(
                replace(settings, port=0, host="127.0.0.1", drain=1.0, inbound=more),
                connectors=connectors,
                secret_providers=[MappingSecrets(secrets or {})],
                environ=environ or {},
            ) as runtime,
            httpx.AsyncClient(base_url=str(runtime.address)) as http,
        ):
            yield Side(engine, runtime, http)


@pytest.fixture
def models() -> Any:
    """Builders of models."""

    class Models:
        webhook = WEBHOOK
        head = HEAD
        properties = staticmethod(properties)
        started = staticmethod(started)
        continued = staticmethod(continued)

    return Models


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a line with measured numbers, which the end of the test run shows."""
    return lambda text: request.node.user_properties.append(("figures", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured."""
    reports = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    lines = [text for report in reports for name, text in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("".join(f"{line}\n" for line in lines))
