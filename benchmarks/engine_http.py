"""Speed of the local engine over HTTP: creation, activate and complete, and the way of one job through a long poll.

    python benchmarks/engine_http.py [--count 6000] [--connections 16]

Server and client are two processes. Prints figures and how they compare with the project's aims; nothing is judged.
The server's processor time is what it would take on a machine with nothing else to do.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="{id}" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="{id}"/></extensionElements></serviceTask>
    <sequenceFlow id="b" sourceRef="work" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""

SERVER = """
import sys
from connectory_engine.gateway.server import run
run(ready=lambda address: print(address, flush=True))
"""


class Connection(asyncio.Protocol):
    """A keep-alive connection that costs the machine little, so that the server has most of it."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[tuple[int, bytes]]] = deque()
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that are complete."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._data) < end + 4 + length:
                return
            body = self._data[end + 4 : end + 4 + length]
            self._data = self._data[end + 4 + length :]
            self._waiting.popleft().set_result((int(head[9:12]), body))

    def post(self, path: str, body: bytes) -> Awaitable[tuple[int, bytes]]:
        """Send a request and give what will be its answer."""
        assert self._transport is not None
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        head = f"POST /v2{path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        self._transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        return answer


async def connect(address: str) -> Connection:
    """Open a connection."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
    return connection


async def each(address: str, connections: int, work: Callable[[Connection], Awaitable[bool]]) -> None:
    """Let several connections work until there is nothing left to do."""

    async def one() -> None:
        connection = await connect(address)
        while await work(connection):
            pass

    await asyncio.gather(*(one() for _ in range(connections)))


async def creations(address: str, process: str, count: int, connections: int) -> float:
    """Give the instances created a second."""
    body = json.dumps({"processDefinitionId": process, "variables": {"order": 1, "name": "some text"}}).encode()
    left = count

    async def create(connection: Connection) -> bool:
        nonlocal left
        if left <= 0:
            return False
        left -= 1
        status, answer = await connection.post("/process-instances", body)
        assert status == 200, answer
        return True

    begin = time.perf_counter()
    await each(address, connections, create)
    return count / (time.perf_counter() - begin)


async def completions(address: str, process: str, count: int, connections: int, batch: int) -> float:
    """Give the jobs activated and completed a second."""
    asked = json.dumps(
        {"type": process, "timeout": 60_000, "maxJobsToActivate": batch, "worker": "w", "requestTimeout": -1}
    ).encode()
    done = 0

    async def work(connection: Connection) -> bool:
        nonlocal done
        status, answer = await connection.post("/jobs/activation", asked)
        assert status == 200, answer
        jobs = json.loads(answer)["jobs"]
        for job in jobs:
            status, answer = await connection.post(f"/jobs/{job['jobKey']}/completion", b'{"variables":{"done":true}}')
            assert status == 204, answer
            done += 1
        return bool(jobs)

    begin = time.perf_counter()
    await each(address, connections, work)
    assert done == count, f"{done} of {count}"
    return count / (time.perf_counter() - begin)


async def journeys(address: str, process: str, count: int) -> list[float]:
    """Give the milliseconds from creation to the answer to the completion, one instance after the other."""
    poll, work = await connect(address), await connect(address)
    asked = json.dumps(
        {"type": process, "timeout": 60_000, "maxJobsToActivate": 1, "worker": "w", "requestTimeout": 10_000}
    ).encode()
    body = json.dumps({"processDefinitionId": process}).encode()
    result = []
    for _ in range(count):
        polled = poll.post("/jobs/activation", asked)
        await asyncio.sleep(0.002)
        begin = time.perf_counter()
        created = work.post("/process-instances", body)
        key = json.loads((await polled)[1])["jobs"][0]["jobKey"]
        status, _ = await work.post(f"/jobs/{key}/completion", b"{}")
        await created
        assert status == 204
        result.append((time.perf_counter() - begin) * 1000)
    return result


def deploy(address: str, process: str) -> None:
    """Deploy a process with one job, whose type is its id."""
    data = (
        b'--x\r\nContent-Disposition: form-data; name="resources"; filename="m.bpmn"\r\n\r\n'
        + MODEL.replace("{id}", process).encode()
        + b"\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/v2/deployments", data, headers)) as answer:
        assert answer.status == 200


class Clock:
    """Measures how much of the processor the server takes, which does not depend on what else the machine does."""

    def __init__(self, server: int) -> None:
        self._stat = Path(f"/proc/{server}/stat")
        self._before = self._now()

    def _now(self) -> float:
        if not self._stat.exists():
            return 0.0
        fields = self._stat.read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def each(self, count: int) -> str:
        """Give the processor time for each of some things since the last call."""
        now = self._now()
        spent, self._before = now - self._before, now
        return f"{spent * 1000 / count:.2f} ms of processor each" if spent else ""


async def measure(address: str, server: int, count: int, connections: int) -> None:
    """Measure everything and print it."""
    for process in ("one", "many", "journey"):
        deploy(address, process)
    clock = Clock(server)
    rate = await creations(address, "many", count, connections)
    said = clock.each(count)
    print(f"create instances             {rate:8.0f} /s      {rate / 3000:4.1f} x the aim of 3,000/s; {said}")
    rate = await completions(address, "many", count, connections, 32)
    said = clock.each(count)
    print(f"activate (32) and complete   {rate:8.0f} jobs/s  {rate / 2500:4.1f} x the aim of 2,500/s; {said}")
    alone = count // 4
    await creations(address, "one", alone, connections)
    clock.each(1)
    rate = await completions(address, "one", alone, connections, 1)
    said = clock.each(alone)
    print(f"activate (1) and complete    {rate:8.0f} jobs/s  {rate / 2500:4.1f} x the aim of 2,500/s; {said}")
    times = await journeys(address, "journey", 500)
    said = clock.each(500)
    p50, p99 = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    print(
        f"create, long poll, complete  {p50:8.2f} ms      {p50 / 2:4.2f} x the aim of 2 ms (p50; p99 {p99:.2f}); {said}"
    )


def main() -> None:
    """Start a server, measure it, stop it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--count", type=int, default=6000)
    arguments.add_argument("--connections", type=int, default=16)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "server.py"
        script.write_text(SERVER, "utf-8")
        server = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            asyncio.run(measure(server.stdout.readline().strip(), server.pid, asked.count, asked.connections))
        finally:
            server.terminate()
            server.wait(10)


if __name__ == "__main__":
    main()
