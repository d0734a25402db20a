"""The engine and the runtime as programs of their own, which tests start, kill and start again."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

SESSION = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 1000}
"""A consumer that was killed is missed after 6 s, the least that brokers allow, instead of 10 s."""


class Program:
    """``connectory ...`` as a process; its output is appended to a file.

    Args:
        arguments: Of the command line.
        log: Where the output goes.
        environ: Variables beside those of the tests; none that leads to another cluster is inherited.
    """

    def __init__(self, *arguments: object, log: Path, environ: Mapping[str, str] | None = None) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CAMUNDA_", "ZEEBE_"))}
        self.arguments = [str(argument) for argument in arguments]
        self.environ = inherited | dict(environ or {})
        self.log = log
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "connectory_runtime",
                *self.arguments,
                stdout=output,
                stderr=output,
                env=self.environ,
            )

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        process, self.process = self.process, None
        assert process is not None
        process.send_signal(number)
        async with asyncio.timeout(60):
            return await process.wait()

    async def kill(self) -> None:
        """End it as a crash does."""
        await self.end(signal.SIGKILL)

    @property
    def memory(self) -> float:
        """Resident memory in MiB."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


class Engine(Program):
    """The local engine, its state in a file."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        data = folder / "engine.db"
        super().__init__("engine", "--port", self.port, "--data", data, log=folder / "engine.log")
        self.http = httpx.AsyncClient(base_url=self.address, timeout=30)

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        await super().start()
        await until(lambda: answers(self.http, "/v2/topology"), "the engine answers")

    async def deploy(self, *models: bytes) -> None:
        """Deploy processes."""
        files = [("resources", (f"{index}.bpmn", model)) for index, model in enumerate(models)]
        (await self.http.post("/v2/deployments", files=files)).raise_for_status()

    async def count(self, process: str) -> int:
        """Return how many instances of a process were started."""
        return await started(self.http, process)

    async def values(self, name: str) -> list[Any]:
        """Return the values of the variables of a name that instances have; those of single elements do not count."""
        found: list[dict[str, Any]] = []
        wanted: dict[str, Any] = {"filter": {"name": name}, "page": {"limit": 1000}}
        while True:
            page = (await self.http.post("/v2/variables/search", json=wanted)).raise_for_status().json()
            found += page["items"]
            if not page["items"] or len(found) >= page["page"]["totalItems"]:
                return [json.loads(item["value"]) for item in found if item["scopeKey"] == item["processInstanceKey"]]
            wanted["page"]["after"] = page["page"]["endCursor"]


class Service(Program):
    """``connectory start``."""

    def __init__(self, cluster: str, folder: Path, name: str = "service", *options: object, **environ: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        variables = {
            "CAMUNDA_REST_ADDRESS": cluster,
            "SERVER_PORT": str(self.port),
            "CAMUNDA_CONNECTOR_POLLING_INTERVAL": "500",
            **environ,
        }
        super().__init__("start", *options, log=folder / f"{name}.log", environ=variables)
        self.http = httpx.AsyncClient(base_url=self.address, timeout=30)

    async def health(self, process: str) -> dict[str, Any]:
        """Return the health of the subscription of a process; nothing before there is one."""
        try:
            found = (await self.http.get(f"/inbound?bpmnProcessId={process}")).json()
        except httpx.HTTPError:
            return {}
        return found[0]["health"] if found else {}

    async def up(self, *processes: str, seconds: float = 60) -> None:
        """Wait until the subscriptions of processes work."""

        async def all_up() -> bool:
            return all([(await self.health(process)).get("status") == "UP" for process in processes])

        await until(all_up, f"the subscriptions of {processes} are up", seconds=seconds)


async def started(http: httpx.AsyncClient, process: str) -> int:
    """Return how many instances of a process a cluster knows."""
    wanted = {"filter": {"processDefinitionId": process}, "page": {"limit": 1}}
    page = (await http.post("/v2/process-instances/search", json=wanted)).raise_for_status().json()["page"]
    return int(page["totalItems"])


async def answers(http: httpx.AsyncClient, path: str) -> bool:
    """Tell whether a server answers."""
    try:
        return (await http.get(path)).status_code == 200
    except httpx.HTTPError:
        return False


async def until(
    condition: Callable[[], Coroutine[Any, Any, bool]], what: str, *, seconds: float = 60, every: float = 0.1
) -> float:
    """Ask again and again until something holds; return the seconds it took."""
    began = time.monotonic()
    while not await condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(every)
    return time.monotonic() - began


@asynccontextmanager
async def running(*programs: Program) -> AsyncIterator[None]:
    """Start programs, and kill at the end what still runs."""
    try:
        for program in programs:
            await program.start()
        yield
    finally:
        for program in programs:
            if program.process is not None:
                await program.kill()
            if isinstance(program, Engine | Service):
                await program.http.aclose()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def line(process: asyncio.subprocess.Process, *words: str) -> str:
    """Return the next line of a program's output that has all words."""
    assert process.stdout is not None
    seen = []
    async with asyncio.timeout(60):
        while raw := await process.stdout.readline():
            seen.append(raw.decode().rstrip())
            if all(word in seen[-1] for word in words):
                return seen[-1]
    raise AssertionError(f"the command ended without a line with {words}: {seen}")
