"""Kafka while runtimes and the broker are killed: no record is lost, none starts two processes."""

import asyncio
import json
import os
import signal
import subprocess
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from kit import needed
from programs import SESSION, Engine, Service, running, until

RECORDS, ORDERS, PARTITIONS = 5000, 4000, 4


def consuming(servers: str, topic: str, **more: str) -> dict[str, str]:
    return {
        "inbound.type": "io.camunda:connector-kafka-inbound:1",
        "deduplicationMode": "AUTO",
        "topic.bootstrapServers": servers,
        "topic.topicName": topic,
        "groupId": f"group-{uuid.uuid4().hex[:8]}",
        "autoOffsetReset": "earliest",
        "additionalProperties": json.dumps(SESSION),
        **more,
    }


async def made(servers: str, partitions: int = PARTITIONS) -> str:
    """Make a topic."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    topic = f"faults-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()
    return topic


async def send(
    servers: str, topic: str, values: list[Any], *, a_second: float = 0, partition: int | None = None
) -> None:
    """Publish records, at a pace or as fast as it goes."""
    from aiokafka import AIOKafkaProducer

    async with AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5) as producer:
        began = time.monotonic()
        for index, value in enumerate(values):
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            await producer.send(topic, content, partition=index % PARTITIONS if partition is None else partition)
            if a_second and (ahead := index / a_second - (time.monotonic() - began)) > 0:
                await asyncio.sleep(ahead)
        await producer.flush()


def restart(tool: str) -> None:
    """Kill the broker as a crash does, and start it again."""
    pid = int(subprocess.run([tool, "pid"], capture_output=True, check=True, text=True).stdout)
    os.kill(pid, signal.SIGKILL)
    for command in ("down", "up"):  # the first one waits until the process is gone
        subprocess.run([tool, command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def test_killed_runtimes_and_a_restarted_broker(tmp_path: Path, models: Any, figures: Any) -> None:
    """Each record starts one process; where the model names an id, each order does, however often it was sent."""
    servers, tool = needed("KAFKA_BOOTSTRAP"), needed("CONNECTORY_KAFKA_TOOL")
    topic = await made(servers)
    orders = [{"order": f"o-{number % ORDERS}"} for number in range(RECORDS)]
    each = consuming(servers, topic, resultExpression="={order: value.order}")
    once = consuming(servers, topic, resultExpression="={once: value.order}", messageIdExpression="=value.order")
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    async with running(engine):
        await engine.deploy(
            models.started("each", each, message="each", task=False),
            models.started("once", once, message="once", task=False),
        )
        async with running(service):
            began = time.monotonic()
            sending = asyncio.create_task(send(servers, topic, orders, a_second=500))
            for part in (0.15, 0.4, 0.65):
                await reached(engine, "each", int(RECORDS * part))
                await service.kill()
                await service.start()
            await reached(engine, "each", int(RECORDS * 0.8))
            await asyncio.to_thread(restart, tool)
            await sending
            await reached(engine, "each", RECORDS)
            await reached(engine, "once", ORDERS)
            took = time.monotonic() - began
            await idle(servers, each["groupId"], topic)
            await idle(servers, once["groupId"], topic)
            counts = await engine.count("each"), await engine.count("once")
            values = Counter(await engine.values("once"))

    assert counts == (RECORDS, ORDERS)
    assert values == Counter({f"o-{number}": 1 for number in range(ORDERS)})
    figures(
        f"{RECORDS} records of {ORDERS} orders, runtime killed (-9) 3 times, broker killed once: "
        f"{counts[0]} processes by record, {counts[1]} by order, in {took:.0f} s"
    )


async def test_runtimes_that_join_and_leave_a_group(tmp_path: Path, models: Any, figures: Any) -> None:
    """Partitions move between two runtimes, one ends in order, one is killed: each record starts one process."""
    servers, count = needed("KAFKA_BOOTSTRAP"), 2000
    topic = await made(servers)
    values = consuming(servers, topic, resultExpression="={number: value.number}")
    engine = Engine(tmp_path)
    first, second, third = (Service(engine.address, tmp_path, name) for name in ("first", "second", "third"))
    async with running(engine, first):
        await engine.deploy(models.started("moved", values, message="moved", task=False))
        sending = asyncio.create_task(send(servers, topic, [{"number": n} for n in range(count)], a_second=150))
        await reached(engine, "moved", count // 5)
        async with running(second):
            await second.up("moved")
            await reached(engine, "moved", count * 2 // 5)
            code = await first.end()
            await reached(engine, "moved", count * 3 // 5)
            async with running(third):
                await third.up("moved")
                await second.kill()
                await sending
                await reached(engine, "moved", count)
                await idle(servers, values["groupId"], topic)
                numbers = sorted(await engine.values("number"))

    assert code == 0
    assert numbers == list(range(count))
    figures(f"{count} records while runtimes join (2), leave (1) and are killed (1): {len(numbers)} processes")


async def test_poison_amid_good_records(tmp_path: Path, models: Any, figures: Any) -> None:
    """Good records flow; what no process can take waits on its own partition, or goes to the dead-letter topic."""
    from aiokafka import AIOKafkaConsumer

    servers = needed("KAFKA_BOOTSTRAP")
    topic = await made(servers)
    letters = f"{topic}-dead"
    keyed = {"correlationKeyExpression": "=value.key", "resultExpression": "={number: value.number}"}
    waits = consuming(servers, topic, **keyed)
    buries = consuming(servers, topic, **keyed, deadLetterTopic=letters, attempts="2")
    records: list[Any] = [{"key": f"k-{number}", "number": number} for number in range(400)]
    records[9] = b"{no JSON"  # in partition 1; it has no key, as text has no members
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    async with running(engine, service):
        await engine.deploy(models.continued("waits", waits), models.continued("buries", buries, message="buried"))
        await send(servers, topic, records)
        await service.up("buries")
        await idle(servers, buries["groupId"], topic)
        async with AIOKafkaConsumer(letters, bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
            async with asyncio.timeout(30):
                letter = await consumer.getone()
        await committed(servers, waits["groupId"], {topic: [100, 2, 100, 100]})
        health = await service.health("waits")

    headers = {name: value.decode() for name, value in letter.headers}
    assert letter.value == b"{no JSON"
    assert (headers["connectory.topic"], headers["connectory.partition"], headers["connectory.offset"]) == (
        topic,
        "1",
        "2",
    )
    assert "Wasn't able to obtain correlation key" in headers["connectory.reason"]
    assert health["status"] == "DOWN"
    assert f"Message {topic}-1-2 cannot be processed" in health["error"]["message"]
    figures(
        "1 poison record amid 399 good ones: 3 of 4 partitions end, 1 waits at it; with a dead-letter topic all end"
    )


async def test_a_broker_that_comes_later(tmp_path: Path, models: Any) -> None:
    """The subscription says what is missing, comes up by itself, and says it when the broker goes again."""
    pytest.importorskip("noida_db", reason="the sandbox's broker is not installed")
    from connectory_sandbox.kafka.broker import Broker

    broker = Broker()
    await broker.start(0)
    await broker.stop()
    servers = f"127.0.0.1:{broker.port}"
    engine = Engine(tmp_path)
    service = Service(engine.address, tmp_path)
    try:
        async with running(engine, service):
            await engine.deploy(models.started("late", consuming(servers, "late"), message="late", task=False))
            await until(lambda: said(service, "late", "Connection refused"), "the missing broker is said")
            await broker.start(0)
            await send(servers, "late", [{"number": 1}], partition=0)
            await reached(engine, "late", 1)
            assert (await service.health("late"))["status"] == "UP"
            await broker.stop()
            await until(lambda: said(service, "late", "check topic.bootstrapServers"), "the lost broker is said")
            await broker.start(0)
            await service.up("late")
            assert await service.end() == 0
    finally:
        await broker.stop()
        broker.remove()

    lines = service.log.read_text().splitlines()
    assert len(lines) < 200, "a broker that is away fills no disk"


async def said(service: Service, process: str, words: str) -> bool:
    """Tell whether a subscription is down for a reason."""
    health = await service.health(process)
    return health.get("status") == "DOWN" and words in health["error"]["message"]


async def reached(engine: Engine, process: str, count: int, *, seconds: float = 120) -> None:
    """Wait until so many instances were started."""

    async def there() -> bool:
        return await engine.count(process) >= count

    await until(there, f"{count} instances of '{process}'", seconds=seconds, every=0.2)


async def idle(servers: str, group: str, topic: str) -> None:
    """Wait until a group has committed all records of a topic."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    async with AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
    await committed(servers, group, {topic: [ends[each] for each in sorted(ends)]})


async def committed(servers: str, group: str, wanted: dict[str, list[int]]) -> None:
    """Wait until a group has committed exactly these offsets."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:

        async def there() -> bool:
            found = await admin.list_consumer_group_offsets(group)
            return all(
                [found[each].offset for each in sorted(found) if each.topic == topic] == offsets
                for topic, offsets in wanted.items()
            )

        await until(there, f"group '{group}' has committed {wanted}")
    finally:
        await admin.close()
