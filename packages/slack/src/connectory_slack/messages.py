"""What is posted: text, blocks, files."""

import tempfile
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from connectory_sdk import ConnectorInputError, Document, JobContext
from connectory_sdk.documents import DISCRIMINATOR
from connectory_slack.requests import Content, PostedMessage

if TYPE_CHECKING:
    from connectory_slack.api import SlackApi

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


async def upload(job: "JobContext[SlackApi]", token: str, document: Document) -> str:
    """Upload a document in Slack's three steps, streamed, and return the file's id."""
    if document.size is not None:
        return await send(job, token, document, document.stream(), document.size)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as kept:  # Slack wants the size first
        async for chunk in document.stream():
            kept.write(chunk)
        size = kept.tell()
        kept.seek(0)
        return await send(job, token, document, chunks(kept), size)


async def chunks(file: Any) -> AsyncIterator[bytes]:
    """Yield a file's content."""
    while chunk := file.read(CHUNK):
        yield chunk


async def send(
    job: "JobContext[SlackApi]", token: str, document: Document, stream: AsyncIterator[bytes], size: int
) -> str:
    """Ask for a place, send the bytes there, say that they are there."""
    name = document.name or "document"
    if not size:
        raise ConnectorInputError(f"document '{name}' is empty; Slack takes no empty files")
    asked = {"filename": name, "length": size}
    prefix = "Error during filesGetUploadURLExternal call\n Errors: "
    place = await job.state.call(job, token, "files.getUploadURLExternal", asked, prefix=prefix)
    await job.state.send(place["upload_url"], stream, size)
    done = {"files": [{"id": place["file_id"], "title": name}]}
    prefix = "Error during filesCompleteUploadExternal call\n Errors: "
    await job.state.call(job, token, "files.completeUploadExternal", done, prefix=prefix)
    return str(place["file_id"])


def documents(data: PostedMessage, job: "JobContext[SlackApi]") -> list[Document]:
    """Return the documents to send; those that a template lost on the way are taken from its other inputs."""
    given = data.documents if data.documents is not None else data.reference()
    if given is None:
        return []
    found = []
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and one.get(DISCRIMINATOR):
            one = Document({key: value for key, value in one.items() if value is not None}, job.documents)
        if not isinstance(one, Document):
            raise ConnectorInputError("field 'Documents' (data.documents) needs a document reference or a list of them")
        found.append(one)
    return found
