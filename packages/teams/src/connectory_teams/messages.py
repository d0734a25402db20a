"""What a message consists of: its body, its attachments, and the files that go with it."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from connectory_sdk import ConnectorError, ConnectorInputError, Document, JobContext
from connectory_teams.authentication import Authentication
from connectory_teams.channel_requests import ChannelData
from connectory_teams.fields import Attachment
from connectory_teams.graph import Graph, detail, segment

SLICE = 5 * 1024 * 1024  # bytes; Graph wants multiples of 320 KiB
ATTEMPTS = 4  # for each slice: one, and three more
GUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")
FORBIDDEN = re.compile(r'[\x00-\x1f"*:<>?/\\|]')  # in the names of files in SharePoint


def message(content: str, body_type: str, attachments: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the body of a call that posts a message: each attachment with an id has its tag in the content."""
    for attachment in attachments:
        key = attachment.get("id")
        if key is not None and f'<attachment id="{key}">' not in content:
            content += f'<attachment id="{key}"></attachment>'
    result: dict[str, Any] = {"body": {"contentType": body_type, "content": content}}
    return result | ({"attachments": list(attachments)} if attachments else {})


def given(attachments: Sequence[Attachment] | None) -> list[dict[str, Any]]:
    """Return a model's attachments as Graph wants them."""
    return [attachment.model_dump(by_alias=True, exclude_none=True) for attachment in attachments or ()]


async def uploaded(
    files: Sequence[Any], channel: ChannelData, graph: Graph, authentication: Authentication, job: JobContext[Any]
) -> list[dict[str, Any]]:
    """Upload documents to the folder of a channel and return them as attachments."""
    if not files:
        return []
    path = f"/teams/{segment(channel.group_id)}/channels/{segment(channel.channel_id)}/filesFolder"
    folder = await graph.call("GET", path, authentication, job, operation="uploadDocument")
    drive, name = (folder.get("parentReference") or {}).get("driveId"), folder.get("name")
    if not drive:
        raise ConnectorError("Drive ID is null, cannot proceed.")
    if not name:
        raise ConnectorError("Channel name is null, cannot proceed.")
    place = f"/drives/{segment(drive)}/items/root:/{segment(name)}"
    return [attached(await upload(file, place, graph, authentication, job)) for file in files]


def attached(item: dict[str, Any]) -> dict[str, Any]:
    """Return an uploaded file as an attachment; Teams shows it by the id in its entity tag."""
    found = GUID.search(str(item.get("eTag", "")))
    reference = {"contentType": "reference", "contentUrl": item.get("webUrl"), "name": item.get("name")}
    return ({"id": found.group(1).lower()} if found else {}) | reference


async def upload(
    file: Any, place: str, graph: Graph, authentication: Authentication, job: JobContext[Any]
) -> dict[str, Any]:
    """Upload one document and return its drive item."""
    document = file if isinstance(file, Document) else Document(file, job.documents)
    if not isinstance(document.reference, dict) or "camunda.document.type" not in document.reference:
        raise ConnectorInputError(
            "data.documents: an item is no document; give what a document upload or form returned"
        )
    name = FORBIDDEN.sub("_", document.name or "document").strip(". ") or "document"
    content = await document.read()
    target = f"{place}/{segment(name)}:"
    if not content:
        # An upload session cannot take an empty file; the simple upload can.
        return await empty(f"{target}/content", graph, authentication, job)
    session = await graph.call(
        "POST",
        f"{target}/createUploadSession",
        authentication,
        job,
        body={"item": {"@microsoft.graph.conflictBehavior": "rename"}},
        operation="uploadDocument",
        repeatable=True,
    )
    url = session.get("uploadUrl")
    if not url:
        raise ConnectorError("Upload URL is null, cannot proceed.")
    item: dict[str, Any] = {}
    async for start, chunk in slices(content):
        item = await put(url, chunk, start, len(content), name, graph)
    return item


async def empty(path: str, graph: Graph, authentication: Authentication, job: JobContext[Any]) -> dict[str, Any]:
    """Make an empty file."""
    query = {"@microsoft.graph.conflictBehavior": "rename"}
    item = await graph.call("PUT", path, authentication, job, query=query, operation="uploadDocument", repeatable=True)
    return item if isinstance(item, dict) else {}


async def slices(content: bytes) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the parts of a file and where they begin."""
    for start in range(0, len(content), SLICE):
        yield start, content[start : start + SLICE]


async def put(url: str, chunk: bytes, start: int, size: int, name: str, graph: Graph) -> dict[str, Any]:
    """Upload a slice; the address is its own permission, so no token goes there."""
    import httpx

    headers = {"Content-Range": f"bytes {start}-{start + len(chunk) - 1}/{size}"}
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            reply = await graph.http.put(url, content=chunk, headers=headers)
        except httpx.TransportError as exc:
            problem = detail(exc)
            continue
        if reply.is_success:
            return reply.json() if reply.content else {}
        problem = f"status {reply.status_code}"
        if reply.status_code < 500 and reply.status_code != 429:
            break
    raise ConnectorError(f"Error uploading document: {problem} for '{name}'; the message was not sent")
