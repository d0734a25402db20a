"""Users, channels and messages as the Web API writes them, and lists page by page."""

import base64
from typing import Any

from connectory_sandbox.slack.calls import Call
from connectory_sandbox.slack.workspace import APP, BOT, BOT_USER, TEAM, Channel, Message, SlackError, User


def page(call: Call, entries: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the page that a call asks for, and the answer's cursor."""
    limit = call.text("limit") or "100"
    if not limit.isdigit() or int(limit) > 1000:
        raise SlackError("invalid_limit")
    start = 0
    if cursor := call.text("cursor"):
        try:
            start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
        except ValueError:
            raise SlackError("invalid_cursor") from None
    size = int(limit) or 100
    end = start + size
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(entries) else ""
    return entries[start:end], {"response_metadata": {"next_cursor": following}}


def kind_of(channel: Channel) -> str:
    """Return a conversation's type."""
    return "im" if channel.user else "private_channel" if channel.is_private else "public_channel"


def visible(channel: Channel) -> bool:
    """Tell whether the app can see a channel."""
    return not channel.is_private or BOT_USER in channel.members


def user(one: User) -> dict[str, Any]:
    """Return a user as Slack shows one."""
    profile = {"real_name": one.real_name, "display_name": one.name, "email": one.email}
    return {
        "id": one.id,
        "team_id": TEAM,
        "name": one.name,
        "deleted": one.deleted,
        "real_name": one.real_name,
        "is_bot": one.is_bot,
        "profile": {key: value for key, value in profile.items() if value is not None},
    }


def conversation(channel: Channel) -> dict[str, Any]:
    """Return a conversation as Slack shows one."""
    if channel.user:
        return {"id": channel.id, "is_im": True, "user": channel.user}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": BOT_USER in channel.members,
        "name_normalized": channel.name,
        "num_members": len(channel.members),
    }


def message(one: Message) -> dict[str, Any]:
    """Return a message as Slack shows one."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": one.user,
        "ts": one.ts,
        "bot_id": BOT,
        "app_id": APP,
        "team": TEAM,
        "text": one.text,
    }
    if one.blocks:
        shown["blocks"] = one.blocks
    if one.thread_ts:
        shown["thread_ts"] = one.thread_ts
    if one.edited:
        shown["edited"] = {"user": one.user, "ts": one.ts}
    if one.reactions:
        shown["reactions"] = [{"name": n, "users": u, "count": len(u)} for n, u in one.reactions.items() if u]
    return shown
