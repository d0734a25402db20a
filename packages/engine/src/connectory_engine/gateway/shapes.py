"""What a request body may look like, declared once for each operation and checked before any handler runs.

A check takes a JSON value and the path to it and gives the value to work with, or refuses it. A `Shape` is the check
of an object: its fields, and for each whether it must be there and what else must hold. As in the real gateway, a
null is the same as a missing property, types are not coerced and unknown properties are refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectory_engine.gateway.problems import Problem, invalid, unreadable

Check = Callable[[Any, str], Any]
Rule = Callable[[str, Any], str | None]

KEY = re.compile(r"-?[0-9]{1,19}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_\-:.]{0,99}")
INT64 = 1 << 63
INT32 = 1 << 31
EXACT = 1 << 53  # beyond, a float is not the number that was written


def text(value: Any, path: str) -> str:
    """Accept a string."""
    if isinstance(value, str):
        return value
    raise unreadable(path)


def boolean(value: Any, path: str) -> bool:
    """Accept true and false."""
    if value is True or value is False:
        return value
    raise unreadable(path)


def _whole(value: Any, path: str, bound: int) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -bound <= value < bound:
        return value
    raise unreadable(path)


def int32(value: Any, path: str) -> int:
    """Accept a whole number of 32 bits."""
    return _whole(value, path, INT32)


def int64(value: Any, path: str) -> int:
    """Accept a whole number of 64 bits."""
    return _whole(value, path, INT64)


def key(value: Any, path: str) -> int:
    """Accept a key: a number written as a string."""
    if isinstance(value, str) and KEY.fullmatch(value) and -INT64 <= (number := int(value)) < INT64:
        return number
    raise unreadable(path)


def mapping(value: Any, path: str) -> dict[str, Any]:
    """Accept any JSON object, as variables are."""
    if isinstance(value, dict):
        return value
    raise unreadable(path)


def date_time(value: Any, path: str) -> datetime:
    """Accept a date and time with an offset (RFC 3339)."""
    try:
        return moment(text(value, path))
    except ValueError:
        raise unreadable(path) from None


def moment(written: str) -> datetime:
    """Read a date and time of RFC 3339; a ValueError if it is none or has no offset."""
    if MOMENT.fullmatch(written) is None:
        raise ValueError(written)
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except OverflowError:  # the first or last hours that there are, in a zone where they are not
        raise ValueError(written) from None


def one_of(*values: str) -> Check:
    """Accept one of some words."""
    known = frozenset(values)
    listed = ", ".join(values)

    def check(value: Any, path: str) -> str:
        if text(value, path) in known:
            return str(value)
        name = path.rpartition(".")[2]
        raise Problem(
            400, f"Unexpected value '{value}' for enum field '{name}'. Use any of the following values: [{listed}]"
        )

    return check


def list_of(check: Check, *, most: int | None = None) -> Check:
    """Accept a list whose items pass a check."""

    def listed(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list) or (most is not None and len(value) > most):
            raise unreadable(path)
        return [check(item, f"{path}[{n}]") for n, item in enumerate(value)]

    return listed


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object.

    `need` is the word by which its absence is reported; `empty` says whether an empty string counts as there.
    """

    check: Check
    need: str | None = None
    empty: bool = False
    rule: Rule | None = None


def needed(check: Check, *, name: str | None = None, empty: bool = False, rule: Rule | None = None) -> Field:
    """Declare a property that must be there; `name` replaces its name in the message."""
    return Field(check, name or "", empty, rule)


class Shape:
    """The check of a JSON object with known properties; `open_` lets others pass unchecked."""

    def __init__(self, fields: Mapping[str, Check | Field], *, open_: bool = False) -> None:
        self.fields = {n: f if isinstance(f, Field) else Field(f) for n, f in fields.items()}
        self.checks = {n: f.check for n, f in self.fields.items()}
        self.rules = [(n, f) for n, f in self.fields.items() if f.need is not None or f.rule is not None]
        self.open = open_

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        """Check an object: first how it is written, then what must be there and hold."""
        if not isinstance(value, dict):
            raise unreadable(path) if path else Problem(400, "Failed to read request")
        result: dict[str, Any] = {}
        checks = self.checks
        for name, item in value.items():
            check = checks.get(name)
            if check is None:
                if not self.open:
                    raise unreadable(f"{path}.{name}" if path else name)
            elif item is not None:
                result[name] = check(item, f"{path}.{name}" if path else name)
        wrong = [said for name, field in self.rules if (said := _broken(name, field, result.get(name)))]
        if wrong:
            raise invalid(" ".join(wrong))
        return result


def _broken(name: str, field: Field, value: Any) -> str | None:
    if value is None or (value == "" and not field.empty and field.need is not None):
        return None if field.need is None else f"No {field.need or name} provided."
    return field.rule(name, value) if field.rule else None


def positive(name: str, value: int) -> str | None:
    """Hold for numbers above zero."""
    return None if value > 0 else f"The value for {name} is '{value}' but must be greater than 0."


def reference(name: str, value: int) -> str | None:
    """Hold for operation references."""
    return None if value > 0 else f"The value for {name} is '{value}' but must be > 0."


def not_negative(name: str, value: int) -> str | None:
    """Hold for zero and above."""
    return None if value >= 0 else f"The value for {name} is '{value}' but must be not negative."


def percentage(name: str, value: int) -> str | None:
    """Hold for priorities."""
    return None if 0 <= value <= 100 else f"The value for {name} is '{value}' but must be within the [0,100] range."


OPERATION_REFERENCE = Field(int64, rule=reference)
NOTHING = Shape({})


def tenant(command: str) -> Check:
    """Accept the default tenant alone: there are no others here."""

    def check(value: Any, path: str) -> str:
        if text(value, path) != "<default>":
            raise invalid(
                f"Expected to handle request {command} with tenant identifier '{value}', but multi-tenancy is disabled"
            )
        return str(value)

    return check


def tag(value: Any, path: str) -> str:
    """Accept a tag: a letter, then letters, digits and some signs."""
    if TAG.fullmatch(text(value, path)):
        return str(value)
    raise invalid(
        f"The provided tag '{value}' is not valid. Tags must start with a letter, continue with letters, digits, "
        "'_', '-', ':' or '.', and be 1 to 100 characters long."
    )
