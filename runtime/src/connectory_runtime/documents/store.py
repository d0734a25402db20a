"""The document store of the cluster, and what external and inline references point at."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.documents.external import external
from connectory_runtime.documents.inline import inline_content
from connectory_runtime.encoding import dumps
from connectory_sdk import ConnectorError, ConnectorInputError, Document
from connectory_sdk.documents import DISCRIMINATOR, Opened

MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?: *; *[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|\"[^\"\\\x00-\x1f]*\"))*", re.ASCII
)


class ClusterDocuments:
    """Keeps documents in the cluster's store; content is streamed in both directions."""

    def __init__(self, client: CamundaClient) -> None:
        self.client = client

    async def create(
        self,
        content: bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        time_to_live: timedelta | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Document:
        """Store content and return its handle.

        Raises:
            ConnectorError: The cluster does not take it.
        """
        import uuid

        from pyreqwest.multipart import FormBuilder, PartBuilder

        metadata: dict[str, Any] = {}
        if content_type:
            metadata["contentType"] = content_type
        if name:
            metadata["fileName"] = name
        if time_to_live is not None:
            metadata["expiresAt"] = (datetime.now(UTC) + time_to_live).isoformat().replace("+00:00", "Z")
        if properties:
            metadata["customProperties"] = dict(properties)

        # A server may say anything of its answer; the metadata keep it as it is.
        media_type = content_type if content_type and MEDIA_TYPE.fullmatch(content_type) else "application/octet-stream"

        def form() -> FormBuilder:
            part = PartBuilder.from_bytes(content) if isinstance(content, bytes) else PartBuilder.from_stream(content)
            part = part.file_name(name or str(uuid.uuid4())).mime(media_type)
            made = FormBuilder().part("file", part)
            if metadata:
                made = made.part("metadata", PartBuilder.from_text(dumps(metadata).decode()).mime("application/json"))
            return made

        try:
            answer = await self.client.upload("/documents", form, again=isinstance(content, bytes))
        except GatewayError as exc:
            raise ConnectorError(f"the document cannot be stored: {exc}") from exc
        return Document(reference_of(answer), self)

    async def open(self, reference: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield the content of a referenced document.

        Raises:
            ConnectorError: It cannot be read.
        """
        kind = reference.get(DISCRIMINATOR)
        if kind == "inline":
            yield inline_content(reference)
        elif kind == "external":
            async with external(reference) as found:
                async for chunk in found.content:
                    yield chunk
        else:
            try:
                async with self.client.download(content_path(reference)) as content:
                    async for chunk in content:
                        yield chunk
            except GatewayError as exc:
                raise ConnectorError(f"document '{reference.get('documentId')}' cannot be read: {exc}") from exc

    @asynccontextmanager
    async def opened(self, reference: Mapping[str, Any]) -> AsyncIterator[Opened]:
        """Give the content of an external document with its name and media type, which come with it.

        Raises:
            ConnectorInputError: It is no URL to fetch.
            ConnectorError: It cannot be fetched.
        """
        async with external(reference) as found:
            yield found

    async def link(self, reference: Mapping[str, Any], *, time_to_live: timedelta | None = None) -> str:
        """Return a link under which anybody can read the document for a while.

        Raises:
            ConnectorInputError: The document has none.
            ConnectorError: The cluster makes none.
        """
        kind = reference.get(DISCRIMINATOR)
        if kind == "external":
            return str(reference.get("url"))
        if kind == "inline":
            raise ConnectorInputError("an inline document has no link; store it first")
        order = {} if time_to_live is None else {"timeToLive": time_to_live // timedelta(milliseconds=1)}
        try:
            answer = await self.client.post(content_path(reference, "/links"), order)
        except GatewayError as exc:
            raise ConnectorError(f"no link to document '{reference.get('documentId')}': {exc}") from exc
        return str(answer["url"])

    async def delete(self, reference: Mapping[str, Any]) -> None:
        """Delete a stored document.

        Raises:
            ConnectorError: The cluster does not delete it.
        """
        try:
            await self.client.call("DELETE", content_path(reference, hashed=False))
        except GatewayError as exc:
            raise ConnectorError(f"document '{reference.get('documentId')}' cannot be deleted: {exc}") from exc


def content_path(reference: Mapping[str, Any], suffix: str = "", *, hashed: bool = True) -> str:
    """Return the path of a document."""
    query = {"storeId": reference.get("storeId"), "contentHash": reference.get("contentHash") if hashed else None}
    text = urlencode({key: value for key, value in query.items() if value})
    path = f"/documents/{quote(str(reference.get('documentId')), safe='')}{suffix}"
    return f"{path}?{text}" if text else path


def reference_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reference of a stored document, without empty metadata; 8.6 names its type differently."""
    metadata = {key: value for key, value in (answer.get("metadata") or {}).items() if value not in (None, "", {})}
    reference = {
        DISCRIMINATOR: "camunda",
        "storeId": answer.get("storeId"),
        "documentId": answer.get("documentId"),
        "contentHash": answer.get("contentHash"),
        "metadata": metadata,
    }
    return {key: value for key, value in reference.items() if value is not None}
