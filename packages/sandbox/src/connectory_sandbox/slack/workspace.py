"""What a Slack workspace remembers."""

import itertools
import re
import time
from dataclasses import dataclass, field
from typing import Any

TEAM = "T0SANDBOX"
APP = "A0SANDBOX"
BOT = "B0SANDBOX"
BOT_USER = "U0SANDBOX"
SCOPES = frozenset(
    {
        "channels:history",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:read",
        "im:write",
        "mpim:read",
        "pins:write",
        "reactions:write",
        "users:read",
        "users:read.email",
    }
)
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
USER_ID = re.compile(r"[UW][A-Z0-9]{7,}")


class SlackError(Exception):
    """A refusal: ``ok: false`` with an error and what else belongs to it."""

    def __init__(self, error: str, **facts: Any) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts


@dataclass(slots=True, kw_only=True)
class User:
    """A member of the workspace."""

    id: str
    name: str
    real_name: str
    email: str | None = None
    deleted: bool = False
    is_bot: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; `ts` identifies it in its channel."""

    ts: str
    user: str
    text: str
    blocks: list[Any] = field(default_factory=list)
    thread_ts: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    edited: bool = False
    to: str | None = None
    """Who alone sees it, for an ephemeral one."""


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation; `user` is the other one of a direct conversation."""

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    user: str | None = None
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class File:
    """A file; its upload is complete once a call said so."""

    id: str
    name: str
    length: int
    title: str | None = None
    content: bytes | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An app's token: what it may do, or why it is refused."""

    scopes: frozenset[str] = SCOPES
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Scheduled:
    """A message for later."""

    id: str
    channel: str
    post_at: int
    text: str


class Workspace:
    """Users, channels, messages and files."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.ephemeral: list[Message] = []
        self.given_users = False
        self.given_channels = False
        self.users[BOT_USER] = User(id=BOT_USER, name="connectory", real_name="Connectory", is_bot=True)

    def add_user(self, real_name: str, *, email: str | None = None, id: str | None = None, **facts: Any) -> User:
        """Let somebody join; from now on nobody is invented."""
        self.given_users = True
        return self.new_user(real_name, email=email, id=id, **facts)

    def add_channel(self, name: str, *, id: str | None = None, member: bool = True, **facts: Any) -> Channel:
        """Open a channel, with the app in it or not; from now on none is invented."""
        self.given_channels = True
        return self.new_channel(name, id=id, members=[BOT_USER] if member else [], **facts)

    def new_user(self, real_name: str, *, email: str | None = None, id: str | None = None, **facts: Any) -> User:
        """Make a user."""
        user = User(
            id=id or f"U{next(self.numbers):08d}",
            name=re.sub(r"\W+", ".", real_name.lower()),
            real_name=real_name,
            email=email,
            **facts,
        )
        self.users[user.id] = user
        return user

    def new_channel(self, name: str, *, id: str | None = None, **facts: Any) -> Channel:
        """Make a channel."""
        channel = Channel(id=id or f"C{next(self.numbers):08d}", name=name, **facts)
        self.channels[channel.id] = channel
        return channel

    def ts(self) -> str:
        """Return a timestamp that no other message has."""
        return f"{int(time.time())}.{next(self.numbers):06d}"

    def channel(self, value: str, *, by_name: bool = False) -> Channel:
        """Return the conversation that an argument means: an id, a user's id, or a name where the method takes one.

        Raises:
            SlackError: There is none, or it is private and the app is not in it.
        """
        found = self.channels.get(value)
        if found is None and by_name:
            found = self.named(value.removeprefix("#"))
        if found is None and by_name and value in self.users:
            found = self.direct(value)
        if found is None:
            found = self.invented(value, by_name=by_name)
        if found is None or (found.is_private and BOT_USER not in found.members):
            raise SlackError("channel_not_found")
        return found

    def named(self, name: str) -> Channel | None:
        """Return the channel of a name."""
        return next((c for c in self.channels.values() if c.name == name and c.user is None), None)

    def direct(self, user: str) -> Channel:
        """Return the direct conversation with a user."""
        known = next((channel for channel in self.channels.values() if channel.user == user), None)
        return known or self.new_channel("", id=f"D{user[1:]}", user=user, members=[BOT_USER, user])

    def invented(self, value: str, *, by_name: bool) -> Channel | None:
        """Return a new channel of a workspace that was given none."""
        if USER_ID.fullmatch(value) and by_name:
            return self.direct(self.user(value, error="channel_not_found").id)
        if self.given_channels:
            return None
        if CHANNEL_ID.fullmatch(value):
            return self.new_channel(value.lower(), id=value, members=[BOT_USER])
        name = value.removeprefix("#")
        if by_name and re.fullmatch(r"[^\sA-Z.,@]{1,80}", name):
            return self.new_channel(name, members=[BOT_USER])
        return None

    def user(self, value: str, *, error: str = "user_not_found") -> User:
        """Return the user of an id.

        Raises:
            SlackError: There is none.
        """
        if value in self.users:
            return self.users[value]
        if not self.given_users and USER_ID.fullmatch(value):
            return self.new_user(f"User {value}", id=value)
        raise SlackError(error)

    def with_email(self, email: str) -> User:
        """Return the user of an e-mail address.

        Raises:
            SlackError: There is none.
        """
        for user in self.users.values():
            if user.email and user.email.lower() == email.lower() and not user.deleted:
                return user
        if self.given_users:
            raise SlackError("users_not_found")
        name = re.split(r"[@+]", email)[0].replace(".", " ").title()
        return self.new_user(name, email=email)

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message of a channel.

        Raises:
            SlackError: There is none; nothing is invented here, as the timestamp comes from Slack.
        """
        if ts not in channel.messages:
            raise SlackError("message_not_found")
        return channel.messages[ts]
