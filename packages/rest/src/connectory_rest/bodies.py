"""From the body of a model to bytes and a content type."""

import base64
import codecs
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from connectory_rest.javatext import java_text
from connectory_rest.multipart import multipart_body, new_boundary
from connectory_sdk import ConnectorInputError, Document

Content = bytes | Callable[[], AsyncIterator[bytes]]
"""Bytes, or a function that starts to read them, each time from the beginning."""

COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*(?:"([^"]*)"|([^\s;]*))')


async def body_of(body: Any, content_type: str | None, *, ignore_nulls: bool) -> tuple[Content, str]:
    """Return the bytes of a body and its content type.

    Args:
        body: Anything that JSON can say, documents included; not None.
        content_type: What the model says; None for JSON.
        ignore_nulls: Leave null members out, at every depth.
    """
    content_type = JSON if content_type is None else content_type
    kind = content_type.partition(";")[0].strip().lower()
    if isinstance(body, str):
        return in_charset(body, content_type), content_type
    if isinstance(body, Mapping) and kind == FORM:
        return await form(body), content_type
    if isinstance(body, Mapping) and kind == MULTIPART:
        boundary = parameter(content_type, "boundary")
        if not boundary:
            boundary = new_boundary()
            content_type = f"{MULTIPART}; boundary={boundary}"
        return await multipart_body(body, boundary), content_type
    if ignore_nulls:
        body = without_nulls(body)
    try:
        text = COMPACT.encode(body)
    except TypeError:  # the encoder looks for documents faster than we could
        text = COMPACT.encode(await with_content(body))
    return in_charset(text, content_type), content_type


async def form(fields: Mapping[str, Any]) -> bytes:
    """Return the fields of a form; null is a name without equals sign."""
    fields = await with_content(fields)
    return "&".join(
        quote_plus(name) if value is None else f"{quote_plus(name)}={quote_plus(java_text(value))}"
        for name, value in fields.items()
    ).encode()


def in_charset(text: str, content_type: str) -> bytes:
    """Return a text in the character set of its content type; UTF-16 with its mark, most significant bytes first."""
    name = charset(content_type)
    if name.lower().replace("_", "-") == "utf-16":
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be", errors="replace")
    return text.encode(name, errors="replace")


def charset(content_type: str) -> str:
    """Return the character set that a content type names.

    Raises:
        ConnectorInputError: Nobody knows it.
    """
    name = parameter(content_type, "charset") if ";" in content_type else None
    if not name:
        return "utf-8"
    try:
        "".encode(name)
        return name
    except LookupError:
        raise ConnectorInputError(
            f"headers: the content type names an unknown charset '{name}'; write for example UTF-8"
        ) from None


def parameter(content_type: str, name: str) -> str | None:
    """Return a parameter of a content type."""
    for match in PARAMETER.finditer(content_type):
        if match[1].lower() == name:
            return match[2] or match[3] or None
    return None


async def with_content(value: Any) -> Any:
    """Return a value with base64 in the place of documents."""
    if isinstance(value, Document):
        return base64.b64encode(await value.read()).decode()
    if isinstance(value, Mapping):
        return {key: await with_content(item) for key, item in value.items()}
    if isinstance(value, list):
        return [await with_content(item) for item in value]
    return value


def without_nulls(value: Any) -> Any:
    """Return a value without null members; nulls in lists stay."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
