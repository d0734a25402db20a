"""Conditions of properties, as a template writes them."""

from typing import Any

JSON = dict[str, Any]


def parts(condition: JSON | None) -> list[JSON]:
    """Return the single conditions of a condition."""
    if condition is None:
        return []
    return list(condition["allMatch"]) if "allMatch" in condition else [condition]


def exclusive(one: JSON | None, other: JSON | None) -> bool:
    """Tell whether two conditions can never hold together."""
    for a in parts(one):
        for b in parts(other):
            if a["property"] == b["property"] and not values(a) & values(b) and values(a) and values(b):
                return True
    return False


def values(part: JSON) -> set[Any]:
    """Return the values that a single condition waits for."""
    return set(part.get("oneOf", [part["equals"]] if "equals" in part else []))


def named(entry: JSON) -> str:
    """Return what to call a property in a message."""
    return str(entry.get("id") or entry["binding"].get("name") or entry["binding"].get("key"))
