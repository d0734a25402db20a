"""FEEL in models: compiled at deployment, evaluated over the variables of a scope, worded as the real engine does."""

from collections.abc import Mapping, Sequence
from typing import Any

import connectory_feel as feel
from connectory_engine import surroundings
from connectory_engine.failure import Failure
from connectory_engine.records import ElementInstance
from connectory_engine.values import TooLarge, to_variable
from connectory_feel.temporal import Date, DaysTimeDuration, LocalDateTime, YearsMonthsDuration, ZonedDateTime

__all__ = ["Expression", "FeelSyntaxError", "context", "type_name"]

FeelSyntaxError = feel.FeelSyntaxError


def _from_ai(value: object, *_: object) -> object:
    return value


def _cycle(*arguments: object) -> object:
    """Give the text of a repeating interval: `cycle(interval)` without end, `cycle(times, interval)`."""
    *times, interval = arguments
    if not isinstance(interval, DaysTimeDuration | YearsMonthsDuration):
        msg = f"Expected an interval value for the 'interval' parameter, but found '{interval}'"
        raise feel.FunctionFailure(msg)
    count = times[0] if times else None
    if count is None:
        return f"R/{interval.iso()}"
    if type_name(count) != "NUMBER":
        msg = f"Expected a repetitions value for the 'repetitions' parameter, but found '{count}'"
        raise feel.FunctionFailure(msg)
    return f"R{int(count)}/{interval.iso()}"  # type: ignore[call-overload]


_PARAMETERS = ("value", "description", "type", "schema", "options")
# What Camunda adds to FEEL: the text of a cycle, and what an agent's tool call fills in (elsewhere its first argument).
FUNCTIONS = {
    **surroundings.FUNCTIONS,
    "fromAi": [feel.Function(_PARAMETERS[:count], _from_ai) for count in range(1, 6)],
    "cycle": [feel.Function(("interval",), _cycle), feel.Function(("repetitions", "interval"), _cycle)],
}

_TYPES: dict[type, str] = {
    type(None): "NULL",
    bool: "BOOLEAN",
    str: "STRING",
    list: "ARRAY",
    dict: "OBJECT",
    DaysTimeDuration: "DURATION",
    YearsMonthsDuration: "PERIOD",
    ZonedDateTime: "DATE_TIME",
    LocalDateTime: "DATE_TIME",
    Date: "DATE",
}


def type_name(value: object) -> str:
    """Name the type of a value as messages do."""
    kind = type(value)
    if kind in _TYPES:
        return _TYPES[kind]
    return "NUMBER" if feel.values.is_number(value) or kind is float else "UNKNOWN"


def context(scope: ElementInstance | None, names: Sequence[str]) -> dict[str, Any]:
    """Look up variables from a scope outwards."""
    found: dict[str, Any] = {}
    for name in names:
        at = scope
        while at is not None:
            variables = at.variables
            if variables is not None and name in variables:
                found[name] = variables[name]
                break
            at = at.scope
    return found


class Expression:
    """An expression of a model."""

    __slots__ = ("_compiled", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = feel.compile(text, functions=FUNCTIONS)
        self.names = tuple(self._compiled.names)

    def raw(self, variables: Mapping[str, Any], incident: str) -> feel.Value:
        """Evaluate; a failure becomes an incident of the type given."""
        try:
            return self._compiled.evaluate(variables)
        except feel.FeelError as exc:
            raise Failure(incident, self._describe(exc, variables)) from None

    def run(self, scope: ElementInstance | None, incident: str = "EXTRACT_VALUE_ERROR") -> feel.Value:
        """Evaluate over the variables that a scope sees, to a FEEL value."""
        return self.raw(context(scope, self.names), incident)

    def json(self, scope: ElementInstance | None, incident: str) -> Any:
        """Evaluate to a value that a variable can hold."""
        return self.as_json(self.run(scope, incident), incident)

    def as_json(self, value: feel.Value, incident: str) -> Any:
        """Turn a result into what a variable can hold."""
        try:
            return to_variable(value)
        except TooLarge as exc:
            raise Failure(incident, f"Failed to evaluate expression '{self.text}': {exc}") from None

    def boolean(self, scope: ElementInstance | None) -> bool:
        """Evaluate a condition."""
        value = self.run(scope)
        if value is True or value is False:
            return value
        raise self.wrong_type(scope, value, "BOOLEAN")

    def string(self, scope: ElementInstance | None) -> str:
        """Evaluate to a text."""
        value = self.run(scope)
        if type(value) is str:
            return value
        raise self.wrong_type(scope, value, "STRING")

    def name(self, scope: ElementInstance | None) -> str:
        """Evaluate to a text that is not empty."""
        value = self.string(scope)
        if not value:
            message = (
                f"Expected result of the expression '{self.text}' to be a not-empty string, but was an empty string."
            )
            raise Failure("EXTRACT_VALUE_ERROR", message)
        return value

    def integer(self, scope: ElementInstance | None, *, whole: bool = False) -> int:
        """Evaluate to a number, cut to a whole one, or (`whole`) refused when it is none."""
        value = self.run(scope)
        if type_name(value) != "NUMBER":
            raise self.wrong_type(scope, value, "NUMBER")
        number = int(value)  # type: ignore[call-overload]
        if whole and number != value:
            message = f"Expected result of the expression '{self.text}' to be an integer, but was a decimal."
            raise Failure("EXTRACT_VALUE_ERROR", message)
        return int(number)

    def array(self, scope: ElementInstance | None) -> list[Any]:
        """Evaluate to a list of what variables can hold."""
        value = self.run(scope)
        if type(value) is list:
            result: list[Any] = self.as_json(value, "EXTRACT_VALUE_ERROR")
            return result
        raise self.wrong_type(scope, value, "ARRAY")

    def strings(self, scope: ElementInstance | None) -> list[str]:
        """Evaluate to a list of texts."""
        value = self.array(scope)
        wrong = next((item for item in value if type(item) is not str), None)
        if wrong is None and None not in value:
            return value
        raise Failure(
            "EXTRACT_VALUE_ERROR",
            f"Expected result of the expression '{self.text}' to be 'ARRAY' containing 'STRING' items,"
            f" but was 'ARRAY' containing at least one non-'STRING' item.",
        )

    def wrong_type(self, scope: ElementInstance | None, value: object, *wanted: str) -> Failure:
        """Say that a result has the wrong type."""
        to_be = f"'{wanted[0]}'" if len(wanted) == 1 else f"one of '[{', '.join(wanted)}]'"
        message = f"Expected result of the expression '{self.text}' to be {to_be}, but was '{type_name(value)}'."
        warnings = self._compiled.run(context(scope, self.names)).warnings
        return Failure("EXTRACT_VALUE_ERROR", message + _listed(warnings))

    def _describe(self, error: feel.FeelError, variables: Mapping[str, Any]) -> str:
        try:
            self._compiled.run(variables)
            noted: Sequence[object] = ()
        except feel.FeelError as again:
            noted = again.warnings
        if isinstance(error, feel.FeelAssertionError):
            return f"Assertion failure on evaluate the expression '{self.text}': {error}{_listed(noted, ' ')}"
        return f"Failed to evaluate expression '{self.text}': {error}{_listed(noted, ' ')}"


def _listed(warnings: Sequence[object], before: str = " ") -> str:
    if not warnings:
        return ""
    lines = "\n".join(str(warning) for warning in warnings)
    return f"{before}The evaluation reported the following warnings:\n{lines}"
