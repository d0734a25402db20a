"""The Kafka service: broker, registry, and what was published."""

import base64
import io
import json
import struct
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from connectory_sandbox.asgi import Answer, Request, application
from connectory_sandbox.control import controlled
from connectory_sandbox.faults import Fault, Faults, suffer
from connectory_sandbox.kafka.broker import Broker
from connectory_sandbox.kafka.registry import Registry
from connectory_sandbox.kafka.watch import Watch
from connectory_sandbox.server import HOST, Server
from connectory_sandbox.service import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaRecord:
    """A record that was published.

    Args:
        topic: Its topic.
        key: The bytes of its key; None without one.
        value: The bytes of its value; None for a tombstone.
        headers: Header fields in their order.
        partition: Its partition.
        offset: Its offset there.
        timestamp: When it was made, in milliseconds since the epoch.
        registry: Where the schema of a framed value is.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    partition: int
    offset: int
    timestamp: int
    registry: Registry

    @property
    def json(self) -> Any:
        """The value as a JSON value: decoded by its schema, parsed, or the text; bytes as ``{"base64": ...}``."""
        return None if self.value is None else shown(self.value, self.registry)

    def entry(self) -> dict[str, Any]:
        """Return it as shown."""
        headers = {name: None if value is None else text(value) for name, value in self.headers}
        key = None if self.key is None else text(self.key)
        return {"service": "kafka", "topic": self.topic, "key": key, "value": self.json, "headers": headers}


class KafkaService:
    """A broker and a registry.

    Faults meet the registry alone, by method and path: ``POST /subjects/*``. The broker has none on demand, but can be
    taken away and brought back: `down` and `up`.
    """

    name: ClassVar[str] = "kafka"

    def __init__(self) -> None:
        self.records: list[KafkaRecord] = []
        self.faults = Faults()
        self.registry = Registry()
        self.journal = Journal()
        self.broker = Broker()
        self.server = Server(application(controlled(self, self.handle)))
        self.watch: Watch | None = None
        self.thread: Any = None

    @property
    def servers(self) -> str:
        """Address of the broker."""
        return f"{HOST}:{self.broker.port}"

    @property
    def registry_url(self) -> str:
        """Address of the registry."""
        return self.server.base

    @property
    def environ(self) -> Mapping[str, str]:
        """Lead the Kafka connector here."""
        return {
            "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "CONNECTORY_KAFKA_SCHEMA_REGISTRY_URL": self.registry_url,
        }

    @property
    def received(self) -> list[KafkaRecord]:
        """What was published, in order; waits for what the broker has already."""
        self.catch_up()
        return self.records

    async def start(self, journal: Journal, *, port: int = 0) -> None:
        """Start the broker, the registry and the watch over the topics."""
        from connectory_sandbox.sandbox import LoopThread

        self.journal = journal
        await self.broker.start(port)
        await self.server.start()
        self.watch = Watch(self.servers, self.take)
        self.thread = LoopThread()
        self.thread.run(self.watch.start())

    async def stop(self) -> None:
        """Read what is left, then end everything and remove the data."""
        if self.thread is not None:
            self.catch_up()
            self.thread.run(self.watch.stop())  # type: ignore[union-attr]
            self.thread.stop()
            self.thread = None
        await self.server.stop()
        await self.broker.stop()
        self.broker.remove()

    async def down(self) -> None:
        """Take the broker away; its data stays."""
        if self.watch is not None:
            self.catch_up()
            self.thread.run(self.watch.stop())
        await self.broker.stop()

    async def up(self) -> None:
        """Bring the broker back, at the same address."""
        await self.broker.start(self.broker.port)
        if self.watch is not None:
            self.thread.run(self.watch.start())

    def reset(self) -> None:
        """Forget what came, all topics, schemas and faults."""
        self.broker.reset()
        if self.thread is not None and self.watch is not None:
            self.thread.run(self.watch.forget())
        self.records.clear()
        self.faults.clear()
        self.registry = Registry()

    def catch_up(self) -> None:
        """Wait until all that the broker has is in `records`."""
        if self.thread is not None and self.watch is not None and self.broker.process is not None:
            self.thread.run(self.watch.catch_up())

    def take(self, record: Any) -> None:
        """Write a record down."""
        made = KafkaRecord(
            topic=record.topic,
            key=record.key,
            value=record.value,
            headers=tuple(record.headers),
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp or int(time.time() * 1000),
            registry=self.registry,
        )
        self.records.append(made)
        self.journal.add(made)

    async def handle(self, request: Request) -> Answer:
        """Answer a call of the registry."""
        parts = [urllib.parse.unquote(part) for part in request.raw_path.strip("/").split("/")]

        async def usual() -> Answer:
            return self.registry.answer(request, parts)

        return await suffer(self.faults.take(f"{request.method} /{'/'.join(parts)}"), usual, refuse=refused)


def refused(fault: Fault) -> Answer:
    """Return the answer of a fault as a registry would give it."""
    if fault.body is not None:
        return fault.answer()
    return Answer.json({"error_code": fault.status * 100 + 1, "message": f"fault {fault.status}"}, status=fault.status)


def shown(value: bytes, registry: Registry) -> Any:
    """Return a value as JSON."""
    if len(value) > 5 and value[0] == 0 and (known := registry.schema(struct.unpack(">I", value[1:5])[0])):
        kind, schema = known
        if kind == "JSON":
            return parsed(value[5:])
        if kind == "AVRO":
            return avro(value[5:], schema)
    return parsed(value)


def parsed(value: bytes) -> Any:
    """Return bytes as JSON, as text, or as what stands for bytes."""
    try:
        return json.loads(value)
    except ValueError:
        return text(value)


def text(value: bytes) -> Any:
    """Return bytes as text, or as what stands for bytes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def avro(value: bytes, schema: Any) -> Any:
    """Return binary Avro as JSON, if there is a library for it."""
    try:
        import fastavro
    except ImportError:
        return text(value)
    decoded = fastavro.schemaless_reader(io.BytesIO(value), fastavro.parse_schema(schema), None)
    return json.loads(json.dumps(decoded, default=str))
