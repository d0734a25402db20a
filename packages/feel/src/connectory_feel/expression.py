"""Expressions: compiled once, evaluated many times."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

from connectory_feel import limits as limits_module
from connectory_feel.errors import FeelAssertionError, FeelError, FeelLimitError
from connectory_feel.limits import DEFAULT, Limits
from connectory_feel.values import Failure, Function, Value
from connectory_feel.warnings import FeelWarning, Warnings, in_words

__all__ = ["Expression", "Result", "compile"]

_active = limits_module._active

Functions = Mapping[str, Sequence[Function]]

_EMPTY: dict[str, Value] = {}
_STEPS = DEFAULT.steps
_CACHE_SIZE = 1_000
_CACHED_TEXT = 20_000


class Result:
    """The value of an expression, and why parts of it became null."""

    __slots__ = ("value", "warnings")

    def __init__(self, value: Value, warnings: list[FeelWarning]) -> None:
        self.value = value
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"Result({self.value!r}, {self.warnings!r})"


class Expression:
    """A compiled expression.

    Attributes:
        text: the expression as it was given.
        names: the variables that it reads from its context.
    """

    __slots__ = ("_budget", "_limits", "_main", "names", "text", "unary")

    def __init__(self, text: str, *, unary: bool, functions: Functions | None, limits: Limits) -> None:
        from connectory_feel.compiler import compile_node
        from connectory_feel.parser import parse

        self.text = text
        self.unary = unary
        self._limits = limits
        try:
            node = parse(text, unary=unary, limits=limits)
            self._main, self.names, self._budget = compile_node(node, text, functions or {}, unary=unary)
        except RecursionError:
            msg = "the expression is nested too deep"
            raise FeelLimitError(msg) from None

    def evaluate(self, context: Mapping[str, Value] | None = None) -> Value:
        """Give the value for a context of variables.

        Numbers that come unchanged from the context keep their Python type.

        Raises:
            FeelError: the evaluation has no result; a subclass says why.
        """
        if context is None:
            context = _EMPTY
        elif type(context) is not dict:
            context = dict(context)
        if self._limits is not DEFAULT:
            return self._run_limited(context, [])
        if self._budget:
            _active.steps = _STEPS
        noted: Warnings = []
        try:
            value = self._main(context, noted)
        except (RecursionError, ArithmeticError, ValueError) as error:
            raise _translated(error) from error
        if noted or type(value) is Failure:
            self._check(value, noted)
        return value

    def run(self, context: Mapping[str, Value] | None = None) -> Result:
        """Evaluate, and tell why parts became null.

        Raises:
            FeelError: as for `evaluate`; its attribute `warnings` has what was noted before.
        """
        noted: Warnings = []
        context = _EMPTY if context is None else context if type(context) is dict else dict(context)
        try:
            value = self._run_limited(context, noted)
        except FeelError as error:
            error.warnings = in_words(noted)
            raise
        return Result(value, in_words(noted) if noted else [])

    def _run_limited(self, context: dict[str, Value], noted: Warnings) -> Value:
        state = _active
        before = state.limits, state.steps, state.calls
        state.limits, state.steps, state.calls = self._limits, self._limits.steps, 0
        try:
            value = self._main(context, noted)
        except (RecursionError, ArithmeticError, ValueError) as error:
            raise _translated(error) from error
        finally:
            state.limits, state.steps, state.calls = before
        self._check(value, noted)
        return value

    def _check(self, value: Value, noted: Warnings) -> None:
        """Fail if an assertion was not fulfilled, wherever, or if there is no value."""
        for warning in noted:
            if warning[0] == "ASSERT_FAILURE":
                msg = f"Assertion failure on evaluate the expression '{self.text}': {warning[1]}"
                raise FeelAssertionError(msg)
        if type(value) is Failure:
            msg = f"failed to evaluate expression '{self.text}': {value.text}"
            raise FeelError(msg)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _translated(error: Exception) -> FeelError:
    if isinstance(error, RecursionError):
        return FeelLimitError("a value or a chain of calls is nested too deep")
    return FeelError(f"a number is out of range: {type(error).__name__}")


_cache: OrderedDict[tuple[str, bool, int, int], tuple[Expression, Functions | None]] = OrderedDict()
_lock = Lock()


def compile(  # noqa: A001 - the name that fits, as in `re.compile`
    text: str, *, unary: bool = False, functions: Functions | None = None, limits: Limits = DEFAULT
) -> Expression:
    """Compile an expression; the most recent ones are kept.

    Args:
        text: the expression, without the leading `=` of a model.
        unary: read unary tests (`> 5, not(7)`) instead of an expression.
        functions: functions of the host by name, one for each number of parameters. Keep the mapping and do not change
            it: expressions are kept by its identity.
        limits: what the expression may use.

    Raises:
        FeelSyntaxError: the text is no expression; tells where and why.
        FeelLimitError: the text is too long or nested too deep.
    """
    key = (text, unary, id(functions), id(limits))
    known = _cache.get(key)
    if known is not None:
        return known[0]
    expression = Expression(text, unary=unary, functions=functions, limits=limits)
    if len(text) <= _CACHED_TEXT:
        with _lock:
            # The mapping is kept with its expression, so that its identity stays its own.
            _cache[key] = expression, functions
            if len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
    return expression
