"""Built-ins that place points and ranges relative to each other.

A point is a number, a date, a time or a duration; a range has points as its ends. Both arguments have to be of the same
kind. Which of them may be a point is different from function to function: the reference fails where it knows no
meaning, and so do these.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connectory_feel.errors import FeelError
from connectory_feel.values import Function, Range, Value, illegal_arguments, type_name

__all__ = ["FUNCTIONS"]

Test = Callable[[Any, Any], bool]


def _kind(value: Value) -> object | None:
    """Give the kind of a point or of a range's points; None if the value is neither."""
    if type(value) is Range:
        value = value.start if value.start is not None else value.end
    kind = type(value)
    if kind is int or kind is Decimal:
        return int
    return kind if hasattr(kind, "feel_type") else None


def _relation(
    name: str,
    *,
    points: Test | None = None,
    point_range: Test | None = None,
    range_point: Test | None = None,
    ranges: Test | None = None,
) -> list[Function]:
    """Make a built-in of its meanings for points and ranges."""
    tests = {(False, False): points, (False, True): point_range, (True, False): range_point, (True, True): ranges}

    def relation(a: Value, b: Value) -> Value:
        kind = _kind(a)
        if kind is None or kind is not _kind(b):
            raise illegal_arguments(a, b)
        test = tests[type(a) is Range, type(b) is Range]
        if test is None:
            msg = f"{name}: not defined for a {_shape(a)} and a {_shape(b)}"
            raise FeelError(msg)
        return test(a, b)

    # Named as in the reference, also where it has the two of "finished by" the wrong way round.
    names = {
        (False, False): ("point1", "point2"),
        (False, True): ("point", "range"),
        (True, False): ("point", "range") if name == "finished by" else ("range", "point"),
        (True, True): ("range1", "range2"),
    }
    mixed = [] if name == "coincides" else [(False, True), (True, False)]
    shapes = [shape for shape in [(False, False), *mixed, (True, True)] if tests[shape] is not None]
    return [Function(names[shape], relation) for shape in shapes]


def _shape(value: Value) -> str:
    return "range" if type(value) is Range else f"point of type {type_name(value)}"


def _swapped(test: Test) -> Test:
    return lambda a, b: test(b, a)


# --- ends of ranges: `a` before `b`, where equal ends depend on what is included


def _before_start(point: Any, range_: Range) -> bool:
    return bool(point < range_.start or (point == range_.start and not range_.start_included))


def _after_end(point: Any, range_: Range) -> bool:
    return bool(point > range_.end or (point == range_.end and not range_.end_included))


def _separate(a: Any, b: Any) -> bool:
    """Say whether the first range ends before the second starts."""
    return bool(a.end < b.start or (a.end == b.start and not (a.end_included and b.start_included)))


def _starts_before(a: Any, b: Any) -> bool:
    return bool(a.start < b.start or (a.start == b.start and a.start_included and not b.start_included))


def _starts_no_later(a: Any, b: Any) -> bool:
    return bool(a.start < b.start or (a.start == b.start and (a.start_included or not b.start_included)))


def _ends_no_later(a: Any, b: Any) -> bool:
    return bool(a.end < b.end or (a.end == b.end and (not a.end_included or b.end_included)))


def _same_start(a: Range, b: Range) -> bool:
    return a.start == b.start and a.start_included == b.start_included


def _same_end(a: Range, b: Range) -> bool:
    return a.end == b.end and a.end_included == b.end_included


def _touch(a: Range, b: Range) -> bool:
    return a.end_included and b.start_included and a.end == b.start


def _has_point(range_: Any, point: Any) -> bool:
    inside = range_.start < point and point < range_.end
    return bool(inside or _is_start(range_, point) or _is_end(range_, point))


def _has_range(a: Range, b: Range) -> bool:
    return _starts_no_later(a, b) and _ends_no_later(b, a)


def _overlap(a: Range, b: Range) -> bool:
    return not _separate(a, b) and not _separate(b, a)


def _overlap_before(a: Range, b: Range) -> bool:
    return _starts_before(a, b) and not _separate(a, b) and _ends_no_later(a, b)


def _starts_range(a: Range, b: Range) -> bool:
    return _same_start(a, b) and _ends_no_later(a, b)


def _finishes_range(a: Range, b: Range) -> bool:
    return _same_end(a, b) and _starts_no_later(b, a)


def _is_start(range_: Range, point: Value) -> bool:
    return range_.start_included and range_.start == point


def _is_end(range_: Range, point: Value) -> bool:
    return range_.end_included and range_.end == point


_before = {
    "points": lambda a, b: a < b,
    "point_range": _before_start,
    "range_point": _swapped(_after_end),
    "ranges": _separate,
}

FUNCTIONS: dict[str, list[Function]] = {
    "before": _relation("before", **_before),
    "after": _relation(
        "after",
        points=lambda a, b: a > b,
        point_range=_after_end,
        range_point=_swapped(_before_start),
        ranges=_swapped(_separate),
    ),
    "meets": _relation("meets", ranges=_touch),
    "met by": _relation("met by", ranges=_swapped(_touch)),
    "overlaps": _relation("overlaps", ranges=_overlap),
    "overlaps before": _relation("overlaps before", ranges=_overlap_before),
    "overlaps after": _relation("overlaps after", ranges=_swapped(_overlap_before)),
    "finishes": _relation("finishes", point_range=_swapped(_is_end), ranges=_finishes_range),
    "finished by": _relation("finished by", range_point=_is_end, ranges=_swapped(_finishes_range)),
    "includes": _relation("includes", range_point=_has_point, ranges=_has_range),
    "during": _relation("during", point_range=_swapped(_has_point), ranges=_swapped(_has_range)),
    "starts": _relation("starts", point_range=_swapped(_is_start), ranges=_starts_range),
    "started by": _relation("started by", range_point=_is_start, ranges=_swapped(_starts_range)),
    "coincides": _relation(
        "coincides",
        points=lambda a, b: a == b,
        point_range=lambda _a, _b: False,
        range_point=lambda _a, _b: False,
        ranges=lambda a, b: _same_start(a, b) and _same_end(a, b),
    ),
}
