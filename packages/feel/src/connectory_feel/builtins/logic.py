"""Built-ins for truth values, for missing values and for conditions that must hold."""

from connectory_feel.limits import charge
from connectory_feel.values import AssertionFailure, Function, Value, illegal_arguments

__all__ = ["FUNCTIONS"]


def negation(negand: Value) -> Value:
    """Give the opposite of a truth value, null of anything else."""
    return not negand if type(negand) is bool else None


def conjunction(items: Value) -> Value:
    """Say whether all are true; null if that depends on what is no truth value."""
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    unknown = False
    for value in items:
        if value is False:
            return False
        unknown = unknown or value is not True
    return None if unknown else True


def disjunction(items: Value) -> Value:
    """Say whether any is true; null if that depends on what is no truth value."""
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    unknown = False
    for value in items:
        if value is True:
            return True
        unknown = unknown or value is not False
    return None if unknown else False


def is_defined(value: Value) -> Value:
    """Say whether there is a value."""
    return value is not None


def get_or_else(value: Value, default: Value) -> Value:
    """Give a value, or another where it is null."""
    return default if value is None else value


def assertion(value: Value, condition: Value) -> Value:
    """Give a value if a condition holds, else end the evaluation."""
    if condition is not True:
        msg = "The condition is not fulfilled"
        raise AssertionFailure(msg)
    return value


def assertion_with_cause(value: Value, condition: Value, cause: Value) -> Value:
    """Give a value if a condition holds, else end the evaluation with a text that says why."""
    if condition is True:
        return value
    raise AssertionFailure(cause if type(cause) is str else str(illegal_arguments(value, condition, cause)))


FUNCTIONS: dict[str, list[Function]] = {
    "not": [Function(("negand",), negation)],
    "all": [Function(("list",), conjunction, variadic=True)],
    "any": [Function(("list",), disjunction, variadic=True)],
    "and": [Function(("list",), conjunction, variadic=True)],
    "or": [Function(("list",), disjunction, variadic=True)],
    "is defined": [Function(("value",), is_defined)],
    "get or else": [Function(("value", "default"), get_or_else)],
    "assert": [
        Function(("value", "condition"), assertion),
        Function(("value", "condition", "cause"), assertion_with_cause),
    ],
}
