"""Kafka: publish messages to a topic, and start or continue processes with those of a topic.

One long-lived producer for each configuration (servers, credentials, properties) writes the messages of all jobs that
share it: idempotent, acknowledged by all in-sync replicas unless the model says otherwise. `publishing` does it,
`batches` gathers what goes together; `properties` and `security` translate the properties of Java's client,
`serialization` writes values with and without schemas.

Inbound: `consuming` has the settings, `consumer` the loop, `reading` the values.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connectory_kafka import consuming
from connectory_kafka.icon import ICON
from connectory_kafka.requests import AUTHENTICATION, MESSAGE, SCHEMA, SERVER, Publish
from connectory_sdk import Connector, Group, JobContext, hookimpl

if TYPE_CHECKING:
    from connectory_kafka.publishing import Publisher

__all__ = ["Publish", "connectory_connectors", "kafka", "publish"]

BOOTSTRAP_SERVERS = "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS"
SCHEMA_REGISTRY = "CONNECTORY_KAFKA_SCHEMA_REGISTRY_URL"


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator["Publisher"]:
    """Keep producers while the runtime runs."""
    from connectory_kafka.publishing import Publisher

    publisher = Publisher(servers=environ.get(BOOTSTRAP_SERVERS), registry_url=environ.get(SCHEMA_REGISTRY))
    try:
        yield publisher
    finally:
        await publisher.close()


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
    icon=ICON,
    keywords=("kafka", "publish", "event", "topic", "avro", "schema registry"),
    errors={"FAIL": "the message was not confirmed; the text says why, and whether it may have been written"},
    example=(
        "Bootstrap servers: broker.example.com:9092\nTopic: orders\nKey: =order.id\nValue: =order\n"
        "Result expression: ={offset: response.offset}"
    ),
)


@kafka.operation("publish", name="Publish message")
async def publish(request: Publish, job: JobContext[Any]) -> dict[str, Any]:
    """Write a message to a topic.

    Returns:
        topic, partition, offset and timestamp of the message
    """
    publisher: Publisher = job.state
    return await publisher.publish(request)


consuming.register(kafka)


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the Kafka connector."""
    return [kafka]
