"""Built-ins for contexts."""

from connectory_feel.limits import charge
from connectory_feel.values import Function, Value, entries, illegal_arguments

__all__ = ["FUNCTIONS"]


def get_value(context: Value, key: Value) -> Value:
    """Give the entry of a key, or of a path of keys; null if there is none."""
    if type(context) is dict:
        if type(key) is str:
            return _entry(context, key)
        if type(key) is list:
            return _entry_at(context, key)
    raise illegal_arguments(context, key)


def _entry(context: dict[str, Value], key: str) -> Value:
    value = context.get(key)
    return None if type(value) is Function else value


def _entry_at(context: Value, keys: list[Value]) -> Value:
    if not keys:
        return None
    for key in keys:
        if type(context) is not dict or type(key) is not str:
            return None
        context = _entry(context, key)
    return context


def get_entries(context: Value) -> Value:
    """Give a list of keys and values."""
    if type(context) is not dict:
        raise illegal_arguments(context)
    charge(len(context))
    return [{"key": key, "value": value} for key, value in entries(context).items()]


def context_put(context: Value, key: Value, value: Value) -> Value:
    """Give a copy of a context with one entry more, or at a path of keys within."""
    if type(context) is dict:
        if type(key) is str:
            charge(len(context))
            return {**context, key: value}
        if type(key) is list and all(type(part) is str for part in key):
            return _put_at(context, key, value) if key else None
    raise illegal_arguments(context, key, value)


def _put_at(context: Value, keys: list[str], value: Value) -> dict[str, Value]:
    result: dict[str, Value] = {}
    inner = result
    for key in keys[:-1]:
        if type(context) is dict:
            charge(len(context))
            inner.update(context)
            context = context.get(key)
        else:
            context = None
        nested: dict[str, Value] = {}
        inner[key] = nested
        inner = nested
    if type(context) is dict:
        charge(len(context))
        inner.update(context)
    inner[keys[-1]] = value
    return result


def context_merge(contexts: Value) -> Value:
    """Give the entries of all contexts together, the later ones before the earlier; null if one is no context."""
    if type(contexts) is not list:
        return None
    result: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            return None
        charge(len(context))
        for key, value in context.items():
            # A function is no entry that could replace a value.
            if type(value) is not Function or key not in result:
                result[key] = value
    return result


def context_of(items: Value) -> Value:
    """Make a context of a list of keys and values; null if the list has anything else."""
    if type(items) is not list:
        return None
    charge(len(items))
    result = {}
    for item in items:
        if type(item) is not dict or "value" not in item:
            return None
        key = item.get("key")
        if type(key) is not str:
            return None
        result[key] = item["value"]
    return result


_PUT = [Function(("context", "key", "value"), context_put), Function(("context", "keys", "value"), context_put)]
_MERGE = [Function(("contexts",), context_merge, variadic=True)]

FUNCTIONS: dict[str, list[Function]] = {
    "get value": [
        Function(("context", "key"), get_value),
        Function(("context", "keys"), get_value),
        Function(("m", "key"), get_value),
    ],
    "get entries": [Function(("context",), get_entries), Function(("m",), get_entries)],
    "context put": _PUT,
    "context merge": _MERGE,
    "context": [Function(("entries",), context_of)],
    # The names that these two had before FEEL took them over.
    "put": _PUT[:1],
    "put all": _MERGE,
}
