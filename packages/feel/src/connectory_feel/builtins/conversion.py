"""Built-ins that turn values into text and text into values."""

import re
from decimal import Decimal
from typing import NoReturn

from connectory_feel.builtins import json_text
from connectory_feel.limits import check_size
from connectory_feel.values import Function, FunctionFailure, Value, display, illegal_arguments

__all__ = ["FUNCTIONS"]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def string(value: Value) -> Value:
    """Write a value as text; null stays null."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is list or kind is dict:
        text = display(value)
        check_size(len(text), "text")
        return text
    return display(value)


def number(value: Value) -> Value:
    """Read a number."""
    if type(value) is not str:
        raise illegal_arguments(value)
    return _read(value, value)


def number_with_grouping(value: Value, grouping: Value) -> Value:
    """Read a number whose thousands are set apart."""
    if type(value) is not str or type(grouping) is not str:
        raise illegal_arguments(value, grouping)
    if grouping not in {" ", ",", "."}:
        msg = "illegal argument for grouping. Must be one of ' ', ',' or '.'"
        raise FunctionFailure(msg)
    return _read(value.replace(grouping, ""), value)


def number_with_separators(value: Value, grouping: Value, decimal: Value) -> Value:
    """Read a number with its own signs for thousands and for the fraction; null for either means none."""
    known = _is_sign(grouping, " ,.") and _is_sign(decimal, ",.")
    both = type(grouping) is str and type(decimal) is str
    if type(value) is not str or not (both or (known and grouping != decimal)):
        raise illegal_arguments(value, grouping, decimal)
    if not known or grouping == decimal:
        msg = "illegal arguments for grouping or decimal. Must be one of ' ' (grouping only), ',' or '.'"
        raise FunctionFailure(msg)
    text = value
    if type(grouping) is str:
        text = text.replace(grouping, "")
    if type(decimal) is str:
        text = text.replace(decimal, ".")
    return _read(text, text)


def _is_sign(sign: Value, signs: str) -> bool:
    return sign is None or (type(sign) is str and len(sign) == 1 and sign in signs)


def _read(text: str, shown: str) -> int | Decimal:
    if _NUMBER.fullmatch(text) is None:
        msg = f"Can't parse '{shown}' as a number"
        raise FunctionFailure(msg)
    if text.isdecimal() and len(text) <= 34:
        return int(text)
    check_size(len(text), "number")
    value = Decimal(text)
    if not value:
        value = value.copy_abs()
    if len(text) <= 34 and value.as_tuple().exponent == 0:
        return int(value)
    if abs(value.adjusted()) >= 2_147_483_647:
        msg = f"Can't parse '{shown}' as a number"
        raise FunctionFailure(msg)
    return value


def to_json(value: Value) -> Value:
    """Write a value as JSON."""
    return json_text.write(value)


def from_json(json: Value) -> Value:
    """Read JSON; null of null."""
    if json is None:
        return None
    if type(json) is not str:
        raise illegal_arguments(json)
    try:
        return json_text.read(json)
    except ValueError:
        _no_json(json)


def _no_json(text: str) -> NoReturn:
    msg = f"Failed to parse JSON from '{text}'"
    raise FunctionFailure(msg)


def to_base64(value: Value) -> Value:
    """Encode a text."""
    from binascii import b2a_base64

    if type(value) is not str:
        raise illegal_arguments(value)
    # A lone surrogate is no character; Java writes a question mark for it.
    return b2a_base64(value.encode("utf-8", "replace"), newline=False).decode("ascii")


def from_base64(value: Value) -> Value:
    """Decode a text."""
    from binascii import Error, a2b_base64

    if type(value) is not str:
        raise illegal_arguments(value)
    try:
        return a2b_base64(value.encode("ascii"), strict_mode=True).decode("utf-8", "replace")
    except (Error, UnicodeEncodeError):
        msg = f"Failed to decode '{value}' as Base64"
        raise FunctionFailure(msg) from None


def uuid() -> Value:
    """Give a new identifier whose start is the time (version 7)."""
    from os import urandom
    from time import time_ns

    millis = time_ns() // 1_000_000
    number = (millis & (1 << 48) - 1) << 80 | int.from_bytes(urandom(10), "big")
    number = number & ~(0xF000 << 64) | 0x7000 << 64
    number = number & ~(0xC000 << 48) | 0x8000 << 48
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


FUNCTIONS: dict[str, list[Function]] = {
    "string": [Function(("from",), string)],
    "number": [
        Function(("from",), number),
        Function(("from", "grouping separator"), number_with_grouping),
        Function(("from", "grouping separator", "decimal separator"), number_with_separators),
    ],
    "to json": [Function(("value",), to_json)],
    "from json": [Function(("json",), from_json)],
    "to base64": [Function(("value",), to_base64)],
    "from base64": [Function(("value",), from_base64)],
    "uuid": [Function((), uuid)],
}
