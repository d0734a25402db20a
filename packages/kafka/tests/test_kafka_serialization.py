"""What goes on the wire."""

from typing import Any

import pytest

from connectory_kafka.avro import Avro, AvroError
from connectory_kafka.jsontext import parse, written
from connectory_kafka.registry import framed, unframed
from connectory_kafka.requests import InlineSchema, NoSchema, SchemaRegistry
from connectory_kafka.serialization import SerializationError, Serializer, header_list, key_bytes, subject
from connectory_sdk.testing import MemoryDocuments


def record(*fields: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": n, "type": t, **more.get(n, {})} for n, t in fields]}


def inline(schema: Any) -> InlineSchema:
    return InlineSchema.model_validate({"type": "inlineSchema", "schema": schema})


def registry(schema: Any, kind: str) -> SchemaRegistry:
    given = {"type": "schemaRegistry", "schema": schema, "schemaType": kind, "schemaRegistryUrl": "http://127.0.0.1:9"}
    return SchemaRegistry.model_validate(given)


async def test_keys_values_and_headers_without_a_schema() -> None:
    """Text as it is, everything else as compact JSON; no key is no key, and null is a header without a value."""
    document = await MemoryDocuments().create(b"x", name="a.txt")

    assert (key_bytes("k"), key_bytes(7), key_bytes({"a": "ü"})) == (b"k", b"7", '{"a":"ü"}'.encode())
    assert (key_bytes(None), key_bytes("")) == (None, None)
    assert header_list({"n": 5, "t": "x", "b": True, "z": None}) == [
        ("n", b"5"),
        ("t", b"x"),
        ("b", b"true"),
        ("z", None),
    ]
    assert header_list(None) == []
    assert key_bytes(2**70) == str(2**70).encode()
    plain = Serializer()
    assert await plain.value("as it is", NoSchema(), topic="t", properties={}) == b"as it is"
    assert await plain.value({"a": [1, None]}, NoSchema(), topic="t", properties={}) == b'{"a":[1,null]}'
    assert written({"d": document}) == written({"d": dict(document.reference)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("{'a': 'it\\'s \"so\"'}", {"a": 'it\'s "so"'}),
        ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
        ('{"a": 1} trailing', {"a": 1}),
        ("1 message", 1),
    ],
)
def test_json_is_read_as_camundas_connector_reads_it(text: str, value: Any) -> None:
    """Single quotes and raw control characters are taken; only the first value counts."""
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "message", "{'a'"])
def test_what_is_no_json_is_an_error(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="Expecting"):
        parse(text)


async def test_inline_avro_is_the_bare_encoding() -> None:
    """No header, no container: zig-zag 3, then a text with its length."""
    schema = record(("id", "int"), ("name", "string"))

    data = await Serializer().value({"id": 3, "name": "ab", "unknown": 1}, inline(schema), topic="t", properties={})

    assert data == b"\x06\x04ab"


UUID = "5f9f4b1c-2c2e-4a53-9d9b-6a0f9f0c0a11"
CASES: list[tuple[Any, Any, Any]] = [
    (record(("a", "int"), a={"default": 7}), {}, {"a": 7}),
    (record(("a", ["null", "string"])), {}, {"a": None}),
    (record(("a", ["null", "string"])), {"a": "x"}, {"a": "x"}),
    (record(("a", {"type": "array", "items": "long"})), {"a": [1, 2]}, {"a": [1, 2]}),
    (record(("a", {"type": "map", "values": "double"})), {"a": {"x": 1}}, {"a": {"x": 1.0}}),
    (record(("a", {"type": "enum", "name": "E", "symbols": ["X", "Y"]})), {"a": "Y"}, {"a": "Y"}),
    (record(("a", {"type": "fixed", "name": "F", "size": 2})), {"a": "\u00ffA"}, {"a": "\u00ffA"}),
    (record(("a", "bytes")), {"a": "\u0001"}, {"a": "\u0001"}),
    (record(("a", {"type": "int", "logicalType": "date"})), {"a": "2026-02-28"}, {"a": "2026-02-28"}),
    (
        record(("a", {"type": "long", "logicalType": "timestamp-millis"})),
        {"a": "2026-02-28T12:00:00+02:00"},
        {"a": "2026-02-28T10:00:00+00:00"},
    ),
    (
        record(("a", {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2})),
        {"a": 12.5},
        {"a": "12.50"},
    ),
    (record(("a", {"type": "string", "logicalType": "uuid"})), {"a": UUID}, {"a": UUID}),
    (
        record(("a", [record(("x", "int")) | {"name": "X"}, record(("y", "int")) | {"name": "Y"}])),
        {"a": {"y": 1}},
        {"a": {"y": 1}},
    ),
    (record(("a", ["null", "R"])), {"a": {"a": None}}, {"a": {"a": None}}),
    (record(("a", "int")), {"a": 3.0}, {"a": 3}),
]


@pytest.mark.parametrize(("schema", "value", "back"), CASES)
def test_avro_takes_what_the_schema_allows(schema: Any, value: Any, back: Any) -> None:
    """Defaults, unions, enumerations, fixed, bytes, logical types, recursion; what is written can be read."""
    avro = Avro(schema)

    assert avro.decode(avro.encode(value)) == back


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (record(("age", "int")), {"age": "geheim"}, r"message\.value\.age must be int, got text"),
        (record(("age", "int")), {}, r"message\.value\.age is missing, and the schema has no default"),
        (record(("age", "int")), {"age": 2**40}, r"message\.value\.age is too large for int"),
        (record(("age", "int")), {"age": True}, "got a boolean"),
        (record(("a", ["null", "int"])), {"a": "geheim"}, r"a: text is not in union \['null', 'int'\]"),
        (record(("a", {"type": "array", "items": "int"})), {"a": [1, "geheim"]}, r"message\.value\.a\[1\] must be int"),
        (record(("a", {"type": "enum", "name": "E", "symbols": ["X"]})), {"a": "geheim"}, "must be one of X"),
        (record(("a", {"type": "int", "logicalType": "date"})), {"a": "geheim"}, "text is no date"),
        (record(("a", "int")), [1], "must be R, got a list"),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(schema: Any, value: Any, message: str) -> None:
    """The error has the place and the kind of value; the value may be a secret."""
    with pytest.raises(AvroError, match=message) as raised:
        Avro(schema).encode(value)

    assert "geheim" not in str(raised.value)


async def test_schemas_that_are_none() -> None:
    """JSON, Avro and JSON Schema are told apart in the message."""
    serializer = Serializer()

    with pytest.raises(SerializationError, match=r"schemaStrategy\.schema is no JSON"):
        await serializer.value({}, inline("{not json"), topic="t", properties={})
    with pytest.raises(SerializationError, match=r"schemaStrategy\.schema is no Avro schema"):
        await serializer.value({}, inline({"type": "recrod"}), topic="t", properties={})
    with pytest.raises(SerializationError, match=r"schemaStrategy\.schema is no JSON Schema"):
        await serializer.value({}, registry({"type": 5}, "json"), topic="t", properties={})
    with pytest.raises(SerializationError, match=r"message\.value is text but no JSON, which a schema needs"):
        await serializer.value("plain", inline(record(("a", "int"))), topic="t", properties={})


async def test_registry_values_must_be_maps_that_fit() -> None:
    """The reference's own sentence, and the rule of the schema that is broken."""
    serializer = Serializer()
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}

    with pytest.raises(SerializationError, match="Message value must be a map for a schema based message"):
        await serializer.value([1], registry(schema, "json"), topic="t", properties={})
    with pytest.raises(
        SerializationError, match=r'message\.value\.age breaks the schema\'s rule: type "integer"'
    ) as raised:
        await serializer.value({"age": "geheim"}, registry(schema, "json"), topic="t", properties={})
    assert "geheim" not in str(raised.value)


def test_subjects_follow_the_naming_strategy() -> None:
    """By default the topic's; the names of Confluent's other two classes work."""
    prefix = "io.confluent.kafka.serializers.subject."

    assert subject("t", "a.R", "") == "t-value"
    assert subject("t", "a.R", prefix + "RecordNameStrategy") == "a.R"
    assert subject("t", "a.R", prefix + "TopicRecordNameStrategy") == "t-a.R"
    with pytest.raises(SerializationError, match=r"'value\.subject\.name\.strategy' cannot be 'Own' here"):
        subject("t", "a.R", "com.acme.Own")


def test_the_frame_is_confluents() -> None:
    """A zero, the id in four bytes, the payload."""
    assert framed(258, b"x") == b"\x00\x00\x00\x01\x02x"
    assert unframed(b"\x00\x00\x00\x01\x02x") == (258, b"x")
    with pytest.raises(ValueError, match="does not begin with a schema id"):
        unframed(b"\x01\x00\x00\x00\x01x")
