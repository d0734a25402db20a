"""JSON in and out, with the values that operations return: documents, models, dataclasses, dates."""

import base64
import dataclasses
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
from pydantic import BaseModel

from connectory_runtime.durations import iso_text
from connectory_sdk import Document

OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS


def dumps(value: Any) -> bytes:
    """Return a value as JSON text.

    Raises:
        TypeError: It has no JSON; says which type.
    """
    try:
        return orjson.dumps(value, plain_object, OPTIONS)
    except TypeError as exc:
        # Integers beyond 64 bits and lone surrogates are JSON, but not for orjson.
        try:
            return json.dumps(value, default=plain_object, separators=(",", ":")).encode()
        except (TypeError, ValueError, RecursionError):
            raise TypeError(str(exc)) from None


def loads(data: bytes | str | memoryview) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: It is no JSON.
    """
    return orjson.loads(data)


def plain(value: Any) -> Any:
    """Return a value with nothing but what JSON has; documents become their references.

    Raises:
        TypeError: A part of it has no JSON; says which type.
    """
    if value is None or type(value) in (str, bool, int, float):
        return value
    try:
        return orjson.loads(orjson.dumps(value, plain_object, OPTIONS))
    except TypeError:
        return json.loads(dumps(value))


def plain_object(value: Any) -> Any:
    """Return what stands for an object in JSON.

    Raises:
        TypeError: Nothing does.
    """
    if isinstance(value, Document):
        return value.reference
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, timedelta):
        return iso_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")
