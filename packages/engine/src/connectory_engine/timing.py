"""What the text or the expression of a timer means."""

from typing import Any

from connectory_engine.durations import as_interval, as_moment, parse_interval, parse_moment, parse_repetition
from connectory_engine.expressions import Expression, type_name
from connectory_engine.failure import Failure, NotATime
from connectory_engine.model import TimerSpec
from connectory_engine.records import ElementInstance

_WANTED = {
    "duration": ("DURATION", "PERIOD", "STRING"),
    "date": ("DATE_TIME", "STRING"),
    "cycle": ("STRING",),
}


def timer_value(spec: TimerSpec, scope: ElementInstance | None) -> Any:
    """Give an `Interval`, a moment or a repetition; a wrong value is an incident."""
    if spec.static is not None:
        return spec.static
    expression = spec.value
    assert isinstance(expression, Expression)  # noqa: S101 - static texts were read at deployment
    value = expression.run(scope)
    known = as_interval(value) if spec.kind == "duration" else as_moment(value) if spec.kind == "date" else None
    if known is not None:
        return known
    if type_name(value) != "STRING":
        raise expression.wrong_type(scope, value, *_WANTED[spec.kind])
    text = str(value)
    try:
        if spec.kind == "duration":
            return parse_interval(text)
        return parse_moment(text) if spec.kind == "date" else parse_repetition(text)
    except NotATime as exc:
        word = {"duration": "duration", "date": "date-time", "cycle": "cycle"}[spec.kind]
        detail = f" {exc}" if spec.kind == "cycle" else ""
        message = f"Invalid {word} format '{text}' for expression '{expression.text}'.{detail}"
        raise Failure("EXTRACT_VALUE_ERROR", message) from None


def first_due(spec: TimerSpec, value: Any, now: float) -> float | None:
    """Give the first moment at which a timer fires; None when it never does."""
    if spec.kind == "duration":
        return float(value.after(now))
    if spec.kind == "date":
        return float(value)
    first: float | None = value.first(now)
    return first
