"""Operations on chats; see https://learn.microsoft.com/graph/api/resources/chat."""

from typing import Any

from connectory_sdk import JobContext
from connectory_teams.authentication import Call
from connectory_teams.chat_requests import (
    ChatMembersData,
    ChatMessageData,
    CreateChatData,
    GetChatData,
    ListChatMessagesData,
    ListPages,
    SendToChatData,
)
from connectory_teams.connector import Teams, teams
from connectory_teams.graph import segment
from connectory_teams.messages import given, message
from connectory_teams.shapes import page, shaped
from connectory_teams.tokens import PUBLIC_GRAPH


def person(user: str, roles: list[str]) -> dict[str, Any]:
    """Return a member as Graph wants it."""
    quoted = user.strip().replace("'", "''")  # a quote inside of OData's quotes
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "roles": roles,
        "user@odata.bind": f"{PUBLIC_GRAPH}/v1.0/users('{quoted}')",
    }


@teams.operation("sendMessageToChat", name="Send message in chat")
async def send_message_to_chat(request: Call[SendToChatData], job: JobContext[Teams]) -> Any:
    """Post a message to a chat.

    Returns:
        the message as Graph has it: id, body, createdDateTime, from and so on
    """
    data = request.data
    body = message(data.content, data.body_type, given(data.attachments))
    path = f"/chats/{segment(data.chat_id)}/messages"
    return shaped(await job.state.graph.call("POST", path, request.authentication, job, body=body), "message")


@teams.operation("createChat", name="Create a new chat")
async def create_chat(request: Call[CreateChatData], job: JobContext[Teams]) -> Any:
    """Create a chat; a one-on-one chat that is there already is returned.

    Returns:
        the chat: id, chatType, topic, webUrl and so on
    """
    data = request.data
    body: dict[str, Any] = {"chatType": data.chat_type}
    if data.topic is not None:
        body["topic"] = data.topic
    body["members"] = [person(member.user, member.roles or []) for member in data.members]
    same = data.chat_type == "oneOnOne"
    reply = await job.state.graph.call("POST", "/chats", request.authentication, job, body=body, repeatable=same)
    return shaped(reply, "chat")


@teams.operation("getChat", name="Get chat")
async def get_chat(request: Call[GetChatData], job: JobContext[Teams]) -> Any:
    """Return a chat.

    Returns:
        the chat: id, chatType, topic, webUrl, with what expand asks for
    """
    query = {"$expand": None if request.data.expand == "withoutExpand" else request.data.expand}
    path = f"/chats/{segment(request.data.chat_id)}"
    return shaped(await job.state.graph.call("GET", path, request.authentication, job, query=query), "chat", strip=True)


@teams.operation("listChats", name="List chats")
async def list_chats(request: Call[ListPages], job: JobContext[Teams]) -> Any:
    """Return the chats of the user.

    Returns:
        value (list of chats) and odataNextLink
    """
    found = await job.state.graph.pages("/chats", request.authentication, job, pages=request.data, query={})
    return page(found, "chat", strip=True)


@teams.operation("listMembersOfChat", name="List chat members")
async def list_members_of_chat(request: Call[ChatMembersData], job: JobContext[Teams]) -> Any:
    """Return the members of a chat.

    Returns:
        value (list of members: id, displayName, roles, email)
    """
    path = f"/chats/{segment(request.data.chat_id)}/members"
    return page(await job.state.graph.pages(path, request.authentication, job, pages=request.data, query={}), "member")


@teams.operation("listMessagesInChat", name="List messages in chat")
async def list_messages_in_chat(request: Call[ListChatMessagesData], job: JobContext[Teams]) -> Any:
    """Return the messages of a chat.

    Returns:
        value (list of messages) and odataNextLink
    """
    data = request.data
    order = None if data.order_by == "withoutOrdering" else f"{data.order_by} desc"
    query = {"$top": data.top, "$orderby": order, "$filter": data.filter}
    path = f"/chats/{segment(data.chat_id)}/messages"
    return page(await job.state.graph.pages(path, request.authentication, job, pages=data, query=query), "message")


@teams.operation("getMessageFromChat", name="Get message in chat")
async def get_message_from_chat(request: Call[ChatMessageData], job: JobContext[Teams]) -> Any:
    """Return a message of a chat.

    Returns:
        the message: id, body, from, createdDateTime and so on
    """
    path = f"/chats/{segment(request.data.chat_id)}/messages/{segment(request.data.message_id)}"
    return shaped(await job.state.graph.call("GET", path, request.authentication, job), "message")
