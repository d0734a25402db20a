"""``connectory dev``: engine and connectors on one port; a file that changes is deployed again."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectory_runtime import discovery
from connectory_runtime.cli.console import Console, short
from connectory_runtime.cli.errors import CommandError
from connectory_runtime.cli.local import connectors_for, in_one_line
from connectory_runtime.cli.model import Model, read
from connectory_runtime.cli.run import secret

if TYPE_CHECKING:
    from connectory_engine import Engine
    from connectory_runtime.outbound.events import JobEvent
    from connectory_runtime.runtime import Runtime

LOOK = 0.4  # seconds between looks at files and instances


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="BPMN files, or folders of them")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen at (8080); 0 takes a free one")
    parser.add_argument("--secret", action="append", default=[], metavar="NAME=VALUE", help="a secret")
    parser.add_argument("--sandbox", action="store_true", help="nothing leaves the machine: fakes answer, and show it")
    parser.add_argument("--record", type=Path, metavar="DIR", help="keep the events that come as files for tests")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="what the sandbox's HTTP service answers")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes.

    Raises:
        CommandError: A file, an option or a connector is missing or wrong.
    """
    logging.getLogger("connectory_runtime").setLevel(logging.ERROR)  # the lines say what happens
    asyncio.run(Dev(options, Console()).serve())
    return 0


@dataclass(slots=True)
class Seen:
    """What people were told already."""

    instances: set[int] = field(default_factory=set)
    incidents: set[int] = field(default_factory=set)
    health: dict[str, str] = field(default_factory=dict)


class Dev:
    """An engine, a runtime and perhaps a sandbox behind one port.

    Args:
        options: Of the command line.
        console: Where lines go.
    """

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self.options = options
        self.console = console
        self.files: dict[Path, int] = {}
        self.names: dict[str, str] = {}
        self.seen = Seen()
        self.running: list[int] = []
        self.sandbox: Any = None
        self.address = ""
        self.engine: Engine
        self.runtime: Runtime

    async def serve(self, ended: asyncio.Event | None = None) -> None:
        """Serve until a signal comes, or the event does."""
        ended = ended or asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, ended.set)
        models = [read(path) for path in self.paths()]
        async with AsyncExitStack() as stack:
            await self.start(stack, models)
            self.deploy(models)
            self.greet()
            while not ended.is_set():
                await self.look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await ended.wait()

    async def start(self, stack: AsyncExitStack, models: Sequence[Model]) -> None:
        """Start everything."""
        from connectory_runtime.cli.page import Page
        from connectory_runtime.runtime import Runtime
        from connectory_runtime.secrets.providers import MappingSecrets
        from connectory_runtime.settings import Settings

        try:
            import connectory_engine
            from connectory_engine.gateway import app
        except ModuleNotFoundError as exc:
            if (exc.name or "").split(".")[0] != "connectory_engine":
                raise
            raise CommandError("the local engine is not installed. Try: pip install 'connectory[engine]'") from None
        loaded = discovery.load(discovery.allowed())
        for problem in dict.fromkeys(loaded.broken.values()):
            self.console.line(problem)
        installed = loaded.connectors
        self.check(models, installed)
        secrets = dict(secret(text) for text in self.options.secret)
        environ = dict(os.environ)
        if self.options.sandbox:
            self.sandbox = await stack.enter_async_context(self.make_sandbox(installed))
            environ |= self.sandbox.environ
        self.engine = connectory_engine.Engine()
        port = self.options.port or free_port(self.options.host)
        # Engine and runtime end together, so that nobody's job can be lost to the last poll.
        own = {"CAMUNDA_REST_ADDRESS": f"http://{self.options.host}:{port}", "CONNECTORY_FINISH_POLL": "false"}
        settings = Settings.read(own)
        self.runtime = Runtime(
            replace(settings, port=port, host=self.options.host, drain=1.0),
            connectors=[connector for several in installed.values() for connector in several],
            secret_providers=[MappingSecrets(secrets)],
            functions=loaded.functions,
            last_resort=self.sandbox.secrets if self.sandbox is not None else None,
            environ=environ,
            observe=self.observe,
        )
        if self.options.record is not None:
            self.record(self.options.record)
        gateway = app(self.engine)
        gateway.start()
        self.runtime.mounts["/v2"] = gateway
        self.runtime.mounts["/"] = Page(self)
        await stack.enter_async_context(self.runtime)
        stack.callback(gateway.stop)  # before the runtime, whose server waits for those who ask for jobs
        self.address = str(self.runtime.address)

    def record(self, folder: Path) -> None:
        """Keep the events that come.

        Raises:
            CommandError: The folder cannot be made, or nothing listens.
        """
        from connectory_runtime.cli.recording import Recorder

        if self.runtime.inbound is None:
            raise CommandError(
                "--record: no installed connector waits for events. Try: pip install 'connectory[webhook]'"
            )
        Recorder(folder, self.runtime.inbound, lambda path: self.console.line(f"recorded {path}"))

    def check(self, models: Sequence[Model], installed: Mapping[str, Any]) -> None:
        """Look whether there is a connector for everything.

        Raises:
            CommandError: There is not.
        """
        connectors_for(models)
        types = {kind for several in installed.values() for one in several for kind in one.inbounds}
        for model in models:
            for kind in model.inbound:
                if kind not in types:
                    raise CommandError(
                        f"{model.path} has an element that waits for '{kind}', and no connector for it is installed. "
                        f"{discovery.advice(kind)}"
                    )

    def make_sandbox(self, installed: Mapping[str, Any]) -> Any:
        """Return the sandbox."""
        try:
            import connectory_sandbox
        except ModuleNotFoundError as exc:
            if (exc.name or "").split(".")[0] != "connectory_sandbox":
                raise
            raise CommandError("the sandbox is not installed. Try: pip install 'connectory[sandbox]'") from None
        answers = self.options.answers
        if answers is None:
            beside = [path.with_suffix(".answers.json") for path in self.paths()]
            answers = next((path for path in beside if path.is_file()), None)
        try:
            return connectory_sandbox.Sandbox(connectory_sandbox.services_for(installed), answers)
        except ValueError as exc:
            raise CommandError(str(exc)) from exc

    def paths(self) -> list[Path]:
        """Return the BPMN files."""
        found: list[Path] = []
        for path in self.options.files:
            found += sorted(path.glob("*.bpmn")) if path.is_dir() else [path]
        return found

    def deploy(self, models: Sequence[Model]) -> None:
        """Deploy files.

        Raises:
            CommandError: The engine refuses one.
        """
        from connectory_engine import Rejected

        for model in models:
            self.names |= model.names
            self.files[model.path] = model.path.stat().st_mtime_ns
        if not models:
            return
        try:
            self.engine.deploy([(model.path.name, model.content) for model in models])
        except Rejected as exc:
            raise CommandError(f"the engine refuses the deployment: {in_one_line(str(exc))}") from exc
        if self.runtime.inbound is not None:
            self.runtime.inbound.refresh()

    def greet(self) -> None:
        """Say what is where."""
        self.console.line(f"{self.console.colour('connectory dev', 'bold')} at {self.address}, Ctrl+C ends it")
        self.console.line(f"  engine    {self.address}/v2")
        self.console.line(f"  webhooks  {self.address}/inbound/<path>")
        if self.sandbox is not None:
            for name, value in sorted(self.sandbox.environ.items()):
                self.console.line(f"  sandbox   {name}={value}")
        for path in self.files:
            self.console.line(f"deployed {path}")

    async def look(self) -> None:
        """Look once for files that changed, for what listens, and for what processes did."""
        self.look_at_files()
        self.look_at_subscriptions()
        self.look_at_instances()

    def look_at_files(self) -> None:
        """Deploy what changed; what cannot be deployed is said, and everything goes on."""
        for path in self.paths():
            try:
                changed = self.files.get(path) != path.stat().st_mtime_ns
            except OSError:  # an editor is writing it anew
                continue
            if changed:
                self.files[path] = path.stat().st_mtime_ns
                try:
                    self.deploy([read(path)])
                    self.console.line(f"deployed {path} again")
                except CommandError as exc:
                    self.console.line(f"{self.console.colour('not deployed', 'red')} {exc}")

    def look_at_subscriptions(self) -> None:
        """Say what listens, and what does not and why."""
        if self.runtime.inbound is None:
            return
        for one in self.runtime.inbound.registry.all():
            health = one.journal.health
            said = f"{health.status} {health.message or ''}"
            if health.status == "UNKNOWN" or self.seen.health.get(one.group.id) == said:
                continue
            self.seen.health[one.group.id] = said
            place = self.names.get(one.group.first.id, one.group.first.id)
            path = health.details.get("path")
            what = f"{self.address}/inbound/{path}" if path else one.type
            mark = (
                self.console.colour("listens", "green") if health.status == "UP" else self.console.colour("deaf", "red")
            )
            process = one.group.first.definition.id
            self.console.line(f"{mark} '{place}' of '{process}': {what} {health.message or ''}".rstrip())

    def look_at_instances(self) -> None:
        """Say which instances began and ended, and what went wrong."""
        for instance in list(self.engine.instances()):
            if instance.key not in self.seen.instances:
                self.seen.instances.add(instance.key)
                self.running.append(instance.key)
                self.console.line(f"{instance.definition.id} {instance.key} starts")
        for incident in list(self.engine.incidents()):
            if incident.key not in self.seen.incidents:
                self.seen.incidents.add(incident.key)
                place = self.names.get(incident.element_id, incident.element_id)
                self.console.end("incident", f"at '{place}': {incident.type}: {incident.message}")
        for key in list(self.running):
            found = self.engine.instance(key)
            if found is None or found.ended is not None:
                self.running.remove(key)
                if found is not None:
                    self.console.end("completed", f"{found.definition.id} {key}")
                    self.console.values(found.variables)

    def observe(self, event: "JobEvent") -> None:
        """Say what a connector did."""
        from connectory_runtime.outbound.events import JobFinished
        from connectory_runtime.outbound.outcome import BpmnErrorThrown, Completed

        if not isinstance(event, JobFinished):
            return
        outcome = event.outcome
        if isinstance(outcome, Completed):
            result: Any = dict(outcome.variables) or outcome.response
        elif isinstance(outcome, BpmnErrorThrown):
            result = f"BPMN error {outcome.code}: {outcome.message or ''}"
        else:
            result = outcome.message
        place = self.names.get(event.job.element_id, event.job.element_id)
        good = isinstance(outcome, Completed | BpmnErrorThrown)
        self.console.step(place, event.connector, event.seconds, short(result), good=good)


def free_port(host: str) -> int:
    """Return a port that nobody listens at."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
