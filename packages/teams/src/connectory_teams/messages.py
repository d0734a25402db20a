"""What a message consists of: its body, its attachments, and the files that go with it."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from connectory_sdk import ConnectorError, Document
from connectory_teams.graph import Graph, sent
from connectory_teams.values import Attachment

SLICE = 5 * 1024 * 1024  # bytes; Graph wants multiples of 320 KiB
ATTEMPTS = 4  # for each slice: one, and three more
GUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")
FORBIDDEN = re.compile(r'[\x00-\x1f"*:<>?/\\|]')  # in the names of files in SharePoint
RENAME = {"@microsoft.graph.conflictBehavior": "rename"}


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


async def uploaded(documents: Sequence[Document], channel: str, graph: Graph) -> list[dict[str, Any]]:
    """Upload documents to the folder of a channel and return them as attachments; Teams shows them by their ids."""
    folder = await graph.call("GET", f"{channel}/filesFolder")
    drive, name = (folder.get("parentReference") or {}).get("driveId"), folder.get("name")
    if not drive:
        raise ConnectorError("Drive ID is null, cannot proceed.")
    if not name:
        raise ConnectorError("Channel name is null, cannot proceed.")
    attachments = []
    for document in documents:
        item = await upload(document, f"/drives/{quote(drive, safe='')}/items/root:/{quote(name, safe='')}", graph)
        found = GUID.search(str(item.get("eTag", "")))  # the id that Teams wants stands in the entity tag alone
        key = {"id": found[1].lower()} if found else {}
        attachments.append(
            {**key, "contentType": "reference", "contentUrl": item.get("webUrl"), "name": item.get("name")}
        )
    return attachments


async def upload(document: Document, folder: str, graph: Graph) -> dict[str, Any]:
    """Upload one document and return its drive item."""
    name = FORBIDDEN.sub("_", document.name or "document").strip(". ") or "document"
    content = await document.read()
    target = f"{folder}/{quote(name, safe='')}:"
    if not content:
        # An upload session cannot take an empty file; the simple upload can.
        return await graph.call("PUT", f"{target}/content", query=RENAME, repeatable=True) or {}
    session = await graph.call("POST", f"{target}/createUploadSession", body={"item": RENAME}, repeatable=True)
    url = session.get("uploadUrl")
    if not url:
        raise ConnectorError("Upload URL is null, cannot proceed.")
    item: dict[str, Any] = {}
    for start in range(0, len(content), SLICE):
        item = await put(url, content[start : start + SLICE], start, len(content), name, graph)
    return item


async def put(url: str, chunk: bytes, start: int, size: int, name: str, graph: Graph) -> dict[str, Any]:
    """Upload a slice; the address is its own permission, so no token goes there."""
    headers = {"Content-Range": f"bytes {start}-{start + len(chunk) - 1}/{size}"}
    wrong, problem = f"Graph gave an address for '{name}' that is none", ""
    for _ in range(ATTEMPTS):
        try:
            reply = await sent(
                graph.http, "PUT", url, place="it", wrong=wrong, repeatable=True, content=chunk, headers=headers
            )
        except ConnectorError as exc:
            problem = exc.message
            continue
        if reply.is_success:
            return reply.json() if reply.content else {}
        problem = f"status {reply.status_code}"
        if reply.status_code < 500 and reply.status_code != 429:
            break
    raise ConnectorError(f"Error uploading document: {problem} for '{name}'; the message was not sent")
