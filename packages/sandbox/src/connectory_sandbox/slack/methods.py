"""The methods of the Web API: what each needs, what it refuses, what it changes."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from connectory_sandbox.slack import blocks as block_kit
from connectory_sandbox.slack.calls import Call, Carry, Method
from connectory_sandbox.slack.shapes import conversation, kind_of, message, page, user, visible
from connectory_sandbox.slack.workspace import (
    BOT,
    BOT_USER,
    TEAM,
    Channel,
    File,
    Message,
    Scheduled,
    SlackError,
    Workspace,
)

TS = re.compile(r"\d{10}\.\d{6}")
DAY = 86400
METHODS: dict[str, Method] = {}


def method(name: str, *required: str, scope: str | None = None, reads: bool = False) -> Callable[[Carry], Carry]:
    """Register a method."""

    def register(carry: Carry) -> Carry:
        METHODS[name] = Method(carry=carry, scope=scope, required=required, reads=reads)
        return carry

    return register


@method("auth.test")
def auth_test(call: Call) -> dict[str, Any]:
    """Say whose token it is."""
    return {"url": f"{call.base}/", "team": "Sandbox", "user": "connectory", "team_id": TEAM, "user_id": BOT_USER}


@method("users.list", scope="users:read", reads=True)
def users_list(call: Call) -> dict[str, Any]:
    """List everybody, page by page."""
    users, cursor = page(call, list(call.workspace.users.values()))
    return {"members": [user(u) for u in users], "cache_ts": int(time.time()), **cursor}


@method("users.lookupByEmail", "email", scope="users:read.email", reads=True)
def users_lookup_by_email(call: Call) -> dict[str, Any]:
    """Find somebody."""
    return {"user": user(call.workspace.with_email(call.text("email")))}


@method("conversations.list", reads=True)
def conversations_list(call: Call) -> dict[str, Any]:
    """List channels, page by page."""
    kinds = [kind.strip() for kind in (call.text("types") or "public_channel").split(",")]
    scopes = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
    for kind in kinds:
        if kind not in scopes:
            raise SlackError("invalid_types")
        call.needs(scopes[kind])
    seen = [c for c in call.workspace.channels.values() if kind_of(c) in kinds and visible(c)]
    if call.flag("exclude_archived"):
        seen = [c for c in seen if not c.is_archived]
    channels, cursor = page(call, seen)
    return {"channels": [conversation(c) for c in channels], **cursor}


@method("conversations.create", "name")
def conversations_create(call: Call) -> dict[str, Any]:
    """Open a channel."""
    private = call.flag("is_private")
    call.needs(*(("groups:write",) if private else ("channels:manage", "channels:write")))
    name = call.text("name")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"\w", name):
        raise SlackError("invalid_name_punctuation")
    if re.search(r"[\s.,#@!?:;/\\]", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if call.workspace.named(name):
        raise SlackError("name_taken")
    return {"channel": conversation(call.workspace.new_channel(name, is_private=private, members=[BOT_USER]))}


@method("conversations.invite", "channel", "users")
def conversations_invite(call: Call) -> dict[str, Any]:
    """Bring people into a channel; one refusal refuses all."""
    channel = call.workspace.channel(call.text("channel"))
    group = "groups:write" if channel.is_private else "channels:manage"
    call.needs(group, "groups:write.invites" if channel.is_private else "channels:write.invites")
    ids = [value.strip() for value in call.text("users").split(",") if value.strip()]
    if not ids:
        raise SlackError("no_user")
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    refused = [problem for value in ids if (problem := refusal(call.workspace, channel, value))]
    if refused:
        raise SlackError(refused[0]["error"], errors=refused)
    channel.members += ids
    return {"channel": conversation(channel)}


def refusal(workspace: Workspace, channel: Channel, value: str) -> dict[str, Any] | None:
    """Return why somebody cannot be invited."""
    try:
        workspace.user(value)
    except SlackError as exc:
        return {"ok": False, "error": exc.error, "user": value}
    if value == BOT_USER:
        return {"ok": False, "error": "cant_invite_self", "user": value}
    return {"ok": False, "error": "already_in_channel", "user": value} if value in channel.members else None


@method("conversations.history", "channel", reads=True)
def conversations_history(call: Call) -> dict[str, Any]:
    """List a channel's messages, newest first."""
    channel = call.workspace.channel(call.text("channel"))
    call.needs("groups:history" if channel.is_private else "channels:history")
    messages, cursor = page(call, list(reversed(channel.messages.values())))
    return {"messages": [message(m) for m in messages], **cursor}


@method("chat.postMessage", "channel", scope="chat:write")
def chat_post_message(call: Call) -> dict[str, Any]:
    """Post."""
    channel = postable(call)
    text, content = body(call)
    posted = Message(ts=call.workspace.ts(), user=BOT_USER, text=text, blocks=content, thread_ts=thread(call))
    channel.messages[posted.ts] = posted
    return {"channel": channel.id, "ts": posted.ts, "message": message(posted)}


@method("chat.postEphemeral", "channel", "user", scope="chat:write")
def chat_post_ephemeral(call: Call) -> dict[str, Any]:
    """Post for one pair of eyes; nothing is kept in the channel."""
    channel = postable(call)
    reader = call.workspace.user(call.text("user"), error="user_not_in_channel")
    if call.workspace.given_channels and reader.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, content = body(call)
    posted = Message(
        ts=call.workspace.ts(), user=BOT_USER, text=text, blocks=content, thread_ts=thread(call), to=reader.id
    )
    call.workspace.ephemeral.append(posted)
    return {"message_ts": posted.ts}


@method("chat.scheduleMessage", "channel", "post_at", scope="chat:write")
def chat_schedule_message(call: Call) -> dict[str, Any]:
    """Remember a message for later."""
    channel = postable(call)
    if not re.fullmatch(r"\d+", call.text("post_at")):
        raise SlackError("invalid_time")
    post_at = int(call.text("post_at"))
    if post_at <= time.time():
        raise SlackError("time_in_past")
    if post_at > time.time() + 120 * DAY:
        raise SlackError("time_too_far")
    text, _ = body(call)
    later = Scheduled(id=f"Q{next(call.workspace.numbers):08d}", channel=channel.id, post_at=post_at, text=text)
    call.workspace.scheduled[later.id] = later
    shown = {"text": text, "bot_id": BOT, "type": "delayed_message", "subtype": "bot_message"}
    return {"channel": channel.id, "scheduled_message_id": later.id, "post_at": post_at, "message": shown}


@method("chat.update", "channel", "ts", scope="chat:write")
def chat_update(call: Call) -> dict[str, Any]:
    """Change a message of the app's own."""
    channel = call.workspace.channel(call.text("channel"))
    changed = own(call, channel, "cant_update_message")
    changed.text, changed.blocks = body(call)
    changed.edited = True
    return {"channel": channel.id, "ts": changed.ts, "text": changed.text, "message": message(changed)}


@method("chat.delete", "channel", "ts", scope="chat:write")
def chat_delete(call: Call) -> dict[str, Any]:
    """Remove a message of the app's own."""
    channel = call.workspace.channel(call.text("channel"))
    removed = own(call, channel, "cant_delete_message")
    del channel.messages[removed.ts]
    return {"channel": channel.id, "ts": removed.ts}


@method("reactions.add", "name", scope="reactions:write")
def reactions_add(call: Call) -> dict[str, Any]:
    """Add an emoji."""
    people = reacted(call).reactions.setdefault(call.text("name"), [])
    if BOT_USER in people:
        raise SlackError("already_reacted")
    people.append(BOT_USER)
    return {}


@method("reactions.remove", "name", scope="reactions:write")
def reactions_remove(call: Call) -> dict[str, Any]:
    """Take an emoji back."""
    people = reacted(call).reactions.get(call.text("name"), [])
    if BOT_USER not in people:
        raise SlackError("no_reaction")
    people.remove(BOT_USER)
    return {}


@method("pins.add", "channel", scope="pins:write")
def pins_add(call: Call) -> dict[str, Any]:
    """Pin a message."""
    pinned = item(call)
    if pinned.pinned:
        raise SlackError("already_pinned")
    pinned.pinned = True
    return {}


@method("pins.remove", "channel", scope="pins:write")
def pins_remove(call: Call) -> dict[str, Any]:
    """Unpin a message."""
    pinned = item(call)
    if not pinned.pinned:
        raise SlackError("no_pin")
    pinned.pinned = False
    return {}


@method("files.getUploadURLExternal", "filename", "length", scope="files:write", reads=True)
def files_get_upload_url(call: Call) -> dict[str, Any]:
    """Give a place to send a file to."""
    if not re.fullmatch(r"[1-9]\d*", call.text("length")):
        raise SlackError("missing_argument" if call.text("length") == "0" else "invalid_arguments")
    file = File(id=f"F{next(call.workspace.numbers):08d}", name=call.text("filename"), length=int(call.text("length")))
    call.workspace.files[file.id] = file
    return {"upload_url": f"{call.base}/upload/v1/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files", scope="files:write")
def files_complete_upload(call: Call) -> dict[str, Any]:
    """Make uploaded files real."""
    entries = objects(call.arguments["files"])
    for entry in entries:
        file = call.workspace.files.get(entry.get("id", ""))
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        file.complete, file.title = True, entry.get("title") or file.name
    for target in [*call.text("channels").split(","), call.text("channel_id")]:
        if target and target not in call.workspace.channels:
            raise SlackError("invalid_channel")
    return {"files": [{"id": e["id"], "title": call.workspace.files[e["id"]].title} for e in entries]}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return a list of objects that a form carries as text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackError("invalid_arguments") from None
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise SlackError("invalid_arguments")
    return value


def postable(call: Call) -> Channel:
    """Return the channel that a message goes to."""
    channel = call.workspace.channel(call.text("channel"), by_name=True)
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in call.token.scopes:
        raise SlackError("not_in_channel")
    return channel


def body(call: Call) -> tuple[str, list[Any]]:
    """Return a message's text and blocks."""
    text, markdown, given = call.text("text"), call.text("markdown_text"), call.arguments.get("blocks")
    if markdown and (text or given):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > 12000:
        raise SlackError("msg_too_long")
    text = text[:40000]  # Slack cuts off what is longer
    content = block_kit.checked(given) if given not in (None, "") else []
    for block in content:
        if block["type"] == "file" and not complete(call, block.get("file_id")):
            place = f"invalid file_id [json-pointer:/blocks/{content.index(block)}/file_id]"
            raise SlackError("invalid_blocks", errors=[place], response_metadata={"messages": [f"[ERROR] {place}"]})
    if not (text or markdown or content or call.arguments.get("attachments")):
        raise SlackError("no_text")
    return text or markdown or block_kit.readable(content), content


def complete(call: Call, file: Any) -> bool:
    """Tell whether a file is there."""
    return file in call.workspace.files and call.workspace.files[file].complete


def thread(call: Call) -> str | None:
    """Return the message that this one answers."""
    value = call.text("thread_ts")
    if value and not TS.fullmatch(value):
        raise SlackError("invalid_thread_ts")
    return value or None


def own(call: Call, channel: Channel, error: str) -> Message:
    """Return a message that the app may change."""
    found = call.workspace.message(channel, call.text("ts"))
    if found.user != BOT_USER:
        raise SlackError(error)
    return found


def reacted(call: Call) -> Message:
    """Return the message that a reaction belongs to."""
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", call.text("name")):
        raise SlackError("invalid_name")
    return item(call)


def item(call: Call) -> Message:
    """Return the message that channel and timestamp name."""
    if not (call.text("channel") and call.text("timestamp")):
        raise SlackError("no_item_specified")
    if not TS.fullmatch(call.text("timestamp")):
        raise SlackError("bad_timestamp")
    return call.workspace.message(call.workspace.channel(call.text("channel")), call.text("timestamp"))
