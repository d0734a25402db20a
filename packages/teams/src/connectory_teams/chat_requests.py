"""What the operations of chats need, with the inputs of every template version."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from connectory_sdk import Property
from connectory_teams.fields import (
    DATA,
    Attachments,
    BodyType,
    Content,
    Data,
    Field_,
    Pages,
    Top,
    a_list,
    choice,
    given,
)


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


def chat_kind(value: Any) -> Any:
    """Take the spelling of old templates too."""
    if not isinstance(value, str):
        return value
    return {"one_on_one": "oneOnOne", "oneonone": "oneOnOne", "group": "group"}.get(value.strip().lower(), value)


def expansion(value: Any) -> Any:
    """Take what Graph cannot expand for nothing, as Camunda's connector does."""
    return value if value in {"members", "lastMessagePreview"} else "withoutExpand"


class ChatData(BaseModel, defer_build=True):
    """A chat."""

    chat_id: Data = Field(alias="chatId", title="Chat ID", description="Such as 19:...@thread.v2")


class CreateChatData(BaseModel, defer_build=True):
    """A new chat."""

    chat_type: Annotated[
        Literal["oneOnOne", "group"],
        BeforeValidator(chat_kind),
        BeforeValidator(choice),
        Property(group=DATA, labels={"oneOnOne": "One on one", "group": "Group"}, value="oneOnOne"),
    ] = Field(alias="chatType", title="Chat type")
    topic: Field_ = Field(default=None, title="Topic", description="Title of the chat; groups only")
    members: Annotated[
        list[Member],
        BeforeValidator(given),
        a_list('=[{userPrincipalName: "ann@example.com", roles: ["owner"]}]'),
        Property(group=DATA, feel="required"),
    ] = Field(
        title="Members", description="List of contexts with userId or userPrincipalName and roles; name yourself too"
    )


class GetChatData(ChatData):
    """A chat and what to add."""

    expand: Annotated[
        Literal["withoutExpand", "members", "lastMessagePreview"],
        BeforeValidator(expansion),
        Property(
            group=DATA,
            labels={"withoutExpand": "Nothing", "members": "Members", "lastMessagePreview": "Last message preview"},
        ),
    ] = Field(default="withoutExpand", title="Expand")


class ListChatMessagesData(ChatData, Pages):
    """Messages of a chat."""

    order_by: Annotated[
        Literal["withoutOrdering", "lastModifiedDateTime", "createdDateTime"],
        BeforeValidator(choice),
        Property(
            group=DATA,
            value="withoutOrdering",
            labels={
                "withoutOrdering": "Without ordering",
                "lastModifiedDateTime": "Last modified first",
                "createdDateTime": "Newest first",
            },
        ),
    ] = Field(alias="orderBy", title="Order by")
    top: Top = Field(default=None, title="Top", description="Messages on a page, at most 50")
    filter: Field_ = Field(default=None, title="Filter", description="OData filter, by the property of the order")


class ListPages(Pages):
    """A list that needs no more."""


class ChatMembersData(ChatData, Pages):
    """Members of a chat."""


class ChatMessageData(ChatData):
    """A message of a chat."""

    message_id: Data = Field(alias="messageId", title="Message ID", description="ID of the message")


class SendToChatData(ChatData):
    """A message for a chat."""

    content: Content = Field(title="Content", description="Text or HTML of the message")
    body_type: BodyType = Field(default="text", alias="bodyType", title="Body type")
    attachments: Attachments = Field(
        default=None, title="Attachments", description="List of cards and other attachments"
    )
