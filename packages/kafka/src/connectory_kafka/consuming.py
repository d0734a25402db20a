"""Consume messages of a topic: what a modeller says, and the subscription."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectory_kafka.requests import OLD, SERVER, Authentication, InlineSchema, NoSchema, Topic, gathered
from connectory_sdk import Connector, Group, InboundContext, Property
from connectory_sdk.inbound import Replayed

TYPE = "io.camunda:connector-kafka-inbound:1"
CONSUMER, FAILURES = "consumer", "failures"
GROUPS = (
    Group("authentication", "Authentication"),
    Group(SERVER, "Kafka"),
    Group(CONSUMER, "Consumer"),
    Group("schema", "Schema"),
    Group(FAILURES, "Messages that fail"),
)


class Registered(BaseModel, defer_build=True):
    """Avro or JSON Schema; each message names its schema's id."""

    model_config = ConfigDict(title="Schema registry", extra="ignore")
    type: Literal["schemaRegistry"]
    url: Annotated[str, Property(placeholder="https://registry.example.com")] = Field(
        alias="schemaRegistryUrl", title="Schema registry URL", description="Address of the registry", min_length=1
    )


class OldAvro(BaseModel, defer_build=True):
    """Where older templates wrote the schema."""

    text: Any = Field(None, alias="schema")


Strategy = Annotated[NoSchema | InlineSchema | Registered, Field(discriminator="type")]


class Consume(BaseModel, defer_build=True):
    """The properties of a subscription, with those of older templates."""

    model_config = ConfigDict(populate_by_name=True)

    authentication: Authentication = Field(default=Authentication(), title="Authentication")
    topic: Topic = Field(title="Topic")
    group_id: Annotated[str | None, Property(group=CONSUMER, optional=True)] = Field(
        None,
        alias="groupId",
        title="Consumer group ID",
        description="Consumers of one group share the messages; without it the group depends on the settings",
    )
    additional_properties: Annotated[dict[str, Any] | None, Property(group=SERVER, feel="required")] = Field(
        None,
        alias="additionalProperties",
        title="Additional properties",
        repr=False,  # passwords stand in it
        description='Kafka client properties by name, such as {"security.protocol": "SSL"}; they win over all else',
    )
    offsets: Annotated[list[int | None] | None, Property(group=CONSUMER, feel="required")] = Field(
        None,
        title="Offsets",
        description="Where a new group begins, one for each partition, such as 0,0,0; null leaves it to the next field",
    )
    auto_offset_reset: Annotated[
        Literal["none", "latest", "earliest"],
        Property(group=CONSUMER, value="latest", labels={"none": "None", "latest": "Latest", "earliest": "Earliest"}),
    ] = Field(
        alias="autoOffsetReset", title="Auto offset reset", description="Where a group begins that read nothing yet"
    )
    strategy: Annotated[Strategy, Property(group="schema")] = Field(
        default=NoSchema(),
        alias="schemaStrategy",
        title="Schema strategy",
        description="Whether values are read by a schema, and where it is",
    )
    dead_letter_topic: Annotated[str | None, Property(group=FAILURES, optional=True)] = Field(
        None,
        alias="deadLetterTopic",
        title="Dead-letter topic",
        description="Where messages go that no process can take; without it their partition waits",
    )
    attempts: Annotated[int, Property(group=FAILURES)] = Field(
        3, ge=1, title="Attempts", description="How often such a message is tried before it goes there"
    )
    avro: Annotated[OldAvro | None, Property(hidden=True)] = None  # named here, so that its FEEL is evaluated

    @model_validator(mode="before")
    @classmethod
    def one_strategy(cls, data: Any) -> Any:
        """Gather the strategy from where the revisions of the templates wrote it."""
        if not isinstance(data, dict) or (OLD.isdisjoint(data) and not data.get("schemaStrategy")):
            return data
        return {**data, "schemaStrategy": gathered(data)}

    @field_validator("additional_properties", mode="before")
    @classmethod
    def a_map(cls, value: Any) -> Any:
        """Read JSON text."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else None
        except ValueError:
            raise ValueError('must be a map; write JSON or FEEL such as ={"name": "value"}') from None

    @field_validator("offsets", mode="before")
    @classmethod
    def a_list(cls, value: Any) -> Any:
        """Take one number for a list of it, and nothing for none."""
        if isinstance(value, int):
            return [value]
        return None if value in ("", []) else value

    @property
    def group(self) -> str | None:
        """The consumer group that the model names."""
        own = (self.additional_properties or {}).get("group.id")
        if isinstance(own, str) and own.strip():
            return own.strip()
        return self.group_id.strip()[:250] if self.group_id and self.group_id.strip() else None


async def replay(config: Consume, inbound: InboundContext) -> Replayed:
    """Offer the records of the dead-letter topic again."""
    from connectory_kafka.replaying import replay  # imports aiokafka

    return await replay(config, inbound)


def register(kafka: Connector[Any]) -> None:
    """Give the connector its inbound side."""

    @kafka.inbound(
        TYPE,
        name="Kafka consumer",
        id="connectory.kafka.inbound",
        description="Start or continue a process for each message of a Kafka topic",
        version=1,
        groups=GROUPS,
        sees="key, value, rawValue and headers of a message",
        errors={
            "no correlation key, condition not met, unreadable value": "its partition waits and tries again; "
            "with a dead-letter topic it goes there after some attempts",
            "Camunda away": "its partition waits and tries again; the dead-letter topic is not used",
        },
        example=(
            "Bootstrap servers: broker.example.com:9092\nTopic: shipments\nConsumer group ID: shop\n"
            "Correlation key (process): =orderId\nCorrelation key (payload): =value.order\n"
            "Result expression: ={parcel: value.parcel}"
        ),
        also=("io.camunda:connector-kafka-inbound:2",),  # the first hybrid template says so
        content="value",
        replay=replay,
        feel_everywhere=True,
    )
    async def consume(config: Consume, inbound: InboundContext) -> None:
        """Offer each message of a topic to the processes, in order for each partition."""
        from connectory_kafka.consumer import Consumer  # imports aiokafka

        await Consumer(config, inbound).run()
