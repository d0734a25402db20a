"""Chats, their members and messages."""

import re

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.calls import Call, bad, collection, entity
from connectory_sandbox.graph.directory import JSON, chat_json
from connectory_sandbox.graph.messages import find, passes, post

USER = re.compile(r"https://graph\.microsoft\.(?:com|us)/(?:v1\.0|beta)/users(?:\('((?:[^']|'')+)'\)|/([^/]+))")

CHAT = {"chatType", "topic", "members", "installedApps"}


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


def chat_message(call: Call) -> Answer:
    """GET /chats/{chat}/messages/{message}."""
    return entity(call, "chats/messages", find(call.directory.chat(call.ids["chat"]), call.ids["message"]))
