"""Names, paths, and the items of lists."""

from collections.abc import Mapping
from decimal import Decimal

from connectory_feel.limits import charge
from connectory_feel.runtime.host import pure
from connectory_feel.values import Failure, Function, Value
from connectory_feel.warnings import Warnings

__all__ = [
    "M",
    "at_index",
    "host_chain",
    "host_path",
    "host_steps",
    "no_entry",
    "no_host_entry",
    "no_variable",
    "path",
    "snapshot",
    "to_list",
    "unary_input",
]

M = object()  # no entry
_SCALARS = frozenset([int, str, bool, type(None), Decimal, float])


def no_variable(name: str, w: Warnings, value: Value = None) -> Value:
    """Note a missing variable; functions of the context can be called, but are no variables."""
    w.append(("NO_VARIABLE_FOUND", name))
    return value


def unary_input(c: Mapping[str, Value], w: Warnings) -> Value:
    """Give the value that a unary test is about."""
    value = c.get("cellInput", M)
    if value is M:
        w.append(("NO_INPUT",))
        return None
    return value


def no_entry(context: dict[str, Value], name: str, w: Warnings) -> None:
    """Note that a context has no such entry."""
    w.append(("NO_CONTEXT_ENTRY_FOUND", name, context))


def no_host_entry(context: dict[str, Value], name: str, w: Warnings) -> None:
    """Note that a context of the caller has no such entry."""
    w.append(("NO_HOST_ENTRY_FOUND", name, context))


def host_path(target: Value, name: str, w: Warnings) -> Value:
    """Follow a path in what the caller gave."""
    if type(target) is list:
        charge(len(target))
        found = []
        for item in target:
            if type(item) is dict:
                value = item.get(name, M)
                if value is M or type(value) is Function:
                    value = no_host_entry(item, name, w)  # type: ignore[func-returns-value]
                found.append(value)
            else:
                found.append(host_path(item, name, w))
        return found
    if type(target) is dict:
        value = target.get(name, M)
        return no_host_entry(target, name, w) if value is M or type(value) is Function else value  # type: ignore[func-returns-value]
    better = pure(target)
    return path(target, name, w) if better is target else host_path(better, name, w)


def host_steps(target: Value, names: tuple[str, ...], w: Warnings) -> Value:
    """Follow several names; a variable that was missing has had its warning."""
    if target is M:
        return None
    for name in names:
        if type(target) is dict:
            value = target.get(name, M)
            if value is M:
                w.append(("NO_HOST_ENTRY_FOUND", name, target))
                value = None
            target = value
        else:
            target = host_path(target, name, w)
    return target


def host_chain(c: Mapping[str, Value], variable: str, names: tuple[str, ...], w: Warnings) -> Value:
    """Read a variable and follow names."""
    target = c.get(variable, M)
    if target is M or type(target) is Function:
        return no_variable(variable, w)
    return host_steps(target, names, w)


def path(target: Value, name: str, w: Warnings) -> Value:
    """Follow a path: in a context, in each item of a list, or to a property of a value."""
    kind = type(target)
    if kind is dict:
        value = target.get(name, M)  # type: ignore[attr-defined]
        if value is M or type(value) is Function:
            return no_entry(target, name, w)  # type: ignore[arg-type, func-returns-value]
        return value
    if kind is list:
        charge(len(target))  # type: ignore[arg-type]
        return [path(item, name, w) for item in target]  # type: ignore[attr-defined]
    if target is None:
        w.append(("NO_CONTEXT_ENTRY_FOUND", name, None))
        return None
    if kind is Failure:
        return target
    if kind in _SCALARS:
        w.append(("NO_PROPERTY_FOUND", name, target, ()))
        return None
    better = pure(target)
    if better is not target:
        return path(better, name, w)
    properties = getattr(target, "properties", None)
    if properties is None:
        w.append(("NO_PROPERTY_FOUND", name, target, ()))
        return None
    if name in properties:
        return target.property(name)  # type: ignore[attr-defined]
    w.append(("NO_PROPERTY_FOUND", name, target, properties))
    return None


def to_list(value: Value, w: Warnings) -> list[Value] | None:
    """Give a list, or None for what is none."""
    value = pure(value)
    if type(value) is list:
        return value
    if type(value) is not Failure:
        w.append(("EXPECTED", "list", value))
    return None


def at_index(items: list[Value], index: int | Decimal | float) -> Value:
    """Give the item at a position, from 1; negative ones count from the end, fractions are cut off."""
    size = len(items)
    if index >= 1:
        return items[int(index) - 1] if index < size + 1 else None
    if -size <= index < 0:
        return items[int(size + index)]
    return None


def snapshot(items: list[Value]) -> list[Value]:
    """Copy the results so far, for `partial`."""
    charge(len(items) >> 3)
    return items[:]
