"""``createDocument(...)`` in result and error expressions: orders become stored documents."""

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from typing import Any

from connectory_runtime.feel_functions import DocumentToCreate
from connectory_sdk import ConnectorInputError
from connectory_sdk.documents import DocumentStore


async def create_documents(value: Any, documents: DocumentStore) -> Any:
    """Return a value with each order replaced by the reference of a stored document, innermost first."""
    if isinstance(value, dict):
        if not any(isinstance(item, dict | list | DocumentToCreate) for item in value.values()):
            return value
        return {key: await create_documents(item, documents) for key, item in value.items()}
    if isinstance(value, list):
        return [await create_documents(item, documents) for item in value]
    if isinstance(value, DocumentToCreate):
        return await create(await create_documents(value.value, documents), documents)
    return value


async def create(value: Any, documents: DocumentStore) -> Mapping[str, Any]:
    """Store one document and return its reference.

    Raises:
        ConnectorInputError: There is no base64 content.
    """
    facts: Mapping[str, Any] = value if isinstance(value, Mapping) else {"content": value}
    content = next((facts[key] for key in ("content", "data") if isinstance(facts.get(key), str)), None)
    if content is None:
        raise ConnectorInputError(
            "createDocument needs base64 text, or a context with base64 text in 'content' or 'data'"
        )
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ConnectorInputError("createDocument: the content is not base64") from None
    name = next((facts[key] for key in ("name", "fileName") if isinstance(facts.get(key), str)), None)
    import uuid  # here, because it costs 4 ms, and few models create documents

    name = name or str(uuid.uuid4())
    kind = facts.get("contentType")
    if not isinstance(kind, str) or not kind.strip():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    document = await documents.create(data, name=name, content_type=kind)
    return document.reference
