"""JSON Schema of events: what does not fit starts and continues nothing."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from connectory_sdk import ConnectorInputError

PROPERTY = "eventSchema"
MOST = 5  # reasons that a message has
Check = Callable[[Any], None]


@lru_cache(maxsize=500)
def schema_check(text: str) -> Check:
    """Return what refuses content that does not fit a schema.

    Messages tell where and what, but show no value of the event: they go to callers and logs.

    Raises:
        ConnectorInputError: The text is no JSON Schema.
    """
    try:
        import jsonschema_rs
    except ImportError as exc:
        raise ConnectorInputError(
            f"{PROPERTY}: no JSON Schema library is installed. Try: pip install 'connectory-runtime[schema]'"
        ) from exc
    try:
        # Offline: a reference to another server would let a model make the runtime call it.
        validator = jsonschema_rs.validator_for(json.loads(text), mask="the value", offline=True)
    except jsonschema_rs.ValidationError as exc:
        raise ConnectorInputError(f"{PROPERTY} is no JSON Schema: {exc.message}") from None
    except ValueError as exc:
        raise ConnectorInputError(f"{PROPERTY} is no JSON Schema: {exc}") from None

    def check(content: Any) -> None:
        if validator.is_valid(content):
            return
        found = [f"{pointer(error.instance_path)}: {error.message}" for error in validator.iter_errors(content)]
        more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
        raise ConnectorInputError(f"The event does not fit its JSON Schema: {'; '.join(found[:MOST])}{more}")

    return check


def pointer(path: list[Any]) -> str:
    """Return a place in a value as FEEL writes it."""
    if not path:
        return "the whole"
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def part_of(payload: Mapping[str, Any], place: str) -> Any:
    """Return the part of a payload that a schema describes, such as ``request.body``."""
    value: Any = payload
    for name in place.split(".") if place else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
