"""A message's way to the brokers. Imported when the first job comes, because it imports aiokafka."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from connectory_kafka.batches import SMALL, Header, Topic
from connectory_kafka.failures import FORGOTTEN, RIGHTS, SIZE, reason
from connectory_kafka.producers import Configuration, Producers, Shared, UnreachableError, configuration
from connectory_kafka.properties import texts
from connectory_kafka.registry import RegistryError
from connectory_kafka.requests import NoSchema, Publish
from connectory_kafka.serialization import SerializationError, Serializer, header_list, key_bytes, text_bytes
from connectory_sdk import ConnectorRetryError


class Publisher:
    """What the jobs of a runtime share.

    Args:
        servers: Brokers for all models, whatever they name; security is off then.
        registry_url: Schema registry for all models.
    """

    def __init__(self, *, servers: str | None, registry_url: str | None) -> None:
        self.servers = servers
        self.producers = Producers(plain=bool(servers))
        self.serializer = Serializer(registry_url=registry_url)

    async def close(self) -> None:
        """Close all producers."""
        await self.producers.close()

    async def publish(self, request: Publish) -> dict[str, Any]:
        """Write a message and return where it went.

        Raises:
            ConnectorRetryError: It was not written, or nobody knows; without retries where another attempt cannot help.
        """
        properties = texts(request.additional_properties)
        topic, message = request.topic.topic_name, request.message
        plain = isinstance(request.strategy, NoSchema)
        value = text_bytes(message.value) if plain else await self.value(request, properties)
        key = key_bytes(message.key)
        headers = header_list(request.headers)
        chosen = self.configuration(request, properties)
        try:
            try:
                return await self.written(chosen, topic, key, value, headers)
            except FORGOTTEN:
                return await self.written(chosen, topic, key, value, headers)
        except UnreachableError as exc:
            cause = reason(exc.__cause__ or exc, topic=topic, username=chosen.username, protocol=exc.protocol)
            raise failed(f"no broker at '{chosen.servers}' could be used: {cause.message}", final=cause.final) from exc
        except KafkaError as exc:
            cause = reason(exc, topic=topic, username=chosen.username, size=len(value) + len(key or b""))
            raise failed(cause.message, final=cause.final) from exc

    async def value(self, request: Publish, properties: Mapping[str, str]) -> bytes:
        """Return the bytes of a value that has a schema."""
        topic = request.topic.topic_name
        try:
            return await self.serializer.value(
                request.message.value, request.strategy, topic=topic, properties=properties
            )
        except SerializationError as exc:
            raise failed(str(exc), final=True) from exc
        except RegistryError as exc:
            raise failed(str(exc), final=exc.final) from exc

    def configuration(self, request: Publish, properties: dict[str, str]) -> Configuration:
        """Return the configuration of a message's producer."""
        if self.servers:
            properties.pop("bootstrap.servers", None)
            return configuration(self.servers, username=None, password=None, properties=properties)
        user = request.authentication
        password = user.password.get_secret_value() if user.password else None
        servers = request.topic.bootstrap_servers
        return configuration(servers, username=user.username, password=password, properties=properties)

    async def written(
        self, chosen: Configuration, name: str, key: bytes | None, value: bytes, headers: list[Header]
    ) -> dict[str, Any]:
        """Hand a record to the producer of a configuration and return what the brokers say of it."""
        shared = self.producers.acquire(chosen)
        try:
            producer = shared.producer or await shared.started()
            topic = shared.topics.get(name) or await self.found(shared, name)
            if shared.gathers and len(value) < SMALL:
                delivery = topic.add(key, value, headers)
                shared.limit(delivery)
                return await delivery or unconfirmed(name)
            delivery = await producer.send(name, value, key, headers=headers)
            shared.limit(delivery)
            return told(await delivery) or unconfirmed(name)
        except TimeoutError as exc:
            self.producers.failed(shared)
            limit = f"Timeout after waiting for {shared.delivery * 1000:.0f} ms"
            place = f"topic '{name}' at '{chosen.servers}'"
            raise failed(f"{limit}: {place} did not confirm the message; it may have been written") from exc
        except KafkaError as exc:
            if not isinstance(exc, (*RIGHTS, *SIZE)):
                self.producers.failed(shared)
            raise
        finally:
            self.producers.release(shared)

    async def found(self, shared: Shared, name: str) -> Topic:
        """Wait until the brokers have a topic, which they may make for us."""
        try:
            async with asyncio.timeout(shared.metadata):
                await shared.producer.partitions_for(name)
        except TimeoutError as exc:
            limit = f"{shared.metadata * 1000:.0f} ms"
            advice = "create it, or check topic.topicName and topic.bootstrapServers"
            raise failed(f"Topic {name} not present in metadata after {limit}; {advice}") from exc
        topic: Topic = shared.topics.setdefault(name, Topic(shared.producer, name))
        return topic


def told(record: Any) -> dict[str, Any] | None:
    """Return what the brokers say of a record, if they do."""
    if record is None:
        return None
    return {
        "topic": record.topic,
        "timestamp": record.timestamp,
        "offset": record.offset,
        "partition": record.partition,
    }


def unconfirmed(topic: str) -> dict[str, Any]:
    """Return what is known of a record that no broker confirms, because ``acks`` is 0; the numbers are Java's."""
    return {"topic": topic, "timestamp": int(time.time() * 1000), "offset": -1, "partition": -1}


def failed(cause: str, *, final: bool = False) -> ConnectorRetryError:
    """Return the error of Camunda's connector; a final one uses up the retries, as another attempt cannot help."""
    message = f"Error during Kafka Producer execution; error message: [{cause}]"
    return ConnectorRetryError(message, code="FAIL", retries=0 if final else None)
