"""What people write into fields, and what is taken of it."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, field_validator

from connectory_sdk import Document, Property
from connectory_sdk.texts import NotBlank


def given(value: Any) -> Any:
    """Refuse null: the FEEL expression found nothing."""
    if value is None:
        raise ValueError("must not be null; check the expression that gives it")
    return value


def blank_is_absent(value: Any) -> Any:
    """Take an empty text for no value."""
    return None if isinstance(value, str) and not value.strip() else value


def chosen(value: Any) -> Any:
    """Refuse no choice at all; a wrong one is the model's to name."""
    if blank_is_absent(value) is None:
        raise ValueError("must not be null; choose one")
    return value


def lower(value: Any) -> Any:
    """Compare without capitals and blanks around."""
    return value.strip().lower() if isinstance(value, str) else value


def text_flag(value: Any) -> Any:
    """Only ``true``, in any capitals, is true."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def page_size(value: Any) -> Any:
    """Take a number that is written as text."""
    value = blank_is_absent(value)
    if value is None:
        return None
    try:
        number = int(value) if not isinstance(value, float) or value.is_integer() else -1
    except (TypeError, ValueError):
        number = -1
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"must be a whole number from 1 on, got '{value}'")
    return number


def a_list(what: str) -> BeforeValidator:
    """Return a validator that says what to write instead of JSON text."""

    def check(value: Any) -> Any:
        value = blank_is_absent(value)
        if isinstance(value, str):
            raise ValueError(f"must be a list, got text; write a FEEL list such as {what}")
        return [value] if isinstance(value, dict | Document) else value

    return BeforeValidator(check)


Id = Annotated[str, NotBlank, AfterValidator(str.strip)]
Optional = Annotated[str | None, BeforeValidator(blank_is_absent), Property(optional=True)]
Flag = Annotated[bool, BeforeValidator(text_flag)]
Top = Annotated[
    int | None,
    BeforeValidator(page_size),
    Property(type="String", feel="optional"),
    Field(title="Top", description="Messages on a page, at most 50"),
]
MessageId = Annotated[Id, Field(alias="messageId", title="Message ID", description="ID of the message")]
Content = Annotated[
    str,
    NotBlank,
    Property(type="Text", feel="optional"),
    Field(title="Content", description="Text or HTML of the message"),
]
BodyType = Annotated[
    Literal["text", "html"],
    BeforeValidator(lower),
    BeforeValidator(lambda value: "text" if blank_is_absent(value) is None else value),
    Property(labels={"text": "Text", "html": "HTML"}),
    Field(alias="bodyType", title="Body type", description="How the content is to be read"),
]


class Attachment(BaseModel, defer_build=True):
    """A card or another attachment, as Graph wants it; content that is no text is written as JSON."""

    id: str | None = None
    content_type: str | None = Field(default=None, alias="contentType")
    content_url: str | None = Field(default=None, alias="contentUrl")
    content: str | None = None
    name: str | None = None

    @field_validator("content", mode="before")
    @classmethod
    def as_text(cls, value: Any) -> Any:
        """Write a card that was given as a FEEL context."""
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


Attachments = Annotated[
    list[Attachment] | None,
    a_list('=[{id: "1", contentType: "application/vnd.microsoft.card.adaptive", content: card}]'),
    Property(feel="required"),
    Field(title="Attachments", description="List of cards and other attachments"),
]
