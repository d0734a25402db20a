"""Writing the generated functions: variables, blocks, constants, scopes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import HOST, VALUE, Operand
from connectory_feel.compiler.search import may_fail
from connectory_feel.stack import fresh_stack
from connectory_feel.values import Function, Value

__all__ = ["Rules", "Scope", "Unit", "Writer", "tuple_of"]

# Python allows 20 nested loops and 100 levels of indentation; short functions are also quicker to compile.
_MAX_INDENT = 8
_LEVELS_PER_STACK = 120

_LEAVES = frozenset([s.Literal, s.Name, s.Input, s.AnyInput])

Rules = Mapping[type, Callable[..., Operand]]


class Scope:
    """Names that are visible at a place. `item` scopes are looked up when the code runs."""

    __slots__ = ("item", "names", "outer", "variables_only")

    def __init__(self, outer: "Scope | None", *, item: str = "", variables_only: bool = True) -> None:
        self.outer = outer
        self.names: dict[str, Operand] = {}
        self.item = item
        self.variables_only = variables_only


class Unit:
    """One generated function."""

    __slots__ = ("captured", "indent", "lines", "name", "own", "parameters")

    def __init__(self, name: str, parameters: list[str]) -> None:
        self.name = name
        self.parameters = parameters
        self.lines: list[str] = []
        self.indent = 2
        self.own: set[str] = set(parameters)
        self.captured: dict[str, None] = {}


class Writer:
    """One expression on its way to Python functions."""

    def __init__(self, rules: Rules, text: str, functions: Mapping[str, Sequence[Function]]) -> None:
        self.rules = rules
        self.functions = functions
        self.constants: dict[str, Value] = {}
        self.known: dict[tuple[type, object], str] = {}
        self.names: dict[str, None] = {}
        self.count = 0
        self.depth = 0
        self.unit = Unit("main", [])
        self.finished: list[str] = []
        self.scope: Scope | None = None
        self.input = ""  # the variable with the value that `in` tests
        self.tested = ""  # the variable with the value of `?`
        self.unary = False
        self.budget = False
        self.has_partial = "partial" in text
        self.has_input = "?" in text
        self.may_fail = may_fail(text)

    def fresh(self, letter: str = "v") -> str:
        """Give a variable that is not used yet."""
        self.count += 1
        name = f"{letter}{self.count}"
        self.unit.own.add(name)
        return name

    def write(self, line: str) -> None:
        """Write a line."""
        self.unit.lines.append("    " * self.unit.indent + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write the head of a block, and what follows into the block."""
        self.write(head)
        self.unit.indent += 1
        yield
        self.unit.indent -= 1

    def constant(self, value: Value) -> str:
        """Make a value available to the generated code."""
        key = (type(value), value if not isinstance(value, Decimal) else str(value))
        try:
            known = self.known.get(key)
        except TypeError:
            known, key = None, (type(value), id(value))
        if known is None:
            known = f"k{len(self.constants)}"
            self.constants[known] = value
            self.known[key] = known
        return known

    def use(self, local: str) -> str:
        """Note that this function reads a variable; one from outside becomes a parameter."""
        if local not in self.unit.own:
            self.unit.captured[local] = None
        return local

    @contextmanager
    def separate(self, parameters: list[str]) -> Iterator[Unit]:
        """Write what follows into a new function."""
        outer = self.unit
        self.count += 1
        unit = self.unit = Unit(f"f{self.count}", parameters)
        try:
            yield unit
        finally:
            self.unit = outer
        for name in unit.captured:
            self.use(name)

    def finish(self, unit: Unit, result: str) -> str:
        """Close a function; gives the arguments for what it captured."""
        captured = list(unit.captured)
        head = f"    def {unit.name}({', '.join(['c', 'w', *captured, *unit.parameters])}):"
        self.finished.append("\n".join([head, *unit.lines, f"        return {result}"]))
        return ", ".join(["c", "w", *captured])

    def outlined(self, node: s.Node) -> Operand:
        """Give a node a function of its own, called in place."""
        with self.separate([]) as unit:
            code, kind = self.generate(node)
        arguments = self.finish(unit, code)
        result = self.fresh()
        self.write(f"{result} = {unit.name}({arguments})")
        return result, kind

    def generate(self, node: s.Node) -> Operand:
        """Write a node, and give the operand with its value."""
        rule = self.rules[type(node)]
        if self.unit.indent > _MAX_INDENT and type(node) not in _LEAVES:
            return self.outlined(node)
        self.depth += 1
        try:
            if self.depth % _LEVELS_PER_STACK:
                return rule(self, node)
            return fresh_stack(rule, self, node)
        finally:
            self.depth -= 1

    def checked(self, made: str, parts: list[Operand]) -> str:
        """Pass on the failure of a part, where there can be one."""
        codes = [code for code, kind in parts if kind in (HOST, VALUE)]
        return f"whole({made}, {tuple_of(codes)})" if self.may_fail and codes else made

    def named(self, code: str) -> str:
        """Give a variable for an operand, so that it can be passed on."""
        if code in self.unit.own or code in self.unit.captured:
            return code
        local = self.fresh()
        self.write(f"{local} = {code}")
        return local

    def or_failure(self, code: str) -> str:
        """What comes of a value that is no list: null, or its own failure."""
        return f"{code} if type({code}) is Failure else None" if self.may_fail else "None"

    def implicit_input(self) -> str:
        """The input of a test that does not name it."""
        if self.input:
            return self.use(self.input)
        result = self.fresh()
        self.write(f"{result} = unary_input(c, w)")
        return result


def tuple_of(codes: list[str]) -> str:
    """Write a tuple."""
    return f"({''.join(code + ', ' for code in codes)})"
