"""Conditions and positions in brackets behind a value."""

from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import HOST, VALUE, Operand
from connectory_feel.compiler.writer import Scope, Writer

__all__ = ["filter_items", "filter_or_index", "filter_step"]


def filter_step(out: Writer, operand: Operand, condition: s.Node) -> Operand:
    """Write a filter."""
    target, kind = operand
    out.budget = True
    index = constant_index(condition)
    result = out.fresh()
    source = out.fresh()
    out.write(f"{source} = {target} if type({target}) is list else to_list({target}, w)")
    out.write(f"if {source} is None: {result} = {out.or_failure(target)}")
    with out.block("else:"):
        if index is not None:
            out.write(f"{result} = at_index({source}, {out.constant(index)})")
        elif type(condition) in (s.Comparison, s.Call):
            filter_items(out, source, result, condition)
        else:
            filter_or_index(out, source, result, condition)
    return result, HOST if kind in (HOST, VALUE) else VALUE


def filter_items(out: Writer, source: str, result: str, condition: s.Node) -> None:
    """Test each item in a loop; the first one may also give an index."""
    item = out.fresh("i")
    position = out.fresh("n")
    out.write(f"charge(len({source}))")
    out.write(f"{result} = []")
    may_be_index = type(condition) is s.Call
    if may_be_index:
        out.write(f"{position} = 0")
    with out.block(f"for {item} in {source}:"):
        out.scope = Scope(out.scope, item=item)
        code, _ = out.generate(condition)
        out.scope = out.scope.outer
        out.write(f"if {code} is True: {result}.append({item})")
        if out.may_fail:
            with out.block(f"elif type({code}) is Failure:"):
                out.write(f"{result} = {code} if {code}.fatal else None")
                out.write("break")
        if may_be_index:
            with out.block(f"elif {position} == 0 and type({code}) in NUMBERS:"):
                out.write(f"{result} = at_index({source}, {code})")
                out.write("break")
            out.write(f"{position} = 1")


def filter_or_index(out: Writer, source: str, result: str, condition: s.Node) -> None:
    """First ask outside of the items: a number is an index."""
    item = f"i{out.count + 1}"
    out.count += 1
    with out.separate([item]) as unit:
        out.scope = Scope(out.scope, item=item)
        code, _ = out.generate(condition)
        out.scope = out.scope.outer
    arguments = out.finish(unit, code)
    out.write(f"{result} = {unit.name}({arguments}, M)")
    out.write(f"if type({result}) in NUMBERS: {result} = at_index({source}, {result})")
    if out.may_fail:
        out.write(f"elif type({result}) is Failure: pass")
    with out.block("else:"):
        out.write(f"charge(len({source}))")
        each = out.fresh("i")
        answer, position = out.fresh(), out.fresh("n")
        out.write(f"{result} = []")
        out.write(f"{position} = 0")
        with out.block(f"for {each} in {source}:"):
            out.write(f"{answer} = {unit.name}({arguments}, {each})")
            out.write(f"if {answer} is True: {result}.append({each})")
            if out.may_fail:
                with out.block(f"elif type({answer}) is Failure:"):
                    out.write(f"{result} = {answer} if {answer}.fatal else None")
                    out.write("break")
            with out.block(f"elif {position} == 0 and type({answer}) in NUMBERS:"):
                out.write(f"{result} = at_index({source}, {answer})")
                out.write("break")
            out.write(f"{position} = 1")


def constant_index(node: s.Node) -> int | Decimal | None:
    if type(node) is s.Literal and type(node.value) in (int, Decimal):
        return node.value  # type: ignore[return-value]
    if type(node) is s.Negation:
        value = constant_index(node.value)
        return None if value is None else -value
    return None
