"""Binding is as lenient as Camunda's object mapper, and its messages name the field and never a value."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectory_sdk import ConnectorInputError, Document
from connectory_sdk.binding import bind
from connectory_sdk.testing import MemoryDocuments
from connectory_sdk.texts import NotBlank

HEAD = "jakarta.validation.ValidationException: Found constraints violated while validating input: "


class Basic(BaseModel):
    type: Literal["basic"]
    username: str = Field(min_length=1)
    password: SecretStr | None = None


class Key(BaseModel):
    type: Literal["key"]
    place: Literal["headers", "query"]


class Request(BaseModel):
    method: Literal["GET", "POST"]
    url: str = Field(min_length=1)
    retries: int | None = None
    store: bool = False
    tags: list[str] = Field(default_factory=list)
    headers: dict[str, str | None] | None = None
    authentication: Annotated[Basic | Key, Field(discriminator="type")] | None = None
    body: Any = None


GIVEN = {"method": "GET", "url": "u"}


async def message(data: Any) -> str:
    with pytest.raises(ConnectorInputError) as caught:
        await bind(Request, data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "field", "expected"),
    [
        ({"method": "get"}, "method", "GET"),
        ({"method": " Post "}, "method", "POST"),
        ({"url": ["u"]}, "url", "u"),
        ({"url": 12}, "url", "12"),
        ({"url": True}, "url", "true"),
        ({"retries": "20"}, "retries", 20),
        ({"retries": " 20 "}, "retries", 20),
        ({"retries": ""}, "retries", None),
        ({"retries": "null"}, "retries", None),
        ({"retries": 1.5}, "retries", 1),
        ({"retries": [5]}, "retries", 5),
        ({"store": "true"}, "store", True),
        ({"store": ""}, "store", False),
        ({"store": None}, "store", False),
        ({"tags": "a"}, "tags", ["a"]),
        ({"tags": None}, "tags", []),
        ({"headers": [{"a": 1}]}, "headers", {"a": "1"}),
        ({"headers": {"a": None}}, "headers", {"a": None}),
        ({"nobody": "knows", "body": [1]}, "body", [1]),
    ],
)
async def test_shapes_that_models_write_are_taken(given: dict[str, Any], field: str, expected: Any) -> None:
    """Whatever a template of any version writes, the field gets the value that was meant."""
    request = await bind(Request, {**GIVEN, **given})

    assert getattr(request, field) == expected


async def test_the_data_is_left_alone() -> None:
    """Repairing happens on a copy: the job's variables stay as they came."""
    data = {**GIVEN, "method": "get", "headers": {"a": 1}}

    await bind(Request, data)

    assert data == {**GIVEN, "method": "get", "headers": {"a": 1}}


async def test_several_repairs_in_one_request() -> None:
    """One repair does not hide the next, also inside a union."""
    data = {"method": ["get"], "url": 1, "retries": "", "authentication": [{"type": "key", "place": ["QUERY"]}]}

    request = await bind(Request, data)

    assert (request.method, request.url, request.retries) == ("GET", "1", None)
    assert request.authentication == Key(type="key", place="query")


async def test_a_document_for_a_text_is_its_content() -> None:
    """A document reference where a text is expected becomes base64 of its content."""
    document = await MemoryDocuments().create(b"hello")

    request = await bind(Request, {**GIVEN, "url": document})

    assert request.url == "aGVsbG8="


async def test_documents_for_one_document() -> None:
    """A form gives lists: of one, that one is taken; of several, the message says so."""
    documents = MemoryDocuments()
    one, two = await documents.create(b"1"), await documents.create(b"2")

    class Upload(BaseModel):
        file: Document

    assert (await bind(Upload, {"file": [one]})).file == one
    with pytest.raises(ConnectorInputError, match=r"Cant bind a multi element document array .*\(file\)"):
        await bind(Upload, {"file": [one, two]})


async def test_a_document_for_any_value_stays_a_document() -> None:
    """Where everything is allowed, nothing is converted."""
    document = await MemoryDocuments().create(b"hello")

    request = await bind(Request, {**GIVEN, "body": {"file": document}})

    assert isinstance(request.body["file"], Document)


async def test_absent_and_empty_texts_are_worded_alike() -> None:
    """All violations are listed, a line each; an absent text is empty, an absent choice is null."""
    assert await message({"url": ""}) == (
        f"{HEAD}\n - Property: method: Validation failed. Original message: must not be null"
        "\n - Property: url: Validation failed. Original message: must not be empty"
    )
    assert await message({**GIVEN, "url": None}) == (
        f"{HEAD}\n - Property: url: Validation failed. Original message: must not be empty"
    )


@pytest.mark.parametrize("given", [{}, {"name": None, "key": None}, {"name": " ", "key": "\n"}])
async def test_what_must_not_be_blank_is_called_so(given: dict[str, Any]) -> None:
    """Missing, null or blanks alone: Java's ``NotBlank`` has one wording for all; a secret is not shown."""

    class Blank(BaseModel):
        name: Annotated[str, NotBlank]
        key: Annotated[SecretStr, NotBlank]

    with pytest.raises(ConnectorInputError) as raised:
        await bind(Blank, given)

    assert str(raised.value) == (
        f"{HEAD}\n - Property: name: Validation failed. Original message: must not be blank"
        "\n - Property: key: Validation failed. Original message: must not be blank"
    )


async def test_a_violation_inside_a_union_names_the_path_of_the_model() -> None:
    """The path has the members as the model has them, without the name of the union's branch."""
    assert await message({**GIVEN, "authentication": {"type": "basic"}}) == (
        f"{HEAD}\n - Property: authentication.username: Validation failed. Original message: must not be empty"
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"method": "HEAD"}, "method. It Must be one of `GET`, `POST`"),
        ({"retries": "20s"}, "retries. It Must be `Integer`"),
        ({"retries": "1.5"}, "retries. It Must be `Integer`"),
        ({"retries": {}}, "retries. It Must be `Integer`"),
        ({"store": "maybe"}, "store. It Must be `boolean`"),
        ({"url": ["a", "b"]}, "url. It Must be `String`"),
        ({"headers": ["a"]}, "headers. It Must be `Map`"),
        ({"headers": "a: b"}, "headers. It Must be `Map`"),
        ({"headers": {"a": {"b": 1}}}, "headers, a. It Must be `String`"),
        ({"authentication": "basic"}, "authentication. It Must be `Object`"),
        ({"authentication": {}}, "authentication. Its 'type' is missing"),
        ({"authentication": {"type": "digest"}}, "authentication. Its 'type' must be one of `basic`, `key`"),
        ({"authentication": {"type": "key", "place": "x"}}, "authentication, place. It Must be one of"),
    ],
)
async def test_a_wrong_shape_names_the_field_and_what_it_must_be(given: dict[str, Any], expected: str) -> None:
    """The first wrong shape is reported alone, before any constraint, with the members joined by commas."""
    assert (await message({**GIVEN, **given})).startswith(f"Json object contains an invalid field: {expected}")


@pytest.mark.parametrize("field", ["method", "retries", "store", "headers", "authentication"])
async def test_no_message_shows_a_value(field: str) -> None:
    """A value may be a secret, so no message repeats it."""
    assert "s3cret" not in await message({**GIVEN, field: "s3cret"})


async def test_a_fitting_request_is_bound_at_the_first_attempt() -> None:
    """Leniency costs a well-formed job nothing: the model is validated once."""
    calls: list[object] = []

    class Counted(Request):
        model_config = ConfigDict(title="counted")

        @model_validator(mode="before")
        @classmethod
        def counted(cls, data: Any) -> Any:
            calls.append(data)
            return data

    await bind(Counted, GIVEN)

    assert len(calls) == 1
