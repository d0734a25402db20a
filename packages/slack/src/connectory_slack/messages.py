"""What is posted: text, blocks, files."""

import tempfile
from collections.abc import AsyncIterator
from typing import Any

from connectory_sdk import ConnectorInputError, Document
from connectory_slack.lookups import Caller
from connectory_slack.requests import Content

CHUNK = 65536


def content(data: Content, files: list[str] | None = None) -> dict[str, Any]:
    """Return the arguments that say what a message says.

    Plain text is a top-level text; files follow it as blocks. Markdown is what Slack calls so. Everything else, also a
    message without a type as the first templates wrote it, is blocks alone: files, the text, then the given blocks.
    """
    shown = [{"type": "file", "file_id": file, "source": "remote"} for file in files or []]
    if data.messageType == "markdown" and not shown:
        return {"markdown_text": data.text}
    if data.messageType == "markdown":
        return {"blocks": [*shown, {"type": "markdown", "text": data.text}]}
    section = [{"type": "section", "text": {"type": "mrkdwn", "text": data.text}}] if data.text else []
    if data.messageType == "plainText":
        blocks = [*section, *shown] if shown else None
        return {"text": data.text or "", "link_names": True, "blocks": blocks}
    return {"blocks": [*shown, *section, *(data.blockContent or [])]}


async def upload(caller: Caller, document: Document) -> str:
    """Upload a document in Slack's three steps, streamed, and return the file's id."""
    if document.size is not None:
        return await send(caller, document, document.stream(), document.size)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as kept:  # Slack wants the size first
        async for chunk in document.stream():
            kept.write(chunk)
        size = kept.tell()
        kept.seek(0)
        return await send(caller, document, chunks(kept), size)


async def chunks(file: Any) -> AsyncIterator[bytes]:
    """Yield a file's content."""
    while chunk := file.read(CHUNK):
        yield chunk


async def send(caller: Caller, document: Document, stream: AsyncIterator[bytes], size: int) -> str:
    """Ask for a place, send the bytes there, say that they are there."""
    name = document.name or "document"
    if not size:
        raise ConnectorInputError(f"document '{name}' is empty; Slack takes no empty files")
    asked = {"filename": name, "length": size}
    prefix = "Error during filesGetUploadURLExternal call\n Errors: "
    place = await caller.call("files.getUploadURLExternal", asked, prefix=prefix)
    await caller.api.send(place["upload_url"], stream, size)
    done = {"files": [{"id": place["file_id"], "title": name}]}
    prefix = "Error during filesCompleteUploadExternal call\n Errors: "
    await caller.call("files.completeUploadExternal", done, prefix=prefix)
    return str(place["file_id"])
