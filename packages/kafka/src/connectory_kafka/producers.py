"""Long-lived producers: one for each configuration, made by its first message, closed when unused for a while."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from connectory_kafka.properties import client_options, seconds
from connectory_kafka.security import security_options
from connectory_sdk import ConnectorInputError

IDLE = 300.0  # seconds; brokers close idle connections after 600
ITS_OWN = {"linger.ms", "max.request.size"}  # properties that only the producer's own way of batching honours
AGAIN = 0.5  # seconds between two attempts to reach a broker


class UnreachableError(Exception):
    """No broker could be reached in time; the reason is ``__cause__``.

    Args:
        protocol: The security protocol that was tried.
    """

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self.protocol = protocol


class Configuration(NamedTuple):
    """What makes two messages share a producer. Its members are secrets, so it is never printed.

    Args:
        servers: Bootstrap servers.
        username: The model's own user.
        password: Of the user.
        properties: Kafka client properties, sorted.
    """

    servers: str
    username: str | None
    password: str | None
    properties: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"Configuration(servers='{self.servers}')"


@dataclass(slots=True, eq=False)
class Shared:
    """A producer and those who use it."""

    configuration: Configuration
    delivery: float = 45.0
    metadata: float = 60.0
    producer: Any = None
    starting: asyncio.Task[Any] | None = None
    gathers: bool = True
    topics: dict[str, Any] = field(default_factory=dict)
    users: int = 0
    used: float = 0.0
    broken: bool = False
    closing: asyncio.TimerHandle | None = None
    pending: deque[tuple[float, asyncio.Future[Any]]] = field(default_factory=deque)
    sweeping: asyncio.TimerHandle | None = None

    def limit(self, delivery: asyncio.Future[Any]) -> None:
        """Give up on a delivery after the time limit: one timer for all is cheaper than one for each."""
        while self.pending and self.pending[0][1].done():
            self.pending.popleft()
        loop = delivery.get_loop()
        self.pending.append((loop.time() + self.delivery, delivery))
        if self.sweeping is None:
            self.sweeping = loop.call_later(self.delivery, self.sweep, loop)

    def sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give up on what is late."""
        while self.pending and (self.pending[0][1].done() or self.pending[0][0] <= loop.time()):
            delivery = self.pending.popleft()[1]
            if not delivery.done():
                delivery.set_exception(TimeoutError())
        self.sweeping = loop.call_at(self.pending[0][0], self.sweep, loop) if self.pending else None

    async def started(self) -> Any:
        """Return the producer as soon as it is connected.

        Raises:
            ConnectorInputError: The configuration cannot be.
            UnreachableError: No broker answers.
        """
        if self.producer is None:
            assert self.starting is not None  # noqa: S101
            # Shielded: a job that is given up must not take the start away from the others who wait for it.
            await asyncio.shield(self.starting)
        return self.producer


class Producers:
    """The producers of one runtime.

    Args:
        idle: Seconds after which an unused producer is closed.
        plain: Whether to ignore all security settings, for a sandbox.
    """

    def __init__(self, *, idle: float = IDLE, plain: bool = False) -> None:
        self.idle = idle
        self.plain = plain
        self.shared: dict[Configuration, Shared] = {}
        self.background: set[asyncio.Task[None]] = set()

    def acquire(self, configuration: Configuration) -> Shared:
        """Lend the producer of a configuration; give it back with `release`."""
        shared = self.shared.get(configuration)
        if shared is None:
            shared = self.shared[configuration] = Shared(configuration)
            shared.starting = asyncio.ensure_future(self.start(shared))
        shared.users += 1
        return shared

    def release(self, shared: Shared) -> None:
        """Take a producer back; it is closed at once when it is broken, else when it is unused for a while."""
        shared.users -= 1
        if shared.users:
            return
        loop = asyncio.get_running_loop()
        shared.used = loop.time()
        if shared.broken:
            self.close_soon(shared)
        elif shared.closing is None:
            shared.closing = loop.call_later(self.idle, self.look, shared)

    def look(self, shared: Shared) -> None:
        """Close a producer if it was not used since the timer was set, else set the timer again."""
        shared.closing = None
        loop = asyncio.get_running_loop()
        left = shared.used + self.idle - loop.time()
        if shared.users:
            return
        if left > 0:
            shared.closing = loop.call_later(left, self.look, shared)
            return
        self.forget(shared)
        self.close_soon(shared)

    def failed(self, shared: Shared) -> None:
        """Note that a producer may be beyond repair: the next message gets a new one."""
        shared.broken = True
        self.forget(shared)

    async def start(self, shared: Shared) -> None:
        """Make a producer and connect it, trying again until the time limit ``max.block.ms``."""
        try:
            shared.producer = await self.connected(shared)
        except BaseException:
            self.failed(shared)
            raise

    async def connected(self, shared: Shared) -> Any:
        """Return a connected producer."""
        from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped,unused-ignore]
        from aiokafka.errors import (  # type: ignore[import-untyped,unused-ignore]
            KafkaConnectionError,
            KafkaError,
        )

        from connectory_kafka.failures import addresses, why_unreachable

        configuration = shared.configuration
        properties = dict(configuration.properties)
        options = client_options(properties, side="producer")
        if not self.plain:
            options |= await asyncio.to_thread(
                security_options, properties, username=configuration.username, password=configuration.password
            )
        shared.delivery = seconds(properties, "delivery.timeout.ms")
        shared.metadata = seconds(properties, "max.block.ms")
        shared.gathers = ITS_OWN.isdisjoint(properties)
        try:
            addresses(configuration.servers)
        except ValueError as exc:
            raise ConnectorInputError(f"topic.bootstrapServers: {exc}") from exc
        until = time.monotonic() + shared.metadata
        while True:
            try:
                producer = AIOKafkaProducer(bootstrap_servers=configuration.servers, **options)
            except (ValueError, RuntimeError) as exc:
                raise ConnectorInputError(f"additionalProperties: {exc}") from exc
            cause: BaseException | None = None
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(0.0, until - time.monotonic())):
                    await producer.start()
                return producer
            except (KafkaError, OSError, TimeoutError) as exc:
                await producer.stop()
                cause = (
                    await why_unreachable(configuration.servers, options)
                    if isinstance(exc, KafkaConnectionError)
                    else exc
                )
                if time.monotonic() + AGAIN >= until or hopeless(cause):
                    raise UnreachableError(options.get("security_protocol", "PLAINTEXT")) from (cause or exc)
            except BaseException:
                await producer.stop()
                raise
            await asyncio.sleep(AGAIN)

    def forget(self, shared: Shared) -> None:
        """Give the producer to nobody any more."""
        if self.shared.get(shared.configuration) is shared:
            del self.shared[shared.configuration]

    def close_soon(self, shared: Shared) -> None:
        """Close a producer in the background."""
        task = asyncio.get_running_loop().create_task(closed(shared))
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    async def close(self) -> None:
        """Close all producers; what they still hold is sent first."""
        every = list(self.shared.values())
        self.shared.clear()
        for shared in every:
            if shared.closing is not None:
                shared.closing.cancel()
        await asyncio.gather(*(closed(shared) for shared in every), *self.background)


async def closed(shared: Shared) -> None:
    """Close one producer, or stop its start."""
    starting, shared.starting = shared.starting, None
    if shared.sweeping is not None:
        shared.sweeping.cancel()
    if starting is None:
        return
    if not starting.done():
        starting.cancel()
    await asyncio.wait([starting])
    if not starting.cancelled():
        starting.exception()  # looked at: those who waited have it, and if nobody did, nobody misses it
    if shared.producer is not None:
        tasks = [lane.task for topic in shared.topics.values() for lane in topic.lanes.values() if lane.task]
        if tasks:
            await asyncio.wait(tasks, timeout=shared.delivery)
        for task in tasks:
            task.cancel()
        # Its sender may wait for a broker that does not come back; nothing of it is awaited by a job any more.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(shared.delivery):
                await shared.producer.stop()


def hopeless(cause: BaseException | None) -> bool:
    """Tell whether connecting again would end in the same way."""
    from connectory_kafka.failures import reason

    return cause is not None and reason(cause, topic="", username=None).final


def configuration(
    servers: str, *, username: str | None, password: str | None, properties: Mapping[str, str]
) -> Configuration:
    """Return the configuration of a message; a property names the servers if it is there."""
    if not properties:
        return Configuration(servers, username, password, ())
    own = {name: value for name, value in properties.items() if name != "bootstrap.servers"}
    return Configuration(properties.get("bootstrap.servers", servers), username, password, tuple(sorted(own.items())))
