"""What a modeller says: where to publish, as whom, and what."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectory_sdk import Property

AUTHENTICATION, SERVER, SCHEMA, MESSAGE = "authentication", "kafka", "schema", "message"
STRATEGIES = {"noSchema", "inlineSchema", "schemaRegistry"}

FROZEN = ConfigDict(frozen=True)
"""For defaults: what cannot change is shared by all messages, anything else pydantic copies for each."""

TOPIC = re.compile(r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}")

SchemaText = Annotated[str | dict[str, Any] | list[Any], Property(type="Text", feel="required", language="json")]
"""A schema as JSON text, or as the FEEL value that it describes."""


class Authentication(BaseModel, defer_build=True):
    """Who publishes; nothing at all for a broker that does not ask."""

    model_config = FROZEN
    username: Annotated[str | None, Property(group=AUTHENTICATION, optional=True)] = Field(
        default=None, title="Username", description="Leave empty for a broker that asks for no credentials"
    )
    password: Annotated[SecretStr | None, Property(group=AUTHENTICATION, optional=True)] = Field(
        default=None, title="Password", description="Of the user; a secret such as {{secrets.KAFKA_PASSWORD}}"
    )

    @field_validator("username", "password", mode="before")
    @classmethod
    def given(cls, value: Any) -> Any:
        """Take a blank member for an absent one."""
        return None if isinstance(value, str) and not value.strip() else value

    @model_validator(mode="after")
    def pair(self) -> "Authentication":
        """Want both or none."""
        if (self.username is None) != (self.password is None):
            absent = "username" if self.username is None else "password"
            raise ValueError(f"Username / password pair is required: '{absent}' is empty; give both, or neither")
        return self


class Topic(BaseModel, defer_build=True):
    """Where to publish."""

    bootstrap_servers: Annotated[str, Property(group=SERVER, placeholder="broker-1:9092,broker-2:9092")] = Field(
        alias="bootstrapServers",
        title="Bootstrap servers",
        description="Brokers as host:port, comma between them",
        min_length=1,
    )
    topic_name: Annotated[str, Property(group=SERVER)] = Field(
        alias="topicName", title="Topic", description="Topic to publish to", min_length=1
    )

    @field_validator("topic_name")
    @classmethod
    def possible(cls, name: str) -> str:
        """Refuse what no broker takes, before waiting for it."""
        if not TOPIC.fullmatch(name):
            raise ValueError(f"'{name}' is no name of a topic; letters, digits, '.', '_' and '-' are, at most 249")
        return name


class NoSchema(BaseModel, defer_build=True):
    """Text as it is, everything else as JSON."""

    model_config = ConfigDict(title="No schema", **FROZEN)
    type: Literal["noSchema"] = "noSchema"


class InlineSchema(BaseModel, defer_build=True):
    """Avro without a registry: the binary encoding alone."""

    model_config = ConfigDict(title="Inline schema (Avro)")
    type: Literal["inlineSchema"]
    text: SchemaText = Field(alias="schema", title="Schema", description="Avro schema as JSON", min_length=1)


class SchemaRegistry(BaseModel, defer_build=True):
    """Avro or JSON Schema with the id that a schema registry gave."""

    model_config = ConfigDict(title="Schema registry")
    type: Literal["schemaRegistry"]
    text: SchemaText = Field(alias="schema", title="Schema", description="Avro or JSON Schema, as JSON", min_length=1)
    schema_type: Annotated[Literal["avro", "json"], Property(labels={"avro": "Avro", "json": "JSON Schema"})] = Field(
        "avro", alias="schemaType", title="Schema type", description="Language of the schema"
    )
    url: Annotated[str, Property(placeholder="https://registry.example.com")] = Field(
        alias="schemaRegistryUrl", title="Schema registry URL", description="Address of the registry", min_length=1
    )


class Message(BaseModel, defer_build=True):
    """What to publish."""

    key: Annotated[Any, Property(group=MESSAGE, feel="optional", optional=True)] = Field(
        None, title="Key", description="Messages with the same key keep their order; empty for none"
    )
    value: Annotated[Any, Property(group=MESSAGE, type="Text", feel="optional")] = Field(
        title="Value", description="Text as it is, everything else as JSON"
    )

    @field_validator("value")
    @classmethod
    def given(cls, value: Any) -> Any:
        """Refuse null: the FEEL expression found nothing."""
        if value is None:
            raise ValueError("must not be null; check the expression that gives the message")
        return value


OLD = {"serializationType", "avro", "schema", "schemaType", "schemaRegistryUrl", "type"}


class Publish(BaseModel, defer_build=True):
    """A message for a topic, with the inputs of every template version; what older ones wrote is hidden."""

    authentication: Authentication = Field(default=Authentication(), title="Authentication")
    topic: Topic = Field(title="Topic")
    additional_properties: Annotated[dict[str, Any] | None, Property(group=SERVER)] = Field(
        None,
        alias="additionalProperties",
        title="Additional properties",
        repr=False,  # passwords stand in it
        description='Kafka client properties by name, such as {"security.protocol": "SSL"}; they win over all else',
    )
    strategy: Annotated[
        Annotated[NoSchema | InlineSchema | SchemaRegistry, Field(discriminator="type")], Property(group=SCHEMA)
    ] = Field(
        default=NoSchema(),
        alias="schemaStrategy",
        title="Schema strategy",
        description="Whether values are written by a schema, and where it is",
    )
    message: Message = Field(title="Message")
    headers: Annotated[dict[str, Any] | None, Property(group=MESSAGE)] = Field(
        None, title="Headers", description="Header fields of the message by name"
    )
    serialization_type: Annotated[Any, Property(hidden=True)] = Field(None, alias="serializationType")
    avro: Annotated[Any, Property(hidden=True)] = None
    old_schema: Annotated[Any, Property(hidden=True)] = Field(None, alias="schema")
    old_schema_type: Annotated[Any, Property(hidden=True)] = Field(None, alias="schemaType")
    old_schema_registry_url: Annotated[Any, Property(hidden=True)] = Field(None, alias="schemaRegistryUrl")
    old_type: Annotated[Any, Property(hidden=True)] = Field(None, alias="type")

    @field_validator("authentication", mode="before")
    @classmethod
    def without(cls, value: Any) -> Any:
        """Take null for no credentials."""
        return {} if value is None else value

    @field_validator("additional_properties", "headers", mode="before")
    @classmethod
    def a_map(cls, value: Any) -> Any:
        """Say what to write instead of the JSON text that people tend to write."""
        if isinstance(value, str):
            if not value.strip():
                return None
            raise ValueError('must be a map, got text; write a FEEL context such as ={"name": "value"}')
        return value

    @model_validator(mode="before")
    @classmethod
    def one_strategy(cls, data: Any) -> Any:
        """Gather the strategy from where the revisions of the templates wrote it."""
        if not isinstance(data, dict) or (OLD.isdisjoint(data) and not data.get("schemaStrategy")):
            return data
        return {**data, "schemaStrategy": gathered(data)}

    @field_validator("strategy", mode="before")
    @classmethod
    def no_strategy(cls, value: Any) -> Any:
        """Take null for no schema."""
        return NoSchema() if value is None or value == {} else value


def gathered(data: dict[str, Any]) -> Any:
    """Return the schema strategy that a job's variables mean, whichever template wrote them."""
    given = data.get("schemaStrategy")
    if given is not None and not isinstance(given, dict):
        return given  # the model says what is wrong with it
    strategy = {key: value for key, value in (given or {}).items() if key != "avro"}
    old_type = data.get("type")
    nested = [member(place, "schema") for place in ((given or {}).get("avro"), data.get("avro"))]
    if strategy.get("type") is None:
        strategy["type"] = old_type if old_type in STRATEGIES else assumed(data, has_schema=any(nested))
    if strategy["type"] == "noSchema":
        return strategy
    if not strategy.get("schema"):
        schema = next((found for found in (nested[0], data.get("schema"), nested[1]) if found), None)
        strategy = {key: value for key, value in strategy.items() if key != "schema"} | (
            {"schema": schema} if schema else {}
        )
    for name in ("schemaType", "schemaRegistryUrl"):
        if strategy.get(name) is None and data.get(name) is not None:
            strategy[name] = data[name]
    return strategy


def assumed(data: dict[str, Any], *, has_schema: bool) -> str:
    """Return the type of strategy of a template that did not write one."""
    serialization = data.get("serializationType")
    if serialization is not None:
        return "inlineSchema" if str(serialization).lower() == "avro" else "noSchema"
    if data.get("schemaRegistryUrl") or (data.get("schemaStrategy") or {}).get("schemaRegistryUrl"):
        return "schemaRegistry"
    return (
        "inlineSchema"
        if has_schema or data.get("schema") or (data.get("schemaStrategy") or {}).get("schema")
        else "noSchema"
    )


def member(value: Any, name: str) -> Any:
    """Return a member of a value that may be no map."""
    return value.get(name) if isinstance(value, dict) else None
