"""The rule for each node, and the making of the Python function."""

from collections.abc import Callable, Mapping, Sequence

from connectory_feel import syntax as s
from connectory_feel.compiler import calculations, calls, comparisons, control, paths, unary_tests, variables
from connectory_feel.compiler.writer import Rules, Writer
from connectory_feel.runtime import NAMESPACE
from connectory_feel.values import Function, Value

__all__ = ["Main", "compile_node"]

_RULES: Rules = {
    s.Literal: variables.literal,
    s.Name: variables.variable,
    s.Input: variables.input_value,
    s.ListLiteral: variables.list_literal,
    s.ContextLiteral: variables.context_literal,
    s.Postfix: paths.postfix,
    s.Call: calls.call,
    s.FunctionLiteral: calls.function_literal,
    s.If: control.conditional,
    s.For: control.loop,
    s.Quantified: control.quantified,
    s.Logic: control.logic,
    s.Comparison: comparisons.comparison,
    s.Between: comparisons.between,
    s.InstanceOf: comparisons.instance_of,
    s.In: unary_tests.membership,
    s.Arithmetic: calculations.arithmetic,
    s.Power: calculations.power,
    s.Negation: calculations.negation,
    s.Interval: unary_tests.interval,
    s.InputComparison: unary_tests.input_comparison,
    s.Test: unary_tests.test_expression,
    s.AtLeastOne: unary_tests.at_least_one,
    s.NotTest: unary_tests.not_test,
    s.AnyInput: unary_tests.any_input,
}

Main = Callable[[Mapping[str, Value], list[tuple[object, ...]]], Value]


def compile_node(
    node: s.Node, text: str, functions: Mapping[str, Sequence[Function]], *, unary: bool
) -> tuple[Main, tuple[str, ...], bool]:
    """Make a Python function from nodes.

    Returns:
        The function, the names that it reads from its context, and whether it needs a budget of steps.
    """
    out = Writer(_RULES, text, functions)
    out.unary = unary
    code, _ = out.generate(node)
    out.finish(out.unit, code)
    source = "\n".join([f"def make({', '.join(out.constants)}):", *out.finished, "    return main"])
    made: dict[str, Callable[..., Main]] = {}
    exec(compile(source, "<feel>", "exec", dont_inherit=True), NAMESPACE, made)  # noqa: S102 - holds no input text
    return made["make"](*out.constants.values()), tuple(out.names), out.budget
