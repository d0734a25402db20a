"""Arithmetic."""

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import HOST, INT, NUMBER, STRING, VALUE, Operand
from connectory_feel.compiler.writer import Writer

__all__ = ["arithmetic", "calculate", "negation", "power"]

_MATH = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


def arithmetic(out: Writer, node: s.Arithmetic) -> Operand:
    """Write a chain of `+ -` or of `* /`."""
    operand = out.generate(node.first)
    for operator, other in node.rest:
        operand = calculate(out, operator, operand, out.generate(other))
    return operand


def calculate(out: Writer, operator: str, left: Operand, right: Operand) -> Operand:
    """Write one operation: in line for whole numbers and texts, else a call."""
    (a, a_kind), (b, b_kind) = left, right
    result = out.fresh()
    slow = f"{result} = {_MATH[operator]}({a}, {b}, w)"
    types = {a_kind, b_kind} - {HOST, VALUE}
    allowed = {INT, STRING} if operator == "+" else {INT}
    if operator == "/" or types - allowed or len(types) > 1:
        out.write(slow)
        return result, VALUE
    known = not {a_kind, b_kind} & {HOST, VALUE}
    unknown = [code for code, kind in (left, right) if kind in (HOST, VALUE)]
    ints = types != {STRING}
    strings = operator == "+" and types != {INT}
    branch = "if"
    if ints:
        checks = " and ".join(f"type({code}) is int" for code in unknown) or "True"
        with out.block(f"if {checks}:"):
            out.write(f"{result} = {a} {operator} {b}")
            out.write(f"if not LOW < {result} < HIGH: {result} = rounded({result})")
        branch = "elif"
    if strings:
        checks = " and ".join(f"type({code}) is str" for code in unknown) or "True"
        with out.block(f"{branch} {checks}:"):
            out.write(f"{result} = {a} + {b}")
            out.write(f"if len({result}) > 99: charge_text({result})")
        out.budget = True
    out.write(f"else: {slow}")
    return result, (STRING if types == {STRING} else NUMBER) if known else VALUE


def power(out: Writer, node: s.Power) -> Operand:
    """Write a chain of `**`."""
    code, _ = out.generate(node.first)
    for other in node.rest:
        exponent, _ = out.generate(other)
        result = out.fresh()
        out.write(f"{result} = power({code}, {exponent}, w)")
        code = result
    return code, VALUE


def negation(out: Writer, node: s.Negation) -> Operand:
    """Write a change of sign."""
    code, _ = out.generate(node.value)
    result = out.fresh()
    out.write(f"{result} = -{code} if type({code}) is int else negate({code}, w)")
    return result, VALUE
