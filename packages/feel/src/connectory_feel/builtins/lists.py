"""Built-ins for lists."""

from functools import cmp_to_key

from connectory_feel.errors import FeelError
from connectory_feel.limits import charge, check_size
from connectory_feel.temporal.arithmetic import whole
from connectory_feel.temporal.calendar import wrap_int
from connectory_feel.values import (
    Function,
    FunctionFailure,
    Value,
    display,
    entries,
    equal,
    illegal_arguments,
    is_number,
)

__all__ = ["FUNCTIONS"]


# Values of these types are equal for Python where they are for FEEL.
_PLAIN = frozenset([int, str])


def _same(a: Value, b: Value) -> bool:
    return equal(a, b) is True


def _key(value: Value) -> object:
    """Give something hashable that is equal for values that FEEL calls equal."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is bool:
        return bool, value
    if kind is list:
        charge(8 * len(value))  # type: ignore[arg-type]
        return list, tuple(map(_key, value))  # type: ignore[call-overload]
    if kind is dict:
        shown = entries(value)  # type: ignore[arg-type]
        charge(8 * len(shown))
        return dict, frozenset((key, _key(item)) for key, item in shown.items())
    if kind is Function:
        return object()  # equal to nothing
    return value if is_number(value) else (kind, value)


def list_contains(items: Value, element: Value) -> Value:
    """Say whether a list has an element."""
    if type(items) is not list:
        raise illegal_arguments(items, element)
    charge(len(items))
    if element is None or type(element) is str:
        return element in items
    return any(_same(item, element) for item in items)


def count(items: Value) -> Value:
    """Count the items."""
    if type(items) is not list:
        raise illegal_arguments(items)
    return len(items)


def is_empty(items: Value) -> Value:
    """Say whether a list has no items."""
    if type(items) is not list:
        raise illegal_arguments(items)
    return not items


def reverse(items: Value) -> Value:
    """Give the items from last to first."""
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    return items[::-1]


def index_of(items: Value, match: Value) -> Value:
    """Give all positions of an element."""
    if type(items) is not list:
        raise illegal_arguments(items, match)
    charge(len(items))
    return [position for position, item in enumerate(items, 1) if _same(item, match)]


def append(items: Value, added: Value) -> Value:
    """Put items at the end."""
    if type(items) is not list or type(added) is not list:
        raise illegal_arguments(items, added)
    charge(len(items) + len(added))
    return items + added


def concatenate(lists: Value) -> Value:
    """Put lists together; what is no list counts as a list of one."""
    if type(lists) is not list:
        raise illegal_arguments(lists)
    result: list[Value] = []
    for part in lists:
        if type(part) is list:
            charge(len(part))
            result += part
        else:
            result.append(part)
    return result


def union(lists: Value) -> Value:
    """Put lists together, each value once."""
    return distinct_values(concatenate(lists))


def distinct_values(items: Value) -> Value:
    """Give each value once, where it is first."""
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    if {*map(type, items)} <= _PLAIN:
        return list(dict.fromkeys(items))
    found: dict[object, Value] = {}
    for item in items:
        found.setdefault(_key(item), item)
    return list(found.values())


def duplicate_values(items: Value) -> Value:
    """Give the values that are there more than once, each once."""
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    found: dict[object, list[Value]] = {}
    for item in items:
        found.setdefault(_key(item), []).append(item)
    return [same[0] for same in found.values() if len(same) > 1]


def flatten(items: Value) -> Value:
    """Give the items of all lists within lists."""
    if type(items) is not list:
        raise illegal_arguments(items)
    result: list[Value] = []
    _flatten(items, result)
    return result


def _flatten(items: list[Value], result: list[Value]) -> None:
    charge(len(items) + 1)
    for item in items:
        if type(item) is list:
            _flatten(item, result)
        else:
            result.append(item)


def _position(position: Value, what: str) -> int:
    if position == 0:
        msg = f"{what} must be a non-zero number"
        raise FunctionFailure(msg)
    return wrap_int(whole(position))


def insert_before(items: Value, position: Value, new_item: Value) -> Value:
    """Put an item before a position."""
    if type(items) is not list or not is_number(position):
        raise illegal_arguments(items, position, new_item)
    number = _position(position, "position")
    at = min(number - 1, len(items)) if number > 0 else max(len(items) + number, 0)
    charge(len(items))
    return [*items[:at], new_item, *items[at:]]


def remove(items: Value, position: Value) -> Value:
    """Leave out the item at a position."""
    if type(items) is not list or not is_number(position):
        raise illegal_arguments(items, position)
    number = _position(position, "position")
    at = number - 1 if number > 0 else len(items) + number
    charge(len(items))
    if number == 0:  # a fraction: the reference takes all before it and all after it
        return items + items
    return items[:at] + items[at + 1 :] if at >= 0 else items[:]


def sublist(items: Value, start: Value) -> Value:
    """Give the items from a position."""
    if type(items) is not list or not is_number(start):
        raise illegal_arguments(items, start)
    number = _position(start, "start position")
    charge(len(items))
    return items[number - 1 :] if number > 0 else items[max(len(items) + number, 0) :]


def sublist_of_length(items: Value, start: Value, length: Value) -> Value:
    """Give so many items from a position."""
    if type(items) is not list or not is_number(start) or not is_number(length):
        raise illegal_arguments(items, start, length)
    number = _position(start, "start position")
    at = number - 1 if number > 0 else len(items) + number
    end = wrap_int(at + wrap_int(whole(length)))
    charge(len(items))
    return items[max(at, 0) : max(end, 0)]


def partition(items: Value, size: Value) -> Value:
    """Cut a list into lists of a size."""
    if type(items) is not list or not is_number(size):
        raise illegal_arguments(items, size)
    step = wrap_int(whole(size))
    if step <= 0:
        msg = f"'size' should be greater than zero but was '{display(size)}'"
        raise FunctionFailure(msg)
    charge(len(items))
    return [items[at : at + step] for at in range(0, len(items), step)]


def _unsorted(reason: str) -> FunctionFailure:
    return FunctionFailure(f"fail to sort list by given precedes function: {reason}")


def sort(items: Value, precedes: Value) -> Value:
    """Order a list by a function that says whether its first argument comes before the second."""
    if type(items) is not list or type(precedes) is not Function:
        raise illegal_arguments(items, precedes)
    if len(precedes.parameters) != 2:
        msg = f"expect boolean function with 2 arguments, but found '{len(precedes.parameters)}'"
        raise FunctionFailure(msg)
    check_size(len(items), "list")
    invoke = precedes.invoke

    def comes_first(a: Value, b: Value) -> bool:
        charge(1)
        try:
            result = invoke(a, b)
        except FeelError as error:
            if type(error) is not FeelError:
                raise
            raise _unsorted(str(error)) from None
        if type(result) is not bool:
            raise _unsorted(f"expected boolean but found '{display(result)}'")
        return result

    def order(a: Value, b: Value) -> int:
        return -1 if comes_first(a, b) else 1 if comes_first(b, a) else 0

    return sorted(items, key=cmp_to_key(order))


FUNCTIONS: dict[str, list[Function]] = {
    "list contains": [Function(("list", "element"), list_contains)],
    "count": [Function(("list",), count)],
    "is empty": [Function(("list",), is_empty)],
    "reverse": [Function(("list",), reverse)],
    "index of": [Function(("list", "match"), index_of)],
    "append": [Function(("list", "items"), append, variadic=True)],
    "concatenate": [Function(("lists",), concatenate, variadic=True)],
    "union": [Function(("lists",), union, variadic=True)],
    "distinct values": [Function(("list",), distinct_values)],
    "duplicate values": [Function(("list",), duplicate_values)],
    "flatten": [Function(("list",), flatten)],
    "insert before": [Function(("list", "position", "newItem"), insert_before)],
    "remove": [Function(("list", "position"), remove)],
    "sublist": [Function(("list", "start"), sublist), Function(("list", "start", "length"), sublist_of_length)],
    "partition": [Function(("list", "size"), partition)],
    "sort": [Function(("list", "precedes"), sort)],
}
