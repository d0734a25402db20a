"""Messages that are under way together: gathered by partition, each told its own place."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectory_kafka.producers import closed
from connectory_sandbox.kafka import KafkaService
from connectory_sdk import ConnectorRetryError
from connectory_sdk.testing import Operations

PARTITIONS = 4


def job(servers: str, value: Any, *, key: Any = None, **properties: Any) -> dict[str, Any]:
    place = {"bootstrapServers": servers, "topicName": "many"}
    given = {"max.block.ms": 8000} | properties
    return {"topic": place, "message": {"key": key, "value": value}, "additionalProperties": given}


@pytest.fixture
async def servers(broker: KafkaService) -> str:
    """A broker with a topic of several partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.servers)
    await admin.start()
    await admin.create_topics([NewTopic("many", PARTITIONS, 1)])
    await admin.close()
    return broker.servers


async def everything(servers: str, count: int) -> dict[tuple[int, int], Any]:
    """Return the records of the topic by partition and offset."""
    async with AIOKafkaConsumer("many", bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        records = [await asyncio.wait_for(consumer.getone(), 20) for _ in range(count)]
    return {(record.partition, record.offset): record for record in records}


async def test_each_job_is_told_where_its_message_is(servers: str, run: Operations) -> None:
    """More than a batch holds, over all partitions: every result names the place of just this message."""
    jobs = [job(servers, {"n": n, "text": "x" * 400}, key=n) for n in range(400)]

    results = await asyncio.gather(*(run("publish", each) for each in jobs))

    found = await everything(servers, len(jobs))
    assert len(found) == len(jobs)
    for n, result in enumerate(results):
        record = found[result["partition"], result["offset"]]
        assert (record.key, record.timestamp) == (str(n).encode(), result["timestamp"])
        assert record.value.startswith(b'{"n":%d,' % n)
    assert len({result["partition"] for result in results}) == PARTITIONS


async def test_a_key_has_the_partition_that_others_give_it(servers: str, run: Operations) -> None:
    """The partition is that of aiokafka's own ``send``, which is Java's."""
    keys = [f"order-{n}" for n in range(12)]

    ours = [(await run("publish", job(servers, "v", key=key)))["partition"] for key in keys]

    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        theirs = [(await producer.send_and_wait("many", b"v", key.encode())).partition for key in keys]
    assert ours == theirs


async def test_messages_keep_their_order(servers: str, run: Operations) -> None:
    """What is published one after the other under a key lies so, whichever way a message of its size takes."""
    values = ["small", "x" * 10_000, "small again"]

    results = [await run("publish", job(servers, value, key="k")) for value in values]

    found = await everything(servers, len(values))
    assert [found[result["partition"], result["offset"]].value.decode() for result in results] == values


async def test_who_gives_up_takes_nobody_along(broker: KafkaService, servers: str, run: Operations) -> None:
    """A job that is cancelled while its batch waits leaves the batch to the others."""
    await run("publish", job(servers, "first", key="k"))
    await broker.down()
    waiting = [asyncio.ensure_future(run("publish", job(servers, n, key="k"))) for n in range(5)]
    await asyncio.sleep(0.1)

    waiting[2].cancel()
    await broker.up()

    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[2], asyncio.CancelledError)
    assert sorted(result["offset"] for result in results if isinstance(result, dict)) == [1, 2, 4, 5]


async def test_closing_sends_what_waits(servers: str, run: Operations) -> None:
    """A producer that is closed lets its batches go first."""
    await run("publish", job(servers, "first", key="k"))
    shared = next(iter(run.state.producers.shared.values()))

    deliveries = [shared.topics["many"].add(b"k", b"%d" % n, []) for n in range(50)]
    await closed(shared)

    assert [delivery.result()["offset"] for delivery in deliveries] == list(range(1, 51))


async def test_what_goes_wrong_is_told_to_all(servers: str, run: Operations) -> None:
    """A batch that cannot be handed over fails each of its jobs, which may try again with a new producer."""
    await run("publish", job(servers, "first", key="k"))
    shared = next(iter(run.state.producers.shared.values()))
    await shared.producer.stop()

    results = await asyncio.gather(
        *(run("publish", job(servers, n, key="k")) for n in range(3)), return_exceptions=True
    )

    assert all(isinstance(result, ConnectorRetryError) and result.retries is None for result in results), results
    assert (await run("publish", job(servers, "again", key="k")))["offset"] == 1
