"""What Graph knows: users, chats, teams, channels and messages."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

JSON = dict[str, Any]
TENANT = "2432b57b-0abd-43db-aa7b-16eadd115d34"
ME = "8b081ef6-4792-4def-b2c9-c363a1bf41d5"


class GraphError(Exception):
    """A call that Graph refuses.

    Args:
        status: HTTP status.
        code: Graph's code.
        message: Graph's text.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(slots=True, kw_only=True)
class Thread:
    """Where messages stand: a chat or a channel, and who reads them.

    Args:
        id: Such as ``19:...@thread.v2``.
        messages: Root messages, oldest first.
        members: The members, as Graph writes them.
    """

    id: str
    messages: list[JSON] = field(default_factory=list)
    members: list[JSON] = field(default_factory=list)
    replies: dict[str, list[JSON]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Chat(Thread):
    """A chat."""

    kind: str = "group"
    topic: str | None = None
    created: str = ""
    updated: str = ""


@dataclass(slots=True, kw_only=True)
class Channel(Thread):
    """A channel of a team."""

    team: str
    name: str
    description: str | None = None
    kind: str = "standard"
    created: str = ""


@dataclass(slots=True, kw_only=True)
class Team:
    """A team."""

    id: str
    name: str
    channels: dict[str, Channel] = field(default_factory=dict)


class Directory:
    """All that Graph knows; strict from the first thing that is added on, inventive before."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.chats: dict[str, Chat] = {}
        self.teams: dict[str, Team] = {}
        self.files: dict[str, JSON] = {}
        self.content: dict[str, bytes] = {}
        self.strict = False
        self.clock = itertools.count()
        self.start = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> str:
        """Return a time that no other call returned, as Graph writes it."""
        moment = self.start + timedelta(milliseconds=next(self.clock))
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def add_user(self, name: str, *, id: str | None = None) -> str:
        """Add a user by principal name and return the id."""
        self.strict = True
        key = id or str(uuid.uuid4())
        self.users[name.lower()] = self.users[key.lower()] = key
        return key

    def add_chat(self, *, id: str | None = None, kind: str = "group", topic: str | None = None) -> Chat:
        """Add a chat."""
        self.strict = True
        return self.new_chat(id=id, kind=kind, topic=topic)

    def add_team(self, name: str, *, id: str | None = None) -> Team:
        """Add a team with its general channel."""
        self.strict = True
        return self.new_team(name, id=id)

    def new_chat(self, *, id: str | None = None, kind: str = "group", topic: str | None = None) -> Chat:
        """Make a chat."""
        end = "unq.gbl.spaces" if kind == "oneOnOne" else "thread.v2"
        now = self.now()
        chat = Chat(id=id or f"19:{uuid.uuid4().hex}@{end}", kind=kind, topic=topic, created=now, updated=now)
        self.chats[chat.id] = chat
        return chat

    def new_team(self, name: str, *, id: str | None = None) -> Team:
        """Make a team."""
        team = Team(id=id or str(uuid.uuid4()), name=name)
        self.teams[team.id] = team
        self.new_channel(team, "General")
        return team

    def new_channel(
        self, team: Team, name: str, *, kind: str = "standard", description: str | None = None, id: str | None = None
    ) -> Channel:
        """Make a channel."""
        channel = Channel(
            id=id or f"19:{uuid.uuid4().hex}@thread.tacv2",
            team=team.id,
            name=name,
            kind=kind,
            description=description,
            created=self.now(),
        )
        channel.members.append(self.member(ME, ["owner"]))
        team.channels[channel.id] = channel
        return channel

    def chat(self, id: str) -> Chat:
        """Return a chat."""
        if id not in self.chats:
            if self.strict:
                raise GraphError(404, "NotFound", f"NotFound: no chat with id {id}")
            self.new_chat(id=id)
        return self.chats[id]

    def team(self, id: str) -> Team:
        """Return a team."""
        if id not in self.teams:
            try:
                uuid.UUID(id)
            except ValueError:
                if self.strict:
                    raise GraphError(400, "BadRequest", "teamId needs to be a valid GUID.") from None
            if self.strict:
                raise GraphError(404, "NotFound", f"No Team found with Group Id {id}")
            self.new_team(id, id=id)
        return self.teams[id]

    def channel(self, team: str, id: str) -> Channel:
        """Return a channel."""
        found = self.team(team)
        if id not in found.channels:
            if self.strict:
                raise GraphError(404, "NotFound", f"NotFound: no channel with id {id} in team {team}")
            self.new_channel(found, id, id=id)
        return found.channels[id]

    def user(self, name: str) -> str:
        """Return the id of a user."""
        known = self.users.get(name.lower())
        if known is None and self.strict and self.users:
            raise GraphError(404, "NotFound", f"No user found with identifier {name}")
        return known or str(uuid.uuid5(uuid.NAMESPACE_DNS, name.lower()))

    def member(self, user: str, roles: list[str]) -> JSON:
        """Return a member of a chat or channel."""
        key = self.user(user) if user != ME else ME
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "id": uuid.uuid5(uuid.NAMESPACE_OID, key).hex,
            "roles": roles,
            "displayName": user.split("@")[0],
            "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
            "userId": key,
            "email": user if "@" in user else None,
            "tenantId": TENANT,
        }

    def message(self, thread: Thread, body: JSON, *, reply_to: str | None = None, me: str = "Me") -> JSON:
        """Make a message, put it where it belongs and return it."""
        now = self.now()
        key = str(int(datetime.fromisoformat(now).timestamp() * 1000))
        message = {
            "id": key,
            "replyToId": reply_to,
            "etag": key,
            "messageType": "message",
            "createdDateTime": now,
            "lastModifiedDateTime": now,
            "lastEditedDateTime": None,
            "deletedDateTime": None,
            "subject": body.get("subject"),
            "summary": None,
            "chatId": thread.id if isinstance(thread, Chat) else None,
            "importance": body.get("importance", "normal"),
            "locale": "en-us",
            "webUrl": None,
            "channelIdentity": None,
            "policyViolation": None,
            "eventDetail": None,
            "from": {
                "application": None,
                "device": None,
                "user": {
                    "@odata.type": "#microsoft.graph.teamworkUserIdentity",
                    "id": ME,
                    "displayName": me,
                    "userIdentityType": "aadUser",
                    "tenantId": TENANT,
                },
            },
            "body": {"contentType": body["body"].get("contentType", "text"), "content": body["body"]["content"]},
            "attachments": [
                {"contentUrl": None, "content": None, "name": None, "thumbnailUrl": None, "teamsAppId": None, **given}
                for given in body.get("attachments", [])
            ],
            "mentions": body.get("mentions", []),
            "reactions": [],
        }
        if isinstance(thread, Channel):
            message["channelIdentity"] = {"teamId": thread.team, "channelId": thread.id}
            message["webUrl"] = f"https://teams.microsoft.com/l/message/{thread.id}/{key}?groupId={thread.team}"
        if isinstance(thread, Chat):
            thread.updated = now
        (thread.messages if reply_to is None else thread.replies.setdefault(reply_to, [])).append(message)
        return message


def chat_json(chat: Chat) -> JSON:
    """Return a chat as Graph writes it."""
    return {
        "id": chat.id,
        "topic": chat.topic,
        "createdDateTime": chat.created,
        "lastUpdatedDateTime": chat.updated,
        "chatType": chat.kind,
        "webUrl": f"https://teams.microsoft.com/l/chat/{chat.id}/0?tenantId={TENANT}",
        "tenantId": TENANT,
        "onlineMeetingInfo": None,
        "isHiddenForAllMembers": False,
        "viewpoint": None,
    }


def channel_json(channel: Channel) -> JSON:
    """Return a channel as Graph writes it."""
    return {
        "id": channel.id,
        "createdDateTime": channel.created,
        "displayName": channel.name,
        "description": channel.description,
        "isFavoriteByDefault": None,
        "email": "",
        "tenantId": TENANT,
        "webUrl": f"https://teams.microsoft.com/l/channel/{channel.id}/{channel.name}?groupId={channel.team}",
        "membershipType": channel.kind,
        "isArchived": False,
    }
