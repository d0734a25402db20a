"""The consumer against a broker: order, commits, failures, dead letters, groups."""

import asyncio
import io
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastavro import parse_schema, schemaless_writer

from connectory_kafka import kafka
from connectory_sdk import ConnectorInputError
from connectory_sdk.binding import bind
from connectory_sdk.inbound import Correlation
from connectory_sdk.testing import ACCEPTED, Subscription, subscribed

INBOUND = kafka.inbounds["io.camunda:connector-kafka-inbound:1"]
POISON = Correlation(accepted=False, kind="InvalidInput", message="no correlation key")
AWAY = Correlation(accepted=False, kind="ZeebeClientStatus", status="UNAVAILABLE", message="away", retry=True)
AVRO = {"type": "record", "name": "R", "fields": [{"name": "n", "type": "int"}]}


async def until(holds: Callable[[], Any]) -> None:
    """Wait until something is true; it may be a coroutine function."""
    async with asyncio.timeout(20):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.05)


class Recorder(Subscription):
    """A subscription that decides for each event."""

    decide: Callable[[Mapping[str, Any]], Correlation]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.decide = lambda payload: ACCEPTED
        self.came = asyncio.Event()
        self.details: dict[str, Any] = {}

    def healthy(self, **details: Any) -> None:
        super().healthy(**details)
        self.details = details

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> Correlation:
        await super().correlate(payload, message_id=message_id)
        self.came.set()
        return self.decide(payload)

    async def count(self, number: int) -> None:
        """Wait for so many events."""
        async with asyncio.timeout(30):
            while len(self.events) < number:
                self.came.clear()
                await self.came.wait()

    @property
    def values(self) -> list[Any]:
        return [event.payload["value"] for event in self.events]


class Broker:
    """A real broker, and a topic of the test's own."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.topic = f"t-{uuid.uuid4().hex[:12]}"
        self.group = f"g-{uuid.uuid4().hex[:12]}"

    async def create(self, partitions: int = 1, *, topic: str | None = None) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic or self.topic, partitions, 1)])
        finally:
            await admin.close()

    async def send(self, *records: tuple[bytes | None, bytes | None], partition: int | None = None) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.servers) as producer:
            for key, value in records:
                await producer.send_and_wait(self.topic, value, key, partition=partition, headers=[("h", b"1")])

    async def committed(self, partition: int = 0) -> int | None:
        async with AIOKafkaConsumer(bootstrap_servers=self.servers, group_id=self.group) as consumer:
            found: int | None = await consumer.committed(TopicPartition(self.topic, partition))
            return found

    def is_committed(self, offset: int) -> Callable[[], Any]:
        async def holds() -> bool:
            return await self.committed() == offset

        return holds

    async def read(self, topic: str, count: int) -> list[Any]:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.servers, auto_offset_reset="earliest")
        async with consumer, asyncio.timeout(30):
            return [await consumer.getone() for _ in range(count)]

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            "topic": {"bootstrapServers": self.servers, "topicName": self.topic},
            "groupId": self.group,
            "autoOffsetReset": "earliest",
            **more,
        }

    @asynccontextmanager
    async def consumed(
        self, decide: Callable[[Mapping[str, Any]], Correlation] | None = None, **more: Any
    ) -> AsyncIterator[Recorder]:
        recorder = Recorder(self.settings(**more))
        if decide is not None:
            recorder.decide = decide
        async with subscribed(INBOUND, recorder):
            yield recorder


@pytest.fixture
def broker() -> Broker:
    servers = os.environ.get("KAFKA_BOOTSTRAP")
    if not servers:
        pytest.skip("KAFKA_BOOTSTRAP is not set")
    return Broker(servers)


async def test_a_record_as_feel_sees_it(broker: Broker) -> None:
    """Key and value are JSON where they can be; the message id names topic, partition and offset."""
    await broker.create()
    await broker.send((b"7", b'{"a": 1}'), (b"k", b"text"), (b"t", None), (b"[", b"{'q': 'x'}"))

    async with broker.consumed() as recorder:
        await recorder.count(4)

    first, second, third, fourth = (dict(event.payload) for event in recorder.events)
    assert first == {"key": 7, "rawValue": '{"a": 1}', "value": {"a": 1}, "headers": {"h": "1"}}
    assert second == {"key": "k", "rawValue": "text", "value": "text", "headers": {"h": "1"}}
    assert (third["key"], third["value"]) == ("t", None)
    assert fourth["value"] == {"q": "x"}
    assert recorder.events[0].message_id == f"{broker.topic}-0-0"


@pytest.mark.parametrize("instance", ["orders-1", None])
async def test_health_says_which_group_and_member(broker: Broker, instance: str | None) -> None:
    """A member that the model names is said, too."""
    await broker.create()

    async with broker.consumed(additionalProperties={"group.instance.id": instance}) as recorder:
        await until(lambda: recorder.details)

    assert recorder.details == {"group-id": broker.group, "group-instance-id": instance or "unknown"}


async def test_what_was_handled_is_committed_and_does_not_come_again(broker: Broker) -> None:
    """A second consumer of the group begins behind the last handled record."""
    await broker.create()
    await broker.send(*((None, b"%d" % n) for n in range(5)))
    async with broker.consumed() as recorder:
        await recorder.count(5)
        await until(broker.is_committed(5))
    await broker.send((None, b"5"))

    async with broker.consumed() as again:
        await again.count(1)

    assert recorder.values == [0, 1, 2, 3, 4]
    assert again.values == [5]


async def test_a_failing_record_holds_only_its_partition(broker: Broker) -> None:
    """What came before it is committed, other partitions go on, and it is tried again until it is taken."""
    await broker.create(2)
    await broker.send((None, b"1"), (None, b"2"), (None, b"3"), partition=0)
    away = True

    def decide(payload: Mapping[str, Any]) -> Correlation:
        return AWAY if away and payload["value"] == 2 else ACCEPTED

    async with broker.consumed(decide) as recorder:
        await recorder.count(2)
        await broker.send((None, b"10"), (None, b"11"), partition=1)
        await recorder.count(4)
        await until(lambda: "DOWN" in (recorder.health or ""))
        await until(broker.is_committed(1))
        away = False
        await until(lambda: 3 in recorder.values and recorder.health == "UP")

    assert {10, 11} <= set(recorder.values)
    assert [value for value in recorder.values if value < 10][:1] == [1]
    assert recorder.values[-1] == 3
    assert await broker.committed(0) == 3


async def test_poison_goes_to_the_dead_letter_topic(broker: Broker) -> None:
    """After the attempts it is written there with its place and the reason, and the partition goes on."""
    await broker.create()
    dead = f"{broker.topic}-dead"
    await broker.create(topic=dead)
    await broker.send((b"a", b"1"), (b"b", b"2"), (b"c", b"3"))

    def decide(payload: Mapping[str, Any]) -> Correlation:
        return POISON if payload["value"] == 2 else ACCEPTED

    async with broker.consumed(decide, deadLetterTopic=dead, attempts=2) as recorder:
        await recorder.count(4)
        (letter,) = await broker.read(dead, 1)

    assert recorder.values == [1, 2, 2, 3]
    assert (letter.key, letter.value) == (b"b", b"2")
    about = {name: value.decode() for name, value in letter.headers}
    assert about == {
        "h": "1",
        "connectory.topic": broker.topic,
        "connectory.partition": "0",
        "connectory.offset": "1",
        "connectory.group": broker.group,
        "connectory.reason": "no correlation key",
    }


async def test_dead_letters_are_replayed_in_order_and_once(broker: Broker) -> None:
    """With the identity that they had; one that fails again waits for the next replay, and an outage keeps them all."""
    await broker.create()
    dead = f"{broker.topic}-dead"
    await broker.create(3, topic=dead)
    await broker.send(*((b"%d" % (n % 2), b"%d" % n) for n in range(6)))
    bad = {1, 2, 4, 5}
    config = await bind(INBOUND.config, broker.settings(deadLetterTopic=dead, attempts=1))
    assert INBOUND.replay is not None
    async with broker.consumed(
        lambda payload: POISON if payload["value"] in bad else ACCEPTED, deadLetterTopic=dead, attempts=1
    ) as recorder:
        await recorder.count(6)
        await until(broker.is_committed(6))

    again = Recorder(broker.settings())
    again.decide = lambda payload: AWAY
    away = await INBOUND.replay(config, again)
    again.decide = lambda payload: POISON if payload["value"] == 2 else ACCEPTED
    first = await INBOUND.replay(config, again)
    again.decide = lambda payload: ACCEPTED
    second = await INBOUND.replay(config, again)
    third = await INBOUND.replay(config, again)

    assert (away.taken, away.failed, bool(away.problem)) == (0, 0, True)
    assert (first.taken, first.failed, first.problem) == (3, 1, None)
    assert (second.taken, second.failed) == (1, 0)
    assert (third.taken, third.failed) == (0, 0)
    assert again.values == [1, 1, 2, 4, 5, 2]
    assert [event.message_id for event in again.events[1:]] == [
        f"{broker.topic}-0-{offset}" for offset in (1, 2, 4, 5, 2)
    ]
    assert dict(again.events[-1].payload["headers"]) == {"h": "1"}


async def test_an_outage_is_never_a_dead_letter(broker: Broker) -> None:
    """While the cluster is away a record waits, whatever the number of attempts."""
    await broker.create()
    await broker.send((None, b"1"))

    async with broker.consumed(lambda _: AWAY, deadLetterTopic=f"{broker.topic}-dead", attempts=1) as recorder:
        await recorder.count(3)

    assert recorder.values == [1, 1, 1]
    assert await broker.committed() is None


async def test_avro_without_registry(broker: Broker) -> None:
    """Records are objects; bytes that are none are null, as in the reference, and said in the log."""
    await broker.create()
    out = io.BytesIO()
    schemaless_writer(out, parse_schema(AVRO), {"n": 5})
    await broker.send((b"7", out.getvalue()), (b"8", b""))

    async with broker.consumed(schemaStrategy={"type": "inlineSchema", "schema": json.dumps(AVRO)}) as recorder:
        await recorder.count(2)

    first, second = recorder.events
    assert (first.payload["key"], first.payload["value"], first.payload["rawValue"]) == ("7", {"n": 5}, None)
    assert (second.payload["key"], second.payload["value"]) == ("8", None)
    assert any("does not fit its Avro schema" in line for line in recorder.lines)


async def test_offsets_are_where_a_new_group_begins(broker: Broker) -> None:
    """A group that has read before goes on where it was; the number must be that of the partitions."""
    await broker.create()
    await broker.send(*((None, b"%d" % n) for n in range(4)))

    async with broker.consumed(offsets=[2]) as recorder:
        await recorder.count(2)
        await until(broker.is_committed(4))
    await broker.send((None, b"4"))
    async with broker.consumed(offsets=[2]) as again:
        await again.count(1)

    assert recorder.values == [2, 3]
    assert again.values == [4]

    config: Any = await bind(INBOUND.config, broker.settings(offsets=[1, 1]))
    with pytest.raises(ConnectorInputError, match="not equal the number of partitions"):
        await asyncio.wait_for(INBOUND.subscribe(config, Recorder({})), 20)


async def test_two_consumers_share_a_topic(broker: Broker) -> None:
    """When a second one joins, every record is handled, and none twice after it was committed."""
    await broker.create(4)
    async with broker.consumed() as one:
        for index in range(200):
            await broker_send(broker, index)
            if index == 100:
                second = broker.consumed()
                two = await second.__aenter__()
        try:
            await until(lambda: len({*one.values, *two.values}) == 200)
        finally:
            await second.__aexit__(None, None, None)

    assert sorted(one.values + two.values) == list(range(200))


async def broker_send(broker: Broker, index: int) -> None:
    if not hasattr(broker, "producer"):
        broker.producer = AIOKafkaProducer(bootstrap_servers=broker.servers)  # type: ignore[attr-defined]
        await broker.producer.start()  # type: ignore[attr-defined]
    await broker.producer.send_and_wait(broker.topic, b"%d" % index, partition=index % 4)  # type: ignore[attr-defined]
    if index == 199:
        await broker.producer.stop()  # type: ignore[attr-defined]
