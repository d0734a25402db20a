"""Operations on channels; see https://learn.microsoft.com/graph/api/resources/channel."""

from typing import Any

from connectory_sdk import JobContext
from connectory_teams.authentication import Call
from connectory_teams.channel_requests import (
    ChannelData,
    ChannelMembersData,
    ChannelMessageData,
    CreateChannelData,
    DeltaData,
    ListChannelMessagesData,
    ListChannelsData,
    RepliesData,
    SendToChannelData,
)
from connectory_teams.chats import person
from connectory_teams.connector import Teams, teams
from connectory_teams.fields import Pages
from connectory_teams.graph import segment
from connectory_teams.messages import given, message, uploaded
from connectory_teams.shapes import page, shaped


def channel(data: ChannelData) -> str:
    """Return the path of a channel."""
    return f"/teams/{segment(data.group_id)}/channels/{segment(data.channel_id)}"


@teams.operation("sendMessageToChannel", name="Send message to channel")
async def send_message_to_channel(request: Call[SendToChannelData], job: JobContext[Teams]) -> Any:
    """Post a message to a channel, with documents as files of the channel.

    Returns:
        the message as Graph has it: id, body, webUrl, attachments and so on
    """
    data, graph = request.data, job.state.graph
    files = await uploaded(data.files, data, graph, request.authentication, job)
    body = message(data.content, data.body_type, [*given(data.attachments), *files])
    reply = await graph.call("POST", f"{channel(data)}/messages", request.authentication, job, body=body)
    return shaped(reply, "message")


@teams.operation("createChannel", name="Create channel")
async def create_channel(request: Call[CreateChannelData], job: JobContext[Teams]) -> Any:
    """Create a channel; nothing is returned while Teams still works on it, as it does for shared ones.

    Returns:
        the channel: id, displayName, membershipType, webUrl; nothing for a shared one
    """
    data = request.data
    body: dict[str, Any] = {
        "@odata.type": "#Microsoft.Graph.channel",
        "membershipType": data.channel_type,
        "displayName": data.name,
        "description": data.description,
    }
    if data.channel_type != "standard":
        body["members"] = [person(data.owner or "", ["owner"])]
    path = f"/teams/{segment(data.group_id)}/channels"
    # Names are unique in a team: a second attempt cannot make a second channel.
    reply = await job.state.graph.call("POST", path, request.authentication, job, body=body, repeatable=True)
    return shaped(reply, "channel")


@teams.operation("getChannel", name="Get channel")
async def get_channel(request: Call[ChannelData], job: JobContext[Teams]) -> Any:
    """Return a channel.

    Returns:
        the channel: id, displayName, membershipType, webUrl
    """
    return shaped(await job.state.graph.call("GET", channel(request.data), request.authentication, job), "channel")


@teams.operation("listAllChannels", name="List channels")
async def list_all_channels(request: Call[ListChannelsData], job: JobContext[Teams]) -> Any:
    """Return the channels of a team, those that other teams share with it included.

    Returns:
        value (list of channels)
    """
    data = request.data
    path, query = f"/teams/{segment(data.group_id)}/allChannels", {"$filter": data.filter}
    return page(await job.state.graph.pages(path, request.authentication, job, pages=data, query=query), "channel")


@teams.operation("getMessageFromChannel", name="Get channel message")
async def get_message_from_channel(request: Call[ChannelMessageData], job: JobContext[Teams]) -> Any:
    """Return a message of a channel.

    Returns:
        the message: id, body, from, createdDateTime and so on
    """
    path = f"{channel(request.data)}/messages/{segment(request.data.message_id)}"
    return shaped(await job.state.graph.call("GET", path, request.authentication, job), "message")


@teams.operation("listChannelMessages", name="List channel messages")
async def list_channel_messages(request: Call[ListChannelMessagesData], job: JobContext[Teams]) -> Any:
    """Return the messages of a channel.

    Returns:
        value (list of messages) and odataNextLink
    """
    data = request.data
    query = {"$top": data.top, "$expand": "replies" if data.is_expand else None}
    path = f"{channel(data)}/messages"
    return page(await job.state.graph.pages(path, request.authentication, job, pages=data, query=query), "message")


@teams.operation("listMessageRepliesInChannel", name="List message replies")
async def list_message_replies_in_channel(request: Call[RepliesData], job: JobContext[Teams]) -> Any:
    """Return the replies to a message of a channel.

    Returns:
        value (list of messages) and odataNextLink
    """
    data = request.data
    path = f"{channel(data)}/messages/{segment(data.message_id)}/replies"
    return page(await job.state.graph.pages(path, request.authentication, job, pages=data, query={}), "message")


@teams.operation("listMembersInChannel", name="List channel members")
async def list_members_in_channel(request: Call[ChannelMembersData], job: JobContext[Teams]) -> Any:
    """Return the members of a channel.

    Returns:
        value (list of members: id, displayName, roles, email)
    """
    path = f"{channel(request.data)}/members"
    return page(await job.state.graph.pages(path, request.authentication, job, pages=request.data, query={}), "member")


@teams.operation("getChannelMessagesDelta", name="Get changed channel messages")
async def get_channel_messages_delta(request: Call[DeltaData], job: JobContext[Teams]) -> Any:
    """Return the messages that are new or changed since a delta link, and the link for the next time.

    Returns:
        value (list of messages), odataNextLink and, at the end, odataDeltaLink
    """
    data = request.data
    pages = Pages(allPages=True, nextLink=data.delta_link)
    path = f"{channel(data)}/messages/delta"
    found = await job.state.graph.pages(path, request.authentication, job, pages=pages, query={"$top": data.top})
    return page(found, "message")
