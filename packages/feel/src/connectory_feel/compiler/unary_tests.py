"""Unary tests, alone and behind `in`."""

from connectory_feel import syntax as s
from connectory_feel.compiler.comparisons import compare
from connectory_feel.compiler.control import chain
from connectory_feel.compiler.kinds import BOOLEAN, HOST, TERNARY, VALUE, Operand
from connectory_feel.compiler.search import mentions_input
from connectory_feel.compiler.writer import Writer

__all__ = [
    "any_input",
    "at_least_one",
    "input_comparison",
    "interval",
    "membership",
    "not_test",
    "test_expression",
    "tested_by",
]


def membership(out: Writer, node: s.In) -> Operand:
    """Write `in`."""
    code, _ = out.generate(node.value)
    if out.may_fail:
        result = out.fresh()
        code = out.named(code)
        out.write(f"if type({code}) is Failure: {result} = {code}")
        with out.block("else:"):
            out.write(f"{result} = {tested_by(out, code, node.test)}")
        return result, VALUE
    return tested_by(out, code, node.test), TERNARY


def tested_by(out: Writer, code: str, test: s.Node) -> str:
    """Write a test of a value."""
    before = out.input, out.tested
    out.input, out.tested = out.named(code), ""
    answer, _ = out.generate(test)
    out.input, out.tested = before
    return answer


def interval(out: Writer, node: s.Interval) -> Operand:
    """Write an interval as a test."""
    value = out.implicit_input()
    start, _ = out.generate(node.start)
    if not out.input:
        value = out.implicit_input()
    end, _ = out.generate(node.end)
    result = out.fresh()
    inclusion = f"{node.start_included}, {node.end_included}"
    out.write(f"{result} = in_interval({value}, {start}, {end}, {inclusion}, w)")
    return result, TERNARY


def input_comparison(out: Writer, node: s.InputComparison) -> Operand:
    """Write a comparison of the input."""
    value = out.implicit_input()
    code = out.generate(node.value)
    return compare(out, node.operator, (value, HOST), code)


def test_expression(out: Writer, node: s.Test) -> Operand:
    """Evaluate an expression without the input; if it asks for the input, once more with it."""
    result = out.fresh()
    if not out.has_input or not mentions_input(node.expression):
        code, _ = out.generate(node.expression)
        value = out.implicit_input()
        out.write(f"{result} = passes({value}, {code}, w)")
        return result, VALUE if out.may_fail else TERNARY
    before = out.tested
    out.count += 1
    out.tested = f"t{out.count}"
    with out.separate([out.tested]) as unit:
        code, _ = out.generate(node.expression)
    out.tested = before
    arguments = out.finish(unit, code)
    answer = out.fresh()
    out.write(f"{answer} = {unit.name}({arguments}, NO_INPUT)")
    with out.block(f"if is_fatal({answer}):"):
        value = out.implicit_input()
        out.write(f"{answer} = {unit.name}({arguments}, {value})")
        out.write(f"{result} = {answer} if {answer} is True or {answer} is False or is_fatal({answer}) else None")
    with out.block("else:"):
        value = out.implicit_input()
        out.write(f"{result} = passes({value}, {answer}, w)")
    return result, VALUE


def at_least_one(out: Writer, node: s.AtLeastOne) -> Operand:
    """Write a list of tests."""
    return chain(out, "or", node.tests, silent=True)


def not_test(out: Writer, node: s.NotTest) -> Operand:
    """Write `not(...)` around tests."""
    code, _ = out.generate(node.tests)
    result = out.fresh()
    out.write(f"{result} = {code} if is_fatal({code}) else negated({code}, w)")
    return result, VALUE


def any_input(out: Writer, _: s.AnyInput) -> Operand:
    """Write the test that is always true."""
    return "True", BOOLEAN
