"""Messages of chats and channels: what they must have, and how they are found."""

import json
import re
from typing import Any

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.calls import Call, bad, entity
from connectory_sandbox.graph.directory import JSON, GraphError, Thread

FILTER = re.compile(r"(\w+) (gt|lt|ge|le|eq) (?:'([^']*)'|(\S+))")
CARD = "application/vnd.microsoft.card.adaptive"
LARGEST = 28 * 1024  # bytes of a message
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
