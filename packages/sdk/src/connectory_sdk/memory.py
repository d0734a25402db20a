"""Documents without a cluster: in memory, for scripts and tests."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from connectory_sdk.documents import DISCRIMINATOR, Document
from connectory_sdk.errors import ConnectorInputError


class MemoryDocuments:
    """A `DocumentStore` in memory: ids count from 1."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    async def create(
        self,
        content: bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        time_to_live: timedelta | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Document:
        """Keep content and return its handle."""
        data = content if isinstance(content, bytes) else b"".join([chunk async for chunk in content])
        key = str(len(self.content) + 1)
        self.content[key] = data
        metadata = {"fileName": name, "contentType": content_type, "size": len(data), **(properties or {})}
        return Document(
            {
                "camunda.document.type": "camunda",
                "storeId": "in-memory",
                "documentId": key,
                "metadata": {k: v for k, v in metadata.items() if v is not None},
            },
            self,
        )

    async def open(self, reference: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield the content of a document, of an inline one what its reference says.

        Raises:
            ConnectorInputError: There is none.
        """
        if reference.get(DISCRIMINATOR) == "inline":
            content = reference.get("content")
            if content is None:
                raise ConnectorInputError("an inline document needs a 'content' that is not null")
            yield (content if isinstance(content, str) else json.dumps(content, separators=(",", ":"))).encode()
            return
        key = reference.get("documentId")
        if key not in self.content:
            what = f"no document '{key}'" if key else "only what was stored, and nothing from addresses"
            raise ConnectorInputError(f"documents in memory: there is {what}")
        yield self.content[key]

    async def link(self, reference: Mapping[str, Any], *, time_to_live: timedelta | None = None) -> str:
        """Return a link that says which document was asked for."""
        return f"memory://{reference['documentId']}"
