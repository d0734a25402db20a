"""The names that generated code finds."""

from functools import partial

from connectory_feel import arithmetic as math
from connectory_feel.limits import _active as active
from connectory_feel.limits import charge
from connectory_feel.runtime.calculations import NUMBERS, add, charge_text, div, mul, negate, power, span, sub
from connectory_feel.runtime.comparisons import eq, ge, gt, in_interval, instance_of, le, lt, ne, negated, passes
from connectory_feel.runtime.failures import NO_INPUT, is_fatal, not_boolean, warn_again
from connectory_feel.runtime.functions import (
    as_variadic,
    call,
    entry_function,
    failed,
    make_range,
    matching,
    method,
    no_function,
    stopped,
    whole,
)
from connectory_feel.runtime.host import outwardly_pure, pure
from connectory_feel.runtime.paths import (
    M,
    at_index,
    host_chain,
    host_path,
    host_steps,
    no_entry,
    no_host_entry,
    no_variable,
    path,
    snapshot,
    to_list,
    unary_input,
)
from connectory_feel.values import PLAIN, Failure, Function, FunctionFailure, entries

__all__ = ["NAMESPACE"]

_BY_NAME: tuple[object, ...] = (
    Function,
    FunctionFailure,
    as_variadic,
    at_index,
    call,
    charge,
    charge_text,
    entries,
    entry_function,
    failed,
    in_interval,
    instance_of,
    is_fatal,
    make_range,
    matching,
    method,
    negate,
    negated,
    host_chain,
    host_path,
    host_steps,
    no_entry,
    no_host_entry,
    no_function,
    no_variable,
    not_boolean,
    outwardly_pure,
    partial,
    passes,
    path,
    power,
    pure,
    snapshot,
    span,
    stopped,
    to_list,
    unary_input,
    warn_again,
    whole,
    *(eq, ne, lt, le, gt, ge, add, sub, mul, div),
)

# The globals of all generated code. It reads them and writes none.
NAMESPACE: dict[str, object] = {
    "__builtins__": {"type": type, "len": len, "dict": dict, "list": list, "str": str, "int": int, "float": float},
    "A": active,
    "HIGH": math.HIGH,
    "LOW": math.LOW,
    "M": M,
    "Failure": Failure,
    "NO_INPUT": NO_INPUT,
    "NUMBERS": NUMBERS,
    "PLAIN": PLAIN,
    "X": (KeyError, TypeError, AttributeError),
    "rounded": math.rounded,
    **{part.__name__: part for part in _BY_NAME},  # type: ignore[attr-defined]
}
