"""Webhooks while the cluster is away, deliveries come many times, and callers mean harm."""

import asyncio
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from programs import Engine, Service, running, until

START = {"inbound.type": "io.camunda:webhook:1", "inbound.context": "orders", "deduplicationMode": "AUTO"}
ONCE = {**START, "messageIdExpression": "=request.body.id", "resultExpression": "={order: request.body.id}"}
AWAY = 30.0  # seconds


async def test_the_cluster_away(tmp_path: Path, models: Any, figures: Any) -> None:
    """Callers are asked to come again; what was acknowledged has its process, and after their retries all have one."""
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    first: dict[str, int] = {}
    acknowledged: list[str] = []

    async def deliver(number: int) -> None:
        """Call as senders do: again, until somebody takes it."""
        identity = f"o-{number}"
        while True:
            answer = await service.http.post("/inbound/orders", json={"id": identity})
            first.setdefault(identity, answer.status_code)
            if answer.status_code == 200:
                acknowledged.append(identity)
                return
            assert answer.status_code in (503, 504), answer.text
            await asyncio.sleep(2)

    async def deliveries(seconds: float) -> None:
        until_then = time.monotonic() + seconds
        while time.monotonic() < until_then:
            senders.append(asyncio.create_task(deliver(len(senders))))
            await asyncio.sleep(0.05)

    senders: list[asyncio.Task[None]] = []
    async with running(engine, service):
        await engine.deploy(models.started("orders", ONCE, message="order", task=False))
        await service.up("orders")
        await deliveries(3)
        await engine.kill()
        await deliveries(AWAY)
        before = list(acknowledged)
        await engine.start()
        kept = set(await engine.values("order"))
        assert set(before) <= kept
        await deliveries(3)
        async with asyncio.timeout(60):
            await asyncio.gather(*senders)
        started = Counter(await engine.values("order"))

    assert started == Counter(acknowledged)
    assert len(acknowledged) == len(senders)
    statuses = Counter(first.values())
    figures(
        f"cluster away for {AWAY:.0f} s amid {len(senders)} webhooks: first answers {dict(statuses)}, "
        f"{len(acknowledged)} acknowledged, {started.total()} processes"
    )


async def test_one_delivery_many_times(tmp_path: Path, models: Any, figures: Any) -> None:
    """50 copies at once over two runtimes start one process, and all are acknowledged."""
    engine = Engine(tmp_path)
    services = [Service(engine.address, tmp_path, f"service{number}") for number in range(2)]
    async with running(engine, *services):
        await engine.deploy(models.started("orders", ONCE, message="order", task=False))
        for service in services:
            await service.up("orders")

        calls = [services[number % 2].http.post("/inbound/orders", json={"id": "o-1"}) for number in range(50)]
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*calls))
        count = await engine.count("orders")

    assert statuses == {200: 50}
    assert count == 1
    figures(f"50 copies of a delivery at once over 2 runtimes: {count} process")


async def test_a_secret_that_comes_later(tmp_path: Path, models: Any) -> None:
    """The subscription says which secret is missing, and comes up by itself when it is there."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    values = {**ONCE, "inbound.auth.type": "BASIC", "inbound.auth.username": "ann"}
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path, CONNECTORY_SECRETS_DIR=str(secrets))
    async with running(engine, service):
        protected = {**values, "inbound.auth.password": "{{secrets.PASSWORD}}"}
        await engine.deploy(models.started("orders", protected, message="order", task=False))

        async def missing() -> bool:
            error = (await service.health("orders")).get("error") or {}
            return error.get("message") == "Secret with name 'PASSWORD' is not available"

        await until(missing, "the missing secret is named")
        before = await service.http.post("/inbound/orders", json={"id": "1"}, auth=("ann", "late-secret"))
        (secrets / "PASSWORD").write_text("late-secret")
        await service.up("orders")
        after = await service.http.post("/inbound/orders", json={"id": "1"}, auth=("ann", "late-secret"))
        assert await service.end() == 0

    assert [before.status_code, after.status_code] == [404, 200]
    assert "late-secret" not in service.log.read_text()


async def test_the_service_ends_amid_calls(tmp_path: Path, models: Any, figures: Any) -> None:
    """On SIGTERM each call that was taken is answered; a caller without an answer may come again."""
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    acknowledged: list[str] = []
    unanswered: list[str] = []

    async def caller(name: int) -> None:
        for number in range(10_000):
            identity = f"{name}-{number}"
            try:
                answer = await service.http.post("/inbound/orders", json={"id": identity})
            except httpx.ConnectError:
                return
            except httpx.TransportError:
                unanswered.append(identity)
                return
            statuses[answer.status_code] += 1
            if answer.status_code == 200:
                acknowledged.append(identity)
            else:
                await asyncio.sleep(0.2)

    statuses: Counter[int] = Counter()
    async with running(engine, service):
        await engine.deploy(models.started("orders", ONCE, message="order", task=False))
        await service.up("orders")
        callers = [asyncio.create_task(caller(name)) for name in range(20)]
        await until(lambda: reached(acknowledged, 200), "200 calls")
        code = await service.end()
        await asyncio.gather(*callers)
        started = await engine.values("order")

    assert code == 0
    assert set(statuses) <= {200, 503}, "nobody is told that there is no such path"
    assert len(started) == len(set(started))
    assert set(acknowledged) <= set(started) <= set(acknowledged) | set(unanswered)
    figures(f"SIGTERM amid {len(acknowledged)} webhooks: all acknowledged ones started, {len(unanswered)} unanswered")


async def reached(found: list[str], count: int) -> bool:
    """Tell whether there are so many."""
    return len(found) >= count


async def test_callers_who_mean_harm(tmp_path: Path, models: Any, figures: Any) -> None:
    """Slow heads, endless heads, slow and huge bodies and unknown paths get their status; others are served as ever."""
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    async with running(engine, service):
        await engine.deploy(models.started("orders", START, task=False))
        await service.up("orders")
        for _ in range(200):
            await service.http.post("/inbound/orders", json={})
        before = service.memory
        times: list[float] = []
        enough = asyncio.Event()
        serving = asyncio.create_task(serve_others(service, times, enough))

        slow = [asyncio.create_task(slow_head(service.port)) for _ in range(500)]
        large = [await large_body(service) for _ in range(3)]
        with_large = service.memory
        endless = await endless_head(service.port)
        unknown = Counter(await unknown_paths(service.port, 10_000))
        with_unknown = service.memory
        answers = Counter(await asyncio.gather(*slow))
        after = service.memory
        enough.set()
        await serving
        count = await engine.count("orders")

    assert large == [413] * 3
    assert endless == 431
    assert unknown == {404: 10_000}
    assert answers == {408: 500}
    assert count == 200 + len(times)
    assert max(with_large, with_unknown, after) - before < 48, (before, with_large, with_unknown, after)
    worst = sorted(times)[int(len(times) * 0.99)] * 1000
    figures(
        f"500 slow heads at once: 408; 3 bodies of 50 MB: 413; 10,000 connections to unknown paths: 404; "
        f"memory {before:.0f} MiB before, {with_large:.0f}, {with_unknown:.0f}, {after:.0f} after; "
        f"meanwhile {len(times)} good calls, 99 % under {worst:.0f} ms"
    )


async def serve_others(service: Service, times: list[float], enough: asyncio.Event) -> None:
    """Call as a good caller does, again and again, and keep how long each call took."""
    async with httpx.AsyncClient(base_url=service.address) as http:
        while not enough.is_set():
            began = time.monotonic()
            assert (await http.post("/inbound/orders", json={})).status_code == 200
            times.append(time.monotonic() - began)
            await asyncio.sleep(0.05)


async def slow_head(port: int) -> int:
    """Send a header byte by byte until the server has had enough; return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /inbound/orders HTTP/1.1\r\nhost: x\r\nx-slow: ")
    answered = asyncio.create_task(status(reader))
    while not answered.done():
        writer.write(b"a")
        await asyncio.wait([answered], timeout=2)
    writer.close()
    return answered.result()


async def endless_head(port: int) -> int:
    """Send headers for ever; return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /inbound/orders HTTP/1.1\r\nhost: x\r\n")
    answered = asyncio.create_task(status(reader))
    while not answered.done():
        writer.write(b"x-more: " + b"a" * 1000 + b"\r\n")
        await asyncio.wait([answered], timeout=0.001)
    writer.close()
    return answered.result()


async def large_body(service: Service) -> int:
    """Send 50 MB; return the status."""

    async def content() -> Any:
        for _ in range(50):
            yield b"x" * 1_000_000

    return (await service.http.post("/inbound/orders", content=content())).status_code


async def unknown_paths(port: int, count: int) -> list[int]:
    """Call paths that nobody has, each over a connection of its own, 50 at a time; return the statuses."""
    left = iter(range(count))

    async def caller() -> list[int]:
        found = []
        for _ in left:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST /inbound/{uuid.uuid4().hex} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".encode())
            found.append(await status(reader))
            writer.close()
        return found

    return [each for several in await asyncio.gather(*(caller() for _ in range(50))) for each in several]


async def status(reader: asyncio.StreamReader) -> int:
    """Return the status of the answer that comes; 0 where the connection ends without one."""
    try:
        line = await reader.readline()
    except ConnectionError:
        return 0
    return int(line.split()[1]) if line else 0
