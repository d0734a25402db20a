"""The values of FEEL, how they compare and how messages show them.

| FEEL | Python |
|---|---|
| null, boolean, string | `None`, `bool`, `str` |
| number | `int` (up to 34 digits) or `decimal.Decimal` |
| list, context | `list`, `dict` with text keys |
| temporal types | the seven classes of `connectory_feel.temporal` |
| function, range | `Function`, `Range` |

A built-in is a `Function` whose `invoke` takes FEEL values by position. It raises `FunctionFailure` to give null with a
warning, and any `FeelError` to end the evaluation.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from connectory_feel.errors import FeelError
from connectory_feel.limits import charge, check_size

__all__ = [
    "PLAIN",
    "TEMPORAL_OPERATIONS",
    "AssertionFailure",
    "Failure",
    "Function",
    "FunctionFailure",
    "Range",
    "Value",
    "compare",
    "display",
    "entries",
    "equal",
    "from_float",
    "illegal_arguments",
    "is_number",
    "type_name",
]

# The values of FEEL have no common base, and a recursive union would need a cast at every step.
Value = object


class FunctionFailure(Exception):  # noqa: N818 - a failure that becomes null, not an error
    """A function cannot give a result: null, with a warning of this text."""


class AssertionFailure(FunctionFailure):
    """A condition of `assert(...)` is not fulfilled: the evaluation goes on, but has no result."""


class Failure:
    """The value of a part that failed as a whole: what contains it fails too, or makes null of it.

    A fatal one, from `?` where there is no input, is never made null.
    """

    __slots__ = ("fatal", "text")

    def __init__(self, text: str, *, fatal: bool = False) -> None:
        self.text = text
        self.fatal = fatal

    def __str__(self) -> str:
        return f'fatal error("{self.text}")' if self.fatal else f'error("{self.text}")'


class Function:
    """A function that expressions can call.

    Args:
        parameters: the names for named arguments, in order.
        invoke: called with one value for each parameter.
        variadic: the last parameter takes any number of values; `invoke` gets them as its last argument, a list.
    """

    __slots__ = ("invoke", "parameters", "variadic")

    def __init__(self, parameters: tuple[str, ...], invoke: Callable[..., Value], *, variadic: bool = False) -> None:
        self.parameters = parameters
        self.invoke = invoke
        self.variadic = variadic

    def __repr__(self) -> str:
        return f"function({', '.join(self.parameters)})"


class Range:
    """An interval of numbers or temporal values; an open side is null and not included."""

    __slots__ = ("end", "end_included", "start", "start_included")

    def __init__(self, start: Value, end: Value, start_included: bool = True, end_included: bool = True) -> None:
        self.start = start
        self.end = end
        self.start_included = start_included
        self.end_included = end_included

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and (
            self.start_included == other.start_included
            and self.end_included == other.end_included
            and equal(self.start, other.start) is True
            and equal(self.end, other.end) is True
        )

    def __hash__(self) -> int:
        return hash((str(self.start), str(self.end)))

    def __repr__(self) -> str:
        opening = "[" if self.start_included else "("
        closing = "]" if self.end_included else ")"
        return f"{opening}{display(self.start)}..{display(self.end)}{closing}"


# Types whose values are FEEL values as they are and have no values inside. The temporal types add themselves when they
# are imported, which few programs need at their start.
PLAIN: set[type] = {type(None), bool, int, Decimal, str, Function, Range, Failure}
# What `+ - * /` mean for temporal values, by name; filled together with `PLAIN`.
TEMPORAL_OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {}

_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    Function: "function",
    Range: "range",
}


def type_name(value: Value) -> str:
    """Name the FEEL type of a value."""
    name = _NAMES.get(type(value))
    return name if name is not None else str(getattr(value, "feel_type", type(value).__name__))


def is_number(value: Value) -> bool:
    """Say whether a value is a FEEL number (a boolean is none)."""
    kind = type(value)
    return kind is int or kind is Decimal


def entries(context: dict[str, Value]) -> dict[str, Value]:
    """Give the entries of a context that are values; its functions can be called, but are not seen otherwise."""
    if Function in map(type, context.values()):
        return {key: value for key, value in context.items() if type(value) is not Function}
    return context


def from_float(number: float) -> int | Decimal:
    """Read a floating-point number through its shortest text, as JSON shows it."""
    if number - number != 0.0:
        msg = f"{number} is no FEEL number"
        raise FeelError(msg)
    return Decimal(repr(number))


def equal(a: Value, b: Value) -> bool | None:
    """Compare two values for equality; None where FEEL cannot compare them."""
    kind = type(a)
    if kind is type(b):
        if kind is list:
            return _equal_lists(a, b)  # type: ignore[arg-type]
        if kind is dict:
            return _equal_contexts(a, b)  # type: ignore[arg-type]
        return None if kind is Function else a == b
    if a is None or b is None:
        return False
    other = type(b)
    if kind is float:
        return equal(from_float(a), b)  # type: ignore[arg-type]
    if other is float:
        return equal(a, from_float(b))  # type: ignore[arg-type]
    if (kind is int or kind is Decimal) and (other is int or other is Decimal):
        return a == b
    return None


def _equal_lists(a: list[Value], b: list[Value]) -> bool:
    """Items that cannot be compared make lists different, not incomparable."""
    if len(a) != len(b):
        return False
    charge(len(a))
    return all(equal(x, y) is True for x, y in zip(a, b, strict=True))


def _equal_contexts(a: dict[str, Value], b: dict[str, Value]) -> bool:
    a, b = entries(a), entries(b)
    if a.keys() != b.keys():
        return False
    charge(len(a))
    return all(equal(x, b[key]) is True for key, x in a.items())


def compare(a: Value, b: Value) -> int | None:
    """Order two values: -1, 0 or 1; None where FEEL has no order for them."""
    kind, other = type(a), type(b)
    if kind is not other:
        if not ((kind is int or kind is Decimal) and (other is int or other is Decimal)):
            return None
    elif kind in _UNORDERED:
        return None
    if kind is list:
        msg = f"{display(a)} can not be compared to {display(b)}"
        raise FeelError(msg)
    if a < b:  # type: ignore[operator]
        return -1
    return 1 if b < a else 0  # type: ignore[operator]


_UNORDERED = frozenset([type(None), bool, dict, Function, Range, Failure])


def display(value: Value) -> str:
    """Write a value as the messages of warnings show it."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    kind = type(value)
    if kind is str:
        return f'"{value}"'
    if kind is list:
        return f"[{_listed(map(display, value))}]"  # type: ignore[call-overload]
    if kind is dict:
        return "{" + _listed(f"{k}:{display(v)}" for k, v in entries(value).items()) + "}"  # type: ignore[arg-type]
    if kind is float:
        return str(from_float(value))  # type: ignore[arg-type]
    return str(value)


def _listed(texts: Iterable[str]) -> str:
    """Join texts; values that contain each other many times over may be small and their text huge."""
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text)
        size += len(text) + 2
        if size > 10_000:
            check_size(size, "text")
    charge(len(parts))
    return ", ".join(parts)


def illegal_arguments(*arguments: Value) -> FunctionFailure:
    """Make the failure of a function whose arguments have the wrong types."""
    shown = ", ".join(f"'{display(a)}'" for a in arguments)
    return FunctionFailure(f"Illegal arguments: {shown}")
