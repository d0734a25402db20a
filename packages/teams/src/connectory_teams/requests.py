"""What a modeller says, with the inputs of every template version: who asks, and for each operation what for."""

import json
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from connectory_sdk import Document, Property

AUTHENTICATION, DATA = "authentication", "data"


def given(value: Any) -> Any:
    """Refuse null: the FEEL expression found nothing."""
    if value is None:
        raise ValueError("must not be null; check the expression that gives it")
    return value


def not_blank(value: str) -> str:
    """Refuse a text without a letter."""
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def blank_is_absent(value: Any) -> Any:
    """Take an empty text for no value."""
    return None if isinstance(value, str) and not value.strip() else value


def a_list(what: str) -> BeforeValidator:
    """Return a validator that says what to write instead of JSON text."""

    def check(value: Any) -> Any:
        value = blank_is_absent(value)
        if isinstance(value, str):
            raise ValueError(f"must be a list, got text; write a FEEL list such as {what}")
        return [value] if isinstance(value, dict | Document) else value

    return BeforeValidator(check)


Text = Annotated[str, BeforeValidator(given), AfterValidator(not_blank)]
Optional = Annotated[str | None, BeforeValidator(blank_is_absent)]


def secret(value: SecretStr) -> SecretStr:
    """Refuse a secret without a letter."""
    not_blank(value.get_secret_value())
    return value


Secret = Annotated[SecretStr, BeforeValidator(given), AfterValidator(secret)]


class Token(BaseModel):
    """A token that somebody fetched."""

    model_config = ConfigDict(title="Bearer token")
    type: Literal["token"]
    token: Secret = Field(title="Bearer token", description="Access token for Microsoft Graph; it lives about an hour")


class ClientCredentials(BaseModel):
    """The app itself, without a user: by secret or by certificate."""

    model_config = ConfigDict(title="Client credentials")
    type: Literal["clientCredentials"]
    client_id: Text = Field(alias="clientId", title="Client ID", description="Application ID of the app registration")
    tenant_id: Text = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None,
        alias="clientSecret",
        title="Client secret",
        description="Secret of the app; or give a certificate",
    )
    certificate: Annotated[str | None, Property(type="Text", optional=True)] = Field(
        default=None, title="Certificate", description="Certificate of the app as PEM text, in place of a secret"
    )
    private_key: Annotated[SecretStr | None, Property(type="Text", optional=True)] = Field(
        default=None, alias="privateKey", title="Private key", description="Private key of the certificate as PEM text"
    )
    passphrase: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None, title="Passphrase", description="Passphrase of the private key, if it has one"
    )

    @field_validator("client_secret", "private_key", "passphrase", "certificate", mode="before")
    @classmethod
    def blank(cls, value: Any) -> Any:
        """Take an empty field for none."""
        return blank_is_absent(value)

    def model_post_init(self, context: Any) -> None:
        """Want a secret, or a certificate with its key."""
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and privateKey belong together; give both, or a clientSecret")
        if self.client_secret is None and self.private_key is None:
            raise ValueError("clientSecret must not be blank; give it, or a certificate with its privateKey")


class Refresh(BaseModel):
    """A user who has agreed once, by the refresh token of that time."""

    model_config = ConfigDict(title="Refresh token")
    type: Literal["refresh"]
    token: Secret = Field(title="Refresh token", description="Refresh token of the user in whose name the app acts")
    client_id: Text = Field(
        alias="clientId", title="Client ID", description="Application ID that the token was made for"
    )
    tenant_id: Text = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[SecretStr | None, BeforeValidator(blank_is_absent), Property(optional=True)] = Field(
        default=None, alias="clientSecret", title="Client secret", description="Only where the app is no public client"
    )


class Webhook(BaseModel):
    """No app at all: the address of a Workflows webhook, which is its own permission."""

    model_config = ConfigDict(title="Workflows webhook (no app)")
    type: Literal["webhook"]
    url: Secret = Field(
        title="Webhook URL", description="Address that Workflows gave for the chat or channel; a secret"
    )


Authentication = Token | ClientCredentials | Refresh | Webhook


class Request(BaseModel):
    """What all operations share."""

    authentication: Annotated[
        Annotated[Authentication, Field(discriminator="type")],
        Property(group=AUTHENTICATION, value="clientCredentials"),
    ] = Field(title="Type", description="Who asks; messages need a user, so a refresh token or a bearer token")


D = TypeVar("D", bound=BaseModel)


class Call(Request, Generic[D]):
    """A call of Graph: who asks, and what for."""

    data: D = Field(title="Data")


class Member(BaseModel):
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


class Attachment(BaseModel):
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


def lower(value: Any) -> Any:
    """Compare without capitals; no value is the default."""
    return "text" if blank_is_absent(value) is None else value.lower() if isinstance(value, str) else value


def chat_kind(value: Any) -> Any:
    """Take the spelling of old templates too."""
    if not isinstance(value, str):
        return value
    return {"one_on_one": "oneOnOne", "oneonone": "oneOnOne", "group": "group"}.get(value.strip().lower(), value)


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


def choice(value: Any) -> Any:
    """Refuse no choice at all; a wrong one is the model's to name."""
    if blank_is_absent(value) is None:
        raise ValueError("must not be null; choose one")
    return value


def expansion(value: Any) -> Any:
    """Take what Graph cannot expand for nothing, as Camunda's connector does."""
    return value if value in {"members", "lastMessagePreview"} else "withoutExpand"


def text_flag(value: Any) -> Any:
    """Only ``true``, in any capitals, is true."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


BodyType = Annotated[
    Literal["text", "html"], BeforeValidator(lower), Property(group=DATA, labels={"text": "Text", "html": "HTML"})
]
Top = Annotated[int | None, BeforeValidator(page_size), Property(group=DATA, type="String", feel="optional")]
Attachments = Annotated[
    list[Attachment] | None,
    a_list('=[{id: "1", contentType: "application/vnd.microsoft.card.adaptive", content: card}]'),
    Property(group=DATA, feel="required"),
]
Field_ = Annotated[str | None, BeforeValidator(blank_is_absent), Property(group=DATA, optional=True)]
Data = Annotated[Text, Property(group=DATA)]
Content = Annotated[Text, Property(group=DATA, type="Text", feel="optional")]


class Pages(BaseModel):
    """How much of a list to read; all lists share it."""

    all_pages: Annotated[bool, BeforeValidator(text_flag), Property(group=DATA)] = Field(
        default=False,
        alias="allPages",
        title="All pages",
        description="Follow the links of the list, at most 100 pages",
    )
    next_link: Field_ = Field(
        default=None,
        alias="nextLink",
        title="Next link",
        description="odataNextLink of an earlier result, to go on from there",
    )


class ChatData(BaseModel):
    """A chat."""

    chat_id: Data = Field(alias="chatId", title="Chat ID", description="Such as 19:...@thread.v2")


class CreateChatData(BaseModel):
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


class TeamData(BaseModel):
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


class WebhookData(BaseModel):
    """A message for a Workflows webhook: a text or a card."""

    content: Annotated[
        str | None, BeforeValidator(blank_is_absent), Property(group=DATA, type="Text", optional=True)
    ] = Field(default=None, title="Content", description="Text of the message, with the Markdown of adaptive cards")
    card: Annotated[dict[str, Any] | None, Property(group=DATA)] = Field(
        default=None, title="Card", description="Adaptive card in place of a text"
    )

    @field_validator("card", mode="before")
    @classmethod
    def parsed(cls, value: Any) -> Any:
        """Take a card as JSON text too."""
        value = blank_is_absent(value)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as exc:
                raise ValueError(f"must be an adaptive card as JSON: {exc}") from None
        return value

    def model_post_init(self, context: Any) -> None:
        """Want something to show."""
        if self.content is None and self.card is None:
            raise ValueError("give content or card")
