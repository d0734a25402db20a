"""Reads back what was published, in a thread and loop of its own, so that anybody may wait for it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

INTERVAL = 0.1  # seconds between two looks; whoever asks does not wait for the next one

logger = logging.getLogger(__name__)


class Watch:
    """Follows all topics of a broker.

    Args:
        servers: Its address.
        take: Called with each record, in this watch's own thread.
    """

    def __init__(self, servers: str, take: Callable[[Any], None]) -> None:
        self.servers = servers
        self.take = take
        self.positions: dict[Any, int] = {}
        self.consumer: Any = None
        self.admin: Any = None
        self.lock = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect and follow, from where it was if it was stopped before."""
        from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped,unused-ignore]
        from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped,unused-ignore]

        self.admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        self.consumer = AIOKafkaConsumer(
            bootstrap_servers=self.servers, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await self.admin.start()
        await self.consumer.start()
        self.task = asyncio.create_task(self.follow())

    async def stop(self) -> None:
        """Stop following."""
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.consumer.stop()
            await self.admin.close()

    async def follow(self) -> None:
        """Look again and again."""
        from aiokafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.catch_up()
            except (KafkaError, OSError, TimeoutError) as exc:
                logger.debug("the broker does not answer: %s", exc)

    async def catch_up(self) -> None:
        """Read what the broker has by now."""
        async with self.lock:
            places = await self.places()
            if set(places) != set(self.consumer.assignment()):
                self.consumer.assign(places)
                for place in places:
                    self.consumer.seek(place, self.positions.setdefault(place, 0))
            if not places:
                return
            ends = await self.consumer.end_offsets(places)
            while any(self.positions[place] < end for place, end in ends.items()):
                behind = [place for place, end in ends.items() if self.positions[place] < end]
                for records in (await self.consumer.getmany(*behind, timeout_ms=100)).values():
                    for record in records:
                        self.take(record)
                # Markers of transactions have offsets too, which no record shows; the consumer knows.
                for place in behind:
                    self.positions[place] = await self.consumer.position(place)

    async def places(self) -> list[Any]:
        """Return all partitions of all topics that are not the broker's own."""
        from aiokafka import TopicPartition

        topics = sorted(topic for topic in await self.admin.list_topics() if not topic.startswith("__"))
        described = await self.admin.describe_topics(topics) if topics else []
        return [TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]]

    async def forget(self) -> None:
        """Begin again: the broker's topics were deleted."""
        async with self.lock:
            self.consumer.assign([])
            self.positions.clear()
