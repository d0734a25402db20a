"""Why a value became null, in the words of Camunda's engine.

While an expression runs, a warning is a tuple of a kind and the values concerned; texts are made on demand.
"""

from connectory_feel.values import Value, display, entries

__all__ = ["FeelWarning", "Warnings", "in_words"]

Warnings = list[tuple[object, ...]]

_MATH = {
    "add": "Can't add '{1}' to '{0}'",
    "subtract": "Can't subtract '{1}' from '{0}'",
    "multiply": "Can't multiply '{0}' by '{1}'",
    "divide": "Can't divide '{0}' by '{1}'",
}


class FeelWarning:
    """One reason why a part of an expression became null."""

    __slots__ = ("message", "type")

    def __init__(self, type: str, message: str) -> None:
        self.type = type
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeelWarning) and (self.type, self.message) == (other.type, other.message)

    def __hash__(self) -> int:
        return hash((self.type, self.message))

    def __repr__(self) -> str:
        return f"[{self.type}] {self.message}"


def in_words(warnings: Warnings) -> list[FeelWarning]:
    """Put noted warnings into words."""
    return [FeelWarning(*_put(*warning)) for warning in warnings]


def _put(kind: object, *parts: Value) -> tuple[str, str]:
    match kind, parts:
        case "NO_VARIABLE_FOUND", (name,):
            return "NO_VARIABLE_FOUND", f"No variable found with name '{name}'"
        case "NO_INPUT", _:
            return "NO_VARIABLE_FOUND", "No input value found."
        case "NO_CONTEXT_ENTRY_FOUND", (name, context):
            return "NO_CONTEXT_ENTRY_FOUND", f"No context entry found with key '{name}'. {_keys(context)}"
        case "NO_HOST_ENTRY_FOUND", (name, context):
            listed = ", ".join(f"'{key}'" for key in entries(context))  # type: ignore[arg-type]
            return "NO_CONTEXT_ENTRY_FOUND", f"No context entry found with key '{name}'. Available keys: {listed}"
        case "NO_PROPERTY_FOUND", (name, value, properties):
            listed = ", ".join(f"'{p}'" for p in properties)  # type: ignore[attr-defined]
            text = f"No property found with name '{name}' of value '{display(value)}'. Available properties: {listed}"
            return "NO_PROPERTY_FOUND", text
        case "EXPECTED", (wanted, value):
            return "INVALID_TYPE", f"Expected {wanted} but found '{display(value)}'"
        case "MATH", (operation, a, b):
            return "INVALID_TYPE", _MATH[str(operation)].format(display(a), display(b))
        case "NOT_COMPARABLE", (a, *others):
            shown = " and ".join(f"'{display(b)}'" for b in others)
            return "NOT_COMPARABLE", f"Can't compare '{display(a)}' with {shown}"
        case "NO_FUNCTION_FOUND", (name, int() as count):
            return "NO_FUNCTION_FOUND", f"No function found with name '{name}' and {count} parameters"
        case "NO_FUNCTION_FOUND", (name, names):
            listed = ",".join(names)  # type: ignore[arg-type]
            return "NO_FUNCTION_FOUND", f"No function found with name '{name}' and parameters: {listed}"
        case "FUNCTION_INVOCATION_FAILURE", (name, reason):
            return "FUNCTION_INVOCATION_FAILURE", f"Failed to invoke function '{name}': {reason}"
        case "INVALID_TYPE", (text,):
            return "INVALID_TYPE", str(text)
        case "ASSERT_FAILURE", (reason,):
            return "ASSERT_FAILURE", str(reason)
    return "UNKNOWN", str(parts)


def _keys(context: Value) -> str:
    if type(context) is not dict:
        return "The context is null"
    keys = entries(context)
    if not keys:
        return "The context is empty"
    return "Available keys: " + ", ".join(f"'{key}'" for key in keys)
