"""What each operation needs; all inputs of Camunda's Slack templates, whatever their version, are among it."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, model_validator

from connectory_sdk import Property
from connectory_sdk.documents import composed
from connectory_sdk.texts import NotBlank


def blocks(value: Any) -> Any:
    """Read blocks that are given as JSON text; refuse what is no list."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except ValueError:
            raise ValueError("Block section must be an array; the text is no JSON") from None
    if value is not None and not isinstance(value, list):
        raise ValueError("Block section must be an array")
    return value


def moment(value: Any) -> Any:
    """Return the epoch seconds of a date and time; numbers stay."""
    if not isinstance(value, str) or value.strip().isdigit():
        return value
    text, _, zone = value.replace("[", "@").rstrip("]").partition("@")
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError):
        raise ValueError("must be a date and time with offset, such as 2030-01-31T09:00:00+01:00") from None
    return int(time.timestamp())


def one_line(value: str) -> str:
    """Return an emoji's name without colons."""
    return value.strip().strip(":")


Text = Annotated[str, NotBlank]
Token = Annotated[SecretStr, NotBlank, Property(group="authentication")]
Target = Annotated[Text, Property(group="channel")]
Timestamp = Annotated[Text, Property(group="message", feel="required")]
TARGET_HELP = "Channel id or name, e-mail address, or @ and the real name of a user"
PLACE_HELP = "Id of the channel, or # and its name"
TS_HELP = 'The message\'s ts as text, as posting returned it: "1503435956.000247"'


class Content(BaseModel, defer_build=True):
    """What a message says."""

    messageType: Annotated[  # noqa: N815
        Literal["plainText", "messageBlock", "markdown"] | None,
        Property(
            group="message",
            value="plainText",
            labels={"plainText": "Plain text", "messageBlock": "Message block", "markdown": "Markdown"},
        ),
    ] = Field(
        default=None, title="Message type", description="Slack's own markup, blocks of its Block Kit, or Markdown"
    )
    text: Annotated[
        str | None,
        Property(
            group="message", type="Text", optional=False, shown_when=("data.messageType", ("plainText", "markdown"))
        ),
    ] = Field(default=None, title="Message", description="Text of the message")
    blockContent: Annotated[  # noqa: N815
        list[Any] | None,
        BeforeValidator(blocks),
        Property(group="message", type="Text", optional=False, shown_when=("data.messageType", ("messageBlock",))),
    ] = Field(default=None, title="Message block", description="A list of blocks, as the Block Kit Builder makes them")

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse an empty message."""
        if not (self.text or self.blockContent):
            raise ValueError("Text or block content required to post a message")
        if self.messageType == "markdown" and not self.text:
            raise ValueError("text must not be blank")
        return self


class Message(Content):
    """A message and where it goes."""

    channel: Target = Field(title="Channel", description=TARGET_HELP)
    thread: Annotated[str | None, Property(group="channel")] = Field(
        default=None, title="Thread", description="Timestamp (ts) of the message to answer to; empty for a new message"
    )


class PostedMessage(Message):
    """A message with files."""

    documents: Annotated[Any, Property(group="message", documents="many")] = Field(
        default=None, title="Documents", description="A document or a list of them, uploaded and shown in the message"
    )

    @model_validator(mode="before")
    @classmethod
    def composed_documents(cls, data: Any) -> Any:
        """Take the documents from the fields beside them, where a template lost them on the way (versions 10, 11)."""
        if not isinstance(data, dict) or data.get("documents") not in (None, ""):
            return data
        return {**data, "documents": composed(data, "data_documents")}


class NewChannel(BaseModel, defer_build=True):
    """A channel to create."""

    newChannelName: Annotated[Text, Property(group="channel")] = Field(  # noqa: N815
        title="Channel name", description="Up to 80 small letters, digits, - and _"
    )
    visibility: Annotated[
        Literal["PUBLIC", "PRIVATE"],
        Property(group="channel", value="PUBLIC", labels={"PUBLIC": "Public", "PRIVATE": "Private"}),
    ] = Field(title="Visibility", description="Who can find the channel")


class Invitation(BaseModel, defer_build=True):
    """Whom to bring where."""

    channelType: Annotated[  # noqa: N815
        Literal["channelId", "channelName"] | None,
        Property(group="channel", value="channelId", labels={"channelId": "Channel ID", "channelName": "Channel name"}),
    ] = Field(default=None, title="Invite by", description="How the channel is named")
    channelId: Annotated[  # noqa: N815
        str | None, Property(group="channel", optional=True, shown_when=("data.channelType", ("channelId",)))
    ] = Field(default=None, title="Channel ID", description="Id of the channel, such as C024BE91L")
    channelName: Annotated[  # noqa: N815
        str | None, Property(group="channel", optional=True, shown_when=("data.channelType", ("channelName",)))
    ] = Field(default=None, title="Channel name", description="Exact name of the channel")
    users: Annotated[str | Sequence[Any], Property(group="people", feel="optional")] = Field(
        title="Users", description="Ids, e-mail addresses, or @ and real names; separated by commas, or a list"
    )

    @model_validator(mode="before")
    @classmethod
    def names_users(cls, data: Any) -> Any:
        """Refuse users that are neither text nor a list."""
        if isinstance(data, dict) and not isinstance(data.get("users", ""), str | list | None):
            raise ValueError("Invalid input type for users. Supported types are: List<String> and String")
        return data


class Place(BaseModel, defer_build=True):
    """A message in a channel."""

    channel: Target = Field(title="Channel", description=PLACE_HELP)
    timestamp: Timestamp = Field(title="Message timestamp", description=TS_HELP)


class Reaction(Place):
    """An emoji at a message."""

    emoji: Annotated[Text, AfterValidator(one_line), Property(group="message")] = Field(
        title="Emoji", description="Name of the emoji, such as thumbsup"
    )


class Change(Content):
    """What a message shall say from now on."""

    channel: Target = Field(title="Channel", description=PLACE_HELP)
    timestamp: Timestamp = Field(title="Message timestamp", description=TS_HELP)


class Ephemeral(Message):
    """A message that one person sees."""

    user: Annotated[Text, Property(group="people")] = Field(
        title="User", description="Who sees it: id, e-mail address, or @ and the real name"
    )


class Later(Message):
    """A message and when to post it."""

    postAt: Annotated[int, BeforeValidator(moment), Property(group="message", type="String", feel="optional")] = (  # noqa: N815
        Field(title="Post at", description="Date and time with offset, or epoch seconds, at most 120 days ahead")
    )


D = TypeVar("D", bound=BaseModel)


class Call(BaseModel, Generic[D], defer_build=True):
    """Input of an operation: who calls, and what with."""

    token: Token = Field(title="OAuth token", description="Bot or user token of your Slack app")
    data: D

    def secret(self) -> str:
        """Return the token; secret stores like to add a line break."""
        return self.token.get_secret_value().strip()


def listed_users(value: str | Sequence[Any]) -> list[str]:
    """Return the users of an invitation one by one: of a list, a JSON list as text, or a text with commas."""
    if isinstance(value, str):
        if re.fullmatch(r"\s*\[.*\]\s*", value, re.DOTALL):
            try:
                return [entry for entry in json.loads(value) if isinstance(entry, str)]
            except ValueError:
                pass  # no JSON after all
        return [entry.strip() for entry in value.split(",")]
    return [entry for entry in value if isinstance(entry, str)]
