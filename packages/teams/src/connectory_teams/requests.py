"""What each operation needs, with the inputs of every template version."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from connectory_sdk import Property
from connectory_sdk.documents import composed
from connectory_teams.values import (
    Attachments,
    BodyType,
    Content,
    Flag,
    Id,
    MessageId,
    Optional,
    Top,
    a_list,
    chosen,
    given,
    lower,
)


class Data(BaseModel, defer_build=True):
    """What an operation is about."""

    @property
    def query(self) -> Mapping[str, Any]:
        """Query options of the call; those without a value are left out."""
        return {}


class Pages(Data):
    """How much of a list to read; all lists share it."""

    all_pages: Flag = Field(
        default=False,
        alias="allPages",
        title="All pages",
        description="Follow the links of the list, at most 100 pages",
    )
    next_link: Optional = Field(
        default=None,
        alias="nextLink",
        title="Next link",
        description="odataNextLink of an earlier result, to go on from there",
    )


class Chat(Data):
    """A chat."""

    chat_id: Id = Field(alias="chatId", title="Chat ID", description="Such as 19:...@thread.v2")


class ChatMessage(Chat):
    """A message of a chat."""

    message_id: MessageId


class ChatMembers(Chat, Pages):
    """Members of a chat."""


class Member(BaseModel, defer_build=True):
    """Somebody who shall be in a chat."""

    user_id: str | None = Field(default=None, alias="userId")
    principal_name: str | None = Field(default=None, alias="userPrincipalName")
    principal: str | None = Field(default=None, alias="principalName")
    roles: list[str] | None = None

    def model_post_init(self, context: Any) -> None:
        """Want a user."""
        if not self.user:
            raise ValueError("a member needs userId or userPrincipalName")

    @property
    def user(self) -> str:
        """Id or principal name, whichever is given."""
        return self.user_id or self.principal_name or self.principal or ""


def spelled(value: Any) -> Any:
    """Take the spelling of old templates, and any capitals."""
    return {"one_on_one": "oneOnOne", "oneonone": "oneOnOne", "group": "group"}.get(str(lower(value)), value)


class NewChat(Data):
    """A chat to create."""

    chat_type: Annotated[
        Literal["oneOnOne", "group"],
        BeforeValidator(spelled),
        BeforeValidator(chosen),
        Property(labels={"oneOnOne": "One on one", "group": "Group"}, value="oneOnOne"),
    ] = Field(alias="chatType", title="Chat type", description="Between two people, or among several")
    topic: Optional = Field(default=None, title="Topic", description="Title of the chat; groups only")
    members: Annotated[
        list[Member],
        BeforeValidator(given),
        a_list('=[{userPrincipalName: "ann@example.com", roles: ["owner"]}]'),
        Property(feel="required"),
    ] = Field(
        title="Members", description="List of contexts with userId or userPrincipalName and roles; name yourself too"
    )


class ChatAndMore(Chat):
    """A chat and what to add; what Graph cannot expand counts for nothing, as in Camunda's connector."""

    expand: Annotated[
        Literal["withoutExpand", "members", "lastMessagePreview"],
        BeforeValidator(lambda value: value if value in {"members", "lastMessagePreview"} else "withoutExpand"),
        Property(
            labels={"withoutExpand": "Nothing", "members": "Members", "lastMessagePreview": "Last message preview"}
        ),
    ] = Field(default="withoutExpand", title="Expand", description="What to return besides the chat itself")

    @property
    def query(self) -> Mapping[str, Any]:
        """What to expand."""
        return {"$expand": None if self.expand == "withoutExpand" else self.expand}


class ChatMessages(Chat, Pages):
    """Messages of a chat."""

    order_by: Annotated[
        Literal["withoutOrdering", "lastModifiedDateTime", "createdDateTime"],
        BeforeValidator(chosen),
        Property(
            value="withoutOrdering",
            labels={
                "withoutOrdering": "Without ordering",
                "lastModifiedDateTime": "Last modified first",
                "createdDateTime": "Newest first",
            },
        ),
    ] = Field(alias="orderBy", title="Order by", description="Which messages come first")
    top: Top = None
    filter: Optional = Field(default=None, title="Filter", description="OData filter, by the property of the order")

    @property
    def query(self) -> Mapping[str, Any]:
        """Size, order and filter."""
        order = None if self.order_by == "withoutOrdering" else f"{self.order_by} desc"
        return {"$top": self.top, "$orderby": order, "$filter": self.filter}


class ChatPost(Chat):
    """A message for a chat."""

    content: Content
    body_type: BodyType = "text"
    attachments: Attachments = None


class Team(Data):
    """A team."""

    group_id: Id = Field(alias="groupId", title="Group ID", description="ID of the team, not its name")


class Channel(Team):
    """A channel."""

    channel_id: Id = Field(alias="channelId", title="Channel ID", description="Such as 19:...@thread.tacv2")


class ChannelMembers(Channel, Pages):
    """Members of a channel."""


class ChannelMessage(Channel):
    """A message of a channel."""

    message_id: MessageId


class Replies(ChannelMessage, Pages):
    """Replies to a message."""


class NewChannel(Team):
    """A channel to create."""

    name: Id = Field(title="Channel name", description="At most 50 characters")
    description: Optional = Field(default=None, title="Channel description", description="What the channel is for")
    channel_type: Annotated[
        Literal["standard", "private", "shared"],
        BeforeValidator(lower),
        BeforeValidator(chosen),
        Property(value="standard", labels={"standard": "Standard", "private": "Private", "shared": "Shared"}),
    ] = Field(alias="channelType", title="Channel type", description="Who sees it: the team, some of it, or others too")
    owner: Optional = Field(
        default=None, title="Owner", description="User ID or principal name; private and shared channels need one"
    )

    def model_post_init(self, context: Any) -> None:
        """Want an owner where Graph does."""
        if self.channel_type != "standard" and not self.owner:
            raise ValueError(
                f"owner: Must be userId or user principal name; a {self.channel_type} channel needs an owner"
            )


class Channels(Team, Pages):
    """Channels of a team."""

    filter: Optional = Field(
        default=None, title="Filter", description="OData filter, such as membershipType eq 'shared'"
    )

    @property
    def query(self) -> Mapping[str, Any]:
        """The filter."""
        return {"$filter": self.filter}


class ChannelMessages(Channel, Pages):
    """Messages of a channel."""

    top: Top = None
    is_expand: Flag = Field(
        default=False, alias="isExpand", title="Expand replies", description="Return the replies with each message"
    )

    @property
    def query(self) -> Mapping[str, Any]:
        """Size, and the replies."""
        return {"$top": self.top, "$expand": "replies" if self.is_expand else None}


class Changes(Channel):
    """What has changed in a channel."""

    delta_link: Optional = Field(
        default=None,
        alias="deltaLink",
        title="Delta link",
        description="odataDeltaLink of the last result; empty to begin",
    )
    top: Top = None


class ChannelPost(Channel):
    """A message for a channel."""

    content: Content
    body_type: BodyType = "text"
    documents: Annotated[Any, Property(documents="many")] = Field(
        default=None, title="Documents", description="Files to upload and attach"
    )
    attachments: Attachments = None

    @model_validator(mode="before")
    @classmethod
    def composed_documents(cls, data: Any) -> Any:
        """Take the documents from the fields beside them, where a template lost them on the way (versions 7, 8)."""
        if not isinstance(data, dict) or data.get("documents") not in (None, ""):
            return data
        return {**data, "documents": composed(data, "documents")}
