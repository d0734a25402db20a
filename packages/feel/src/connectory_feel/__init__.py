"""FEEL as Camunda 8 speaks it: compile an expression once, evaluate it many times.

    >>> import connectory_feel as feel
    >>> feel.compile("sum(prices) * 1.2").evaluate({"prices": [10, 2.5]})
    Decimal('15.00')
    >>> feel.compile("order.customer.name").run({"order": {}}).warnings
    [[NO_CONTEXT_ENTRY_FOUND] No context entry found with key 'customer'. The context is empty, ...

What other languages call an error is null in FEEL, with a warning; `Result.warnings` has them. A `FeelSyntaxError`
tells where a text is no expression, a `FeelError` that an evaluation has no result.
"""

from connectory_feel.errors import FeelAssertionError, FeelError, FeelLimitError, FeelSyntaxError
from connectory_feel.expression import Expression, Result, compile  # noqa: A004 - as in `re`
from connectory_feel.json_values import to_json
from connectory_feel.limits import Limits
from connectory_feel.values import Function, FunctionFailure, Range, Value
from connectory_feel.warnings import FeelWarning

__all__ = [
    "Expression",
    "FeelAssertionError",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "FeelWarning",
    "Function",
    "FunctionFailure",
    "Limits",
    "Range",
    "Result",
    "Value",
    "compile",
    "to_json",
]
