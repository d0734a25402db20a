"""An engine, a runtime and perhaps a sandbox in one process, for ``connectory run`` and ``dev``.

The runtime talks to the engine over REST, as to any cluster. Only "is anything still going on" and "what does it wait
for" are asked of the engine directly.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from connectory_runtime import discovery, installed
from connectory_runtime.cli.errors import CommandError
from connectory_runtime.cli.model import Model
from connectory_runtime.cli.waits import still_going, waiting_for

if TYPE_CHECKING:
    from connectory_engine.records import Instance
    from connectory_runtime.intrinsic import Function
    from connectory_runtime.outbound.events import JobEvent
    from connectory_sdk import Connector

LOOK = 0.02  # seconds between looks at what is going on; ends and jobs are noticed at once


@dataclass(frozen=True, slots=True)
class Step:
    """What a connector did for an element."""

    element_id: str
    connector: str
    seconds: float
    result: Any
    good: bool


def connectors_for(models: Sequence[Model]) -> "dict[str, list[Connector[Any]]]":
    """Return the connectors that the models use, by the name of their distribution.

    Only the distributions that are needed are imported, where it is known beforehand which those are.

    Raises:
        CommandError: An element needs one that is not installed.
    """
    extras = installed.extras()
    allowed = installed.allowed()
    there = {one.name for one in installed.found() if allowed is None or one.name in allowed}
    tasks = [(model, task) for model in models for task in model.tasks]
    known = {extras.get(kind) for kind in [task.type for _, task in tasks] + [t for m in models for t in m.inbound]}
    found = discovery.load(allowed if None in known else sorted(name for name in known if name in there))
    loaded = found.connectors
    by_type = {connector.type: name for name, several in loaded.items() for connector in several}
    wanted: dict[str, list[Connector[Any]]] = {}
    for model, task in tasks:
        name = by_type.get(task.type)
        if name is not None:
            wanted[name] = list(loaded[name])
        elif task.template is not None or task.type.startswith("io.camunda:"):
            broken = f"; {'; '.join(found.broken.values())}" if found.broken else ""
            raise CommandError(
                f"element '{task.element_id}' in {model.path} needs a connector for '{task.type}', and none is "
                f"installed. {discovery.advice(task.type)}{broken}"
            )
    return wanted


def functions_for(models: Sequence[Model]) -> "Mapping[str, Function]":
    """Return the intrinsic functions of installed distributions; they are imported where a model calls one."""
    called = any(b"camunda.function.type" in model.content for model in models)
    return discovery.load(installed.allowed()).functions if called else {}


def in_one_line(refusal: str) -> str:
    """Return the engine's list of errors for people: without the name of the command, in one line."""
    _, _, errors = refusal.partition("encountered the following errors:")
    lines = [line.strip(" -") for line in (errors or refusal).splitlines()]
    return ", ".join(line for line in lines if line).replace("- Element", "element").replace(", ERROR", "")


class Local:
    """Engine, runtime and sandbox; ``async with`` starts and stops them.

    Args:
        connectors: The connectors to run, by the name of their distribution.
        secrets: Secrets by name.
        sandbox: Lead the connectors to fakes, and invent missing secrets.
        answers: What the sandbox's HTTP service answers.
        prepare: Called with the sandbox before anything runs.
        functions: Intrinsic functions beside those of Camunda.
        on_step: Called with each `Step`.
    """

    def __init__(
        self,
        connectors: "Mapping[str, Sequence[Connector[Any]]]",
        *,
        secrets: Mapping[str, str],
        sandbox: bool = False,
        answers: Path | None = None,
        prepare: Callable[[Any], None] = lambda sandbox: None,
        functions: "Mapping[str, Function] | None" = None,
        on_step: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self.connectors = connectors
        self.secrets = secrets
        self.with_sandbox = sandbox
        self.answers = answers
        self.prepare = prepare
        self.functions = functions
        self.on_step = on_step
        self.sandbox: Any = None
        self.instance: Instance | None = None
        self.types: set[str] = set()
        self._stack = AsyncExitStack()
        self._changed = asyncio.Event()
        self._running: set[str] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        from connectory_runtime.runtime import Runtime
        from connectory_runtime.secrets.providers import MappingSecrets
        from connectory_runtime.settings import Settings

        try:
            import connectory_engine
        except ModuleNotFoundError as exc:
            if (exc.name or "").split(".")[0] != "connectory_engine":
                raise
            raise CommandError("the local engine is not installed. Try: pip install 'connectory[engine]'") from None
        environ = dict(os.environ)
        if self.with_sandbox:
            self.sandbox = await stack.enter_async_context(self._make_sandbox())
            environ |= self.sandbox.environ
            self.prepare(self.sandbox)
        self.engine = connectory_engine.Engine()
        address = await stack.enter_async_context(connectory_engine.serve(self.engine))
        # Engine and runtime end together, so that nobody's job can be lost to the last poll.
        settings = Settings.read({"CAMUNDA_REST_ADDRESS": address, "CONNECTORY_FINISH_POLL": "false"})
        runtime = Runtime(
            replace(settings, port=None, drain=1.0, inbound=settings.inbound._replace(enabled=False)),
            connectors=[connector for several in self.connectors.values() for connector in several],
            secret_providers=[MappingSecrets(self.secrets)],
            functions=self.functions,
            last_resort=self.sandbox.secrets if self.sandbox is not None else None,
            environ=environ,
            observe=self._observe,
        )
        self.types = {worker.type for worker in runtime.workers}
        await stack.enter_async_context(runtime)

    def _make_sandbox(self) -> Any:
        try:
            import connectory_sandbox
        except ModuleNotFoundError as exc:
            if (exc.name or "").split(".")[0] != "connectory_sandbox":
                raise
            raise CommandError("the sandbox is not installed. Try: pip install 'connectory[sandbox]'") from None
        try:
            return connectory_sandbox.Sandbox(connectory_sandbox.services_for(self.connectors), self.answers)
        except ValueError as exc:
            raise CommandError(str(exc)) from exc

    def _observe(self, event: "JobEvent") -> None:
        from connectory_runtime.outbound.events import JobStarted
        from connectory_runtime.outbound.outcome import BpmnErrorThrown, Completed, Failed

        if isinstance(event, JobStarted):
            self._running.add(event.job.key)
            return
        self._running.discard(event.job.key)
        outcome = event.outcome
        match outcome:
            case Completed():
                result: Any = dict(outcome.variables) or outcome.response
            case BpmnErrorThrown():
                result = f"BPMN error {outcome.code}: {outcome.message or ''}"
            case Failed():
                left = f"{outcome.retries} retries left" if outcome.retries else "no retries left"
                result = f"{outcome.message.split(' | Error variables:')[0]} ({left})"
        good = not isinstance(outcome, Failed)
        self.on_step(Step(event.job.element_id, event.connector, event.seconds, result, good))
        self._changed.set()

    def deploy(self, models: Sequence[Model]) -> None:
        """Deploy the files.

        Raises:
            CommandError: The engine refuses one; says which element and why.
        """
        from connectory_engine import Rejected

        try:
            self.engine.deploy([(model.path.name, model.content) for model in models])
        except Rejected as exc:
            raise CommandError(f"the engine refuses the deployment: {in_one_line(str(exc))}") from exc

    async def finish(
        self,
        process: str,
        variables: Mapping[str, Any],
        messages: Sequence[tuple[str, str, Mapping[str, Any]]],
        *,
        seconds: float,
    ) -> str:
        """Start a process and return how it ended: ``completed``, ``incident`` or ``waiting``.

        Raises:
            CommandError: It cannot be started.
        """
        self.instance = self._create(process, variables, messages, millis=seconds * 1000)
        self.engine.when_ended(self.instance, lambda _: self._changed.set())
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            # The engine goes on before the runtime has heard that it took the outcome; every step is shown.
            idle = self.instance.ended is not None or not still_going(self.engine, self.types)
            if idle and not self._running:
                break
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK)
        if self.instance.ended is not None:
            return "completed"
        return "incident" if self.incidents() else "waiting"

    def _create(
        self,
        process: str,
        variables: Mapping[str, Any],
        messages: Sequence[tuple[str, str, Mapping[str, Any]]],
        *,
        millis: float,
    ) -> "Instance":
        from connectory_engine import Rejected

        instance = None
        refusal: Rejected | None = None
        try:
            instance = self.engine.create_instance(process, variables=variables)
        except Rejected as exc:  # a process that only messages start has no other beginning
            refusal = exc
        for name, key, values in messages:
            self.engine.publish(name, key, variables=values, time_to_live=millis)
        if instance is None:
            started = [one for one in self.engine.instances() if one.definition.id == process]
            if not started:
                raise CommandError(
                    f"process '{process}' cannot be started: {refusal}. "
                    "A message starts it with --message NAME:KEY=JSON"
                )
            instance = started[0]
        return instance

    def variables(self) -> dict[str, Any]:
        """Return the variables of the process."""
        return dict(self.instance.variables) if self.instance is not None else {}

    def incidents(self) -> list[dict[str, Any]]:
        """Return what is wrong."""
        return [
            {
                "elementId": incident.element_id,
                "errorType": incident.type,
                "errorMessage": incident.message,
                "processId": incident.definition.id,
            }
            for incident in self.engine.incidents()
            if incident.state == "ACTIVE"
        ]

    def waiting_for(self) -> list[dict[str, Any]]:
        """Return what the processes wait for."""
        return waiting_for(self.engine, self.types)

    def received(self) -> list[dict[str, Any]]:
        """Return what the services of the sandbox received."""
        entries: list[dict[str, Any]] = self.sandbox.entries() if self.sandbox is not None else []
        return entries
