"""The kinds of values that searches show, filter and sort by, each with the operators the API gives it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectory_engine.gateway.problems import unreadable
from connectory_engine.gateway.shapes import Check, Shape, boolean, date_time, int32, key, list_of, one_of, text

Test = Callable[[Any], bool]

LAST_DATE = "9999-12-31T23:59:59.999Z"

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, than: value > than,
    "$gte": lambda value, than: value >= than,
    "$lt": lambda value, than: value < than,
    "$lte": lambda value, than: value <= than,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read in a filter, compared and shown; no operators means that only equality is offered."""

    read: Check
    operators: tuple[str, ...] = ()
    show: Callable[[Any], Any] = lambda value: value
    exact: Check | None = None

    def condition(self) -> Check:
        """Give the check of a filter property: it makes a test of a value or of an object of operators."""
        operands: dict[str, Check] = {}
        for operator in self.operators:
            if operator == "$exists":
                operands[operator] = boolean
            elif operator in ("$in", "$notIn"):
                operands[operator] = list_of(self.read)
            else:
                operands[operator] = text if operator == "$like" else self.read
        advanced = Shape(operands)
        plain = self.exact or self.read

        def check(value: Any, path: str) -> "Condition":
            if isinstance(value, dict):
                if not operands:
                    raise unreadable(path)
                asked = advanced(value, path)
                return Condition([_test(*pair) for pair in asked.items()], asked.get("$eq"))
            wanted = plain(value, path)
            return Condition([_test("$eq", wanted)], wanted)

        return check


def members() -> Check:
    """Give the check of a filter on a list of texts: one of them has to pass."""
    single = Kind(text, (*_SET, "$like")).condition()

    def check(value: Any, path: str) -> Test:
        condition = single(value, path)
        return lambda values: any(condition(item) for item in values)

    return check


class Condition:
    """What a filter says about one value; `equals` is the only value that can pass, where that is known."""

    __slots__ = ("equals", "tests")

    def __init__(self, tests: list[Test], equals: Any) -> None:
        self.tests = tests
        self.equals = equals

    def __call__(self, value: Any) -> bool:
        """Tell whether a value passes."""
        return all(test(value) for test in self.tests)


def _test(operator: str, operand: Any) -> Test:
    if operator == "$eq":
        return lambda value: bool(value == operand)
    if operator == "$neq":
        return lambda value: bool(value != operand)
    if operator == "$exists":
        return lambda value: (value is not None) is operand
    if operator == "$in":
        allowed = frozenset(operand)
        return lambda value: value in allowed
    if operator == "$notIn":
        refused = frozenset(operand)
        return lambda value: value not in refused
    if operator == "$like":
        pattern = like(operand)
        return lambda value: value is not None and pattern.fullmatch(value) is not None
    compare = _ORDER[operator]
    return lambda value: value is not None and compare(value, operand)


def like(wildcards: str) -> re.Pattern[str]:
    r"""Make a pattern of `*` (any text), `?` (one character) and `\` (takes the next one literally).

    Every star but the last is atomic, so that no text makes the match slow.
    """
    runs: list[str] = [""]
    characters = iter(wildcards)
    for character in characters:
        if character == "*":
            runs.append("")
        elif character == "?":
            runs[-1] += "."
        else:
            runs[-1] += re.escape(next(characters, "\\") if character == "\\" else character)
    if len(runs) == 1:
        return re.compile(runs[0], re.DOTALL)
    first, *middle, last = runs
    return re.compile(first + "".join(f"(?>.*?{run})" for run in middle if run) + ".*" + last, re.DOTALL)


def shown_date(moment: float | None) -> str | None:
    """Write a point in time (milliseconds since 1970) as the API does."""
    if moment is None:
        return None
    try:
        written = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):  # a deadline or a pinned clock behind the end of the calendar
        return LAST_DATE
    return written.replace("+00:00", "Z")


def _milliseconds(value: Any, path: str) -> float:
    return date_time(value, path).timestamp() * 1000


_SET = ("$eq", "$neq", "$exists", "$in", "$notIn")
_RANGE = ("$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in")

TEXT = Kind(text, (*_SET, "$like"))
BASIC_TEXT = Kind(text, _SET)
PLAIN_TEXT = Kind(text)
KEY = Kind(key, _SET, lambda value: None if value is None else str(value))
PLAIN_KEY = Kind(key, (), KEY.show)
TEXT_KEY = Kind(key, _SET, KEY.show)
INTEGER = Kind(int32, _RANGE)
PLAIN_INTEGER = Kind(int32)
FLAG = Kind(boolean)
DATE = Kind(_milliseconds, _RANGE, shown_date)


def enumeration(*words: str) -> Kind:
    """Give the kind of a value that is one of some words."""
    return Kind(one_of(*words), (*_SET, "$like"))


def plain_enumeration(*words: str) -> Kind:
    """Give the kind of a word that can only be compared for equality."""
    return Kind(one_of(*words))
