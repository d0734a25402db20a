"""Variables and their scopes: what is seen, and where a value goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectory_engine.records import ElementInstance


def same(a: Any, b: Any) -> bool:
    """Whether two values are written the same: `true` is not `1`, `1` is not `1.0`, and the order of keys counts."""
    if type(a) is not type(b) or a != b:
        return False
    if type(a) is list:
        return all(map(same, a, b))
    if type(a) is dict:
        return list(a) == list(b) and all(same(value, b[name]) for name, value in a.items())
    return True


def set_local(scope: ElementInstance, variables: Mapping[str, Any]) -> None:
    """Set variables in a scope itself."""
    if scope.variables is None:
        scope.variables = dict(variables)
    else:
        scope.variables.update(variables)


def propagate(scope: ElementInstance, variables: Mapping[str, Any]) -> None:
    """Set variables where they are defined, from a scope outwards, else in the root.

    A scope that has the very value already does not stop it: it goes on upwards, as in the real engine.
    """
    left = dict(variables)
    at = scope
    while at.scope is not None and left:
        own = at.variables
        if own:
            for name in [name for name in left if name in own]:
                if not same(own[name], left[name]):
                    own[name] = left.pop(name)
        at = at.scope
    if left:
        while at.scope is not None:
            at = at.scope
        set_local(at, left)


def visible(scope: ElementInstance, names: Sequence[str] = ()) -> dict[str, Any]:
    """Give the variables that a scope sees, all or those named."""
    found: dict[str, Any] = {}
    at: ElementInstance | None = scope
    while at is not None:
        own = at.variables
        if own:
            for name, value in own.items():
                if name not in found and (not names or name in names):
                    found[name] = value
        at = at.scope
    return found
