"""References that carry their content, and the store for where there is no other."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from connectory_sdk import ConnectorInputError, Document
from connectory_sdk.documents import DISCRIMINATOR


def inline_content(reference: Mapping[str, Any]) -> bytes:
    """Return the content of an inline reference: text as it is, any other JSON printed compactly.

    Raises:
        ConnectorInputError: It has none.
    """
    content = reference.get("content")
    if content is None:
        raise ConnectorInputError("an inline document needs a 'content' that is not null")
    text = content if isinstance(content, str) else json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


class NoDocuments:
    """A store that has nothing but what references carry."""

    async def create(
        self,
        content: bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        time_to_live: timedelta | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Document:
        """Refuse."""
        raise ConnectorInputError("there is no document store here to put a document into")

    async def open(self, reference: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield the content of an inline document."""
        if reference.get(DISCRIMINATOR) != "inline":
            raise ConnectorInputError(f"there is no document store here to read '{reference.get('documentId')}' from")
        yield inline_content(reference)

    async def link(self, reference: Mapping[str, Any], *, time_to_live: timedelta | None = None) -> str:
        """Refuse."""
        raise ConnectorInputError("there is no document store here that makes links")
