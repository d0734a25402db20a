"""Which permission a call of Graph needs, and what to say when it is not there.

From the pages of Microsoft's reference, least privileged first: https://learn.microsoft.com/graph/permissions-reference
and the page of each method, such as https://learn.microsoft.com/graph/api/chatmessage-post.
"""

import base64
import json
from dataclasses import dataclass

from connectory_teams.authentication import Authentication, ClientCredentials, Token


@dataclass(frozen=True, slots=True)
class Needs:
    """The permissions of a call.

    Args:
        user: What an app needs that acts for a user; one is enough.
        app: What an app needs that acts for itself; none where Graph does not allow that.
    """

    user: tuple[str, ...]
    app: tuple[str, ...] = ()


READ_CHAT = Needs(("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite"), ("Chat.ReadBasic.All", "Chat.Read.All"))
READ_CHAT_MESSAGES = Needs(("Chat.Read", "Chat.ReadWrite"), ("Chat.Read.All", "Chat.ReadWrite.All"))
READ_CHANNEL = Needs(("Channel.ReadBasic.All",), ("Channel.ReadBasic.All", "ChannelSettings.Read.All"))
READ_CHANNEL_MESSAGES = Needs(("ChannelMessage.Read.All",), ("ChannelMessage.Read.All",))
SEND_TO_CHAT = Needs(("ChatMessage.Send", "Chat.ReadWrite"))
SEND_TO_CHANNEL = Needs(("ChannelMessage.Send",))

NEEDS = {
    "createChat": Needs(("Chat.Create", "Chat.ReadWrite"), ("Chat.Create",)),
    "getChat": READ_CHAT,
    "listChats": Needs(("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite")),
    "listMembersOfChat": Needs(("Chat.ReadBasic", "ChatMember.Read"), ("ChatMember.Read.All", "Chat.ReadBasic.All")),
    "sendMessageToChat": SEND_TO_CHAT,
    "listMessagesInChat": READ_CHAT_MESSAGES,
    "getMessageFromChat": READ_CHAT_MESSAGES,
    "createChannel": Needs(("Channel.Create",), ("Channel.Create",)),
    "getChannel": READ_CHANNEL,
    "listAllChannels": READ_CHANNEL,
    "sendMessageToChannel": SEND_TO_CHANNEL,
    "uploadDocument": Needs(
        ("Files.ReadWrite.All", "Sites.ReadWrite.All"), ("Files.ReadWrite.All", "Sites.ReadWrite.All")
    ),
    "getMessageFromChannel": READ_CHANNEL_MESSAGES,
    "listChannelMessages": READ_CHANNEL_MESSAGES,
    "listMessageRepliesInChannel": READ_CHANNEL_MESSAGES,
    "getChannelMessagesDelta": READ_CHANNEL_MESSAGES,
    "listMembersInChannel": Needs(("ChannelMember.Read.All",), ("ChannelMember.Read.All",)),
}


def advice(status: int, code: str, operation: str, authentication: Authentication) -> str:
    """Return what to do about a refusal.

    Args:
        status: HTTP status of Graph's answer.
        code: Graph's code; empty where there is none.
        operation: What was asked for.
        authentication: Who asked.
    """
    needs = NEEDS.get(operation)
    alone = acts_alone(authentication)
    if status in {401, 403} and needs and alone and not needs.app:
        todo = (
            f"Graph allows {operation} only in the name of a user: use authentication.type 'refresh' or a user's "
            f"'token' with {needs.user[0]}, or the operation sendToWebhook, which needs no app"
        )
    elif status == 401 and isinstance(authentication, Token):
        todo = "authentication.token has ended or is none for Graph; paste a new one, or use type 'refresh'"
    elif status == 401:
        todo = "a new token was refused too; check the app's registration and its consent"
    elif status == 403 and needs:
        kind, wanted = ("application", needs.app) if alone else ("delegated", needs.user)
        todo = f"{operation} needs the {kind} permission {' or '.join(wanted)}{granted(authentication)}"
    elif status == 404:
        todo = "check the ids in data: groupId is the team's ID, not its name"
    elif status == 400:
        todo = f"{code + ', ' if code else ''}check the members of data"
    else:
        return f"status {status}"
    return f"{status}; {todo}"


def granted(authentication: Authentication) -> str:
    """Return what a pasted token allows, as far as it says so itself."""
    claims = claims_of(authentication)
    roles = claims.get("roles")
    names = str(claims.get("scp", "")).split() + [str(role) for role in (roles if isinstance(roles, list) else [])]
    return f"; this token has {', '.join(sorted(names))}" if names else ""


def acts_alone(authentication: Authentication) -> bool:
    """Tell whether the app acts for itself, without a user."""
    if isinstance(authentication, ClientCredentials):
        return True
    claims = claims_of(authentication)
    return claims.get("idtyp") == "app" or ("roles" in claims and "scp" not in claims)


def claims_of(authentication: Authentication) -> dict[str, object]:
    """Return what a pasted token says of itself; nothing is decided by it but the wording of a message."""
    if not isinstance(authentication, Token):
        return {}
    parts = authentication.token.get_secret_value().split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
