"""The outbound runtime under load: jobs a second, CPU a job, memory, time to the first job; Java's beside it.

    python benchmarks/outbound.py [--jobs 6000] [--processes 1] [--camunda ADDRESS] [--java COMMAND] [--only PART]

Gateway, target server and runtime are processes of their own. `--camunda` takes a real cluster instead of the local
engine; `--java` is a command with up, down and pid that runs the Java connector runtime with REST alone, which then
does the same REST jobs right after ours. Nothing is judged.
"""

import argparse
import asyncio
import contextlib
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
count = 0
first = 0.0
class Http(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data = transport, b""
    def data_received(self, data):
        global count
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
            else:
                count += 1
                body = b'{"total": 42, "items": [{"id": 1, "price": 10.5}, {"id": 2, "price": 3}], "status": "done"}'
            answer = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n"
            answer += b"content-length: %d\\r\\n\\r\\n" % len(body) + body
            if b" /slow" in head:
                asyncio.get_running_loop().call_later(10, self.transport.write, answer)
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


def create(address: str, process: str, count: int) -> None:
    """Create a backlog of instances."""
    order = {"order": {"id": 7, "items": [{"id": 1}, {"id": 2}]}}
    body = json.dumps({"processDefinitionId": process, "variables": order}).encode()

    async def all_of_them() -> None:
        limit = asyncio.Semaphore(16)

        async def one() -> None:
            async with limit:
                await asyncio.to_thread(post, f"{address}/v2/process-instances", body)

        await asyncio.gather(*(one() for _ in range(count)))

    asyncio.run(all_of_them())


def called(target: str) -> int:
    """Return how many calls the target has answered."""
    with urllib.request.urlopen(f"{target}/count") as answer:
        return int(answer.read())


def measure(name: str, runtime: Runtime, done: Callable[[], int], count: int, warm: int, start: int = 0) -> None:
    """Print what a backlog costs, without its first jobs."""
    while done() - start < warm:
        time.sleep(0.02)
    begun, cpu, first = time.perf_counter(), runtime.cpu(), done() - start
    while (now := done() - start) < count - 50:
        time.sleep(0.02)
    seconds, used, jobs = time.perf_counter() - begun, runtime.cpu() - cpu, now - first
    print(f"{name:34} {jobs / seconds:8.0f} jobs/s {used / jobs * 1000:8.3f} ms CPU a job {runtime.memory():7.1f} MiB")


def start_to_first(name: str, begin: float, target: str, before: int) -> None:
    """Print the time from process start to the first call."""
    while called(target) == before:
        time.sleep(0.01)
    print(f"{name:34} {time.perf_counter() - begin:8.2f} s from process start to the first job")


def latencies(address: str, process: str, count: int) -> list[float]:
    """Return the milliseconds from creation to completion of instances, 20 a second."""
    body = json.dumps(
        {"processDefinitionId": process, "variables": {"order": {}}, "awaitCompletion": True, "requestTimeout": 30_000}
    ).encode()

    async def all_of_them() -> list[float]:
        async def one() -> float:
            begin = time.perf_counter()
            await asyncio.to_thread(post, f"{address}/v2/process-instances", body)
            return (time.perf_counter() - begin) * 1000

        tasks = []
        for _ in range(count):
            tasks.append(asyncio.create_task(one()))
            await asyncio.sleep(0.05)
        return list(await asyncio.gather(*tasks))

    return asyncio.run(all_of_them())


def percentiles(name: str, times: list[float]) -> None:
    """Print the middle and the end of a distribution."""
    ordered = sorted(times)
    print(f"{name:34} p50 {statistics.median(ordered):7.2f} ms  p99 {ordered[int(len(ordered) * 0.99)]:7.2f} ms")


def main() -> None:
    """Run the parts in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--camunda", metavar="ADDRESS")
    parser.add_argument("--java", metavar="COMMAND")
    parser.add_argument("--only", choices=["noop", "rest", "slow"])
    options = parser.parse_args()
    warm = min(2_000, options.jobs // 3)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bench_noop.py").write_text(NOOP)
        address = options.camunda or stack.enter_context(script(ENGINE))
        target = stack.enter_context(script(TARGET))
        if options.only in (None, "noop"):
            noop = {
                "CONNECTOR_NOOP_FUNCTION": "bench_noop:connector",
                "SERVER_PORT": "18299",
                "SERVER_ADDRESS": "127.0.0.1",
            }
            create(address, deploy(address, "bench:noop:1", "x"), options.jobs)
            with ours(address, folder, 1, **noop) as runtime:
                measure("no-op job", runtime, lambda: completed("http://127.0.0.1:18299"), options.jobs, warm)
        rest = {"CONNECTORY_CONNECTORS": "rest"}
        if options.only in (None, "rest"):
            process = deploy(address, "io.camunda:http-json:1", f"{target}/order")
            create(address, process, options.jobs)
            begin, before = time.perf_counter(), called(target)
            with ours(address, folder, options.processes, **rest) as runtime:
                start_to_first("REST job", begin, target, before)
                measure("REST job", runtime, lambda: called(target), options.jobs, warm, before)
            if options.java:
                create(address, process, options.jobs)
                begin, before = time.perf_counter(), called(target)
                with java(address, options.java, rest_only=not options.camunda) as runtime:
                    start_to_first("REST job, Java (up to ready)", begin, target, before)
                    measure("REST job, Java", runtime, lambda: called(target), options.jobs, warm, before)
        if options.only in (None, "slow"):
            quick = deploy(address, "io.camunda:http-json:1", f"{target}/order")
            slow = deploy(address, "io.camunda:http-json:1", f"{target}/slow")
            with ours(address, folder, 1, **rest):
                latencies(address, quick, 40)
                percentiles("quick jobs alone", latencies(address, quick, 160))
                create(address, slow, 50)
                percentiles("quick jobs beside 50 of 10 s", latencies(address, quick, 160))


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
