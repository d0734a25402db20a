"""Kafka: publish messages to a topic.

One long-lived producer for each configuration (servers, credentials, properties) writes the messages of all jobs that
share it: idempotent, acknowledged by all in-sync replicas unless the model says otherwise. `properties` and `security`
translate the properties of Java's client, `serialization` writes values with and without schemas.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectory_kafka.properties import texts
from connectory_kafka.requests import AUTHENTICATION, MESSAGE, SCHEMA, SERVER, Publish
from connectory_sdk import Connector, ConnectorRetryError, Group, JobContext, hookimpl

if TYPE_CHECKING:
    from connectory_kafka.producers import Configuration, Producers
    from connectory_kafka.serialization import Serializer

__all__ = ["Publish", "connectory_connectors", "kafka", "publish"]

BOOTSTRAP_SERVERS = "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS"
SCHEMA_REGISTRY = "CONNECTORY_KAFKA_SCHEMA_REGISTRY_URL"


@dataclass(slots=True)
class Kafka:
    """What the jobs of a runtime share.

    Args:
        producers: Connections to brokers.
        serializer: Parsed schemas and registries.
        servers: Brokers for all models, whatever they name; security is off then.
    """

    producers: "Producers"
    serializer: "Serializer"
    servers: str | None


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[Kafka]:
    """Keep producers while the runtime runs."""
    from connectory_kafka.producers import Producers
    from connectory_kafka.serialization import Serializer

    servers = environ.get(BOOTSTRAP_SERVERS)
    shared = Kafka(Producers(plain=bool(servers)), Serializer(registry_url=environ.get(SCHEMA_REGISTRY)), servers)
    try:
        yield shared
    finally:
        await shared.producers.close()


kafka = Connector(
    id="connectory.kafka.outbound",
    name="Kafka",
    title="Kafka: publish message",
    type="io.camunda:connector-kafka:1",
    version=1,
    description="Publish a message to a Kafka topic, as text, JSON, Avro or with a schema registry",
    lifespan=lifespan,
    groups=(
        Group(AUTHENTICATION, "Authentication"),
        Group(SERVER, "Kafka"),
        Group(SCHEMA, "Schema"),
        Group(MESSAGE, "Message"),
    ),
    keywords=("kafka", "publish", "event", "topic", "avro", "schema registry"),
)


@kafka.operation("publish", name="Publish message")
async def publish(request: Publish, job: JobContext[Kafka]) -> dict[str, Any]:
    """Write a message to a topic and return where it went: topic, partition, offset and timestamp."""
    from connectory_kafka.registry import RegistryError
    from connectory_kafka.serialization import SerializationError, header_list, key_bytes

    properties = texts(request.additional_properties)
    topic = request.topic.topic_name
    try:
        value = await job.state.serializer.value(
            request.message.value, request.strategy, topic=topic, properties=properties
        )
    except SerializationError as exc:
        raise failed(str(exc), final=True) from exc
    except RegistryError as exc:
        raise failed(str(exc), final=exc.final) from exc
    return await sent(
        request, job.state, properties, key_bytes(request.message.key), value, header_list(request.headers)
    )


async def sent(
    request: Publish,
    state: Kafka,
    properties: Mapping[str, str],
    key: bytes | None,
    value: bytes,
    headers: list[tuple[str, bytes | None]],
) -> dict[str, Any]:
    """Write a record, wait until the brokers have it, and return where."""
    from aiokafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

    from connectory_kafka.failures import FORGOTTEN, reason
    from connectory_kafka.producers import UnreachableError, configuration

    topic, user = request.topic.topic_name, request.authentication
    password = user.password.get_secret_value() if user.password else None
    chosen = configuration(
        request.topic.bootstrap_servers, username=user.username, password=password, properties=properties
    )
    if state.servers:
        own = {name: value for name, value in properties.items() if name != "bootstrap.servers"}
        chosen = configuration(state.servers, username=None, password=None, properties=own)
    message = {"topic": topic, "key": key, "value": value, "headers": headers}
    try:
        try:
            record = await written(message, chosen, state.producers)
        except FORGOTTEN:
            record = await written(message, chosen, state.producers)
    except UnreachableError as exc:
        cause = reason(exc.__cause__ or exc, topic=topic, username=chosen.username, protocol=exc.protocol)
        raise failed(f"no broker at '{chosen.servers}' could be used: {cause.message}", final=cause.final) from exc
    except KafkaError as exc:
        cause = reason(exc, topic=topic, username=chosen.username, size=len(value) + len(key or b""))
        raise failed(cause.message, final=cause.final) from exc
    return {
        "topic": record.topic,
        "timestamp": record.timestamp,
        "offset": record.offset,
        "partition": record.partition,
    }


async def written(message: dict[str, Any], chosen: "Configuration", producers: "Producers") -> Any:
    """Hand a record to the producer of a configuration and return what the brokers say of it."""
    from aiokafka.errors import KafkaError

    from connectory_kafka.failures import RIGHTS, SIZE

    topic = message["topic"]
    async with producers.producer(chosen) as (producer, shared):
        try:
            async with asyncio.timeout(shared.metadata):
                await producer.partitions_for(topic)
        except TimeoutError as exc:
            limit = f"{shared.metadata * 1000:.0f} ms"
            advice = "create it, or check topic.topicName and topic.bootstrapServers"
            raise failed(f"Topic {topic} not present in metadata after {limit}; {advice}") from exc
        try:
            async with asyncio.timeout(shared.delivery):
                return await producer.send_and_wait(**message)
        except TimeoutError as exc:
            producers.failed(shared)
            limit = f"Timeout after waiting for {shared.delivery * 1000:.0f} ms"
            place = f"topic '{topic}' at '{chosen.servers}'"
            raise failed(f"{limit}: {place} did not confirm the message; it may have been written") from exc
        except KafkaError as exc:
            if not isinstance(exc, (*RIGHTS, *SIZE)):
                producers.failed(shared)
            raise


def failed(cause: str, *, final: bool = False) -> ConnectorRetryError:
    """Return the error of Camunda's connector; a final one uses up the retries, as another attempt cannot help."""
    message = f"Error during Kafka Producer execution; error message: [{cause}]"
    return ConnectorRetryError(message, code="FAIL", retries=0 if final else None)


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the Kafka connector."""
    return [kafka]
