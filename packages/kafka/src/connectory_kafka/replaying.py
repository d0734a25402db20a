"""Records of the dead-letter topic are offered to the processes again, each with the identity that it had at first."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from connectory_kafka.consumer import ABOUT, Consumer
from connectory_kafka.consuming import Consume
from connectory_kafka.reading import UnreadableError
from connectory_kafka.registry import RegistryError
from connectory_sdk import ConnectorError, InboundContext
from connectory_sdk.inbound import Replayed

POLL = 500  # milliseconds
PATIENCE = 30.0  # seconds until the group gives us partitions; another replay may have them all


@dataclass(frozen=True, slots=True)
class Original:
    """A dead letter as the record that it was."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def replay(config: Consume, inbound: InboundContext) -> Replayed:
    """Offer the dead letters of a subscription that are there now, in order, and commit each one that is done.

    One that fails again goes to the end of the topic with the new reason; it waits for the next replay. Where Camunda
    or the registry is away, the replay stops: what is left waits, too.

    Raises:
        ConnectorError: The brokers cannot be used.
    """
    topic = config.dead_letter_topic
    if not topic:
        return Replayed()
    consumer = Consumer(config, inbound)
    consumer.reader = consumer.made_reader()
    reading = AIOKafkaConsumer(
        topic,
        **await consumer.options("consumer")
        | {
            "bootstrap_servers": consumer.servers,
            "group_id": f"{consumer.group}-replay"[:255],
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
        },
    )
    try:
        await reading.start()
        return await offered(reading, consumer)
    except KafkaError as exc:
        raise ConnectorError(f"Kafka at '{consumer.servers}': {type(exc).__name__}") from exc
    finally:
        await reading.stop()
        await consumer.close()


async def offered(reading: Any, consumer: Consumer) -> Replayed:
    """Read up to where the topic ended when the replay began."""
    began = time.monotonic()
    while not reading.assignment():
        if time.monotonic() - began > PATIENCE:
            return Replayed(problem="the dead-letter topic is being replayed by another runtime")
        await asyncio.sleep(0.05)
    ends: dict[TopicPartition, int] = await reading.end_offsets(list(reading.assignment()))
    taken = failed = 0
    while any([await reading.position(partition) < end for partition, end in ends.items()]):
        for partition, records in (await reading.getmany(timeout_ms=POLL)).items():
            for record in records:
                if record.offset >= ends.get(partition, 0):
                    break
                original = original_of(record, consumer)
                if original is not None:
                    problem = await outcome(original, consumer)
                    if problem is not None and problem[1]:
                        return Replayed(taken=taken, failed=failed, problem=problem[0])
                    taken, failed = taken + (problem is None), failed + (problem is not None)
                await reading.commit({partition: record.offset + 1})
    return Replayed(taken=taken, failed=failed)


async def outcome(original: Original, consumer: Consumer) -> tuple[str, bool] | None:
    """Offer one record; return why it was not taken, and whether it stays where it is; None when a process has it."""
    identity = f"{original.topic}-{original.partition}-{original.offset}"
    why, later = "", False
    try:
        payload = await consumer.reader.payload(original)
    except UnreadableError as exc:
        why = str(exc)
    except RegistryError as exc:
        why, later = str(exc), True
    else:
        result = await consumer.inbound.correlate(payload, message_id=identity)
        if result.accepted:
            return None
        why, later = result.message or result.kind, result.retry
    if not later:
        await consumer.bury(original, why, str(consumer.config.dead_letter_topic))
        text = f"Message {identity} failed again and went to the end of the dead-letter topic: {why}"
        consumer.inbound.log(text, severity="ERROR", tag="Message")
    return f"Message {identity}: {why}", later


def original_of(record: Any, consumer: Consumer) -> Original | None:
    """Return the record that a dead letter was; None for those of other topics and groups."""
    about = {name: data.decode(errors="replace") for name, data in record.headers if name.startswith(ABOUT) and data}
    if about.get(f"{ABOUT}topic") != consumer.topic or about.get(f"{ABOUT}group", consumer.group) != consumer.group:
        return None
    return Original(
        consumer.topic,
        int(about.get(f"{ABOUT}partition", 0)),
        int(about.get(f"{ABOUT}offset", 0)),
        record.key,
        record.value,
        [header for header in record.headers if not header[0].startswith(ABOUT)],
    )
