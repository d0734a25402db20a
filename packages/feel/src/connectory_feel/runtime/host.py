"""What the caller gave, as values of FEEL."""

from collections.abc import Mapping

from connectory_feel.errors import FeelError
from connectory_feel.values import PLAIN, Value, from_float

__all__ = ["outwardly_pure", "pure"]


def pure(value: Value) -> Value:
    """Make FEEL values of what a caller may give: floats, tuples, other mappings; the same object if all is fine."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is float:
        return from_float(value)  # type: ignore[arg-type]
    if kind is list:
        for position, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
            if type(item) not in PLAIN:
                better = pure(item)
                if better is not item:
                    copy = value[:position]  # type: ignore[index]
                    copy.append(better)
                    copy.extend(map(pure, value[position + 1 :]))  # type: ignore[index]
                    return copy
        return value
    if kind is dict:
        return _pure_context(value)  # type: ignore[arg-type]
    if isinstance(value, tuple):
        return [pure(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): pure(item) for key, item in value.items()}
    if hasattr(value, "feel_type"):
        return value
    return _foreign(value)


def outwardly_pure(value: Value) -> Value:
    """Make a FEEL value, but leave what is inside of it."""
    kind = type(value)
    return value if kind is dict or kind is list else pure(value)


def _pure_context(context: dict[object, Value]) -> Value:
    changed: dict[object, Value] = {}
    names = True
    for key, item in context.items():
        if type(item) not in PLAIN:
            better = pure(item)
            if better is not item:
                changed[key] = better
        if type(key) is not str:
            names = False
    if not changed and names:
        return context
    return {str(key): changed.get(key, item) for key, item in context.items()}


def _foreign(value: Value) -> Value:
    """Read subclasses of the plain types; anything else is no FEEL value."""
    for plain in (str, int, float, list, dict):
        if isinstance(value, plain):
            return pure(plain(value))  # type: ignore[arg-type]
    from connectory_feel.temporal import from_python

    converted = from_python(value)
    if converted is None:
        msg = f"a value of the Python type {type(value).__name__} cannot be used in FEEL"
        raise FeelError(msg)
    return converted
