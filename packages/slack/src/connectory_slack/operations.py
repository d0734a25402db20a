"""The operations, named as Slack's methods."""

from collections.abc import Mapping
from typing import Any

from connectory_sdk import ConnectorInputError, ConnectorRetryError, JobContext
from connectory_sdk.documents import handles
from connectory_slack import requests as r
from connectory_slack.connector import slack
from connectory_slack.lookups import Caller
from connectory_slack.messages import content, upload
from connectory_slack.refusals import refusal
from connectory_slack.requests import Call

Job = JobContext[Any]


@slack.operation("chat.postMessage", name="Post message")
async def post_message(request: Call[r.PostedMessage], job: Job) -> dict[str, Any]:
    """Send a message, with files if there are any, to a channel or a user.

    Returns:
        ts, channel and message (type, team, user, text, ts, appId, botId)
    """
    caller, data = Caller(job, request.secret()), request.data
    documents = handles(data.documents, job.documents, field="field 'Documents' (data.documents)")
    target = await caller.recipient(data.channel)
    files = [await upload(caller, document) for document in documents]
    answer = await say(caller, "chat.postMessage", data, target, content(data, files))
    message = answer.get("message") or {}
    shown = {name: message.get(name) for name in ("type", "team", "user", "text", "ts")}
    shown |= {"appId": message.get("app_id"), "botId": message.get("bot_id")}
    return {**members(answer, "ts", "channel"), "message": shown}


@slack.operation("chat.update", name="Update message")
async def update_message(request: Call[r.Change], job: Job) -> dict[str, Any]:
    """Change a message that the app has sent.

    Returns:
        ts, channel and text
    """
    answer = await at_message(job, request, "chat.update", "update message", content(request.data))
    return members(answer, "ts", "channel", "text")


@slack.operation("chat.delete", name="Delete message")
async def delete_message(request: Call[r.Place], job: Job) -> dict[str, Any]:
    """Remove a message that the app has sent.

    Returns:
        ts and channel
    """
    return members(await at_message(job, request, "chat.delete", "delete message"), "ts", "channel")


@slack.operation("chat.postEphemeral", name="Post ephemeral message")
async def post_ephemeral(request: Call[r.Ephemeral], job: Job) -> dict[str, Any]:
    """Send a message that one member of a channel sees, until the next reload.

    Returns:
        messageTs
    """
    caller, data = Caller(job, request.secret()), request.data
    target, reader = await caller.recipient(data.channel), await caller.recipient(data.user)
    answer = await say(caller, "chat.postEphemeral", data, target, content(data) | {"user": reader})
    return {"messageTs": answer.get("message_ts")}


@slack.operation("chat.scheduleMessage", name="Schedule message")
async def schedule_message(request: Call[r.Later], job: Job) -> dict[str, Any]:
    """Have a message sent later, at most 120 days ahead.

    Returns:
        scheduledMessageId, channel and postAt
    """
    caller, data = Caller(job, request.secret()), request.data
    target = await caller.recipient(data.channel)
    answer = await say(caller, "chat.scheduleMessage", data, target, content(data) | {"post_at": data.postAt})
    return {
        "scheduledMessageId": answer.get("scheduled_message_id"),
        "channel": answer.get("channel"),
        "postAt": answer.get("post_at"),
    }


@slack.operation("conversations.create", name="Create channel")
async def create_channel(request: Call[r.NewChannel], job: Job) -> dict[str, Any]:
    """Open a public or private channel.

    Returns:
        channel with id and name
    """
    arguments = {"name": request.data.newChannelName, "is_private": request.data.visibility == "PRIVATE"}
    answer = await Caller(job, request.secret()).call("conversations.create", arguments)
    return {"channel": members(answer.get("channel"), "id", "name")}


@slack.operation("conversations.invite", name="Invite to channel")
async def invite(request: Call[r.Invitation], job: Job) -> dict[str, Any]:
    """Bring people into a channel.

    Returns:
        channel with id and name; needed and provided where Slack says so
    """
    caller, data = Caller(job, request.secret()), request.data
    if not (data.channelId or data.channelName):
        raise ConnectorInputError("Property: data: channelId or channelName must not be blank; say where to invite")
    users = await caller.invited(data.users)
    target = data.channelId or await caller.channel(data.channelName or "")
    answer = await caller.call("conversations.invite", {"channel": target, "users": ",".join(users)})
    return {"channel": members(answer.get("channel"), "id", "name"), **members(answer, "needed", "provided")}


@slack.operation("reactions.add", name="Add reaction")
async def add_reaction(request: Call[r.Reaction], job: Job) -> dict[str, Any]:
    """Add an emoji to a message."""
    await at_message(job, request, "reactions.add", "add reaction", {"name": request.data.emoji})
    return {}


@slack.operation("reactions.remove", name="Remove reaction")
async def remove_reaction(request: Call[r.Reaction], job: Job) -> dict[str, Any]:
    """Take an emoji back from a message."""
    await at_message(job, request, "reactions.remove", "remove reaction", {"name": request.data.emoji})
    return {}


@slack.operation("pins.add", name="Pin message")
async def pin(request: Call[r.Place], job: Job) -> dict[str, Any]:
    """Pin a message to its channel."""
    await at_message(job, request, "pins.add", "pin message")
    return {}


@slack.operation("pins.remove", name="Unpin message")
async def unpin(request: Call[r.Place], job: Job) -> dict[str, Any]:
    """Unpin a message."""
    await at_message(job, request, "pins.remove", "unpin message")
    return {}


async def say(
    caller: Caller, method: str, data: r.Message, target: str, arguments: dict[str, Any]
) -> Mapping[str, Any]:
    """Post; a name that Slack does not find is looked up, so that the message arrives or the error can help."""
    thread = data.thread if data.thread and data.thread.strip() else None
    message = {"thread_ts": thread, **arguments}
    try:
        return await caller.call(method, {"channel": target, **message})
    except ConnectorRetryError as exc:
        if exc.code != "channel_not_found":
            raise
        found, like = await caller.known(target.removeprefix("#"))
        if not found:
            hint = f"channel '{data.channel}'" + (f"; {like}" if like else "")
            raise refusal("", {"error": exc.code}, hint=hint) from exc
    return await caller.call(method, {"channel": found, **message})


async def at_message(
    job: Job, request: Call[Any], method: str, what: str, arguments: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Do something to a message that is there; ``chat`` methods call its timestamp otherwise than the others."""
    caller, data = Caller(job, request.secret()), request.data
    time = "ts" if method.startswith("chat.") else "timestamp"
    place = {"channel": await caller.place(data.channel), time: data.timestamp}
    return await caller.call(method, {**place, **(arguments or {})}, prefix=f"Failed to {what}: ")


def members(answer: Mapping[str, Any] | None, *names: str) -> dict[str, Any]:
    """Return members of an answer; those that it does not have are null."""
    return {name: (answer or {}).get(name) for name in names}
