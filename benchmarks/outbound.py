"""The outbound runtime under load: jobs a second, CPU a job, memory, time to the first job; Java's beside it.

    python benchmarks/outbound.py [--jobs 6000] [--processes 2] [--rounds 2] [--camunda ADDRESS] [--java COMMAND]
                                  [--only noop|rest|slow]

Gateway, target server and runtime are processes of their own. `--camunda` takes a real cluster instead of the local
engine; `--java` is a command with up, down and pid that runs the Java connector runtime with REST alone, which then
does the same REST jobs in turns with ours, each from a backlog whose first 2,000 jobs (at most a third) warm it up.
`--processes N` adds a row with so many processes. The part `slow` offers quick jobs at a steady rate, in windows that
have by turns no slow jobs and 50 calls of 10 s beside them, to one runtime. Nothing is judged.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="{id}" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>
    <serviceTask id="work"><extensionElements>
      <zeebe:taskDefinition type="{type}" retries="3"/>
      <zeebe:ioMapping><zeebe:input source="{url}" target="url"/><zeebe:input source="POST" target="method"/>
        <zeebe:input source="=order" target="body"/></zeebe:ioMapping>
      <zeebe:taskHeaders>
        <zeebe:header key="resultExpression" value="={{total: response.body.total}}"/>
      </zeebe:taskHeaders>
    </extensionElements></serviceTask>
    <sequenceFlow id="b" sourceRef="work" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""

ENGINE = """
from connectory_engine.gateway.server import run
run(ready=lambda address: print(address, flush=True))
"""

TARGET = """
import asyncio, json, sys
count = waiting = 0
def late(transport, answer):
    global waiting
    waiting -= 1
    transport.write(answer)
class Http(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data = transport, b""
    def data_received(self, data):
        global count, waiting
        self.data += data
        while (end := self.data.find(b"\\r\\n\\r\\n")) >= 0:
            head = self.data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15:].split(b"\\r\\n", 1)[0]) if at >= 0 else 0
            if len(self.data) < end + 4 + length:
                return
            self.data = self.data[end + 4 + length:]
            if b" /count" in head:
                body = str(count).encode()
            elif b" /waiting" in head:
                body = str(waiting).encode()
            else:
                count += 1
                body = b'{"total": 42, "items": [{"id": 1, "price": 10.5}, {"id": 2, "price": 3}], "status": "done"}'
            status = b"404 Not Found" if b" /missing" in head else b"200 OK"
            answer = b"HTTP/1.1 %s\\r\\ncontent-type: application/json\\r\\n" % status
            answer += b"content-length: %d\\r\\n\\r\\n" % len(body) + body
            if b" /slow" in head:
                waiting += 1
                asyncio.get_running_loop().call_later(10, late, self.transport, answer)
            else:
                self.transport.write(answer)
async def main():
    server = await asyncio.get_running_loop().create_server(Http, "127.0.0.1", 0)
    print("http://127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
try:
    import uvloop
    uvloop.run(main())
except ImportError:
    asyncio.run(main())
"""

NOOP = '''
from typing import Any
from connectory_sdk import Connector, JobContext
from pydantic import BaseModel

class Request(BaseModel):
    url: str
    method: str = "GET"
    body: Any = None

connector = Connector(id="bench.noop.outbound", name="Noop", type="bench:noop:1", version=1)

@connector.operation("noop")
async def noop(request: Request, job: JobContext) -> dict[str, Any]:
    """Do nothing."""
    return {"status": 200, "body": {"total": 42}}
'''


@contextlib.contextmanager
def script(source: str) -> Iterator[str]:
    """Run a server and give the line that it prints."""
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


class Runtime:
    """A runtime as a process tree."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def pids(self) -> list[int]:
        """Return the process and its children."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def cpu(self) -> float:
        """Return the CPU seconds so far."""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self) -> float:
        """Return resident MiB."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


@contextlib.contextmanager
def ours(address: str, folder: Path, processes: int, **environ: str) -> Iterator[Runtime]:
    """Run ``connectory start``."""
    variables = {
        **os.environ,
        "CAMUNDA_REST_ADDRESS": address,
        "SERVER_PORT": "0",
        "PYTHONPATH": str(folder),
        "CONNECTORY_LOG_LEVEL": "WARN",
        **environ,
    }
    command = [
        sys.executable,
        "-m",
        "connectory_runtime",
        "start",
        *(["--processes", str(processes)] if processes > 1 else []),
    ]
    process = subprocess.Popen(command, env=variables)
    try:
        yield Runtime(process.pid)
    finally:
        process.terminate()
        process.wait(40)


@contextlib.contextmanager
def java(address: str, command: str, *, rest_only: bool) -> Iterator[Runtime]:
    """Run the Java runtime."""
    variables = {**os.environ, "CAMUNDA_REST_ADDRESS": address} | (
        {"JAVA_CONNECTORS_REST_ONLY": "1"} if rest_only else {}
    )
    subprocess.run([*shlex.split(command), "up"], env=variables, check=True, stdout=subprocess.DEVNULL)
    pid = int(subprocess.run([*shlex.split(command), "pid"], env=variables, check=True, capture_output=True).stdout)
    try:
        yield Runtime(pid)
    finally:
        subprocess.run([*shlex.split(command), "down"], env=variables, check=False)


def post(url: str, data: bytes, kind: str = "application/json", timeout: float = 60) -> bytes:
    """Send a request; a busy cluster is asked again."""
    while True:
        try:
            request = urllib.request.Request(url, data, {"Content-Type": kind})
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as exc:
            if exc.code not in (429, 503, 504):
                raise
            time.sleep(0.05)


def deploy(address: str, type: str, url: str) -> str:
    """Deploy a process with one task and return its id."""
    name = f"b{uuid.uuid4().hex[:8]}"
    head = (
        b'--x\r\nContent-Disposition: form-data; name="resources"; filename="m.bpmn"\r\nContent-Type: text/xml\r\n\r\n'
    )
    model = MODEL.format(id=name, type=type, url=url).encode()
    post(f"{address}/v2/deployments", head + model + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    return name


class Wire:
    """Connections to the gateway that stay open, so that offering jobs costs little beside doing them."""

    def __init__(self, address: str, connections: int = 16) -> None:
        self.host, _, port = address.removeprefix("http://").partition(":")
        self.port = int(port)
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.limit = asyncio.Semaphore(connections)

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection that the gateway has not closed for having been idle."""
        while self.free:
            reader, writer = self.free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port)

    async def create(self, body: bytes) -> None:
        """Create a process instance; a busy cluster is asked again."""
        head = f"POST /v2/process-instances HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
        data = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        async with self.limit:
            while True:
                reader, writer = await self.connection()
                writer.write(data)
                lines = (await reader.readuntil(b"\r\n\r\n")).lower()
                if b"transfer-encoding: chunked" in lines:
                    while size := int(await reader.readline(), 16):
                        await reader.readexactly(size + 2)
                    await reader.readline()
                elif b"content-length:" in lines:
                    await reader.readexactly(int(lines.split(b"content-length:")[1].split()[0]))
                if b"connection: close" in lines:
                    writer.close()
                else:
                    self.free.append((reader, writer))
                status = int(lines.split()[1])
                if status < 300:
                    return
                if status not in (429, 503, 504):
                    raise SystemExit(f"the gateway answers {status} to a new instance")
                await asyncio.sleep(0.02)


def create(address: str, process: str, count: int) -> None:
    """Create a backlog of instances."""
    order = {"order": {"id": 7, "items": [{"id": 1}, {"id": 2}]}}
    body = json.dumps({"processDefinitionId": process, "variables": order}).encode()

    async def all_of_them() -> None:
        wire = Wire(address)
        await asyncio.gather(*(wire.create(body) for _ in range(count)))

    asyncio.run(all_of_them())


def called(target: str, what: str = "count") -> int:
    """Return how many calls the target has answered, or how many slow ones are ``waiting``."""
    with urllib.request.urlopen(f"{target}/{what}") as answer:
        return int(answer.read())


@dataclass(slots=True)
class Row:
    """What was measured of a runtime."""

    rate: float
    cpu: float
    memory: float
    start: float = 0.0


def measure(name: str, runtime: Runtime, done: Callable[[], int], count: int, start: int = 0) -> Row:
    """Print what a backlog costs, without its first jobs."""
    warm = min(2_000, count // 3)
    while done() - start < warm:
        time.sleep(0.02)
    begun, cpu, first = time.perf_counter(), runtime.cpu(), done() - start
    while (now := done() - start) < count - 50:
        time.sleep(0.02)
    seconds, used, jobs = time.perf_counter() - begun, runtime.cpu() - cpu, now - first
    row = Row(jobs / seconds, used / jobs * 1000, runtime.memory())
    print(f"{name:30} {row.rate:8.0f} jobs/s {row.cpu:8.3f} ms CPU a job {row.memory:7.1f} MiB", flush=True)
    return row


def rest_jobs(
    name: str, address: str, process: str, target: str, count: int, run: Callable[[], AbstractContextManager[Runtime]]
) -> Row:
    """Work off a backlog of REST jobs with a runtime, from its start on."""
    create(address, process, count)
    before, begin = called(target), time.perf_counter()
    with run() as runtime:
        while called(target) == before:
            time.sleep(0.01)
        started = time.perf_counter() - begin
        row = measure(name, runtime, lambda: called(target), count, before)
        patience = time.perf_counter() + 60
        while (missing := before + count - called(target)) and time.perf_counter() < patience:
            time.sleep(0.02)
    if missing:
        print(f"{name:30} {missing} jobs did not come within a minute", flush=True)
    row.start = started
    print(f"{name:30} {started:8.2f} s from process start to the first job", flush=True)
    return row


def compare(ours: list[Row], java: list[Row]) -> None:
    """Print our rows over Java's: the median of the rounds."""

    def ratio(member: str) -> float:
        return statistics.median(getattr(a, member) / getattr(b, member) for a, b in zip(ours, java, strict=True))

    print(
        f"ours / Java: jobs/s {ratio('rate'):.2f}, CPU a job {ratio('cpu'):.2f}, memory {ratio('memory'):.2f}, ", end=""
    )
    print(f"start to first job {ratio('start'):.2f}")


def offered(address: str, process: str, *, rate: float, seconds: float) -> list[float]:
    """Return the milliseconds from creation to completion of instances that are offered at a steady rate."""
    order = {"variables": {"order": {}}, "awaitCompletion": True, "requestTimeout": 30_000}
    body = json.dumps({"processDefinitionId": process, **order}).encode()

    async def all_of_them() -> list[float]:
        wire = Wire(address, connections=200)

        async def one(after: float) -> float:
            await asyncio.sleep(after)
            begin = time.perf_counter()
            await wire.create(body)
            return (time.perf_counter() - begin) * 1000

        return list(await asyncio.gather(*(one(number / rate) for number in range(int(rate * seconds)))))

    return asyncio.run(all_of_them())


def beside_slow_jobs(address: str, target: str, pairs: int) -> None:
    """Print how quick jobs fare without and with 50 calls of 10 s beside them, in windows by turns."""
    quick = deploy(address, "io.camunda:http-json:1", f"{target}/order")
    slow = deploy(address, "io.camunda:http-json:1", f"{target}/slow")
    offered(address, quick, rate=30, seconds=3)
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    for _ in range(pairs):
        alone.append(offered(address, quick, rate=30, seconds=7))
        create(address, slow, 50)
        while called(target, "waiting") < 50:
            time.sleep(0.01)
        beside.append(offered(address, quick, rate=30, seconds=7))
        while called(target, "waiting"):
            time.sleep(0.05)
    for name, windows in (("quick jobs alone", alone), ("quick jobs beside 50 of 10 s", beside)):
        times = [one for window in windows for one in window]
        print(f"{name:30} p50 {statistics.median(times):7.2f} ms  p99 {p99(times):7.2f} ms  ({len(times)} jobs)")
    grown = statistics.median(p99(b) / p99(a) - 1 for a, b in zip(alone, beside, strict=True))
    print(f"{'p99 grows by':30} {grown:+.1%}  (median of {pairs} pairs of windows)")


def p99(times: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


def main() -> None:
    """Run the parts in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--camunda", metavar="ADDRESS")
    parser.add_argument("--java", metavar="COMMAND")
    parser.add_argument("--only", choices=["noop", "rest", "slow"])
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bench_noop.py").write_text(NOOP)
        address = options.camunda or stack.enter_context(script(ENGINE))
        target = stack.enter_context(script(TARGET))
        rest = {"CONNECTORY_CONNECTORS": "rest"}
        if options.only in (None, "noop"):
            noop = {"CONNECTOR_NOOP_FUNCTION": "bench_noop:connector", "SERVER_PORT": "18299"}
            create(address, deploy(address, "bench:noop:1", "x"), options.jobs)
            with ours(address, folder, 1, SERVER_ADDRESS="127.0.0.1", **noop) as runtime:
                measure("no-op job", runtime, lambda: completed("http://127.0.0.1:18299"), options.jobs)
        if options.only in (None, "rest"):
            process = deploy(address, "io.camunda:http-json:1", f"{target}/order")
            rows: tuple[list[Row], list[Row]] = ([], [])
            job = functools.partial(rest_jobs, address=address, process=process, target=target, count=options.jobs)
            for _ in range(options.rounds):
                rows[0].append(job("REST job", run=lambda: ours(address, folder, 1, **rest)))
                if options.java:
                    others = functools.partial(java, address, options.java, rest_only=not options.camunda)
                    rows[1].append(job("REST job, Java", run=others))
                if options.processes > 1:
                    several = f"REST job, {options.processes} processes"
                    job(several, run=lambda: ours(address, folder, options.processes, **rest))
            if options.java:
                compare(*rows)
        if options.only in (None, "slow"):
            with ours(address, folder, 1, **rest):
                beside_slow_jobs(address, target, options.pairs)


def completed(runtime: str) -> int:
    """Return how many jobs a runtime has completed."""
    try:
        with urllib.request.urlopen(f"{runtime}/actuator/prometheus") as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return 0
    mark = 'camunda_connector_outbound_invocations_total{action="completed"'
    return sum(int(line.rpartition(" ")[2]) for line in lines if line.startswith(mark))


if __name__ == "__main__":
    main()
