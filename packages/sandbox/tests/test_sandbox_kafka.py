"""The broker and the registry, driven by libraries that nobody here wrote."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("noida_db", reason="noida-db, the broker, is not installed")
pytest.importorskip("aiokafka", reason="aiokafka is not installed")

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from connectory_sandbox import Fault, Sandbox
from connectory_sandbox.kafka import KafkaService


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(["kafka"]) as sandbox:
        yield sandbox


@pytest.fixture
def kafka(box: Sandbox) -> KafkaService:
    return box.kafka


async def test_what_is_published_is_received_at_once(box: Sandbox, kafka: KafkaService) -> None:
    """Whoever looks after the broker has confirmed finds it, in order, with an idempotent producer."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers, enable_idempotence=True) as producer:
        for n in range(50):
            await producer.send_and_wait("orders", b'{"n":%d}' % n, key=b"k", headers=[("h", b"1"), ("z", None)])

        assert [record.json["n"] for record in kafka.received] == list(range(50))

        await producer.send_and_wait("other", b"plain")
        assert box.entries()[-1] == {"service": "kafka", "topic": "other", "key": None, "value": "plain", "headers": {}}
    assert box.entries()[0]["headers"] == {"h": "1", "z": None}


async def test_groups_keep_their_offsets(kafka: KafkaService) -> None:
    """A consumer of a group goes on where the last one stopped."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        for n in range(4):
            await producer.send_and_wait("orders", b"%d" % n)
    options: Any = {
        "bootstrap_servers": kafka.servers,
        "group_id": "g",
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
    }

    async with AIOKafkaConsumer("orders", **options) as first:
        read = [(await asyncio.wait_for(first.getone(), 10)).value for _ in range(2)]
        await first.commit()
    async with AIOKafkaConsumer("orders", **options) as second:
        read += [(await asyncio.wait_for(second.getone(), 10)).value for _ in range(2)]

    assert read == [b"0", b"1", b"2", b"3"]


async def test_transactions_hide_what_was_aborted(kafka: KafkaService) -> None:
    """A reader of committed records sees the committed ones alone."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers, transactional_id="t") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait("orders", b"aborted")
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait("orders", b"committed")

    options: Any = {
        "bootstrap_servers": kafka.servers,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
    }
    async with AIOKafkaConsumer("orders", **options) as consumer:
        assert (await asyncio.wait_for(consumer.getone(), 10)).value == b"committed"


async def test_the_broker_goes_and_comes_back_with_its_data(kafka: KafkaService) -> None:
    """The address stays; what was there is there, and is not received twice."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        await producer.send_and_wait("orders", b"1")
    await kafka.down()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*kafka.servers.split(":"))

    await kafka.up()

    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        await producer.send_and_wait("orders", b"2")
    assert [record.value for record in kafka.received] == [b"1", b"2"]


async def test_a_reset_forgets_all(box: Sandbox, kafka: KafkaService) -> None:
    """Records, topics and schemas."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        await producer.send_and_wait("orders", b"1")
    assert len(kafka.received) == 1

    box.reset()

    assert kafka.received == []
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        assert (await producer.send_and_wait("orders", b"2")).offset == 0
    assert [record.value for record in kafka.received] == [b"2"]


def test_it_runs_in_a_plain_with() -> None:
    """Programs without a loop have it in a thread; its data is gone at the end."""
    with Sandbox(["kafka"]) as box:

        async def publish() -> None:
            async with AIOKafkaProducer(bootstrap_servers=box.kafka.servers) as producer:
                await producer.send_and_wait("orders", b"\xff")

        asyncio.run(publish())
        assert box.kafka.received[0].json == {"base64": "/w=="}
    assert len(box.entries()) == 1
    assert box.kafka.broker.folder == ""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv, which ties a program to its parent, is not here")
def test_it_ends_with_its_parent_however_that_ends() -> None:
    """A test run that is killed leaves no broker behind."""
    code = (
        "import asyncio, os, signal\n"
        "from connectory_sandbox import Sandbox\n"
        "async def main():\n"
        "    async with Sandbox(['kafka']) as box:\n"
        "        print(box.kafka.broker.process.pid, box.kafka.broker.folder, flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid, folder = done.stdout.split()
    shutil.rmtree(folder)

    for _ in range(100):
        if not alive(int(pid)):
            break
        time.sleep(0.05)

    assert not alive(int(pid))


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_registry(kafka: KafkaService) -> None:
    """Register, look up, by id, by version; each schema has one id."""
    client = pytest.importorskip("schema_registry.client", reason="python-schema-registry-client is not installed")
    registry = client.AsyncSchemaRegistryClient(kafka.registry_url)
    schema = client.schema.AvroSchema({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]})

    assert await registry.check_version("s", schema) is None
    assert await registry.register("s", schema) == 1
    assert await registry.register("other", schema) == 1
    fresh = client.AsyncSchemaRegistryClient(kafka.registry_url)
    assert (await fresh.check_version("s", schema)).version == 1
    assert (await fresh.get_schema("s")).schema_id == 1
    assert (await fresh.get_by_id(1)).raw_schema == schema.raw_schema
    assert await fresh.get_subjects() == ["s", "other"]
    assert await fresh.get_by_id(7) is None
    kafka.faults.add(Fault(operation="POST /subjects/*", status=500))
    with pytest.raises(client.errors.ClientError):
        await client.AsyncSchemaRegistryClient(kafka.registry_url).register("s", schema)
