"""A consumed record as FEEL sees it: ``key``, ``rawValue``, ``value``, ``headers``."""

from collections.abc import Mapping
from typing import Any

from connectory_kafka.consuming import Consume
from connectory_kafka.jsontext import parse, written
from connectory_kafka.registry import Registry, RegistryError, unframed
from connectory_kafka.requests import InlineSchema, NoSchema


class UnreadableError(Exception):
    """A record's value cannot be read, now or ever: one line that says why."""


class Reader:
    """Reads the records of one subscription.

    Args:
        config: The schema strategy.
        properties: Kafka client properties, of which the registry has some.
        registry_url: Another registry than the model's.
    """

    def __init__(self, config: Consume, properties: Mapping[str, str], *, registry_url: str | None) -> None:
        self.strategy = config.strategy
        self._parsed: dict[int, Any] = {}
        self._registry: Registry | None = None
        self._avro: Any = None
        if isinstance(self.strategy, InlineSchema):
            self._avro = avro(self.strategy.text)
        elif not isinstance(self.strategy, NoSchema):
            self._registry = Registry(registry_url or self.strategy.url, properties)

    async def payload(self, record: Any) -> dict[str, Any]:
        """Return what conditions and expressions read.

        Raises:
            UnreadableError: The value is not what the schema strategy says.
            RegistryError: The registry does not give a schema.
        """
        raw, value = await self._value(record.value)
        return self.around(record) | {"rawValue": raw, "value": value}

    def around(self, record: Any) -> dict[str, Any]:
        """Return what there is besides the value."""
        headers = {name: None if data is None else data.decode(errors="replace") for name, data in record.headers}
        return {"key": self._key(record.key), "headers": headers or None}

    def _key(self, key: bytes | None) -> Any:
        if key is None:
            return None
        text = key.decode(errors="replace")
        return text if self._avro is not None else json_or_text(text)

    async def _value(self, data: bytes | None) -> tuple[str | None, Any]:
        if data is None:
            return None, None
        if self._avro is not None:
            return None, decoded(self._avro, data)
        if self._registry is None:
            text = data.decode(errors="replace")
            return text, json_or_text(text)
        return await self._registered(self._registry, data)

    async def _registered(self, registry: Registry, data: bytes) -> tuple[str | None, Any]:
        try:
            number, content = unframed(data)
        except ValueError as exc:
            raise UnreadableError(str(exc)) from exc
        if number not in self._parsed:
            try:
                found = await registry.by_id(number)
            except RegistryError as exc:
                if exc.final:
                    raise UnreadableError(str(exc)) from exc
                raise
            is_avro = str(found.schema_type).upper().endswith("AVRO")
            self._parsed[number] = avro(found.raw_schema) if is_avro else None
        schema = self._parsed[number]
        if schema is not None:
            return None, decoded(schema, content)
        try:
            value = parse(content.decode())
        except ValueError as exc:
            raise UnreadableError(f"the value is no JSON: {exc}") from exc
        return written(value).decode(), value


def avro(schema: Any) -> Any:
    """Return a parsed Avro schema.

    Raises:
        UnreadableError: It is none.
    """
    from connectory_kafka.avro import Avro, AvroError

    try:
        return Avro(parse(schema) if isinstance(schema, str) else schema)
    except (AvroError, ValueError) as exc:
        raise UnreadableError(f"schemaStrategy.schema: {exc}") from exc


def decoded(schema: Any, data: bytes) -> Any:
    """Return the value of Avro bytes.

    Raises:
        UnreadableError: They do not fit.
    """
    from connectory_kafka.avro import AvroError

    try:
        return schema.decode(data)
    except AvroError as exc:
        raise UnreadableError(f"the value does not fit its Avro schema: {exc}") from exc


def json_or_text(text: str) -> Any:
    """Return the first JSON value of a text, else the text."""
    try:
        return parse(text)
    except ValueError:
        return text
