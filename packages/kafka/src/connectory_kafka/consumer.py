"""The loop of one subscription: records in order for each partition, committed when a process has them.

A record that fails holds its own partition alone: the partition is paused, begins again at that record after a while,
and goes on when the record was taken or went to the dead-letter topic. Others are not held up, and the group stays
alive meanwhile, because polling never stops.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka import (  # type: ignore[import-untyped,unused-ignore]
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.errors import (  # type: ignore[import-untyped,unused-ignore]
    CommitFailedError,
    IllegalGenerationError,
    KafkaConnectionError,
    KafkaError,
    UnknownMemberIdError,
)

from connectory_kafka.consuming import Consume
from connectory_kafka.failures import reason, why_unreachable
from connectory_kafka.properties import client_options, texts
from connectory_kafka.reading import Reader, UnreadableError
from connectory_kafka.registry import RegistryError
from connectory_kafka.requests import InlineSchema
from connectory_kafka.security import security_options
from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError, InboundContext
from connectory_sdk.inbound import Correlation

BOOTSTRAP_SERVERS = "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS"
SCHEMA_REGISTRY = "CONNECTORY_KAFKA_SCHEMA_REGISTRY_URL"
ABOUT = "connectory."
"""What the names of headers begin with that say where a dead letter came from."""
POLL = 500  # milliseconds
QUIET = 10.0  # seconds without a record until a broker is asked whether it is there; aiokafka only logs that it is not
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
PATIENCE = 30.0
"""Seconds for a commit. aiokafka 0.14 can lose the task that looks for brokers when these go away; what waits for it
then waits for ever."""
STOPPING = 5.0  # seconds for the group to be left, for the same reason
GONE = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError)
"""Errors of a commit after the partitions went to another consumer, which will get the records again."""


@dataclass(slots=True)
class Held:
    """A partition that waits at a record."""

    offset: int
    attempts: int = 0
    until: float = 0.0


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc,unused-ignore]
    """One subscription's consumer.

    Args:
        config: What the modeller said.
        inbound: The way to the processes.
    """

    def __init__(self, config: Consume, inbound: InboundContext) -> None:
        self.config = config
        self.inbound = inbound
        self.topic = config.topic.topic_name
        self.properties = texts(config.additional_properties)
        self.servers = inbound.environ.get(BOOTSTRAP_SERVERS) or config.topic.bootstrap_servers
        self.group = config.group or f"kafka-inbound-connector-{inbound.deduplication_id}"[:250]
        self.about = {"group-id": self.group, "group-instance-id": self.properties.get("group.instance.id", "unknown")}
        self.held: dict[TopicPartition, Held] = {}
        self.consumer: AIOKafkaConsumer
        self.producer: AIOKafkaProducer | None = None
        self._busy = asyncio.Lock()
        self._burying = asyncio.Lock()
        self._leaving = False
        self._problem: ConnectorInputError | None = None
        self._options_used: dict[str, Any] = {}
        self._heard = time.monotonic()
        self._away = False

    async def run(self) -> None:
        """Consume until cancelled.

        Raises:
            ConnectorError: The brokers cannot be used.
            ConnectorInputError: The settings cannot be.
        """
        if self.config.group is None:
            self.inbound.log(
                "No groupId is set: when the settings change, messages may be missed or come again",
                severity="WARNING",
                tag="Consumer",
            )
        options = self._options_used = await self.options("consumer")
        try:
            self.reader = self.made_reader()
            self.consumer = AIOKafkaConsumer(
                **options
                | {
                    "bootstrap_servers": self.servers,
                    "group_id": self.group,
                    "enable_auto_commit": False,
                    "auto_offset_reset": self.config.auto_offset_reset,
                }
            )
        except (UnreadableError, ValueError, TypeError) as exc:
            raise ConnectorInputError(f"Kafka consumer: {exc}") from exc
        self.consumer.subscribe([self.topic], listener=self)
        try:
            await self.consumer.start()
            self.inbound.healthy(**self.about)
            while True:
                await self._poll()
        except KafkaError as exc:
            # of brokers that cannot be reached, aiokafka raises no cause
            cause = await why_unreachable(self.servers, options) if isinstance(exc, KafkaConnectionError) else None
            raise ConnectorError(self._why(cause or exc)) from exc
        finally:
            await stopped(self.consumer)
            await self.close()

    async def close(self) -> None:
        """End the producer of dead letters."""
        if self.producer is not None:
            await self.producer.stop()
            self.producer = None

    def made_reader(self) -> Reader:
        """Return what reads values.

        Raises:
            UnreadableError: The schema is none.
        """
        return Reader(self.config, self.properties, registry_url=self.inbound.environ.get(SCHEMA_REGISTRY))

    async def options(self, side: Any) -> dict[str, Any]:
        """Return what aiokafka's consumer or producer is made with."""
        options = client_options(self.properties, side=side)
        if not self.inbound.environ.get(BOOTSTRAP_SERVERS):
            user = self.config.authentication
            password = user.password.get_secret_value() if user.password else None
            options |= await asyncio.to_thread(
                security_options, self.properties, username=user.username, password=password
            )
        return options

    async def _poll(self) -> None:
        if self._problem is not None:
            raise self._problem
        now = time.monotonic()
        for partition, held in self.held.items():
            if held.until <= now and partition in self.consumer.paused():
                self.consumer.resume(partition)
        batches = await self.consumer.getmany(timeout_ms=POLL)
        if not batches:
            await self._listen_for_brokers()
        else:
            self._heard, self._away = time.monotonic(), False
            async with self._busy:
                await asyncio.gather(*(self._partition(each, records) for each, records in batches.items()))

    async def _listen_for_brokers(self) -> None:
        """After a while of silence look whether brokers are there, and say where not.

        Raises:
            ConnectorRetryError: They are back; a new consumer finds them, the old one may not.
        """
        if time.monotonic() - self._heard < QUIET:
            return
        cause = await why_unreachable(self.servers, self._options_used)
        self._heard = time.monotonic()
        if cause is not None:
            self._away = True
            self.inbound.unhealthy(f"{self._why(cause)}; trying again", **self.about)
        elif self._away:
            raise ConnectorRetryError("The brokers are back, reading begins anew", backoff=timedelta(0))

    def _why(self, exc: BaseException) -> str:
        """Return what an error of the client or of a connection means."""
        protocol = self._options_used.get("security_protocol", "PLAINTEXT")
        user = self.config.authentication.username
        cause = reason(exc, topic=self.topic, username=user, protocol=protocol)
        return f"Kafka at '{self.servers}': {cause.message}"

    async def _partition(self, partition: TopicPartition, records: Sequence[Any]) -> None:
        """Handle the records of one partition in order, and commit those that are done."""
        done: int | None = None
        for record in records:
            if self._leaving or partition not in self.consumer.assignment():
                break
            if not await self._handled(partition, record):
                self._hold(partition, record)
                break
            self.held.pop(partition, None)
            done = record.offset + 1
        if done is not None:
            await self._commit({partition: done})

    async def _handled(self, partition: TopicPartition, record: Any) -> bool:
        """Offer one record; tell whether it is done with."""
        identity = f"{record.topic}-{record.partition}-{record.offset}"
        try:
            payload = await self.reader.payload(record)
        except UnreadableError as exc:
            if isinstance(self.config.strategy, InlineSchema) and not self.config.dead_letter_topic:
                self.inbound.log(f"Message {identity}: {exc}; its value is null", severity="ERROR", tag="Message")
                payload = self.reader.around(record) | {"rawValue": None, "value": None}
            else:
                return await self._failed(partition, record, str(exc), poison=True)
        except RegistryError as exc:
            return await self._failed(partition, record, str(exc), poison=False)
        result: Correlation = await self.inbound.correlate(payload, message_id=identity)
        if result.accepted:
            return True
        return await self._failed(partition, record, result.message or result.kind, poison=not result.retry)

    async def _failed(self, partition: TopicPartition, record: Any, why: str, *, poison: bool) -> bool:
        """Count a failure; tell whether the record went to the dead-letter topic."""
        held = self.held.get(partition)
        if held is None or held.offset != record.offset:
            held = self.held[partition] = Held(record.offset)
        held.attempts += 1
        place = f"Message {record.topic}-{record.partition}-{record.offset}"
        self.inbound.log(f"{place} failed (attempt {held.attempts}): {why}", severity="ERROR", tag="Message")
        if poison and self.config.dead_letter_topic and held.attempts >= self.config.attempts:
            try:
                await self.bury(record, why, self.config.dead_letter_topic)
            except KafkaError as exc:
                text = f"{place} cannot be written to the dead-letter topic: {type(exc).__name__}"
                self.inbound.log(text, severity="ERROR", tag="Message")
                return False
            text = f"{place} went to topic '{self.config.dead_letter_topic}'"
            self.inbound.log(text, severity="WARNING", tag="Message")
            self.inbound.healthy(**self.about)
            return True
        waiting = f"{place} cannot be processed: {why}. Offset will not be committed; trying again"
        self.inbound.unhealthy(waiting, **self.about)
        return False

    def _hold(self, partition: TopicPartition, record: Any) -> None:
        """Let a partition wait at a record."""
        held = self.held[partition]
        pause = min(FIRST_PAUSE * 2 ** min(held.attempts - 1, 10), LONGEST_PAUSE)
        held.until = time.monotonic() + pause
        self.consumer.seek(partition, record.offset)
        self.consumer.pause(partition)

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.consumer.commit(dict(offsets))
        except TimeoutError as exc:
            raise ConnectorRetryError(f"Offsets were not committed in {PATIENCE:.0f} s, reading begins anew") from exc
        except GONE as exc:
            self.inbound.log(f"Not committed, the group has changed: {type(exc).__name__}", tag="Consumer")
        if not self.held:
            self.inbound.healthy(**self.about)

    async def bury(self, record: Any, why: str, topic: str) -> None:
        """Write a record that failed to the dead-letter topic, with where it was and why it failed."""
        async with self._burying:
            if self.producer is None:
                options = await self.options("producer")
                producer = AIOKafkaProducer(bootstrap_servers=self.servers, **options)
                await producer.start()
                self.producer = producer
        about = {
            f"{ABOUT}topic": record.topic,
            f"{ABOUT}partition": str(record.partition),
            f"{ABOUT}offset": str(record.offset),
            f"{ABOUT}group": self.group,
            f"{ABOUT}reason": why,
        }
        # Records of one partition stay in one partition, so that a replay has them in their order.
        partitions = sorted(await self.producer.partitions_for(topic))
        where = partitions[record.partition % len(partitions)]
        headers = [*record.headers, *((name, text.encode()) for name, text in about.items())]
        value = b"" if record.value is None and record.key is None else record.value  # the client wants one of them
        await self.producer.send_and_wait(topic, value, record.key, partition=where, headers=headers)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Finish the records at hand and commit them before others get the partitions."""
        self._leaving = True
        async with self._busy:
            self._leaving = False
        for partition in revoked:
            self.held.pop(partition, None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Begin where the modeller says, where the group has read nothing yet."""
        offsets = self.config.offsets
        if not offsets or not assigned:
            return
        partitions = sorted(self.consumer.partitions_for_topic(self.topic) or ())
        if len(offsets) != len(partitions):
            text = "Number of offsets provided is not equal the number of partitions!"
            # What a listener raises would only be logged, and reading begin elsewhere.
            self._problem = ConnectorInputError(f"{text} {len(offsets)} offsets, {len(partitions)} partitions")
            self.consumer.pause(*assigned)
            return
        for partition in assigned:
            offset = offsets[partitions.index(partition.partition)]
            if offset is not None and await self.consumer.committed(partition) is None:
                self.consumer.seek(partition, offset)


async def stopped(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and close the connections, with brokers or without."""
    try:
        async with asyncio.timeout(STOPPING):
            await consumer.stop()
    except TimeoutError:
        # Its coordinator has been cancelled with it; for the rest, aiokafka has no public way.
        await consumer._fetcher.close()
        await consumer._client.close()
