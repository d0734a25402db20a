"""Block Kit, as far as wrong blocks are usually wrong: shape, types, texts and their lengths."""

import json
from collections.abc import Iterator
from typing import Any

from connectory_sandbox.slack.workspace import SlackError

TYPES = {
    "actions",
    "alert",
    "auth_provider",
    "call",
    "card",
    "carousel",
    "container",
    "context",
    "context_actions",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "markdown",
    "plan",
    "rich_text",
    "section",
    "table",
    "task_card",
    "video",
}
MOST = 50


def checked(value: Any) -> list[Any]:
    """Return the blocks of an argument, which a form carries as text.

    Raises:
        SlackError: They are none; for bad content it says where, as Slack does.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackError("invalid_blocks_format") from None
    if not isinstance(value, list) or not all(isinstance(block, dict) for block in value):
        raise SlackError("invalid_blocks_format")
    if problems := list(wrong(value)):
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise SlackError("invalid_blocks", errors=problems, response_metadata={"messages": messages})
    return value


def wrong(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with blocks."""
    if len(blocks) > MOST:
        yield f"no more than {MOST} items allowed [json-pointer:/blocks]"
    for index, block in enumerate(blocks):
        place = f"/blocks/{index}"
        kind = block.get("type")
        if kind not in TYPES:
            yield f"unsupported type: {kind} [json-pointer:{place}/type]"
        elif kind == "section":
            if block.get("text") is None and not block.get("fields"):
                yield f"must define either `text` or `fields` as text object [json-pointer:{place}]"
            if block.get("text") is not None:
                yield from text(block["text"], f"{place}/text", most=3000)
            for number, entry in enumerate(block.get("fields") or []):
                yield from text(entry, f"{place}/fields/{number}", most=2000)
        elif kind == "header":
            yield from text(block.get("text"), f"{place}/text", most=150, kinds=("plain_text",))
        elif kind in {"actions", "context"} and not isinstance(block.get("elements"), list):
            yield f"missing required field: elements [json-pointer:{place}]"
        elif kind == "image" and not (block.get("image_url") or block.get("slack_file")):
            yield f"missing required field: image_url [json-pointer:{place}]"
        elif kind == "file" and block.get("source") != "remote":
            yield f"missing required field: source [json-pointer:{place}]"
        elif kind == "file" and not (block.get("file_id") or block.get("external_id")):
            yield f"missing required field: external_id [json-pointer:{place}]"


def text(value: Any, place: str, *, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    """Yield what is wrong with a text object."""
    if not isinstance(value, dict):
        yield f"missing required field: text [json-pointer:{place}]"
    elif value.get("type") not in kinds:
        yield f"unsupported type: {value.get('type')} [json-pointer:{place}/type]"
    elif not isinstance(value.get("text"), str) or not value["text"]:
        yield f"must be more than 0 characters [json-pointer:{place}/text]"
    elif len(value["text"]) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{place}/text]"


def readable(blocks: list[Any]) -> str:
    """Return the text that Slack makes of blocks for those who see none."""
    parts = [block["text"]["text"] for block in blocks if isinstance(block.get("text"), dict)]
    return " ".join(parts)
