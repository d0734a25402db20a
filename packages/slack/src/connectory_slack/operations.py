"""The operations, named as Slack's methods."""

from typing import Any

from connectory_sdk import ConnectorInputError, ConnectorRetryError, JobContext
from connectory_slack import requests as r
from connectory_slack.connector import slack
from connectory_slack.lookups import Lookup
from connectory_slack.messages import content, documents, upload
from connectory_slack.refusals import refusal

Job = JobContext[Any]


@slack.operation("chat.postMessage", name="Post message")
async def post_message(request: r.PostMessage, job: Job) -> dict[str, Any]:
    """Send a message, with files if there are any, to a channel or a user.

    Returns:
        ts, channel and message (type, team, user, text, ts, appId, botId)
    """
    token, data = request.secret(), request.data
    found = documents(data, job)
    target = await recipient(job, token, data.channel)
    files = [await upload(job, token, document) for document in found]
    answer = await say(job, token, "chat.postMessage", data, target, content(data, files))
    message = answer.get("message") or {}
    members = {"appId": "app_id", "botId": "bot_id"}
    names = ("type", "team", "user", "text", "ts", "appId", "botId")
    shown = {name: message.get(members.get(name, name)) for name in names}
    return {"ts": answer.get("ts"), "channel": answer.get("channel"), "message": shown}


@slack.operation("chat.update", name="Update message")
async def update_message(request: r.UpdateMessage, job: Job) -> dict[str, Any]:
    """Change a message that the app has sent.

    Returns:
        ts, channel and text
    """
    token, data = request.secret(), request.data
    place = {"channel": await in_channel(job, token, data.channel), "ts": data.timestamp}
    answer = await job.state.call(job, token, "chat.update", place | content(data), prefix="Failed to update message: ")
    return {"ts": answer.get("ts"), "channel": answer.get("channel"), "text": answer.get("text")}


@slack.operation("chat.delete", name="Delete message")
async def delete_message(request: r.DeleteMessage, job: Job) -> dict[str, Any]:
    """Remove a message that the app has sent.

    Returns:
        ts and channel
    """
    token, data = request.secret(), request.data
    place = {"channel": await in_channel(job, token, data.channel), "ts": data.timestamp}
    answer = await job.state.call(job, token, "chat.delete", place, prefix="Failed to delete message: ")
    return {"ts": answer.get("ts"), "channel": answer.get("channel")}


@slack.operation("chat.postEphemeral", name="Post ephemeral message")
async def post_ephemeral(request: r.PostEphemeral, job: Job) -> dict[str, Any]:
    """Send a message that one member of a channel sees, until the next reload.

    Returns:
        messageTs
    """
    token, data = request.secret(), request.data
    target, reader = await recipient(job, token, data.channel), await recipient(job, token, data.user)
    answer = await say(job, token, "chat.postEphemeral", data, target, content(data) | {"user": reader})
    return {"messageTs": answer.get("message_ts")}


@slack.operation("chat.scheduleMessage", name="Schedule message")
async def schedule_message(request: r.ScheduleMessage, job: Job) -> dict[str, Any]:
    """Have a message sent later, at most 120 days ahead.

    Returns:
        scheduledMessageId, channel and postAt
    """
    token, data = request.secret(), request.data
    target = await recipient(job, token, data.channel)
    answer = await say(job, token, "chat.scheduleMessage", data, target, content(data) | {"post_at": data.postAt})
    return {
        "scheduledMessageId": answer.get("scheduled_message_id"),
        "channel": answer.get("channel"),
        "postAt": answer.get("post_at"),
    }


@slack.operation("conversations.create", name="Create channel")
async def create_channel(request: r.CreateChannel, job: Job) -> dict[str, Any]:
    """Open a public or private channel.

    Returns:
        channel with id and name
    """
    arguments = {"name": request.data.newChannelName, "is_private": request.data.visibility == "PRIVATE"}
    answer = await job.state.call(job, request.secret(), "conversations.create", arguments)
    return {"channel": named(answer)}


@slack.operation("conversations.invite", name="Invite to channel")
async def invite(request: r.InviteUsers, job: Job) -> dict[str, Any]:
    """Bring people into a channel.

    Returns:
        channel with id and name; needed and provided where Slack says so
    """
    token, data = request.secret(), request.data
    channel, name = data.channelId, data.channelName
    if channel is None and not name:
        raise ConnectorInputError("Property: data: channelId or channelName must not be blank; say where to invite")
    lookup = Lookup(job, token)
    users = await lookup.invited(data.users)
    target = channel if channel is not None else await lookup.channel(name or "")
    arguments = {"channel": target, "users": ",".join(users)}
    answer = await job.state.call(job, token, "conversations.invite", arguments)
    return {"channel": named(answer), "needed": answer.get("needed"), "provided": answer.get("provided")}


@slack.operation("reactions.add", name="Add reaction")
async def add_reaction(request: r.React, job: Job) -> dict[str, Any]:
    """Add an emoji to a message."""
    return await at_message(job, request, "reactions.add", "Failed to add reaction: ", name=request.data.emoji)


@slack.operation("reactions.remove", name="Remove reaction")
async def remove_reaction(request: r.React, job: Job) -> dict[str, Any]:
    """Take an emoji back from a message."""
    return await at_message(job, request, "reactions.remove", "Failed to remove reaction: ", name=request.data.emoji)


@slack.operation("pins.add", name="Pin message")
async def pin(request: r.Pin, job: Job) -> dict[str, Any]:
    """Pin a message to its channel."""
    return await at_message(job, request, "pins.add", "Failed to pin message: ")


@slack.operation("pins.remove", name="Unpin message")
async def unpin(request: r.Pin, job: Job) -> dict[str, Any]:
    """Unpin a message."""
    return await at_message(job, request, "pins.remove", "Failed to unpin message: ")


async def recipient(job: Job, token: str, value: str) -> str:
    """Return where a message goes."""
    return str(await Lookup(job, token).recipient(value.strip()))


async def in_channel(job: Job, token: str, value: str) -> str:
    """Return the id of the channel that a message is in."""
    return str(await Lookup(job, token).place(value.strip()))


async def say(
    job: Job, token: str, method: str, data: r.Message, target: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Post; a name that Slack does not find is looked up, so that the message arrives or the error can help."""
    thread = data.thread if data.thread and data.thread.strip() else None
    message = {"thread_ts": thread, **arguments}
    try:
        return dict(await job.state.call(job, token, method, {"channel": target, **message}))
    except ConnectorRetryError as exc:
        if exc.code != "channel_not_found":
            raise
        found, like = await Lookup(job, token).known(target.removeprefix("#"))
        if not found:
            hint = f"channel '{data.channel}'" + (f"; {like}" if like else "")
            raise refusal("", {"error": exc.code}, hint=hint) from exc
    return dict(await job.state.call(job, token, method, {"channel": found, **message}))


async def at_message(job: Job, request: r.React | r.Pin, method: str, prefix: str, **more: str) -> dict[str, Any]:
    """Do something to a message; Slack answers nothing of interest."""
    token, data = request.secret(), request.data
    arguments = {"channel": await in_channel(job, token, data.channel), "timestamp": data.timestamp, **more}
    await job.state.call(job, token, method, arguments, prefix=prefix)
    return {}


def named(answer: Any) -> dict[str, Any]:
    """Return id and name of the channel of an answer."""
    channel = answer.get("channel") or {}
    return {"id": channel.get("id"), "name": channel.get("name")}


OPERATIONS = tuple(slack.operations)
"""Ids of the operations; importing this module registers them."""
