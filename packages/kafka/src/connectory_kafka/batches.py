"""Records on their way to a topic: gathered by partition, one batch under way while the next one is filled.

aiokafka's ``send`` looks up metadata and batch for each record in Python code, which is half of what a message costs
where many are under way. Here a record costs its place in a batch; batches are handed over whole (``send_batch``).
aiokafka still numbers, sends and repeats them.
"""

import asyncio
import copy
from collections import deque
from typing import Any

from aiokafka.errors import UnknownTopicOrPartitionError  # type: ignore[import-untyped,unused-ignore]
from aiokafka.partitioner import DefaultPartitioner  # type: ignore[import-untyped,unused-ignore]
from aiokafka.structs import TopicPartition  # type: ignore[import-untyped,unused-ignore]

from connectory_kafka.failures import SIZE

SMALL = 4096  # bytes of a value; of larger ones the producer's own check of the size is worth its cost
PARTITIONER = DefaultPartitioner()

Header = tuple[str, bytes | None]
Delivery = asyncio.Future[Any]
Record = tuple[bytes | None, bytes, list[Header]]
Waiting = list[tuple[Delivery, Any, Record]]
"""Who waits for a batch: the job's future, the record's place in the batch, the record."""


class Topic:
    """The batches of one topic.

    Args:
        producer: A started producer, which knows the topic.
        name: Of the topic.
    """

    def __init__(self, producer: Any, name: str) -> None:
        self.producer = producer
        self.name = name
        self.lanes: dict[int, Lane] = {}
        self.look()

    def look(self) -> None:
        """Note which partitions there are, and which of them have a leader: messages without a key go to these."""
        cluster = self.producer.client.cluster
        self.partitions = sorted(cluster.partitions_for_topic(self.name) or self.lanes or {0})
        self.available = list(cluster.available_partitions_for_topic(self.name) or ())

    def add(self, key: bytes | None, value: bytes, headers: list[Header]) -> Delivery:
        """Put a record into the batch of its partition; the future is done when the brokers have it."""
        number = PARTITIONER(key, self.partitions, self.available)
        lane = self.lanes.get(number)
        if lane is None:
            lane = self.lanes[number] = Lane(self, number)
        return lane.add(key, value, headers)


class Lane:
    """The batches of one partition."""

    __slots__ = ("batch", "full", "loop", "number", "task", "topic", "waiting")

    def __init__(self, topic: Topic, number: int) -> None:
        self.topic = topic
        self.number = number
        self.loop = asyncio.get_running_loop()
        self.task: asyncio.Task[None] | None = None
        self.full: deque[tuple[Any, Waiting]] = deque()
        self.fresh()

    def fresh(self) -> None:
        """Begin a batch."""
        self.batch = self.topic.producer.create_batch()
        self.waiting: Waiting = []

    def add(self, key: bytes | None, value: bytes, headers: list[Header]) -> Delivery:
        """Put a record into the batch that is being filled."""
        place = self.batch.append(timestamp=None, key=key, value=value, headers=headers)
        if place is None:
            self.full.append((self.batch, self.waiting))
            self.fresh()
            place = self.batch.append(timestamp=None, key=key, value=value, headers=headers)
        delivery = self.loop.create_future()
        self.waiting.append((delivery, place, (key, value, headers)))
        if self.task is None:
            # The task begins after all jobs that are ready now, so their records go together.
            self.task = self.loop.create_task(self.hand_over())
        return delivery

    async def hand_over(self) -> None:
        """Send batch after batch, until nothing waits."""
        while self.full or self.waiting:
            if self.full:
                batch, waiting = self.full.popleft()
            else:
                batch, waiting = self.batch, self.waiting
                self.fresh()
            await self.deliver(batch, waiting)
            self.topic.look()
            await asyncio.sleep(0)  # those who were told may have more to send
        self.task = None

    async def deliver(self, batch: Any, waiting: Waiting) -> None:
        """Send a batch and tell those who wait for it; where all of it is too large, each record goes alone."""
        try:
            self.tell(waiting, await self.sent(batch))
        except Exception as exc:  # whatever it is, the jobs say it
            if isinstance(exc, SIZE):
                self.renumber(len(waiting))
                if len(waiting) > 1:
                    for delivery, _, record in waiting:
                        await self.deliver_alone(delivery, record)
                    return
            for delivery, *_ in waiting:
                if not delivery.done():
                    delivery.set_exception(copy.copy(exc))

    def renumber(self, count: int) -> None:
        """Let the next batch have the numbers of one that the broker did not take.

        Java's producer does so; aiokafka 0.14 goes on after them, and the broker then misses them in every later batch.
        """
        numbers = self.topic.producer._txn_manager
        if numbers is not None:
            numbers.increment_sequence_number(TopicPartition(self.topic.name, self.number), -count)

    async def deliver_alone(self, delivery: Delivery, record: Record) -> None:
        """Send a record in a batch of its own."""
        key, value, headers = record
        batch = self.topic.producer.create_batch()
        place = batch.append(timestamp=None, key=key, value=value, headers=headers)
        await self.deliver(batch, [(delivery, place, record)])

    async def sent(self, batch: Any) -> Any:
        """Return what the brokers say of a batch."""
        batch.close()
        try:
            return await (await self.topic.producer.send_batch(batch, self.topic.name, partition=self.number))
        except AssertionError as exc:  # how aiokafka says that there is no such partition any more
            raise UnknownTopicOrPartitionError(str(exc)) from exc

    def tell(self, waiting: Waiting, record: Any) -> None:
        """Tell each job where its record is; with ``acks`` 0 nobody knows."""
        for delivery, place, _ in waiting:
            if delivery.done():
                continue
            if record is None:
                delivery.set_result(None)
                continue
            # The brokers say the time only where the topic wants theirs.
            timestamp = place.timestamp if record.timestamp == -1 else record.timestamp
            delivery.set_result(
                {
                    "topic": record.topic,
                    "timestamp": timestamp,
                    "offset": record.offset + place.offset,
                    "partition": record.partition,
                }
            )
