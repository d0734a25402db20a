"""Running models of official templates on the local engine, with the runtime and the sandbox in this process."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self
from xml.sax.saxutils import quoteattr

from matrix_cases import Case, holds
from matrix_values import CHANNEL, CHAT, TEAM, Scene, seen, value, written

import connectory_engine
from connectory_runtime.outbound.events import JobEvent, JobFinished
from connectory_runtime.outbound.outcome import Completed, Failed
from connectory_runtime.runtime import Runtime
from connectory_runtime.settings import Settings
from connectory_sandbox import Sandbox
from connectory_sandbox.slack.workspace import BOT_USER, Message

SECONDS = 20.0
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="{process}" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="call" />
    <bpmn:serviceTask id="call"{template}>
      <bpmn:extensionElements>
        <zeebe:taskDefinition {definition} />
        <zeebe:ioMapping>{inputs}</zeebe:ioMapping>
        <zeebe:taskHeaders>{headers}</zeebe:taskHeaders>
      </bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="b" sourceRef="call" targetRef="end" />
    <bpmn:endEvent id="end"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""


def model(case: Case, scene: Scene, process: str) -> str:
    """Return the diagram that the modeler makes of a case."""
    definition: list[str] = []
    inputs: list[str] = []
    headers: list[str] = []
    for entry in case.template["properties"]:
        if not holds(entry, case.state):
            continue
        source = written(entry, value(entry, case, scene))
        key = quoteattr(entry["binding"])
        if entry["bindingType"].startswith("zeebe:taskDefinition"):
            definition.append(f"{entry['binding']}={quoteattr(source or '')}")
        elif entry["bindingType"] == "zeebe:taskHeader":
            headers += [f"<zeebe:header key={key} value={quoteattr(source)} />"] if source else []
        elif source:
            inputs.append(f"<zeebe:input source={quoteattr(source)} target={key} />")
        elif not entry.get("optional") and entry["type"] != "Configuration":
            inputs.append(f"<zeebe:input target={key} />")
    version = case.template["version"]
    return BPMN.format(
        process=process,
        template=f" zeebe:modelerTemplate={quoteattr(case.template['id'])}"
        + (f' zeebe:modelerTemplateVersion="{version}"' if version is not None else ""),
        definition=" ".join(definition),
        inputs="".join(inputs),
        headers="".join(headers),
    )


Draw = Callable[[Case, Scene, str], str]


class Bench:
    """Engine, runtime and sandbox for many cases; ``async with`` starts and stops them."""

    def __init__(self) -> None:
        self.number = 0
        self.failure: str | None = None
        self.done = asyncio.Event()
        self.stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.box = await self.stack.enter_async_context(Sandbox())
        self.engine = connectory_engine.Engine()
        address = await self.stack.enter_async_context(connectory_engine.serve(self.engine))
        settings = Settings.read({"CAMUNDA_REST_ADDRESS": address, "CONNECTORY_FINISH_POLL": "false"})
        self.runtime = Runtime(
            replace(settings, port=None, drain=1.0),
            last_resort=self.box.secrets,
            environ=self.box.environ,
            observe=self.observe,
        )
        await self.stack.enter_async_context(self.runtime)
        stored = await self.runtime.documents.create(b"three teapots", name="order.txt", content_type="text/plain")
        self.document = "=" + feel(stored.reference)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stack.aclose()

    def observe(self, event: JobEvent) -> None:
        """Note how a job ended."""
        if isinstance(event, JobFinished) and event.job.process_definition_id == f"case-{self.number}":
            if isinstance(event.outcome, Failed):
                self.failure = event.outcome.message
                self.done.set()
            elif not isinstance(event.outcome, Completed):
                self.failure = f"BPMN error {event.outcome.code}"
                self.done.set()

    def scene(self) -> Scene:
        """Set the scene for one case."""
        workspace = self.box.slack.workspace
        channel = workspace.channel("C0000ORDERS")
        channel.name = "orders"
        channel.members = [BOT_USER]
        message = Message(ts=workspace.ts(), user=BOT_USER, text="Hello")
        channel.messages[message.ts] = message
        directory = self.box.graph.directory
        said = {"body": {"content": "Hello"}}
        team_channel = directory.channel(TEAM, CHANNEL)
        return Scene(
            number=self.number,
            slack_message=message.ts,
            chat_message=directory.message(directory.chat(CHAT), said)["id"],
            channel_message=directory.message(team_channel, said)["id"],
            document=self.document,
            download=f"{self.box.http.url}/order.json",
        )

    async def run(self, case: Case, draw: Draw = model) -> str | None:
        """Run a case; return why it is not as it should be, None when it is."""
        self.number += 1
        self.failure = None
        self.done.clear()
        process = f"case-{self.number}"
        scene = self.scene()
        self.box.slack.workspace.channels["C0000ORDERS"].messages[scene.slack_message].pinned = (
            "pins.remove" in case.state.values()
        )
        self.box.journal.received.clear()
        try:
            self.engine.deploy([(f"{process}.bpmn", draw(case, scene, process).encode())])
        except connectory_engine.Rejected as exc:
            return f"refused: {exc}"
        instance = self.engine.create_instance(process)
        self.engine.when_ended(instance, lambda _: self.done.set())
        if incident := next((i for i in self.engine.incidents(instance.key) if i.state == "ACTIVE"), None):
            return f"incident: {incident.message}"
        try:
            await asyncio.wait_for(self.done.wait(), SECONDS)
        except TimeoutError:
            return f"has not ended after {SECONDS:.0f} seconds"
        if self.failure is not None:
            self.engine.cancel_instance(instance.key)
            return self.failure
        return seen(case, self.box.entries())


def feel(value: Any) -> str:
    """Return a JSON value as a FEEL expression."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}": {feel(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(feel, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else "null" if value is None else str(value).lower()
