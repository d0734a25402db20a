"""What the operations of channels need, with the inputs of every template version."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from connectory_sdk import Document, Property
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
    text_flag,
)


class TeamData(BaseModel, defer_build=True):
    """A team."""

    group_id: Data = Field(alias="groupId", title="Group ID", description="ID of the team, not its name")


class ChannelData(TeamData):
    """A channel."""

    channel_id: Data = Field(alias="channelId", title="Channel ID", description="Such as 19:...@thread.tacv2")


class CreateChannelData(TeamData):
    """A new channel."""

    name: Data = Field(title="Channel name", description="At most 50 characters")
    description: Field_ = Field(default=None, title="Channel description", description="What the channel is for")
    channel_type: Annotated[
        Literal["standard", "private", "shared"],
        BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value),
        BeforeValidator(choice),
        Property(
            group=DATA, value="standard", labels={"standard": "Standard", "private": "Private", "shared": "Shared"}
        ),
    ] = Field(alias="channelType", title="Channel type")
    owner: Field_ = Field(
        default=None, title="Owner", description="User ID or principal name; private and shared channels need one"
    )

    def model_post_init(self, context: Any) -> None:
        """Want an owner where Graph does."""
        if self.channel_type != "standard" and not self.owner:
            raise ValueError(
                f"owner: Must be userId or user principal name; a {self.channel_type} channel needs an owner"
            )


class ListChannelsData(TeamData, Pages):
    """Channels of a team."""

    filter: Field_ = Field(default=None, title="Filter", description="OData filter, such as membershipType eq 'shared'")


class ListChannelMessagesData(ChannelData, Pages):
    """Messages of a channel."""

    top: Top = Field(default=None, title="Top", description="Messages on a page, at most 50")
    is_expand: Annotated[bool, BeforeValidator(text_flag), Property(group=DATA)] = Field(
        default=False, alias="isExpand", title="Expand replies", description="Return the replies with each message"
    )


class DeltaData(ChannelData):
    """What has changed in a channel."""

    delta_link: Field_ = Field(
        default=None,
        alias="deltaLink",
        title="Delta link",
        description="odataDeltaLink of the last result; empty to begin",
    )
    top: Top = Field(default=None, title="Top", description="Messages on a page, at most 50")


class ChannelMessageData(ChannelData):
    """A message of a channel."""

    message_id: Data = Field(alias="messageId", title="Message ID", description="ID of the message")


class RepliesData(ChannelMessageData, Pages):
    """Replies to a message."""


class ChannelMembersData(ChannelData, Pages):
    """Members of a channel."""


class SendToChannelData(ChannelData):
    """A message for a channel."""

    content: Content = Field(title="Content", description="Text or HTML of the message")
    body_type: BodyType = Field(default="text", alias="bodyType", title="Body type")
    documents: Annotated[
        list[Document | dict[str, Any]] | None, a_list("=[document]"), Property(group=DATA, feel="required")
    ] = Field(default=None, title="Documents", description="Files to upload and attach")
    attachments: Attachments = Field(
        default=None, title="Attachments", description="List of cards and other attachments"
    )
    mode: Annotated[str | None, Property(hidden=True)] = Field(default=None, alias="documents_documentMode")
    source: Annotated[str | None, Property(hidden=True)] = Field(default=None, alias="documents_single_documentSource")
    reference: Annotated[Any, Property(hidden=True)] = Field(default=None, alias="documents_single_camundaReference")
    inline_content: Annotated[Any, Property(hidden=True)] = Field(default=None, alias="documents_single_inline_content")
    inline_name: Annotated[str | None, Property(hidden=True)] = Field(
        default=None, alias="documents_single_inline_fileName"
    )
    inline_type: Annotated[str | None, Property(hidden=True)] = Field(
        default=None, alias="documents_single_inline_contentType"
    )
    external_url: Annotated[str | None, Property(hidden=True)] = Field(
        default=None, alias="documents_single_external_url"
    )
    external_name: Annotated[str | None, Property(hidden=True)] = Field(
        default=None, alias="documents_single_external_fileName"
    )
    several: Annotated[Any, Property(hidden=True)] = Field(default=None, alias="documents_multiple_expression")

    @property
    def files(self) -> list[Any]:
        """The documents; rebuilt from the composer's inputs where its expression gave null (template versions 7, 8)."""
        if self.documents is not None:
            return list(self.documents)
        if self.mode == "multiple":
            found = self.several if isinstance(self.several, list) else [self.several]
        elif self.mode == "single":
            found = [self.single()]
        else:
            found = []
        return [file for part in found for file in (part if isinstance(part, list) else [part]) if file is not None]

    def single(self) -> Any:
        """Return what the composer describes as one document."""
        if self.source == "inline":
            facts = {"content": self.inline_content, "name": self.inline_name, "contentType": self.inline_type}
            return {"camunda.document.type": "inline", **facts} if self.inline_content is not None else None
        if self.source == "external":
            facts = {"url": self.external_url, "name": self.external_name}
            return {"camunda.document.type": "external", **facts} if self.external_url else None
        return self.reference
