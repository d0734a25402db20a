"""JSON as Kafka's users write it, and as Camunda's connector reads it."""

import json
import re
from typing import Any

import orjson

from connectory_sdk import Document

LENIENT = json.JSONDecoder(strict=False)  # raw control characters inside of texts are taken
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)


def parse(text: str) -> Any:
    """Return the first JSON value of a text, which may use single quotes; what follows it is not looked at.

    Raises:
        ValueError: The text begins with no JSON value.
    """
    try:
        return LENIENT.raw_decode(text.lstrip())[0]
    except ValueError:
        if "'" not in text:
            raise
    return LENIENT.raw_decode(QUOTED.sub(double_quoted, text.lstrip()))[0]


def double_quoted(match: re.Match[str]) -> str:
    """Return a text of a JSON document with the quotes that JSON wants."""
    inner = match.group(1)
    if inner is None:
        return match.group(0)
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def written(value: Any) -> bytes:
    """Return a value as compact JSON; a document is its reference."""
    try:
        return orjson.dumps(value, reference, HANDLES)
    except TypeError:  # such as an integer of more than 64 bits
        return SLOW.encode(value).encode()


def reference(value: Any) -> Any:
    """Return what stands for a value that JSON has no word for."""
    if isinstance(value, Document):
        return dict(value.reference)
    return str(value)


HANDLES = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""Leaves documents to `reference`, which orjson would write member by member."""
SLOW = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=reference)
