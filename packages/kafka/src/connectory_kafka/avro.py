"""Avro records from JSON values, and back: what JSON cannot say is converted where the schema asks for it.

Members that the schema does not know are dropped, absent ones get the schema's defaults, texts become bytes, dates and
decimals where the schema wants them. What does not fit is an `AvroError` with the place of the value.
"""

import datetime
import decimal
import io
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import SchemaParseException, UnknownType

RANGES = {"int": 2**31, "long": 2**63}
NAMED = {"record", "error", "enum", "fixed"}


class AvroError(ValueError):
    """A value does not fit the schema, or the schema is none."""


class Avro:
    """One schema, parsed.

    Args:
        schema: The schema as a JSON value.

    Raises:
        AvroError: It is no Avro schema.
    """

    def __init__(self, schema: Any) -> None:
        self.named: dict[str, Any] = {}
        try:
            self.schema = parse_schema(schema, named_schemas=self.named)
        except (SchemaParseException, UnknownType, KeyError, TypeError, AttributeError) as exc:
            raise AvroError(f"schema is no Avro schema: {type(exc).__name__} {exc}") from exc

    @property
    def name(self) -> str | None:
        """The full name of the record, if the schema is one."""
        return self.schema.get("name") if isinstance(self.schema, dict) else None

    def encode(self, value: Any) -> bytes:
        """Return a JSON value in Avro's binary encoding, without header."""
        out = io.BytesIO()
        schemaless_writer(out, self.schema, self.fit(self.schema, value, "message.value"))
        return out.getvalue()

    def decode(self, data: bytes, *, reader: "Avro | None" = None) -> Any:
        """Return the JSON value of binary Avro.

        Raises:
            AvroError: The bytes were not written with this schema.
        """
        try:
            found = schemaless_reader(io.BytesIO(data), self.schema, reader.schema if reader else None)
        except (EOFError, IndexError, KeyError, OverflowError, TypeError, ValueError) as exc:
            raise AvroError(f"bytes do not fit the schema: {type(exc).__name__}") from exc
        return plain(found)

    def fit(self, schema: Any, value: Any, path: str) -> Any:
        """Return a value as the schema's writer takes it."""
        if isinstance(schema, list):
            return self.branch(schema, value, path)
        if isinstance(schema, str) and schema in self.named:
            schema = self.named[schema]
        facts = schema if isinstance(schema, dict) else {"type": schema}
        kind = facts["type"]
        if isinstance(kind, dict | list) or (kind in self.named and kind not in NAMED):
            return self.fit(kind, value, path)
        if kind in {"record", "error"}:
            return self.record(facts, value, path)
        if kind == "array" and isinstance(value, list):
            return [self.fit(facts["items"], item, f"{path}[{index}]") for index, item in enumerate(value)]
        if kind == "map" and isinstance(value, Mapping):
            return {str(key): self.fit(facts["values"], item, f"{path}.{key}") for key, item in value.items()}
        if logical := LOGICAL.get(facts.get("logicalType", "")):
            return converted(logical, value, facts, path)
        return scalar(kind, value, facts, path)

    def record(self, facts: Mapping[str, Any], value: Any, path: str) -> dict[str, Any]:
        """Return a map with the members of a record."""
        if not isinstance(value, Mapping):
            raise misfit(path, facts["name"], value)
        fitted = {}
        for member in facts["fields"]:
            name = member["name"]
            if name in value:
                fitted[name] = self.fit(member["type"], value[name], f"{path}.{name}")
            elif "default" in member:
                fitted[name] = self.fit(member["type"], member["default"], f"{path}.{name}")
            elif nullable(member["type"]):
                fitted[name] = None
            else:
                raise AvroError(f"{path}.{name} is missing, and the schema has no default for it")
        return fitted

    def branch(self, union: list[Any], value: Any, path: str) -> Any:
        """Return a value for the first member of a union that takes it; of several records, the one that knows most."""
        reasons, fitted = [], []
        for member in union:
            try:
                fitted.append((member, self.fit(member, value, path)))
            except AvroError as exc:
                reasons.append(exc)
        if not fitted:
            raise (
                reasons[-1]
                if len(reasons) == 1
                else AvroError(
                    f"{path}: {described(value)} is not in union {[label(member) for member in union]}; {reasons[-1]}"
                )
            )
        member, best = max(
            fitted, key=lambda pair: len(set(pair[1]) & set(value)) if isinstance(pair[1], Mapping) else 0
        )
        name = label(member)
        return (name, best) if name in self.named and len(fitted) > 1 else best


def scalar(kind: str, value: Any, facts: Mapping[str, Any], path: str) -> Any:
    """Return a value of a primitive type, an enumeration or a fixed one."""
    if kind in RANGES and isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        if not -RANGES[kind] <= value < RANGES[kind]:
            raise AvroError(f"{path} is too large for {kind}")
        return int(value)
    if kind in {"float", "double"} and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind in {"bytes", "fixed"} and isinstance(value, str):
        return sized(value, facts, path)
    if kind == "enum" and isinstance(value, str):
        if value not in facts["symbols"]:
            raise AvroError(f"{path} must be one of {', '.join(facts['symbols'])}")
        return value
    if (kind, type(value)) in {("null", type(None)), ("boolean", bool), ("string", str), ("bytes", bytes)}:
        return value
    raise misfit(path, kind, value)


def sized(value: str, facts: Mapping[str, Any], path: str) -> bytes:
    """Return a text as bytes, one for each character, which is how Avro writes bytes in JSON."""
    try:
        content = value.encode("latin-1")
    except UnicodeEncodeError:
        raise AvroError(f"{path} has characters that are no bytes; only U+0000 to U+00FF are") from None
    if facts["type"] == "fixed" and len(content) != facts["size"]:
        raise AvroError(f"{path} must have {facts['size']} bytes, has {len(content)}")
    return content


def moment(value: str) -> datetime.datetime:
    """Return the date and time of a text; without an offset it is UTC."""
    found = datetime.datetime.fromisoformat(value.split("[")[0])
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


LOGICAL: dict[str, Callable[[str], Any]] = {
    "date": datetime.date.fromisoformat,
    "decimal": decimal.Decimal,
    "local-timestamp-micros": datetime.datetime.fromisoformat,
    "local-timestamp-millis": datetime.datetime.fromisoformat,
    "time-micros": datetime.time.fromisoformat,
    "time-millis": datetime.time.fromisoformat,
    "timestamp-micros": moment,
    "timestamp-millis": moment,
    "uuid": uuid.UUID,
}


def converted(read: Callable[[str], Any], value: Any, facts: Mapping[str, Any], path: str) -> Any:
    """Return a value of a logical type, from its text or from the number that stands for it."""
    name = facts["logicalType"]
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and name != "decimal":
        return scalar(facts["type"], value, facts, path)
    if not isinstance(value, str) and not numeric:
        raise misfit(path, name, value)
    try:
        found = read(str(value))
    except (ValueError, decimal.InvalidOperation):
        raise AvroError(f"{path}: text is no {name}") from None
    if name == "decimal":
        exponent = -found.as_tuple().exponent if isinstance(found.as_tuple().exponent, int) else None
        if exponent is None or exponent > facts.get("scale", 0) or len(found.as_tuple().digits) > facts["precision"]:
            raise AvroError(
                f"{path} must have at most {facts['precision']} digits, {facts.get('scale', 0)} after the point"
            )
    return found


def plain(value: Any) -> Any:
    """Return what Avro decoded as JSON says it: the inverse of `Avro.fit`."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal) or not isinstance(value, str | int | float | bool | None):
        return str(value)
    return value


def nullable(schema: Any) -> bool:
    """Tell whether null fits."""
    return schema == "null" or (isinstance(schema, list) and "null" in schema)


def label(schema: Any) -> str:
    """Return what to call a schema."""
    return str(schema.get("name") or schema["type"]) if isinstance(schema, dict) else str(schema)


def misfit(path: str, expected: str, value: Any) -> AvroError:
    """Return the error for a value of another type; the value itself may be a secret."""
    return AvroError(f"{path} must be {expected}, got {described(value)}")


def described(value: Any) -> str:
    """Return the kind of a value."""
    names = {dict: "a map", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
