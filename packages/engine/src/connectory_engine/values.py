"""Results of FEEL as values of variables, written as the real engine writes them."""

from collections.abc import Mapping
from decimal import Decimal

from connectory_feel import Function, Range, Value
from connectory_feel.temporal import DaysTimeDuration, LocalTime, YearsMonthsDuration, ZonedTime

__all__ = ["TooLarge", "to_variable", "too_deep"]

MOST_PARTS = 2_000_000
MOST_LEVELS = 200  # what writes JSON ends at 254
_SIGN, _SPAN = 2**63, 2**64


class TooLarge(Exception):  # noqa: N818 - the value is at fault
    """A value with too many parts or levels to be kept."""


class _Budget:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def enter(self, parts: int, level: int) -> None:
        if level >= MOST_LEVELS:
            msg = f"the value is nested deeper than {MOST_LEVELS} levels"
            raise TooLarge(msg)
        self.left -= parts
        if self.left < 0:
            msg = f"the value has more than {MOST_PARTS} parts"
            raise TooLarge(msg)


def too_deep(value: object) -> bool:
    """Whether a value is nested deeper than one that is kept may be."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MOST_LEVELS):
        if not level:
            return False
        inside = (part for outer in level for part in (outer.values() if isinstance(outer, dict) else outer))
        level = [part for part in inside if isinstance(part, dict | list)]
    return bool(level)


def to_variable(value: Value) -> Value:
    """Make a value of JSON: whole numbers have 64 bits (more are cut), others are doubles; functions are left out.

    Raises:
        TooLarge: there would be too much of it.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    return _convert(value, _Budget(), 0)


def _convert(value: Value, budget: _Budget, level: int) -> Value:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if isinstance(value, int):
        return _cut(value)
    if isinstance(value, Decimal):
        return _cut(int(value)) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _SIGN else value
    if isinstance(value, list | tuple):
        budget.enter(len(value), level)
        return [_convert(item, budget, level + 1) for item in value]
    if isinstance(value, Mapping):
        budget.enter(len(value), level)
        return {
            str(key): _convert(item, budget, level + 1) for key, item in value.items() if type(item) is not Function
        }
    if kind is Function or kind is Range:
        return None
    return _temporal(value)


def _cut(number: int) -> int:
    return number if -_SIGN <= number < _SIGN else (number + _SIGN) % _SPAN - _SIGN


def _temporal(value: Value) -> Value:
    if isinstance(value, DaysTimeDuration | YearsMonthsDuration | ZonedTime):
        return str(value)
    if isinstance(value, LocalTime):
        text = str(value)
        return text[:-3] if text.endswith(":00") and len(text) == 8 else text
    iso = getattr(value, "iso", None)
    return iso() if iso is not None else str(value)
