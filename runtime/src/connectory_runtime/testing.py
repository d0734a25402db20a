"""Whole processes in pytest, on the local engine: one line gives jobs, variables and requests.

::

    def test_order():
        ended = run_process("examples/order.bpmn", {"item": "T-1"})
        assert (ended.state, ended.variables["total"]) == ("completed", 21)
        assert [job.element_id for job in ended.jobs] == ["ask_stock", "place_order"]
        assert ended.sandbox[0]["url"] == "https://shop.example.com/stock/T-1"

It lives beside the runtime and not in the SDK's test kit, because the SDK knows neither runtime nor engine: what is
tested here is a connector in its surroundings. Needs ``connectory[engine,sandbox]``. pytest finds this module by
itself, with the fixtures `local_engine` and `local_runtime`; nothing is imported before one is used.
"""

import asyncio
import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from connectory_runtime.cli.errors import CommandError

if TYPE_CHECKING:
    from connectory_engine.testing import LocalEngine
    from connectory_runtime.cli.local import Step
    from connectory_runtime.runtime import Runtime
    from connectory_sdk import Connector
    from connectory_sdk.http import HttpRequest
    from connectory_sdk.inbound import Correlation
    from connectory_sdk.testing import RecordedEvent

__all__ = ["CommandError", "Ended", "LocalRuntime", "local_engine", "local_runtime", "run_process", "serving"]

PATIENCE = 10  # seconds until a deployed process listens


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Args:
        state: ``completed``, ``incident``, or ``waiting`` for something that nobody here will send.
        variables: Of the process.
        jobs: What connectors did, in order: `element_id`, `connector`, `result`, `good`, `seconds`.
        sandbox: The requests that the sandbox received, in order, without tokens.
        incidents: `elementId`, `errorType`, `errorMessage`.
        waiting_for: What it waits for.
    """

    state: str
    variables: dict[str, Any]
    jobs: "list[Step]"
    sandbox: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    waiting_for: list[dict[str, Any]]


def run_process(
    file: str | PathLike[str],
    variables: Mapping[str, Any] | None = None,
    *,
    more: Sequence[str | PathLike[str]] = (),
    process: str | None = None,
    messages: Sequence[tuple[str, str, Mapping[str, Any]]] = (),
    secrets: Mapping[str, str] | None = None,
    connectors: "Sequence[Connector[Any]] | None" = None,
    sandbox: bool = True,
    answers_file: str | PathLike[str] | None = None,
    prepare: Callable[[Any], None] = lambda sandbox: None,
    seconds: float = 60,
) -> Ended:
    """Run a process to its end, or to where it waits, in a thread of its own; for plain and for async tests.

    Args:
        file: A BPMN file; its process is started.
        variables: To start with.
        more: Further BPMN files, such as called processes.
        process: The process to start, if not the first one.
        messages: Messages to publish: name, correlation key, variables.
        secrets: By name; the sandbox invents what is missing.
        connectors: Default: the installed ones that the files use.
        sandbox: Nothing leaves the machine. Without it, calls are real and `Ended.sandbox` is empty.
        answers_file: What the sandbox answers over HTTP. Default: ``my-process.answers.json`` beside the first file.
        prepare: Called with the `connectory_sandbox.Sandbox` before the process starts, to set the scene or to let
            something go wrong: ``lambda box: box.slack.faults.add(Fault(operation="chat.*", status=429))``.
        seconds: How long to wait.

    Raises:
        CommandError: A file, a connector, engine or sandbox is missing; says what to do.
    """
    from connectory_runtime.cli.local import Local, connectors_for, functions_for
    from connectory_runtime.cli.model import read
    from connectory_runtime.cli.run import answers, chosen
    from connectory_runtime.client.transport import load_library

    load_library()

    async def run() -> Ended:
        models = [read(Path(path)) for path in (file, *more)]
        start = chosen(models, process)
        jobs: list[Step] = []
        given = answers(Path(answers_file) if answers_file is not None else None, Path(file))
        wanted = connectors_for(models) if connectors is None else {"": list(connectors)}
        functions = functions_for(models)
        async with Local(
            wanted,
            secrets=secrets or {},
            sandbox=sandbox,
            answers=given,
            prepare=prepare,
            functions=functions,
            on_step=jobs.append,
        ) as local:
            local.deploy(models)
            state = await local.finish(start, variables or {}, messages, seconds=seconds)
            return Ended(state, local.variables(), jobs, local.received(), local.incidents(), local.waiting_for())

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


@dataclass(frozen=True, slots=True)
class LocalRuntime:
    """A runtime that serves a local engine, in a thread of its own.

    Args:
        engine: The engine; see `connectory_engine.testing`.
        address: Where webhooks, health and metrics are.
        runtime: The runtime; use it in its loop alone.
        loop: Its loop.
    """

    engine: "LocalEngine"
    address: str
    runtime: "Runtime"
    loop: asyncio.AbstractEventLoop

    def call(self, request: "HttpRequest") -> tuple[int, bytes]:
        """Send a call, such as `connectory_sdk.testing.recorded_call` gives, to the webhooks; give status and body.

        Waits until the process that listens has been found.
        """
        url = urlsplit(request.url)
        path = url.path + (f"?{request.query}" if request.query else "")
        end = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)
            try:
                connection.request(request.method, path, request.body or None, dict(request.headers))
                answer = connection.getresponse()
                content = answer.read()
            finally:
                connection.close()
            if answer.status not in (404, 503) or time.monotonic() > end:
                return answer.status, content
            time.sleep(0.02)

    def offer(self, event: "RecordedEvent") -> "Correlation":
        """Offer an event, such as `connectory_sdk.testing.recorded_event` gives, as its connector would do.

        Waits until the process that listens has been found. Where several do, each is asked, and the first that takes
        the event counts.

        Raises:
            AssertionError: No process listens for events of this type.
        """

        async def offered() -> "Correlation | None":
            inbound = self.runtime.inbound
            listening = [] if inbound is None else inbound.registry.all()
            result = None
            for one in listening:
                if one.type == event.type:
                    result = await one.correlate(event.payload, message_id=event.message_id)
                    if result.facts is not None:
                        break
            return result

        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            result = asyncio.run_coroutine_threadsafe(offered(), self.loop).result()
            if result is not None:
                return result
            time.sleep(0.02)
        raise AssertionError(f"no process listens for events of the type '{event.type}'")

    def instances(self) -> list[dict[str, Any]]:
        """Return process, state and variables of all instances."""

        def look() -> list[dict[str, Any]]:
            return [
                {
                    "process": one.definition.id,
                    "state": "completed" if one.ended is not None else "active",
                    "variables": dict(one.variables),
                }
                for one in self.engine.engine.instances()
            ]

        return self.engine.call(look)


@contextmanager
def serving(
    engine: "LocalEngine",
    *,
    connectors: "Sequence[Connector[Any] | str] | None" = None,
    secrets: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[LocalRuntime]:
    """Run a runtime beside a local engine, and stop it in the end.

    Args:
        engine: The engine.
        connectors: Connectors, or their names. Default: all that are installed.
        secrets: By name.
        environ: What connectors see as environment, such as ``sandbox.environ``.
    """
    from connectory_runtime.client.transport import load_library
    from connectory_runtime.runtime import Runtime
    from connectory_runtime.secrets.providers import MappingSecrets
    from connectory_runtime.settings import Settings

    load_library()
    started = threading.Event()
    found: list[LocalRuntime | BaseException] = []
    stopping: list[Callable[[], None]] = []

    async def live() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stopping.append(lambda: loop.call_soon_threadsafe(stop.set))  # type: ignore[arg-type]
        quick = {"CAMUNDA_CONNECTOR_POLLING_INTERVAL": "50", "CONNECTORY_FINISH_POLL": "false", "SERVER_PORT": "0"}
        settings = Settings.read({"CAMUNDA_REST_ADDRESS": engine.address, **quick})
        runtime = Runtime(
            replace(settings, drain=1.0, host="127.0.0.1"),
            connectors=connectors,
            secret_providers=[MappingSecrets(secrets or {})],
            environ=environ or {},
        )
        async with runtime:
            await runtime.reached()
            found.append(LocalRuntime(engine, str(runtime.address), runtime, loop))
            started.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as exc:  # the test's thread raises it
            found.append(exc)
            started.set()

    thread = threading.Thread(target=run, name="connectory-runtime", daemon=True)
    thread.start()
    started.wait()
    first = found[0]
    if isinstance(first, BaseException):
        thread.join()
        raise first
    try:
        yield first
    finally:
        stopping[0]()
        thread.join()


@pytest.fixture
def local_engine() -> "Iterator[LocalEngine]":
    """An empty engine and its address."""
    from connectory_engine.testing import running

    with running() as engine:
        yield engine


@pytest.fixture
def local_runtime(local_engine: "LocalEngine", sandbox: Any) -> Iterator[LocalRuntime]:
    """All installed connectors beside an empty engine; what they call is answered by the fixture `sandbox`."""
    with serving(local_engine, environ=sandbox.environ) as runtime:
        yield runtime
