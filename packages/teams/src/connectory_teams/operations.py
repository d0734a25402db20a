"""Operations on chats and channels; see https://learn.microsoft.com/graph/api/resources/chat and ``/channel``."""

from typing import Any

from connectory_sdk import JobContext
from connectory_sdk.documents import handles
from connectory_teams import requests as r
from connectory_teams.authentication import Call
from connectory_teams.connector import PUBLIC_GRAPH, VERSION, Teams, teams
from connectory_teams.graph import Graph, path
from connectory_teams.messages import given, message, uploaded
from connectory_teams.shapes import page, shaped

CHAT = "/chats/{chat_id}"
CHANNELS = "/teams/{group_id}/channels"
CHANNEL = f"{CHANNELS}/{{channel_id}}"


ONE = {
    "chat": "the chat: id, chatType, topic, webUrl, with what expand asks for",
    "message": "the message: id, body, from, createdDateTime and so on",
    "channel": "the channel: id, displayName, membershipType, webUrl",
}
MANY = {
    "chat": "value (list of chats) and odataNextLink",
    "message": "value (list of messages) and odataNextLink",
    "channel": "value (list of channels)",
    "member": "value (list of members: id, displayName, roles, email)",
}
"""What an operation that reads returns, for its documentation."""


def reads(id: str, name: str, data: type[r.Data], place: str, kind: str, what: str) -> None:
    """Register an operation that reads.

    Args:
        id: Its id.
        name: What a modeller reads.
        data: Its model; a list is one of `Pages`.
        place: Path of the call, with fields of the model.
        kind: What it gives: a ``chat``, ``message``, ``channel`` or ``member``.
        what: The same in words, for its documentation.
    """

    async def read(request: Call[Any], job: JobContext[Teams]) -> Any:
        graph, given, strip = Graph(request, job, id), request.data, kind == "chat"
        if isinstance(given, r.Pages):
            return page(await graph.pages(path(place, given), given, query=given.query), kind, strip=strip)
        return shaped(await graph.call("GET", path(place, given), query=given.query), kind, strip=strip)

    returns = MANY if issubclass(data, r.Pages) else ONE
    read.__doc__ = f"Return {what}.\n\nReturns:\n    {returns[kind]}\n"
    read.__annotations__["request"] = Call[data]  # type: ignore[valid-type]
    teams.operation(id, name=name)(read)


def person(user: str, roles: list[str]) -> dict[str, Any]:
    """Return a member as Graph wants it."""
    quoted = user.strip().replace("'", "''")  # a quote inside of OData's quotes
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "roles": roles,
        "user@odata.bind": f"{PUBLIC_GRAPH}{VERSION}/users('{quoted}')",
    }


@teams.operation("sendMessageToChat", name="Send message in chat")
async def send_message_to_chat(request: Call[r.ChatPost], job: JobContext[Teams]) -> Any:
    """Post a message to a chat.

    Returns:
        the message as Graph has it: id, body, createdDateTime, from and so on
    """
    data, graph = request.data, Graph(request, job, "sendMessageToChat")
    body = message(data.content, data.body_type, given(data.attachments))
    return shaped(await graph.call("POST", path(f"{CHAT}/messages", data), body=body), "message")


@teams.operation("createChat", name="Create a new chat")
async def create_chat(request: Call[r.NewChat], job: JobContext[Teams]) -> Any:
    """Create a chat; a one-on-one chat that is there already is returned.

    Returns:
        the chat: id, chatType, topic, webUrl and so on
    """
    data, graph = request.data, Graph(request, job, "createChat")
    topic = {} if data.topic is None else {"topic": data.topic}
    members = [person(member.user, member.roles or []) for member in data.members]
    body = {"chatType": data.chat_type, **topic, "members": members}
    reply = await graph.call("POST", "/chats", body=body, repeatable=data.chat_type == "oneOnOne")
    return shaped(reply, "chat")


reads("getChat", "Get chat", r.ChatAndMore, CHAT, "chat", "a chat")
reads("listChats", "List chats", r.Pages, "/chats", "chat", "the chats of the user")
reads("listMembersOfChat", "List chat members", r.ChatMembers, f"{CHAT}/members", "member", "the members of a chat")
reads(
    "listMessagesInChat",
    "List messages in chat",
    r.ChatMessages,
    f"{CHAT}/messages",
    "message",
    "the messages of a chat",
)
reads(
    "getMessageFromChat",
    "Get message in chat",
    r.ChatMessage,
    f"{CHAT}/messages/{{message_id}}",
    "message",
    "a message of a chat",
)


@teams.operation("sendMessageToChannel", name="Send message to channel")
async def send_message_to_channel(request: Call[r.ChannelPost], job: JobContext[Teams]) -> Any:
    """Post a message to a channel, with documents as files of the channel.

    Returns:
        the message as Graph has it: id, body, webUrl, attachments and so on
    """
    data, graph = request.data, Graph(request, job, "sendMessageToChannel")
    documents = handles(data.documents, job.documents, field="data.documents")
    files = await uploaded(documents, path(CHANNEL, data), Graph(request, job, "uploadDocument")) if documents else []
    body = message(data.content, data.body_type, [*given(data.attachments), *files])
    return shaped(await graph.call("POST", path(f"{CHANNEL}/messages", data), body=body), "message")


@teams.operation("createChannel", name="Create channel")
async def create_channel(request: Call[r.NewChannel], job: JobContext[Teams]) -> Any:
    """Create a channel; nothing is returned while Teams still works on it, as it does for shared ones.

    Returns:
        the channel: id, displayName, membershipType, webUrl; nothing for a shared one
    """
    data, graph = request.data, Graph(request, job, "createChannel")
    body: dict[str, Any] = {
        "@odata.type": "#Microsoft.Graph.channel",
        "membershipType": data.channel_type,
        "displayName": data.name,
        "description": data.description,
    }
    if data.channel_type != "standard":
        body["members"] = [person(data.owner or "", ["owner"])]
    # Names are unique in a team: a second attempt cannot make a second channel.
    return shaped(await graph.call("POST", path(CHANNELS, data), body=body, repeatable=True), "channel")


reads("getChannel", "Get channel", r.Channel, CHANNEL, "channel", "a channel")
reads(
    "listAllChannels",
    "List channels",
    r.Channels,
    "/teams/{group_id}/allChannels",
    "channel",
    "the channels of a team, those that other teams share with it included",
)
POSTS = f"{CHANNEL}/messages"
reads(
    "getMessageFromChannel",
    "Get channel message",
    r.ChannelMessage,
    f"{POSTS}/{{message_id}}",
    "message",
    "a message of a channel",
)
reads("listChannelMessages", "List channel messages", r.ChannelMessages, POSTS, "message", "the messages of a channel")
reads(
    "listMessageRepliesInChannel",
    "List message replies",
    r.Replies,
    f"{POSTS}/{{message_id}}/replies",
    "message",
    "the replies to a message of a channel",
)
reads(
    "listMembersInChannel",
    "List channel members",
    r.ChannelMembers,
    f"{CHANNEL}/members",
    "member",
    "the members of a channel",
)


@teams.operation("getChannelMessagesDelta", name="Get changed channel messages")
async def get_channel_messages_delta(request: Call[r.Changes], job: JobContext[Teams]) -> Any:
    """Return the messages that are new or changed since a delta link, and the link for the next time.

    Returns:
        value (list of messages), odataNextLink and, at the end, odataDeltaLink
    """
    data, graph = request.data, Graph(request, job, "getChannelMessagesDelta")
    pages = r.Pages(allPages=True, nextLink=data.delta_link)
    return page(await graph.pages(path(f"{POSTS}/delta", data), pages, query={"$top": data.top}), "message")
