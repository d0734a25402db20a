"""Conditions, logic, loops and quantifiers."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import BOOLEAN, HOST, NULL, TERNARY, VALUE, Operand
from connectory_feel.compiler.search import mentions
from connectory_feel.compiler.writer import Scope, Writer

__all__ = ["chain", "conditional", "logic", "loop", "quantified", "sources_of", "turns", "whole_loop"]


def conditional(out: Writer, node: s.If) -> Operand:
    """Write `if`."""
    result = out.fresh()
    kinds = []
    code, kind = out.generate(node.condition)
    branch = "if"
    if out.may_fail:
        out.write(f"if is_fatal({code}): {result} = {code}")
        branch = "elif"
    with out.block(f"{branch} {code} is True:"):
        value, then_kind = out.generate(node.then)
        kinds.append(then_kind)
        out.write(f"{result} = {value}")
    with out.block("else:"):
        if kind != BOOLEAN:
            out.write(f"if {code} is not False: not_boolean({code}, w)")
        value, kind = out.generate(node.otherwise)
        kinds.append(kind)
        out.write(f"{result} = {value}")
    return result, joined([*kinds, VALUE]) if out.may_fail else joined(kinds)


def logic(out: Writer, node: s.Logic) -> Operand:
    """Write a chain of `and` or `or`."""
    return chain(out, node.operator, node.operands)


def chain(out: Writer, operator: str, operands: list[s.Node], *, silent: bool = False) -> Operand:
    """A chain of `and` or `or`; with `silent`, a result that is null already is no reason for a warning."""
    decided, undecided = ("False", "True") if operator == "and" else ("True", "False")
    result = out.fresh()
    code, kind = out.generate(operands[0])
    out.write(f"{result} = {code}")
    go_on = f"{result} is not {decided}" + (f" and not is_fatal({result})" if out.may_fail else "")
    for position, operand in enumerate(operands[1:]):
        with out.block(f"if {go_on}:"):
            if kind != BOOLEAN and not (silent and position):
                out.write(f"if {result} is not {undecided}: {result} = not_boolean({result}, w)")
            code, other = out.generate(operand)
            kind = BOOLEAN if kind == BOOLEAN and other == BOOLEAN else TERNARY
            out.write(f"if {code} is {decided}: {result} = {decided}")
            if other != BOOLEAN:
                if out.may_fail:
                    out.write(f"elif is_fatal({code}): {result} = {code}")
                out.write(
                    f"elif {result} is {undecided} and {code} is not {undecided}: {result} = not_boolean({code}, w)"
                )
    return result, VALUE if out.may_fail else kind


def sources_of(out: Writer, iterators: list[tuple[str, s.Node]], result: str) -> list[Operand]:
    """Evaluate what is iterated over; all of it before the first turn, and before any type is looked at."""
    given: list[tuple[str, str | None]] = []
    for _, node in iterators:
        if type(node) is s.Span:
            start, _ = out.generate(node.start)
            end, _ = out.generate(node.end)
            source = out.fresh()
            out.write(f"{source} = span({start}, {end}, w)")
            given.append((source, None))
        else:
            given.append(out.generate(node))
    sources = []
    for code, kind in given:
        source = code
        if kind is not None:
            source = out.fresh()
            out.write(f"{source} = {code} if type({code}) is list else to_list({code}, w)")
        sources.append((source, HOST if kind == HOST else VALUE))
    failure = "None"
    for code, kind in given:
        if kind is not None and out.may_fail and failure == "None":
            failure = out.or_failure(code)
    out.write(f"if {' or '.join(f'{source} is None' for source, _ in sources)}: {result} = {failure}")
    out.write("else:")
    out.unit.indent += 1
    return sources


@contextmanager
def turns(out: Writer, iterators: list[tuple[str, s.Node]], sources: list[Operand]) -> Iterator[None]:
    """Open a loop for each source, and bind its name."""
    scope = out.scope
    assert scope is not None  # noqa: S101 - made by the caller
    out.budget = True
    for (name, _), (source, kind) in zip(iterators, sources, strict=True):
        item = out.fresh("i")
        out.write(f"charge(len({source}))")
        out.write(f"for {item} in {source}:")
        out.unit.indent += 1
        scope.names[name] = item, kind
    yield
    out.unit.indent -= len(sources)


def loop(out: Writer, node: s.For) -> Operand:
    """Write `for`."""
    if len(node.iterators) > 1 and out.unit.indent > 2:  # each iterator takes two levels
        with out.separate([]) as unit:
            code, kind = whole_loop(out, node)
        arguments = out.finish(unit, code)
        result = out.fresh()
        out.write(f"{result} = {unit.name}({arguments})")
        return result, kind
    return whole_loop(out, node)


def whole_loop(out: Writer, node: s.For) -> Operand:
    """Write all of a `for` at this place."""
    result = out.fresh()
    indent = out.unit.indent
    sources = sources_of(out, node.iterators, result)
    out.write(f"{result} = []")
    out.scope = Scope(out.scope)
    partial = out.fresh()
    with turns(out, node.iterators, sources):
        if out.has_partial and mentions(node.body, "partial"):
            out.write(f"{partial} = snapshot({result})")
            out.scope.names.setdefault("partial", (partial, VALUE))
        code, kind = out.generate(node.body)
        out.write(f"{result}.append({code})")
    out.scope = out.scope.outer
    out.unit.indent = indent
    return result, HOST if kind == HOST else VALUE


def quantified(out: Writer, node: s.Quantified) -> Operand:
    """Write `some` or `every`."""
    with out.separate([]) as unit:
        decided, undecided = ("False", "True") if node.every else ("True", "False")
        result = out.fresh()
        indent = out.unit.indent
        sources = sources_of(out, node.iterators, result)
        out.write(f"{result} = {undecided}")
        out.scope = Scope(out.scope)
        with turns(out, node.iterators, sources):
            code, _ = out.generate(node.condition)
            out.write(f"if {code} is {decided}: return {decided}")
            if out.may_fail:
                out.write(f"if is_fatal({code}): return {code}")
            out.write(f"if {result} is {undecided} and {code} is not {undecided}: {result} = not_boolean({code}, w)")
        out.scope = out.scope.outer
        out.unit.indent = indent
    arguments = out.finish(unit, result)
    answer = out.fresh()
    out.write(f"{answer} = {unit.name}({arguments})")
    return answer, TERNARY


def joined(kinds: list[str]) -> str:
    """What is known of a value that is one of several."""
    if len(set(kinds)) == 1:
        return kinds[0]
    if set(kinds) <= {BOOLEAN, TERNARY, NULL}:
        return TERNARY
    return HOST if HOST in kinds else VALUE
