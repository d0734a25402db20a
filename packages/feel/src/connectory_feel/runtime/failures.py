"""What failed and goes on as a value; what is noted beside it."""

from connectory_feel.limits import charge
from connectory_feel.values import Failure, Value
from connectory_feel.warnings import Warnings

__all__ = ["NO_INPUT", "failure_of", "is_fatal", "not_boolean", "warn_again"]

NO_INPUT = Failure("No input value available. '?' can only be used inside an unary-test expression.", fatal=True)


def failure_of(a: Value, b: Value) -> Failure | None:
    """Give the failure among two operands; a fatal one goes first."""
    if type(a) is Failure:
        return b if type(b) is Failure and b.fatal else a
    return b if type(b) is Failure else None


def is_fatal(value: Value) -> bool:
    """Say whether a value is a failure that nothing turns into null."""
    return type(value) is Failure and value.fatal


def not_boolean(value: Value, w: Warnings) -> None:
    """Note that a boolean was expected; a failure has been noted before."""
    if type(value) is not Failure:
        w.append(("EXPECTED", "boolean", value))


def warn_again(warnings: Warnings, w: Warnings) -> None:
    """Repeat the warnings of what the reference evaluates twice."""
    charge(len(warnings))
    w.extend(warnings)
