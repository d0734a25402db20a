"""The calls of Graph that the fake knows: what they need, what they check, what they do."""

import json
import re
import urllib.parse
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.directory import (
    JSON,
    Channel,
    Directory,
    GraphError,
    Thread,
    channel_json,
    chat_json,
)
from connectory_sandbox.graph.login import Issued

USER = re.compile(r"https://graph\.microsoft\.(?:com|us)/(?:v1\.0|beta)/users(?:\('((?:[^']|'')+)'\)|/([^/]+))")
FILTER = re.compile(r"(\w+) (gt|lt|ge|le|eq) (?:'([^']*)'|(\S+))")
CARD = "application/vnd.microsoft.card.adaptive"
LARGEST = 28 * 1024  # bytes of a message
PIECE = 320 * 1024

MESSAGE = {
    "body",
    "attachments",
    "mentions",
    "hostedContents",
    "subject",
    "importance",
    "locale",
    "messageType",
    "policyViolation",
    "replyToId",
    "summary",
}
CHAT = {"chatType", "topic", "members", "installedApps"}
CHANNEL = {"membershipType", "displayName", "description", "members", "isFavoriteByDefault", "layoutType", "email"}
NO_APP = (
    "Message POST is allowed in application-only context only for import purposes. Refer to "
    "https://docs.microsoft.com/microsoftteams/platform/graph-api/import-messages/"
    "import-external-messages-to-teams for more details."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call.

    Args:
        ids: What stands in the path where the pattern has a name.
        query: Query options.
        body: The JSON body.
        content: The bytes of the body.
        token: Who asks.
        directory: What Graph knows.
        base: Address of Graph with its version.
        path: Path below it, as it came.
    """

    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    content: bytes
    token: Issued
    directory: Directory
    base: str
    path: str

    def object(self, allowed: set[str]) -> JSON:
        """Return the body, if it is an object with known members."""
        if not isinstance(self.body, dict):
            raise bad("Empty Payload. JSON content expected.")
        for name in self.body:
            if name not in allowed and not name.startswith("@"):
                raise bad(f"Invalid property '{name}'.")
        return self.body


@dataclass(frozen=True, slots=True)
class Method:
    """A call of Graph.

    Args:
        verb: HTTP method.
        pattern: Its path, names in braces.
        scopes: What a user's token needs, one of them.
        roles: What an app's token needs; none if apps may not call it.
        carry: Does it.
        query: Query options that it takes.
    """

    verb: str
    pattern: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    carry: Callable[[Call], Answer]
    query: tuple[str, ...] = ()

    def match(self, verb: str, parts: Sequence[str]) -> dict[str, str] | None:
        """Return the ids of a path, if it is one of this method."""
        wanted = self.pattern.strip("/").split("/")
        if verb != self.verb or len(wanted) != len(parts):
            return None
        ids = {}
        for name, part in zip(wanted, parts, strict=True):
            if name.startswith("{"):
                ids[name[1:-1]] = part
            elif name.lower() != part.lower().removeprefix("microsoft.graph.").removesuffix("()"):
                return None  # functions such as delta may be written in three ways
        return ids

    def permit(self, token: Issued) -> None:
        """Refuse a token that may not."""
        if token.app and not self.roles:
            if self.verb == "POST":
                raise GraphError(401, "Unauthorized", NO_APP)
            raise GraphError(403, "Forbidden", "This API is not supported in application-only context.")
        wanted = self.roles if token.app else self.scopes
        if token.granted is not None and not token.granted & set(wanted):
            kind = "role" if token.app else "scope"
            has = ", ".join(sorted(token.granted))
            raise GraphError(
                403,
                "Forbidden",
                (
                    f"Missing {kind} permissions on the request. API requires one of '{', '.join(wanted)}'. "
                    f"{kind.capitalize()}s on the request '{has}'."
                ),
            )


def bad(message: str) -> GraphError:
    """Return the refusal of a call that is wrong."""
    return GraphError(400, "BadRequest", message)


def entity(call: Call, kind: str, value: JSON, *, status: int = 200) -> Answer:
    """Answer with an object."""
    return Answer.json({"@odata.context": f"{call.base}/$metadata#{kind}/$entity", **value}, status=status)


def collection(call: Call, kind: str, values: Sequence[JSON], *, size: int = 20, largest: int = 50) -> Answer:
    """Answer with a page of a list."""
    top = call.query.get("$top")
    if top is not None:
        if not top.isdigit() or not 1 <= int(top) <= largest:
            raise bad(
                f"Invalid value '{top}' for $top query option found. The $top query "
                f"option requires an integer from 1 to {largest}."
            )
        size = int(top)
    skip = call.query.get("$skiptoken", "0")
    if not skip.isdigit():
        raise bad("Skip token is invalid.")
    start = int(skip)
    page = list(values[start : start + size])
    body: JSON = {"@odata.context": f"{call.base}/$metadata#{kind}", "@odata.count": len(page), "value": page}
    if start + size < len(values):
        options = {**call.query, "$skiptoken": str(start + size)}
        body["@odata.nextLink"] = f"{call.base}{call.path}?{'&'.join(f'{k}={quoted(v)}' for k, v in options.items())}"
    return Answer.json(body)


def quoted(value: str) -> str:
    """Return a value for a query."""
    return urllib.parse.quote(value, safe="$,()'")


def create_chat(call: Call) -> Answer:
    """POST /chats."""
    body = call.object(CHAT)
    kind = body.get("chatType")
    if kind not in {"oneOnOne", "group"}:
        raise bad("Invalid chat type specified in the request body: oneOnOne and group are supported.")
    if kind == "oneOnOne" and body.get("topic"):
        raise bad("Topic can only be set for group chats.")
    people = [person(call, given) for given in members(body)]
    if len({name for name, _ in people}) < len(people):
        raise bad("Duplicate chat members is specified in the request body.")
    if kind == "oneOnOne" and len(people) != 2:
        raise bad("Invalid member count specified for one-on-one chat: it needs two.")
    if kind == "oneOnOne":
        same = {call.directory.user(name) for name, _ in people}
        for chat in call.directory.chats.values():
            if chat.kind == kind and {member["userId"] for member in chat.members} == same:
                return entity(call, "chats", chat_json(chat), status=201)
    chat = call.directory.new_chat(kind=kind, topic=body.get("topic"))
    chat.members = [call.directory.member(name, roles) for name, roles in people]
    return entity(call, "chats", chat_json(chat), status=201)


def members(body: JSON) -> list[JSON]:
    """Return the members of a body."""
    given = body.get("members")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise bad("Members should be specified in the request body.")
    return given


def person(call: Call, given: JSON) -> tuple[str, list[str]]:
    """Return user and roles of a member."""
    if given.get("@odata.type", "").lstrip("#").lower() != "microsoft.graph.aaduserconversationmember":
        raise bad("Bad Request: a member needs '@odata.type' '#microsoft.graph.aadUserConversationMember'.")
    match = USER.fullmatch(str(given.get("user@odata.bind", "")))
    if match is None:
        raise bad(
            "Bind requests not supported for containment navigation property: 'user@odata.bind' must name a user."
        )
    roles = given.get("roles")
    if not isinstance(roles, list) or not set(roles) <= {"owner", "guest"}:
        raise bad("Invalid role specified for member. Valid values are 'owner' and 'guest'.")
    if not roles:
        raise bad("Invalid role specified for member: roles must not be empty.")
    name = (match.group(1) or match.group(2)).replace("''", "'")
    return call.directory.user(name) if call.directory.users else name, roles


def get_chat(call: Call) -> Answer:
    """GET /chats/{chat}."""
    chat = call.directory.chat(call.ids["chat"])
    value = chat_json(chat)
    for name in filter(None, call.query.get("$expand", "").split(",")):
        if name not in {"members", "lastMessagePreview"}:
            raise bad(
                "Parsing OData Select and Expand failed: Could not find a property "
                f"named '{name}' on type 'microsoft.graph.chat'."
            )
        last = chat.messages[-1] if chat.messages else None
        preview = last and {key: last[key] for key in ("id", "createdDateTime", "messageType", "body", "from")}
        value[name] = chat.members if name == "members" else preview and {**preview, "isDeleted": False}
    return entity(call, "chats", value)


def list_chats(call: Call) -> Answer:
    """GET /chats."""
    return collection(call, "chats", [chat_json(chat) for chat in call.directory.chats.values()])


def chat_members(call: Call) -> Answer:
    """GET /chats/{chat}/members."""
    return collection(call, "chats/members", call.directory.chat(call.ids["chat"]).members, size=100, largest=999)


def send_to_chat(call: Call) -> Answer:
    """POST /chats/{chat}/messages."""
    return post(call, call.directory.chat(call.ids["chat"]), "chats/messages")


def send_to_channel(call: Call) -> Answer:
    """POST /teams/{team}/channels/{channel}/messages."""
    return post(call, channel_of(call), "teams/channels/messages")


def reply(call: Call) -> Answer:
    """POST /teams/{team}/channels/{channel}/messages/{message}/replies."""
    channel = channel_of(call)
    find(channel, call.ids["message"])
    return post(call, channel, "teams/channels/messages/replies", reply_to=call.ids["message"])


def post(call: Call, thread: Thread, kind: str, *, reply_to: str | None = None) -> Answer:
    """Take a message."""
    body = call.object(MESSAGE)
    text = body.get("body")
    if not isinstance(text, dict) or not isinstance(text.get("content"), str):
        raise bad("Missing body content.")
    if text.get("contentType", "text") not in {"text", "html"}:
        raise bad("Invalid value for body contentType: text and html are.")
    attachments = body.get("attachments", [])
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise bad("attachments must be a collection.")
    if not text["content"].strip() and not attachments:
        raise bad("Content cannot be empty.")
    for one in attachments:
        check_attachment(one, text["content"])
    if len(call.content) > LARGEST:
        raise GraphError(413, "RequestEntityTooLarge", "The message is too large: about 28 KB are allowed.")
    return entity(call, kind, call.directory.message(thread, body, reply_to=reply_to), status=201)


def check_attachment(given: JSON, content: str) -> None:
    """Check an attachment: shown by its tag, a card that can be read."""
    allowed = {"id", "contentType", "contentUrl", "content", "name", "thumbnailUrl", "teamsAppId"}
    if unknown := [name for name in given if name not in allowed and not name.startswith("@")]:
        raise bad(f"Invalid property '{unknown[0]}'.")
    if not given.get("contentType"):
        raise bad("Attachment contentType must be given.")
    key = given.get("id")
    if not isinstance(key, str) or f'<attachment id="{key}"></attachment>' not in content:
        raise bad("Attachment id must be given and be referenced in the body by an attachment tag.")
    if given.get("content") is not None and not isinstance(given["content"], str):
        raise bad("Cannot convert a non-primitive value to the expected type 'Edm.String' of attachment content.")
    if given["contentType"] == CARD:
        check_card(given.get("content"))
    if given["contentType"] == "reference" and not str(given.get("contentUrl", "")).startswith("http"):
        raise bad("A reference attachment needs contentUrl.")


def check_card(content: Any) -> None:
    """Check an adaptive card."""
    try:
        card = json.loads(content) if isinstance(content, str) else content
    except ValueError:
        card = None
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard" or not isinstance(card.get("body", []), list):
        raise bad("The adaptive card is not valid JSON of type AdaptiveCard.")


def chat_messages(call: Call) -> Answer:
    """GET /chats/{chat}/messages."""
    messages = list(reversed(call.directory.chat(call.ids["chat"]).messages))
    order = call.query.get("$orderby", "lastModifiedDateTime desc")
    name, _, direction = order.partition(" ")
    if name not in {"lastModifiedDateTime", "createdDateTime"} or direction.strip() != "desc":
        raise bad(f"QueryOptions to order by '{order}' is not supported.")
    messages.sort(key=lambda message: message[name], reverse=True)
    # A filter counts only beside an order by the same property; Graph says nothing if it does not.
    if call.query.get("$filter") and "$orderby" in call.query:
        messages = [message for message in messages if passes(message, call.query["$filter"], name)]
    return collection(call, "chats/messages", messages)


def passes(message: JSON, text: str, ordered: str) -> bool:
    """Tell whether a message passes a filter by time."""
    for part in text.split(" and "):
        match = FILTER.fullmatch(part.strip())
        operators = {"gt", "lt"} if ordered == "lastModifiedDateTime" else {"lt"}
        if match is None or match.group(2) not in operators:
            raise bad(f"Invalid filter clause: '{part.strip()}'.")
        if match.group(1) == ordered:
            limit = match.group(3) or match.group(4)
            if message[ordered] <= limit if match.group(2) == "gt" else message[ordered] >= limit:
                return False
    return True


def find(thread: Thread, id: str) -> JSON:
    """Return a message of a chat or channel."""
    for message in thread.messages:
        if message["id"] == id:
            return message
    raise GraphError(404, "NotFound", "NotFound: no message with this id")


def chat_message(call: Call) -> Answer:
    """GET /chats/{chat}/messages/{message}."""
    return entity(call, "chats/messages", find(call.directory.chat(call.ids["chat"]), call.ids["message"]))


def channel_of(call: Call) -> Channel:
    """Return the channel of a call."""
    return call.directory.channel(call.ids["team"], call.ids["channel"])


def create_channel(call: Call) -> Answer:
    """POST /teams/{team}/channels."""
    body, team = call.object(CHANNEL), call.directory.team(call.ids["team"])
    name, kind = body.get("displayName"), body.get("membershipType") or "standard"
    if not isinstance(name, str) or not 0 < len(name) <= 50 or re.search(r'[~#%&*{}+/\\:<>?|\'",]|\.\.|^[_.]', name):
        raise bad("Channel name is missing, longer than 50 characters, or has a character that is not allowed.")
    if kind not in {"standard", "private", "shared"}:
        raise bad("Invalid membershipType.")
    if name.lower() in {channel.name.lower() for channel in team.channels.values()}:
        raise bad("Channel name already existed, please use other name.")
    if kind == "standard" and body.get("members"):
        raise bad("Members cannot be specified for a standard channel.")
    people = [] if kind == "standard" else [person(call, given) for given in members(body)]
    if people and not any("owner" in roles for _, roles in people):
        raise bad("A private or shared channel needs an owner.")
    channel = call.directory.new_channel(team, name, kind=kind, description=body.get("description"))
    channel.members += [call.directory.member(user, roles) for user, roles in people]
    if kind == "shared":
        place = f"/teams('{team.id}')/channels('{channel.id}')/operations('{uuid.uuid4()}')"
        return Answer(status=202, headers={"location": place})
    return entity(call, "teams/channels", channel_json(channel), status=201)


def get_channel(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}."""
    return entity(call, "teams/channels", channel_json(channel_of(call)))


def list_channels(call: Call) -> Answer:
    """GET /teams/{team}/allChannels."""
    values = [channel_json(channel) for channel in call.directory.team(call.ids["team"]).channels.values()]
    if text := call.query.get("$filter"):
        match = FILTER.fullmatch(text)
        if match is None or match.group(2) != "eq" or match.group(1) not in {"membershipType", "displayName"}:
            raise bad(f"Invalid filter clause: '{text}'.")
        values = [value for value in values if value[match.group(1)] == (match.group(3) or match.group(4))]
    return collection(call, "teams/allChannels", values, size=100, largest=999)


def channel_messages(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages."""
    channel = channel_of(call)
    expand = call.query.get("$expand")
    if expand not in {None, "replies"}:
        raise bad(f"Parsing OData Select and Expand failed: Could not find a property named '{expand}'.")
    values = list(reversed(channel.messages))
    if expand:
        values = [{**message, "replies": channel.replies.get(message["id"], [])} for message in values]
    return collection(call, "teams/channels/messages", values)


def channel_delta(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/delta."""
    channel = channel_of(call)
    since = call.query.get("$deltatoken", "")
    values = [message for message in channel.messages if message["lastModifiedDateTime"] > since]
    answer = collection(call, "Collection(chatMessage)", values)
    body = json.loads(answer.content)
    if "@odata.nextLink" not in body:
        newest = max((message["lastModifiedDateTime"] for message in channel.messages), default=since)
        body["@odata.deltaLink"] = f"{call.base}{call.path}?$deltatoken={newest}"
    return Answer.json(body)


def channel_message(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/{message}."""
    return entity(call, "teams/channels/messages", find(channel_of(call), call.ids["message"]))


def replies(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/{message}/replies."""
    channel = channel_of(call)
    find(channel, call.ids["message"])
    return collection(call, "teams/channels/messages/replies", channel.replies.get(call.ids["message"], []))


def channel_members(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/members."""
    return collection(call, "teams/channels/members", channel_of(call).members, size=100, largest=999)


def files_folder(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/filesFolder."""
    channel = channel_of(call)
    drive = f"b!{uuid.uuid5(uuid.NAMESPACE_URL, channel.team).hex}"
    value = {
        "id": uuid.uuid5(uuid.NAMESPACE_URL, channel.id).hex.upper(),
        "name": channel.name,
        "webUrl": f"https://example.sharepoint.com/sites/{channel.team}/Shared%20Documents/{quoted(channel.name)}",
        "parentReference": {"driveId": drive, "driveType": "documentLibrary"},
        "folder": {"childCount": 0},
    }
    return entity(call, "teams/channels/filesFolder", value)


def upload_session(call: Call) -> Answer:
    """POST /drives/{drive}/items/root:/{folder}/{file}:/createUploadSession."""
    item = (call.body or {}).get("item", {}) if isinstance(call.body, dict | None) else {}
    if item.get("@microsoft.graph.conflictBehavior", "rename") not in {"rename", "replace", "fail"}:
        raise GraphError(400, "invalidRequest", "Invalid conflict behavior.")
    key = uuid.uuid4().hex
    call.directory.files[key] = {
        "folder": call.ids["folder"],
        "name": call.ids["file"].removesuffix(":"),
        "drive": call.ids["drive"],
    }
    call.directory.content[key] = b""
    url = f"{call.base.removesuffix('/v1.0')}/_upload/{key}"
    kind = "microsoft.graph.uploadSession"
    return Answer.json(
        {
            "@odata.context": f"{call.base}/$metadata#{kind}",
            "uploadUrl": url,
            "expirationDateTime": "2099-01-01T00:00:00Z",
            "nextExpectedRanges": ["0-"],
        }
    )


def put_content(call: Call) -> Answer:
    """PUT /drives/{drive}/items/root:/{folder}/{file}:/content."""
    key = uuid.uuid4().hex
    call.directory.files[key] = {
        "folder": call.ids["folder"],
        "name": call.ids["file"].removesuffix(":"),
        "drive": call.ids["drive"],
    }
    call.directory.content[key] = call.content
    return Answer.json(drive_item(call.directory, key), status=201)


def drive_item(directory: Directory, key: str) -> JSON:
    """Return an uploaded file as Graph writes it."""
    file = directory.files[key]
    guid = uuid.uuid5(uuid.NAMESPACE_URL, key)
    return {
        "id": guid.hex.upper(),
        "name": file["name"],
        "eTag": f'"{{{str(guid).upper()}}},1"',
        "size": len(directory.content[key]),
        "webUrl": f"https://example.sharepoint.com/sites/team/Shared%20Documents/{quoted(file['folder'])}/{quoted(file['name'])}",
        "parentReference": {"driveId": file["drive"]},
        "file": {},
    }


def upload(directory: Directory, key: str, content: bytes, header: str) -> Answer:
    """Take a part of a file; no token, as the address is a secret of its own."""
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", header)
    if key not in directory.files:
        return Answer.json(
            {"error": {"code": "itemNotFound", "message": "The upload session was not found"}}, status=404
        )
    if match is None:
        return Answer.json({"error": {"code": "invalidRequest", "message": "Content-Range is missing"}}, status=400)
    start, end, total = (int(number) for number in match.groups())
    there = directory.content[key]
    if start != len(there) or end - start + 1 != len(content) or end >= total:
        return Answer.json({"error": {"code": "invalidRange", "message": "Not the range that is expected"}}, status=416)
    last = end == total - 1
    if not last and len(content) % PIECE:
        return Answer.json(
            {"error": {"code": "invalidRange", "message": "Multiples of 320 KiB are wanted"}}, status=400
        )
    directory.content[key] = there + content
    if last:
        return Answer.json(drive_item(directory, key), status=201)
    return Answer.json(
        {"expirationDateTime": "2099-01-01T00:00:00Z", "nextExpectedRanges": [f"{end + 1}-"]}, status=202
    )


T, C = "/teams/{team}", "/teams/{team}/channels/{channel}"
READ_CHAT = (
    ("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite"),
    ("Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All"),
)
READ_CHAT_MESSAGES = ("Chat.Read", "Chat.ReadWrite"), ("Chat.Read.All", "Chat.ReadWrite.All")
READ_CHANNEL = (
    ("Channel.ReadBasic.All", "ChannelSettings.Read.All"),
    ("Channel.ReadBasic.All", "ChannelSettings.Read.All"),
)
READ_MESSAGES = ("ChannelMessage.Read.All", "Group.ReadWrite.All"), ("ChannelMessage.Read.All", "Group.Read.All")
FILES = (
    ("Files.ReadWrite.All", "Sites.ReadWrite.All", "Files.ReadWrite"),
    ("Files.ReadWrite.All", "Sites.ReadWrite.All"),
)
ORDERED = ("$top", "$orderby", "$filter", "$skiptoken")

METHODS = (
    Method("POST", "/chats", ("Chat.Create", "Chat.ReadWrite"), ("Chat.Create",), create_chat),
    Method("GET", "/chats", READ_CHAT[0], (), list_chats, ("$top", "$skiptoken", "$expand", "$filter", "$orderby")),
    Method("GET", "/chats/{chat}", *READ_CHAT, get_chat, ("$expand",)),
    Method("GET", "/chats/{chat}/members", *READ_CHAT, chat_members, ("$top", "$skiptoken")),
    Method("POST", "/chats/{chat}/messages", ("ChatMessage.Send", "Chat.ReadWrite"), (), send_to_chat),
    Method("GET", "/chats/{chat}/messages", *READ_CHAT_MESSAGES, chat_messages, ORDERED),
    Method("GET", "/chats/{chat}/messages/{message}", *READ_CHAT_MESSAGES, chat_message),
    Method("POST", f"{T}/channels", ("Channel.Create",), ("Channel.Create",), create_channel),
    Method("GET", f"{T}/allChannels", *READ_CHANNEL, list_channels, ("$filter", "$top", "$skiptoken")),
    Method("GET", f"{T}/channels", *READ_CHANNEL, list_channels, ("$filter", "$top", "$skiptoken")),
    Method("GET", C, *READ_CHANNEL, get_channel),
    Method("POST", f"{C}/messages", ("ChannelMessage.Send", "Group.ReadWrite.All"), (), send_to_channel),
    Method("GET", f"{C}/messages", *READ_MESSAGES, channel_messages, ("$top", "$expand", "$skiptoken")),
    Method(
        "GET", f"{C}/messages/delta", *READ_MESSAGES, channel_delta, ("$top", "$deltatoken", "$skiptoken", "$expand")
    ),
    Method("GET", f"{C}/messages/{{message}}", *READ_MESSAGES, channel_message),
    Method("GET", f"{C}/messages/{{message}}/replies", *READ_MESSAGES, replies, ("$top", "$skiptoken")),
    Method("POST", f"{C}/messages/{{message}}/replies", ("ChannelMessage.Send",), (), reply),
    Method(
        "GET",
        f"{C}/members",
        ("ChannelMember.Read.All",),
        ("ChannelMember.Read.All",),
        channel_members,
        ("$top", "$skiptoken"),
    ),
    Method("GET", f"{C}/filesFolder", *FILES, files_folder),
    Method("POST", "/drives/{drive}/items/root:/{folder}/{file}/createUploadSession", *FILES, upload_session),
    Method(
        "PUT",
        "/drives/{drive}/items/root:/{folder}/{file}/content",
        *FILES,
        put_content,
        ("@microsoft.graph.conflictBehavior",),
    ),
)
