"""Results of which the modeller says what to make: a stored document, text or JSON (``documentReturnFormat``)."""

from collections.abc import AsyncIterable, Mapping
from typing import Any

from connectory_runtime.encoding import loads
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.documents import DocumentReturn, DocumentStore

CHOICES = ("DOCUMENT", "TEXT", "JSON")
LIMIT = 1_572_864
VARIABLE = "documentReturnFormat"


async def convert(returned: DocumentReturn, format: Any, documents: DocumentStore) -> Any:
    """Return the result in the format that the model asks for; the content is closed in any case.

    Args:
        returned: What the operation gave.
        format: The variable ``documentReturnFormat`` as it came, secrets not replaced.
        documents: Where a document is stored.

    Raises:
        ConnectorInputError: The format is none of the three.
        ConnectorError: The format is missing, or the content is too large or no JSON.
    """
    try:
        choice = read_choice(format)
        if choice == "DOCUMENT":
            document = await documents.create(returned.content, name=returned.name, content_type=returned.content_type)
            return returned.wrap(choice, document)
        encoding = read_encoding(format) if choice == "TEXT" else "UTF-8"
        content = await limited(returned.content)
        if choice == "TEXT":
            return returned.wrap(choice, content.decode(encoding, errors="replace"))
        try:
            if not content.strip():
                raise ConnectorError("JSON response format selected but payload was empty or could not be parsed.")
            value = loads(content)
        except ValueError as exc:
            raise ConnectorError(f"JSON response format selected but payload is not valid JSON: {exc}") from exc
        return returned.wrap(choice, value)
    finally:
        await close(returned.content)


def read_choice(format: Any) -> str:
    """Return the chosen format.

    Raises:
        ConnectorInputError: It is none of the three.
        ConnectorError: There is none.
    """
    if format is None:
        raise ConnectorError(f"the variable '{VARIABLE}' is missing; choose one of {', '.join(CHOICES)}")
    choice = format.get("choice") if isinstance(format, Mapping) else format
    if choice not in CHOICES:
        raise ConnectorInputError(f"{VARIABLE}.choice must be one of {', '.join(CHOICES)}. Got: {choice}")
    return str(choice)


def read_encoding(format: Any) -> str:
    """Return the encoding of a text; blank is UTF-8.

    Raises:
        ConnectorInputError: There is none of that name.
    """
    name = format.get("encoding") if isinstance(format, Mapping) else None
    if name is None or (isinstance(name, str) and not name.strip()):
        return "UTF-8"
    try:
        "".encode(name)
    except (LookupError, TypeError):
        raise ConnectorInputError(f"Unsupported charset '{name}': write another into {VARIABLE}.encoding") from None
    return str(name)


async def limited(content: bytes | AsyncIterable[bytes]) -> bytes:
    """Return the whole content.

    Raises:
        ConnectorError: It is too large for a variable.
    """
    pieces = [content] if isinstance(content, bytes) else []
    size = len(content) if isinstance(content, bytes) else 0
    if not isinstance(content, bytes):
        async for piece in content:
            size += len(piece)
            if size > LIMIT:
                break
            pieces.append(piece)
    if size > LIMIT:
        raise ConnectorError(
            f"the content exceeds the inline variable size limit of 1.5 MiB; choose DOCUMENT in {VARIABLE}"
        )
    return b"".join(pieces)


async def close(content: Any) -> None:
    """Close a stream that can be closed."""
    closing = getattr(content, "aclose", None)
    if closing is not None:
        await closing()
