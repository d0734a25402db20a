"""FEEL values as JSON.

`to_json` gives what Camunda hands to a process: doubles and ISO texts. `to_tagged` and `from_tagged` lose nothing:
numbers stay exact, and what JSON has no form for is an object such as `{"$type": "date", "value": "2024-01-02"}`.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from connectory_feel.errors import FeelError, FeelLimitError
from connectory_feel.limits import active
from connectory_feel.values import Function, Range, Value, entries, type_name

__all__ = ["from_tagged", "to_json", "to_tagged", "write_json"]

_LOW, _HIGH = -(2**63), 2**63
_WHOLE_MINUTE = re.compile(r"^(\d\d:\d\d):00(?=[+Z-])")
# Beyond the exponents of a double a number is written as a tagged text.
_SANE_EXPONENT = 300
# Types whose values are JSON as they are.
_AS_THEY_ARE = frozenset([str, bool, type(None)])
_NUMBERS = frozenset([int, Decimal, float])


class _Counter:
    """Counts what is written: a small value may refer to the same list again and again, and be huge as a tree."""

    __slots__ = ("left", "zones")

    def __init__(self, *, zones: bool = True) -> None:
        self.left = active().size
        self.zones = zones

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            msg = f"the value has more than {active().size} parts"
            raise FeelLimitError(msg)


def to_json(value: Value, *, zones: bool = True) -> Value:
    """Turn a value into what Camunda's runtime writes as JSON.

    Whole numbers of 64 bits become `int`, other numbers `float`, temporal values ISO texts. Ranges and functions have
    no JSON: they become null, and functions in a context are left out.

    Args:
        value: the value.
        zones: write the name of a date's time zone, not only its offset. Without, a time with an offset has no seconds
            where they are 0, as Java's runtime writes it.
    """
    if type(value) in _AS_THEY_ARE:  # most keys, ids, texts and conditions
        return value
    try:
        return _to_json(value, _Counter(zones=zones))
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> FeelLimitError:
    return FeelLimitError("the value is nested too deep")


def _to_json(value: Value, counter: _Counter) -> Value:
    kind = type(value)
    if kind is dict:
        counter.take(len(value))  # type: ignore[arg-type]
        return {
            key if type(key) is str else str(key): item if type(item) in _AS_THEY_ARE else _to_json(item, counter)
            for key, item in value.items()  # type: ignore[attr-defined]
            if type(item) is not Function
        }
    if kind is list:
        counter.take(len(value))  # type: ignore[arg-type]
        return [item if type(item) in _AS_THEY_ARE else _to_json(item, counter) for item in value]  # type: ignore[attr-defined]
    if kind in _NUMBERS:
        return _json_number(value)  # type: ignore[arg-type]
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, Mapping):
        return _to_json(dict(value), counter)
    if isinstance(value, list | tuple):
        return _to_json(list(value), counter)
    if kind is Function or kind is Range:
        return None
    if hasattr(value, "iso"):
        if counter.zones:
            return value.iso()
        value = value.without_zone() if hasattr(value, "without_zone") else value
        return _WHOLE_MINUTE.sub(r"\1", value.iso())
    # A value of the caller that went through the expression unchanged is the caller's to write.
    return value


def _json_number(number: float | Decimal) -> float | str:
    if type(number) is int and _LOW <= number < _HIGH:
        return number
    if number in (float("inf"), float("-inf")) or number != number:
        return str(number)
    if _LOW <= number < _HIGH and number == int(number):
        return int(number)
    try:
        return float(number)
    except OverflowError:
        return "Infinity" if number > 0 else "-Infinity"


def to_tagged(value: Value) -> Value:
    """Turn a value into JSON without loss; decimals stay `Decimal` and are for `write_json`."""
    try:
        return _to_tagged(value, _Counter())
    except RecursionError:
        raise _too_deep() from None


def _tag(kind: str, text: str) -> dict[str, Value]:
    return {"$type": kind, "value": text}


def _to_tagged(value: Value, counter: _Counter) -> Value:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is float:
        if value != value or value in (float("inf"), float("-inf")):
            return _tag("double", str(value))
        return Decimal(repr(value))
    if kind is int or kind is Decimal:
        if kind is Decimal and abs(value.adjusted()) > _SANE_EXPONENT:  # type: ignore[attr-defined]
            return _tag("number", str(value))
        return value
    if isinstance(value, list | tuple):
        counter.take(len(value))
        return [_to_tagged(item, counter) for item in value]
    if isinstance(value, dict):
        counter.take(len(value))
        return {str(key): _to_tagged(item, counter) for key, item in entries(value).items()}
    name = type_name(value)
    text = value.iso() if name.endswith("duration") else str(value)  # type: ignore[attr-defined]
    # The standard's text of an empty period would be read as a duration of days.
    return _tag(name, "P0Y" if name == "years and months duration" and text == "P0D" else text)


def from_tagged(value: Value) -> Value:
    """Read what `to_tagged` gives; parse the JSON with `parse_float=decimal.Decimal`.

    Raises:
        FeelError: a tag is unknown, or its text is no value of that type.
    """
    if type(value) is list:
        return [from_tagged(item) for item in value]
    if type(value) is not dict:
        return value
    if value.keys() == {"$type", "value"} and isinstance(value["value"], str):
        return _untag(str(value["$type"]), value["value"])
    return {key: from_tagged(item) for key, item in value.items()}


def _untag(kind: str, text: str) -> Value:
    from connectory_feel import temporal

    readers = {
        "date": temporal.parse_date,
        "time": temporal.parse_time,
        "date and time": temporal.parse_date_time,
        "days and time duration": temporal.parse_duration,
        "years and months duration": temporal.parse_duration,
        "number": Decimal,
        "double": float,
        "range": _range,
        "function": _function,
    }
    if kind not in readers:
        msg = f'"{kind}" is no type of a tagged value; known are {", ".join(readers)}'
        raise FeelError(msg)
    try:
        read = readers[kind](text)  # type: ignore[operator]
    except (ValueError, ArithmeticError):
        read = None
    if read is None:
        msg = f'"{text}" is no {kind}'
        raise FeelError(msg)
    return read


def _range(text: str) -> Value:
    from connectory_feel.expression import compile  # noqa: A004 - as in `re`

    # A range is a value only as the argument of a function.
    return compile(f"range of({text})", functions=_RANGE_OF).evaluate()


_RANGE_OF = {"range of": [Function(("range",), lambda value: value)]}


def _function(text: str) -> Value:
    from connectory_feel.expression import compile  # noqa: A004 - as in `re`

    return compile(text).evaluate()


def write_json(value: Value) -> str:
    """Write JSON with exact decimals."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


def _write(value: Value, write: Callable[[str], None]) -> None:
    from json.encoder import encode_basestring

    if type(value) is str:
        write(encode_basestring(value))
    elif value is None or value is True or value is False:
        write("null" if value is None else "true" if value else "false")
    elif type(value) is int or type(value) is Decimal:
        write(str(value))
    elif isinstance(value, float):
        write(repr(value))
    elif isinstance(value, list):
        separator = "["
        for item in value:
            write(separator)
            _write(item, write)
            separator = ", "
        write("]" if value else "[]")
    elif isinstance(value, dict):
        separator = "{"
        for key, item in value.items():
            write(separator)
            write(encode_basestring(key))
            write(": ")
            _write(item, write)
            separator = ", "
        write("}" if value else "{}")
    else:
        msg = f"a value of the Python type {type(value).__name__} has no JSON"
        raise FeelError(msg)
