"""Comparing values, and asking for their type."""

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import BOOLEAN, HOST, INT, NULL, STRING, TERNARY, VALUE, Operand
from connectory_feel.compiler.writer import Writer

__all__ = ["between", "compare", "comparison", "instance_of", "is_small"]

_OPERATORS = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SLOW = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def comparison(out: Writer, node: s.Comparison) -> Operand:
    """Write a comparison."""
    left = out.generate(node.left)
    right = out.generate(node.right)
    return compare(out, node.operator, left, right)


def compare(out: Writer, operator: str, left: Operand, right: Operand) -> Operand:
    """Compare two operands: in line for the common types, else in a call."""
    (a, a_kind), (b, b_kind) = left, right
    result = out.fresh()
    if NULL in (a_kind, b_kind) and operator in ("=", "!="):
        other = b if a_kind == NULL else a
        made = f"{other} is {'' if operator == '=' else 'not '}None"
        if out.may_fail:
            out.write(f"{result} = {other} if type({other}) is Failure else {made}")
            return result, VALUE
        out.write(f"{result} = {made}")
        return result, BOOLEAN
    slow = f"{result} = {_SLOW[operator]}({a}, {b}, w)"
    python = "!=" if operator == "!=" else _OPERATORS[operator]
    types = {a_kind, b_kind} - {HOST, VALUE}
    if types == {INT} or (types == {STRING} and operator in ("=", "!=")):
        wanted = "int" if types == {INT} else "str"
        checks = [f"type({code}) is {wanted}" for code, kind in (left, right) if kind in (HOST, VALUE)]
        if types == {INT} and len(checks) == 1 and is_small(out, a if a_kind == INT else b):
            # A double compares with a whole number of 53 bits as its shortest text does.
            host = b if a_kind == INT else a
            checks = [f"(type({host}) is int or type({host}) is float)"]
        if not checks:
            out.write(f"{result} = {a} {python} {b}")
            return result, BOOLEAN
        out.write(f"if {' and '.join(checks)}: {result} = {a} {python} {b}")
        out.write(f"else: {slow}")
    elif types == {BOOLEAN} and operator in ("=", "!="):
        value = a if a_kind in (HOST, VALUE) else b
        out.write(f"if {value} is True or {value} is False: {result} = {a} {python} {b}")
        out.write(f"else: {slow}")
    elif not types:
        kinds = "(int, str)" if operator in ("=", "!=") else "(int,)"
        out.write(f"if type({a}) is type({b}) and type({a}) in {kinds}: {result} = {a} {python} {b}")
        out.write(f"else: {slow}")
    else:
        out.write(slow)
    return result, VALUE if out.may_fail else TERNARY


def is_small(out: Writer, constant: str) -> bool:
    """Say whether a constant is a whole number that a double holds exactly."""
    value = out.constants.get(constant)
    return type(value) is int and abs(value) < 2**53


def between(out: Writer, node: s.Between) -> Operand:
    """Two comparisons; what the value warned of, it warns of twice."""
    before, again = out.fresh("n"), out.fresh("w")
    out.write(f"{before} = len(w)")
    value = out.generate(node.value)
    out.write(f"{again} = w[{before}:]")
    low = out.generate(node.low)
    code, _ = compare(out, ">=", value, low)
    result = out.fresh()
    out.write(f"{result} = {code}")
    with out.block(f"if {result} is not False{f' and not is_fatal({result})' if out.may_fail else ''}:"):
        out.write(f"if {result} is not True: {result} = not_boolean({result}, w)")
        out.write(f"if {again}: warn_again({again}, w)")
        out.budget = True
        high = out.generate(node.high)
        code, _ = compare(out, "<=", value, high)
        out.write(f"if {code} is False: {result} = False")
        if out.may_fail:
            out.write(f"elif is_fatal({code}): {result} = {code}")
        out.write(f"elif {result} is True and {code} is not True: {result} = not_boolean({code}, w)")
    return result, VALUE if out.may_fail else TERNARY


def instance_of(out: Writer, node: s.InstanceOf) -> Operand:
    """Write a test of the type."""
    code, _ = out.generate(node.value)
    result = out.fresh()
    made = f"instance_of({code}, {out.constant(node.type)})"
    out.write(f"{result} = {f'{code} if type({code}) is Failure else {made}' if out.may_fail else made}")
    return result, VALUE if out.may_fail else BOOLEAN
