"""Bodies of several parts: fields and files."""

import logging
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectory_rest.javatext import java_text
from connectory_sdk import Document
from connectory_sdk.documents import Opened

logger = logging.getLogger(__name__)

MEDIA_TYPE = re.compile(r"[^\s;,\"]+")
HELD = 1024 * 1024  # up to this many bytes of files are sent with a length, more in chunks


def new_boundary() -> str:
    """Return a boundary that no content has."""
    return f"connectory-{secrets.token_hex(16)}"


async def multipart_body(fields: Mapping[str, Any], boundary: str) -> "bytes | Streamed":
    """Return the parts as bytes, or as a stream where files are large or of unknown size."""
    parts = list(flattened(fields))
    sizes = [item.size for _, item in parts if isinstance(item, Document)]
    streamed = Streamed(parts, boundary)
    if all(size is not None for size in sizes) and sum(size or 0 for size in sizes) <= HELD:
        return b"".join([chunk async for chunk in streamed()])
    return streamed


class Streamed:
    """A body that is read while it is sent; each call starts from the beginning."""

    def __init__(self, parts: list[tuple[str, Any]], boundary: str) -> None:
        self.parts = parts
        self.boundary = boundary.encode()

    async def __call__(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        for name, item in self.parts:
            yield b"--" + self.boundary + b"\r\n"
            if isinstance(item, Document):
                async with item.opened() as opened:
                    yield head(name, opened)
                    async for chunk in opened.content:
                        yield chunk
            else:
                yield head(name) + java_text(item).encode()
            yield b"\r\n"
        yield b"--" + self.boundary + b"--\r\n"


def flattened(fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return one pair for each part: lists give several of the same name, nulls and maps none."""
    parts: list[tuple[str, Any]] = []
    for name, value in fields.items():
        if isinstance(value, list):
            parts += [(name, item) for item in value]
        elif isinstance(value, Mapping):
            logger.warning("multipart field '%s' is an object and is left out; send it as text or as a document", name)
        elif value is not None:
            parts.append((name, value))
    return parts


def head(name: str, opened: Opened | None = None) -> bytes:
    """Return the header lines of a part, the empty one included."""
    disposition = f'Content-Disposition: form-data; name="{quoted(name)}"'
    if opened is None:
        return f"{disposition}\r\n\r\n".encode()
    file_name = quoted(opened.name or "file")
    return f'{disposition}; filename="{file_name}"\r\nContent-Type: {media_type(opened)}\r\n\r\n'.encode()


def media_type(opened: Opened) -> str:
    """Return a document's media type; as in the reference, one with parameters becomes the general one."""
    given = (opened.content_type or "").strip()
    return given if MEDIA_TYPE.fullmatch(given) else "application/octet-stream"


def quoted(text: str) -> str:
    """Return a name as it stands between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
