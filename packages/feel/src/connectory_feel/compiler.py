"""From nodes to Python code.

Each node becomes statements that leave its value in a local variable of its own (A-normal form), so the nesting of an
expression becomes no nesting of Python expressions. Names are resolved here: an iterator, a parameter or an entry of a
context is a local variable of the generated function; what the types of literals and operators say is used to leave
out checks. Every operation has a short path for the common types in line, and a function of `connectory_feel.runtime`
for all the rest, with the same meaning.

What nests deeper than a few blocks, the bodies of functions and conditions of filters that are needed twice are moved
into functions of their own, which get the variables that they use as parameters.

No character of the expression gets into the generated text: names and constants are passed to it as values.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.builtins import FUNCTIONS
from connectory_feel.runtime import NAMESPACE
from connectory_feel.stack import fresh_stack
from connectory_feel.errors import FeelError
from connectory_feel.values import Function, FunctionFailure, Value

__all__ = ["compile_node"]

# Python allows 20 nested loops and 100 levels of indentation; short functions are also quicker to compile.
_MAX_INDENT = 8
_GEN_LEVELS_PER_STACK = 120
# A longer chain of subscripts would be too deep a tree for Python's compiler.
_MAX_SUBSCRIPTS = 30

# What is known of a value when the code is made. HOST: as the caller gave it, floats and all; VALUE: any FEEL value.
HOST, VALUE = "host", "value"
INT, NUMBER, STRING, BOOLEAN, NULL, LIST, CONTEXT = "int", "number", "string", "boolean", "null", "list", "context"
TERNARY = "ternary"
FUNCTION, TEMPORAL = "function", "temporal"

_OPERATORS = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SLOW = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_MATH = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_NEVER_FUNCTIONS = frozenset([INT, NUMBER, STRING, BOOLEAN, NULL, LIST, CONTEXT, TERNARY, TEMPORAL])

Operand = tuple[str, str]  # the Python name (or literal) of a value, and what is known of it


class _Scope:
    """Names that are visible at a place. `item` scopes are looked up when the code runs."""

    __slots__ = ("item", "names", "outer", "variables_only")

    def __init__(self, outer: "_Scope | None", *, item: str = "", variables_only: bool = True) -> None:
        self.outer = outer
        self.names: dict[str, Operand] = {}
        self.item = item
        self.variables_only = variables_only


class _Unit:
    """One generated function."""

    __slots__ = ("captured", "indent", "lines", "name", "own", "parameters")

    def __init__(self, name: str, parameters: list[str]) -> None:
        self.name = name
        self.parameters = parameters
        self.lines: list[str] = []
        self.indent = 2
        self.own: set[str] = set(parameters)
        self.captured: dict[str, None] = {}


class _Compiler:
    def __init__(self, text: str, functions: Mapping[str, Sequence[Function]]) -> None:
        self.functions = functions
        self.constants: dict[str, Value] = {}
        self.known: dict[tuple[type, object], str] = {}
        self.names: dict[str, None] = {}
        self.count = 0
        self.depth = 0
        self.unit = _Unit("main", [])
        self.finished: list[str] = []
        self.scope: _Scope | None = None
        self.input = ""  # the variable with the value that `in` tests
        self.tested = ""  # the variable with the value of `?`
        self.unary = False
        self.budget = False
        self.has_partial = "partial" in text
        self.has_input = "?" in text
        self.may_fail = _may_fail(text)

    # --- writing

    def fresh(self, letter: str = "v") -> str:
        self.count += 1
        name = f"{letter}{self.count}"
        self.unit.own.add(name)
        return name

    def write(self, line: str) -> None:
        self.unit.lines.append("    " * self.unit.indent + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
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

    # --- functions of their own

    @contextmanager
    def separate(self, parameters: list[str]) -> Iterator[_Unit]:
        """Write what follows into a new function."""
        outer = self.unit
        self.count += 1
        unit = self.unit = _Unit(f"f{self.count}", parameters)
        try:
            yield unit
        finally:
            self.unit = outer
        for name in unit.captured:
            self.use(name)

    def finish(self, unit: _Unit, result: str) -> str:
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

    # --- nodes

    def generate(self, node: s.Node) -> Operand:
        method = _METHODS[type(node)]
        if self.unit.indent > _MAX_INDENT and type(node) not in _LEAVES:
            return self.outlined(node)
        self.depth += 1
        try:
            if self.depth % _GEN_LEVELS_PER_STACK:
                return method(self, node)
            return fresh_stack(method, self, node)
        finally:
            self.depth -= 1

    def literal(self, node: s.Literal) -> Operand:
        value = node.value
        if value is None:
            return "None", NULL
        if value is True or value is False:
            return str(value), BOOLEAN
        kind = type(value)
        if kind is int:
            return self.constant(value), INT
        if kind is Decimal:
            return self.constant(value), NUMBER
        if kind is str:
            return self.constant(value), STRING
        return self.constant(value), TEMPORAL

    def name(self, node: s.Name) -> Operand:
        return self.lookup(node.name, self.scope)

    def lookup(self, name: str, scope: _Scope | None, missing: str = "None") -> Operand:
        """Read a variable; `missing` is what it gives, besides the warning, when there is none."""
        while scope is not None:
            if scope.item:
                return self.lookup_item(name, scope, missing)
            found = scope.names.get(name)
            if found is not None:
                local, kind = found
                self.use(local)
                if scope.variables_only or kind in _NEVER_FUNCTIONS:
                    return local, kind
                if kind != FUNCTION:
                    result = self.fresh()
                    self.write(f"{result} = {local}")
                    with self.block(f"if type({local}) is Function:"):
                        outer, _ = self.lookup(name, scope.outer, missing)
                        self.write(f"{result} = {outer}")
                    return result, HOST
            scope = scope.outer
        self.names[name] = None
        key = self.constant(name)
        result = self.fresh()
        self.write(f"{result} = c.get({key}, M)")
        self.write(f"if {result} is M or type({result}) is Function: {result} = no_variable({key}, w{', M' if missing == 'M' else ''})")
        return result, HOST

    def lookup_item(self, name: str, scope: _Scope, missing: str) -> Operand:
        """In a filter: an entry of the item, or the item itself, or what is outside."""
        item = self.use(scope.item)
        result = self.fresh()
        key = self.constant(name)
        self.write(f"{result} = {item}.get({key}, M) if type({item}) is dict else M")
        with self.block(f"if {result} is M or type({result}) is Function:"):
            if name == "item":
                self.write(f"{result} = {item}")
                with self.block(f"if {item} is M:"):
                    outer, _ = self.lookup(name, scope.outer, missing)
                    self.write(f"{result} = {outer}")
            else:
                outer, _ = self.lookup(name, scope.outer, missing)
                self.write(f"{result} = {outer}")
        return result, HOST

    def input_value(self, _: s.Node) -> Operand:
        """`?`: the input, where a test says so, and elsewhere a failure."""
        return (self.use(self.tested), HOST) if self.tested else ("NO_INPUT", VALUE)

    def implicit_input(self) -> str:
        """The input of a test that does not name it."""
        if self.input:
            return self.use(self.input)
        result = self.fresh()
        self.write(f"{result} = unary_input(c, w)")
        return result

    def list_literal(self, node: s.ListLiteral) -> Operand:
        items = [self.generate(item) for item in node.items]
        result = self.fresh()
        made = f"[{', '.join(code for code, _ in items)}]"
        self.write(f"{result} = {self.checked(made, items)}")
        return result, HOST if any(kind == HOST for _, kind in items) else LIST

    def context(self, node: s.ContextLiteral) -> Operand:
        scope = self.scope = _Scope(self.scope, variables_only=False)
        pairs = []
        host = False
        for key, entry in node.entries:
            code, kind = self.generate(entry)
            host = host or kind == HOST
            pairs.append(f"{self.constant(key)}: {code}")
            scope.names[key] = self.named(code), kind
        self.scope = scope.outer
        result = self.fresh()
        made = f"{{{', '.join(pairs)}}}"
        self.write(f"{result} = {self.checked(made, list(scope.names.values()))}")
        return result, HOST if host else CONTEXT

    def checked(self, made: str, parts: list[Operand]) -> str:
        """Pass on the failure of a part, where there can be one."""
        codes = [code for code, kind in parts if kind in (HOST, VALUE)]
        return f"whole({made}, {_tuple(codes)})" if self.may_fail and codes else made

    def named(self, code: str) -> str:
        """Give a variable for an operand, so that it can be passed on."""
        if code in self.unit.own or code in self.unit.captured:
            return code
        local = self.fresh()
        self.write(f"{local} = {code}")
        return local

    def postfix(self, node: s.Postfix) -> Operand:
        steps = node.steps
        if steps and type(node.target) is s.Name and type(steps[0]) is s.PathStep:
            return self.path_of_variable(node, node.target)
        operand = self.generate(node.target)
        return self.steps(operand, steps)

    def path_of_variable(self, node: s.Postfix, target: s.Name) -> Operand:
        """The names right behind a variable: if it is missing, that alone is worth a warning."""
        names: list[str] = []
        for step in node.steps:
            if type(step) is not s.PathStep:
                break
            names.append(step.name)
        operand = self.path_of_lookup(target.name, names)
        return self.steps(operand, node.steps[len(names) :])

    def path_of_lookup(self, name: str, names: list[str]) -> Operand:
        """Read a variable and follow names: in one go, and step by step only if that does not succeed."""
        scope = self.scope
        while scope is not None and not scope.item and name not in scope.names:
            scope = scope.outer
        keys = [self.constant(key) for key in names]
        subscripts = "".join(f"[{key}]" for key in keys)
        result = self.fresh()
        if scope is None:
            self.names[name] = None
            key = self.constant(name)
            if len(names) > _MAX_SUBSCRIPTS:
                self.write(f"{result} = host_chain(c, {key}, {_tuple(keys)}, w)")
                return result, HOST
            # The last name is the one that is often missing, and an exception for that would take long.
            parent = self.fresh()
            with self.block("try:"):
                self.write(f"{parent} = c[{key}]{''.join(f'[{key}]' for key in keys[:-1])}")
                self.write(f"{result} = {parent}.get({keys[-1]}, M)")
                self.write(f"if {result} is M: {result} = no_host_entry({parent}, {keys[-1]}, w)")
            self.write(f"except X: {result} = host_chain(c, {key}, {_tuple(keys)}, w)")
            return result, HOST
        local, kind = self.lookup(name, scope, missing="M")
        if kind == HOST and len(names) <= _MAX_SUBSCRIPTS:
            self.write(f"try: {result} = {local}{subscripts}")
            self.write(f"except X: {result} = host_steps({local}, {_tuple(keys)}, w)")
            return result, HOST
        operand = local, kind
        for step in names:
            operand = self.path(operand, step)
        return operand

    def steps(self, operand: Operand, steps: list[s.PathStep | s.Filter]) -> Operand:
        for step in steps:
            if type(step) is s.PathStep:
                operand = self.path(operand, step.name)
            elif type(step) is s.Filter:
                operand = self.filter_step(operand, step.condition)
        return operand

    def path(self, operand: Operand, name: str) -> Operand:
        target, kind = operand
        key = self.constant(name)
        result = self.fresh()
        if kind == HOST:
            self.write(f"try: {result} = {target}[{key}]")
            self.write(f"except X: {result} = host_path({target}, {key}, w)")
            return result, HOST
        self.write(f"{result} = path({target}, {key}, w)")
        return result, VALUE

    # --- filters

    def filter_step(self, operand: Operand, condition: s.Node) -> Operand:
        target, kind = operand
        self.budget = True
        index = _constant_index(condition)
        result = self.fresh()
        source = self.fresh()
        self.write(f"{source} = {target} if type({target}) is list else to_list({target}, w)")
        self.write(f"if {source} is None: {result} = {self.or_failure(target)}")
        with self.block("else:"):
            if index is not None:
                self.write(f"{result} = at_index({source}, {self.constant(index)})")
            elif type(condition) in (s.Comparison, s.Call):
                self.filter_items(source, result, condition)
            else:
                self.filter_or_index(source, result, condition)
        return result, HOST if kind in (HOST, VALUE) else VALUE

    def or_failure(self, code: str) -> str:
        """What comes of a value that is no list: null, or its own failure."""
        return f"{code} if type({code}) is Failure else None" if self.may_fail else "None"

    def filter_items(self, source: str, result: str, condition: s.Node) -> None:
        """Test each item in a loop; the first one may also give an index."""
        item = self.fresh("i")
        position = self.fresh("n")
        self.write(f"charge(len({source}))")
        self.write(f"{result} = []")
        may_be_index = type(condition) is s.Call
        if may_be_index:
            self.write(f"{position} = 0")
        with self.block(f"for {item} in {source}:"):
            self.scope = _Scope(self.scope, item=item)
            code, _ = self.generate(condition)
            self.scope = self.scope.outer
            self.write(f"if {code} is True: {result}.append({item})")
            if self.may_fail:
                with self.block(f"elif type({code}) is Failure:"):
                    self.write(f"{result} = {code} if {code}.fatal else None")
                    self.write("break")
            if may_be_index:
                with self.block(f"elif {position} == 0 and type({code}) in NUMBERS:"):
                    self.write(f"{result} = at_index({source}, {code})")
                    self.write("break")
                self.write(f"{position} = 1")

    def filter_or_index(self, source: str, result: str, condition: s.Node) -> None:
        """First ask outside of the items: a number is an index."""
        item = f"i{self.count + 1}"
        self.count += 1
        with self.separate([item]) as unit:
            self.scope = _Scope(self.scope, item=item)
            code, _ = self.generate(condition)
            self.scope = self.scope.outer
        arguments = self.finish(unit, code)
        self.write(f"{result} = {unit.name}({arguments}, M)")
        self.write(f"if type({result}) in NUMBERS: {result} = at_index({source}, {result})")
        if self.may_fail:
            self.write(f"elif type({result}) is Failure: pass")
        with self.block("else:"):
            self.write(f"charge(len({source}))")
            each = self.fresh("i")
            answer, position = self.fresh(), self.fresh("n")
            self.write(f"{result} = []")
            self.write(f"{position} = 0")
            with self.block(f"for {each} in {source}:"):
                self.write(f"{answer} = {unit.name}({arguments}, {each})")
                self.write(f"if {answer} is True: {result}.append({each})")
                if self.may_fail:
                    with self.block(f"elif type({answer}) is Failure:"):
                        self.write(f"{result} = {answer} if {answer}.fatal else None")
                        self.write("break")
                with self.block(f"elif {position} == 0 and type({answer}) in NUMBERS:"):
                    self.write(f"{result} = at_index({source}, {answer})")
                    self.write("break")
                self.write(f"{position} = 1")

    # --- functions

    def call(self, node: s.Call) -> Operand:
        """Call what is visible under a name: a function of a context, of the host, or a built-in."""
        if node.path:
            return self.qualified_call(node)
        self.budget = True
        name, shape = self.constant(node.name), self.shape(node)
        found, result = self.fresh(), self.fresh()
        self.find_function(node.name, shape, self.scope, found)
        known = self.known_function(node)
        if known is None:
            self.write(f"if {found} is not None: {found} = matching({found}, {shape})")
            self.write(f"if {found} is None: {result} = no_function({name}, {shape}, w)")
            with self.block("else:"):
                codes = self.arguments(node)
                self.call_found(result, found, shape, codes, name)
            return result, VALUE
        kind = HOST if node.name in _PASSING_ON else VALUE
        codes = self.arguments(node)
        if node.name == "not" and known.invoke is _NOT and not self.may_fail:
            self.write(f"if {found} is None: {result} = False if {codes[0]} is True else True if {codes[0]} is False else None")
            self.write(f"else: {result} = call({found}, {shape}, {_tuple(codes)}, {name}, w)")
            return result, VALUE
        constants = node.names is None and all(type(argument) is s.Literal for argument in node.arguments)
        if constants and node.name in _CONSTRUCTORS:
            folded = self.folded(known, node)
            if folded is not None:
                self.write(f"{result} = {folded} if {found} is None else call({found}, {shape}, {_tuple(codes)}, {name}, w)")
                return result, VALUE if folded == "None" else TEMPORAL
        if self.may_fail and codes:
            self.write(f"{result} = stopped({_tuple(codes)}, {name}, w, {known.variadic})")
            self.write(f"if {result} is M:")
            self.unit.indent += 1
        direct = f"{self.constant(known.invoke)}({', '.join(self.ordered(node, known, codes))})"
        other = f"call({found}, {shape}, {_tuple(codes)}, {name}, w)"
        self.write(
            f"try: {result} = {direct} if {found} is None or ({found} := matching({found}, {shape})) is None else {other}"
        )
        self.write(f"except FunctionFailure: {result} = failed({name}, w)")
        if self.may_fail and codes:
            self.unit.indent -= 1
        return result, kind

    def folded(self, function: Function, node: s.Call) -> str | None:
        """Call a constructor with constants now; None if that does not give a temporal value."""
        values = [argument.value for argument in node.arguments]  # type: ignore[attr-defined]
        if len(values) == 1 and type(values[0]) is str:
            # The reference reads such a text while it parses: more leniently, and null without a warning.
            from connectory_feel.temporal import parse_constructor

            temporal = parse_constructor(node.name, values[0])
            return "None" if temporal is None else self.constant(temporal)
        try:
            value = function.invoke(*values)
        except (FunctionFailure, FeelError, ArithmeticError):
            return None
        return self.constant(value) if hasattr(value, "feel_type") else None

    def call_found(self, result: str, function: str, shape: str, codes: list[str], name: str) -> None:  # noqa: PLR0917
        """Call a function that is a value."""
        self.write(f"{result} = stopped({_tuple(codes)}, {name}, w)")
        self.write(f"if {result} is M: {result} = call({function}, {shape}, {_tuple(codes)}, {name}, w)")

    def find_function(self, name: str, shape: str, scope: _Scope | None, found: str) -> None:
        """Look for a function in what is visible: entries of contexts and of filtered items, and the variables."""
        key = self.constant(name)
        while scope is not None:
            if scope.item:
                self.write(f"{found} = entry_function({self.use(scope.item)}, {key}, {shape})")
                break
            entry = scope.names.get(name)
            if entry is not None and not scope.variables_only and entry[1] not in _NEVER_FUNCTIONS:
                self.write(f"{found} = matching({self.use(entry[0])}, {shape})")
                break
            scope = scope.outer
        else:
            self.write(f"{found} = c.get({key})")
            return
        with self.block(f"if {found} is None:"):
            self.find_function(name, shape, scope.outer, found)

    def shape(self, node: s.Call) -> str:
        """The number or the names of the arguments, by which a function is chosen."""
        return self.constant(tuple(node.names) if node.names is not None else len(node.arguments))

    def arguments(self, node: s.Call) -> list[str]:
        """Evaluate the arguments; what the host gave is made into FEEL values, deep down only where that matters."""
        pure_name = "outwardly_pure" if node.name in _PASSING_ON else "pure"
        codes = []
        for argument in node.arguments:
            if type(argument) is s.Interval:
                code, kind = self.range_argument(argument)
            else:
                code, kind = self.generate(argument)
            if kind == HOST:
                pure = self.fresh()
                self.write(f"{pure} = {code} if type({code}) in PLAIN else {pure_name}({code})")
                code = pure
            codes.append(code)
        return codes

    def ordered(self, node: s.Call, function: Function, codes: list[str]) -> list[str]:
        """Put arguments in the order of the parameters of a known function."""
        if node.names is not None:
            by_name = dict(zip(node.names, codes, strict=True))
            codes = [by_name.get(parameter, "None") for parameter in function.parameters]
        elif function.variadic and len(codes) == len(function.parameters) == 1:
            codes = [f"as_variadic({codes[0]})"]
        elif function.variadic:
            fixed = len(function.parameters) - 1
            codes = [*codes[:fixed], f"[{', '.join(codes[fixed:])}]"]
        return codes

    def known_function(self, node: s.Call) -> Function | None:
        candidates = [*self.functions.get(node.name, ()), *FUNCTIONS.get(node.name, ())]
        if node.names is not None:
            wanted = set(node.names)
            for function in candidates:
                if wanted <= set(function.parameters):
                    return function
            return None
        count = len(node.arguments)
        for function in candidates:
            if not function.variadic and len(function.parameters) == count:
                return function
        for function in candidates:
            if function.variadic and count >= len(function.parameters):
                return function
        return None

    def qualified_call(self, node: s.Call) -> Operand:
        operand = self.lookup(node.path[0], self.scope)
        for name in node.path[1:]:
            operand = self.path(operand, name)
        function, result = self.fresh(), self.fresh()
        name, shape = self.constant(node.name), self.shape(node)
        self.write(f"{function} = method({operand[0]}, {name}, {shape}, w)")
        self.budget = True
        self.write(f"if type({function}) is Failure: {result} = {function}")
        with self.block("else:"):
            self.call_found(result, function, shape, self.arguments(node), name)
        return result, VALUE

    def function(self, node: s.FunctionLiteral) -> Operand:
        scope = self.scope = _Scope(self.scope)
        parameters = []
        for name in node.parameters:
            self.count += 1
            local = f"p{self.count}"
            parameters.append(local)
            scope.names[name] = local, VALUE
        with self.separate(parameters) as unit:
            code, _ = self.generate(node.body)
        self.scope = scope.outer
        arguments = self.finish(unit, code)
        result = self.fresh()
        names = self.constant(tuple(node.parameters))
        self.write(f"{result} = Function({names}, partial({unit.name}, {arguments}))")
        return result, FUNCTION

    def range_argument(self, node: s.Interval) -> Operand:
        start, _ = self.generate(node.start)
        end, _ = self.generate(node.end)
        result = self.fresh()
        self.write(f"{result} = make_range({start}, {end}, {node.start_included}, {node.end_included}, w)")
        return result, VALUE

    # --- control

    def conditional(self, node: s.If) -> Operand:
        result = self.fresh()
        kinds = []
        code, kind = self.generate(node.condition)
        branch = "if"
        if self.may_fail:
            self.write(f"if is_fatal({code}): {result} = {code}")
            branch = "elif"
        with self.block(f"{branch} {code} is True:"):
            value, then_kind = self.generate(node.then)
            kinds.append(then_kind)
            self.write(f"{result} = {value}")
        with self.block("else:"):
            if kind != BOOLEAN:
                self.write(f"if {code} is not False: not_boolean({code}, w)")
            value, kind = self.generate(node.otherwise)
            kinds.append(kind)
            self.write(f"{result} = {value}")
        return result, VALUE if self.may_fail else _joined(kinds)

    def logic(self, node: s.Logic) -> Operand:
        return self.chain(node.operator, node.operands)

    def chain(self, operator: str, operands: list[s.Node], *, silent: bool = False) -> Operand:
        """A chain of `and` or `or`; with `silent`, a result that is null already is no reason for a warning."""
        decided, undecided = ("False", "True") if operator == "and" else ("True", "False")
        result = self.fresh()
        code, kind = self.generate(operands[0])
        self.write(f"{result} = {code}")
        go_on = f"{result} is not {decided}" + (f" and not is_fatal({result})" if self.may_fail else "")
        for position, operand in enumerate(operands[1:]):
            with self.block(f"if {go_on}:"):
                if kind != BOOLEAN and not (silent and position):
                    self.write(f"if {result} is not {undecided}: {result} = not_boolean({result}, w)")
                code, other = self.generate(operand)
                kind = BOOLEAN if kind == BOOLEAN and other == BOOLEAN else TERNARY
                self.write(f"if {code} is {decided}: {result} = {decided}")
                if other != BOOLEAN:
                    if self.may_fail:
                        self.write(f"elif is_fatal({code}): {result} = {code}")
                    self.write(
                        f"elif {result} is {undecided} and {code} is not {undecided}: {result} = not_boolean({code}, w)"
                    )
        return result, VALUE if self.may_fail else kind

    def sources(self, iterators: list[tuple[str, s.Node]], result: str) -> list[Operand]:
        """Evaluate what is iterated over; all of it before the first turn, and before any type is looked at."""
        given: list[tuple[str, str | None]] = []
        for _, node in iterators:
            if type(node) is s.Span:
                start, _ = self.generate(node.start)
                end, _ = self.generate(node.end)
                source = self.fresh()
                self.write(f"{source} = span({start}, {end}, w)")
                given.append((source, None))
            else:
                given.append(self.generate(node))
        sources = []
        for code, kind in given:
            source = code
            if kind is not None:
                source = self.fresh()
                self.write(f"{source} = {code} if type({code}) is list else to_list({code}, w)")
            sources.append((source, HOST if kind == HOST else VALUE))
        failure = "None"
        for code, kind in given:
            if kind is not None and self.may_fail and failure == "None":
                failure = self.or_failure(code)
        self.write(f"if {' or '.join(f'{source} is None' for source, _ in sources)}: {result} = {failure}")
        self.write("else:")
        self.unit.indent += 1
        return sources

    @contextmanager
    def turns(self, iterators: list[tuple[str, s.Node]], sources: list[Operand]) -> Iterator[None]:
        scope = self.scope
        assert scope is not None  # noqa: S101 - made by the caller
        self.budget = True
        for (name, _), (source, kind) in zip(iterators, sources, strict=True):
            item = self.fresh("i")
            self.write(f"charge(len({source}))")
            self.write(f"for {item} in {source}:")
            self.unit.indent += 1
            scope.names[name] = item, kind
        yield
        self.unit.indent -= len(sources)

    def loop(self, node: s.For) -> Operand:
        if len(node.iterators) > 1 and self.unit.indent > 2:  # each iterator takes two levels
            with self.separate([]) as unit:
                code, kind = self.whole_loop(node)
            arguments = self.finish(unit, code)
            result = self.fresh()
            self.write(f"{result} = {unit.name}({arguments})")
            return result, kind
        return self.whole_loop(node)

    def whole_loop(self, node: s.For) -> Operand:
        result = self.fresh()
        indent = self.unit.indent
        sources = self.sources(node.iterators, result)
        self.write(f"{result} = []")
        self.scope = _Scope(self.scope)
        partial = self.fresh()
        with self.turns(node.iterators, sources):
            if self.has_partial and _mentions(node.body, "partial"):
                self.write(f"{partial} = snapshot({result})")
                self.scope.names.setdefault("partial", (partial, VALUE))
            code, kind = self.generate(node.body)
            self.write(f"{result}.append({code})")
        self.scope = self.scope.outer
        self.unit.indent = indent
        return result, HOST if kind == HOST else VALUE

    def quantified(self, node: s.Quantified) -> Operand:
        with self.separate([]) as unit:
            decided, undecided = ("False", "True") if node.every else ("True", "False")
            result = self.fresh()
            indent = self.unit.indent
            sources = self.sources(node.iterators, result)
            self.write(f"{result} = {undecided}")
            self.scope = _Scope(self.scope)
            with self.turns(node.iterators, sources):
                code, _ = self.generate(node.condition)
                self.write(f"if {code} is {decided}: return {decided}")
                if self.may_fail:
                    self.write(f"if is_fatal({code}): return {code}")
                self.write(
                    f"if {result} is {undecided} and {code} is not {undecided}: {result} = not_boolean({code}, w)"
                )
            self.scope = self.scope.outer
            self.unit.indent = indent
        arguments = self.finish(unit, result)
        answer = self.fresh()
        self.write(f"{answer} = {unit.name}({arguments})")
        return answer, TERNARY

    # --- comparisons

    def comparison(self, node: s.Comparison) -> Operand:
        left = self.generate(node.left)
        right = self.generate(node.right)
        return self.compare(node.operator, left, right)

    def compare(self, operator: str, left: Operand, right: Operand) -> Operand:
        (a, a_kind), (b, b_kind) = left, right
        result = self.fresh()
        if NULL in (a_kind, b_kind) and operator in ("=", "!="):
            other = b if a_kind == NULL else a
            made = f"{other} is {'' if operator == '=' else 'not '}None"
            if self.may_fail:
                self.write(f"{result} = {other} if type({other}) is Failure else {made}")
                return result, VALUE
            self.write(f"{result} = {made}")
            return result, BOOLEAN
        slow = f"{result} = {_SLOW[operator]}({a}, {b}, w)"
        python = "!=" if operator == "!=" else _OPERATORS[operator]
        types = {a_kind, b_kind} - {HOST, VALUE}
        if types == {INT} or (types == {STRING} and operator in ("=", "!=")):
            wanted = "int" if types == {INT} else "str"
            checks = [f"type({code}) is {wanted}" for code, kind in (left, right) if kind in (HOST, VALUE)]
            if types == {INT} and len(checks) == 1 and self.is_small(a if a_kind == INT else b):
                # A double compares with a whole number of 53 bits as its shortest text does.
                host = b if a_kind == INT else a
                checks = [f"(type({host}) is int or type({host}) is float)"]
            if not checks:
                self.write(f"{result} = {a} {python} {b}")
                return result, BOOLEAN
            self.write(f"if {' and '.join(checks)}: {result} = {a} {python} {b}")
            self.write(f"else: {slow}")
        elif types == {BOOLEAN} and operator in ("=", "!="):
            value = a if a_kind in (HOST, VALUE) else b
            self.write(f"if {value} is True or {value} is False: {result} = {a} {python} {b}")
            self.write(f"else: {slow}")
        elif not types:
            kinds = "(int, str)" if operator in ("=", "!=") else "(int,)"
            self.write(f"if type({a}) is type({b}) and type({a}) in {kinds}: {result} = {a} {python} {b}")
            self.write(f"else: {slow}")
        else:
            self.write(slow)
        return result, VALUE if self.may_fail else TERNARY

    def is_small(self, constant: str) -> bool:
        value = self.constants.get(constant)
        return type(value) is int and abs(value) < 2**53

    def between(self, node: s.Between) -> Operand:
        """Two comparisons; what the value warned of, it warns of twice."""
        before, again = self.fresh("n"), self.fresh("w")
        self.write(f"{before} = len(w)")
        value = self.generate(node.value)
        self.write(f"{again} = w[{before}:]")
        low = self.generate(node.low)
        code, _ = self.compare(">=", value, low)
        result = self.fresh()
        self.write(f"{result} = {code}")
        with self.block(f"if {result} is not False{f' and not is_fatal({result})' if self.may_fail else ''}:"):
            self.write(f"if {result} is not True: {result} = not_boolean({result}, w)")
            self.write(f"if {again}: warn_again({again}, w)")
            self.budget = True
            high = self.generate(node.high)
            code, _ = self.compare("<=", value, high)
            self.write(f"if {code} is False: {result} = False")
            if self.may_fail:
                self.write(f"elif is_fatal({code}): {result} = {code}")
            self.write(f"elif {result} is True and {code} is not True: {result} = not_boolean({code}, w)")
        return result, VALUE if self.may_fail else TERNARY

    def instance_of(self, node: s.InstanceOf) -> Operand:
        code, _ = self.generate(node.value)
        result = self.fresh()
        made = f"instance_of({code}, {self.constant(node.type)})"
        self.write(f"{result} = {f'{code} if type({code}) is Failure else {made}' if self.may_fail else made}")
        return result, VALUE if self.may_fail else BOOLEAN

    # --- unary tests

    def membership(self, node: s.In) -> Operand:
        code, _ = self.generate(node.value)
        if self.may_fail:
            result = self.fresh()
            code = self.named(code)
            self.write(f"if type({code}) is Failure: {result} = {code}")
            with self.block("else:"):
                self.write(f"{result} = {self.tested_by(code, node.test)}")
            return result, VALUE
        return self.tested_by(code, node.test), TERNARY

    def tested_by(self, code: str, test: s.Node) -> str:
        before = self.input, self.tested
        self.input, self.tested = self.named(code), ""
        answer, _ = self.generate(test)
        self.input, self.tested = before
        return answer

    def interval(self, node: s.Interval) -> Operand:
        value = self.implicit_input()
        start, _ = self.generate(node.start)
        if not self.input:
            value = self.implicit_input()
        end, _ = self.generate(node.end)
        result = self.fresh()
        inclusion = f"{node.start_included}, {node.end_included}"
        self.write(f"{result} = in_interval({value}, {start}, {end}, {inclusion}, w)")
        return result, TERNARY

    def input_comparison(self, node: s.InputComparison) -> Operand:
        value = self.implicit_input()
        code = self.generate(node.value)
        return self.compare(node.operator, (value, HOST), code)

    def test(self, node: s.Test) -> Operand:
        """Evaluate an expression without the input; if it asks for the input, once more with it."""
        result = self.fresh()
        if not self.has_input or not _mentions_input(node.expression):
            code, _ = self.generate(node.expression)
            value = self.implicit_input()
            self.write(f"{result} = passes({value}, {code}, w)")
            return result, VALUE if self.may_fail else TERNARY
        before = self.tested
        self.count += 1
        self.tested = f"t{self.count}"
        with self.separate([self.tested]) as unit:
            code, _ = self.generate(node.expression)
        self.tested = before
        arguments = self.finish(unit, code)
        answer = self.fresh()
        self.write(f"{answer} = {unit.name}({arguments}, NO_INPUT)")
        with self.block(f"if is_fatal({answer}):"):
            value = self.implicit_input()
            self.write(f"{answer} = {unit.name}({arguments}, {value})")
            self.write(f"{result} = {answer} if {answer} is True or {answer} is False or is_fatal({answer}) else None")
        with self.block("else:"):
            value = self.implicit_input()
            self.write(f"{result} = passes({value}, {answer}, w)")
        return result, VALUE

    def at_least_one(self, node: s.AtLeastOne) -> Operand:
        return self.chain("or", node.tests, silent=True)

    def not_test(self, node: s.NotTest) -> Operand:
        code, _ = self.generate(node.tests)
        result = self.fresh()
        self.write(f"{result} = {code} if is_fatal({code}) else negated({code}, w)")
        return result, VALUE

    def any_input(self, _: s.AnyInput) -> Operand:
        return "True", BOOLEAN

    # --- arithmetic

    def arithmetic(self, node: s.Arithmetic) -> Operand:
        operand = self.generate(node.first)
        for operator, other in node.rest:
            operand = self.calculate(operator, operand, self.generate(other))
        return operand

    def calculate(self, operator: str, left: Operand, right: Operand) -> Operand:
        (a, a_kind), (b, b_kind) = left, right
        result = self.fresh()
        slow = f"{result} = {_MATH[operator]}({a}, {b}, w)"
        types = {a_kind, b_kind} - {HOST, VALUE}
        allowed = {INT, STRING} if operator == "+" else {INT}
        if operator == "/" or types - allowed or len(types) > 1:
            self.write(slow)
            return result, VALUE
        known = not {a_kind, b_kind} & {HOST, VALUE}
        unknown = [code for code, kind in (left, right) if kind in (HOST, VALUE)]
        ints = types != {STRING}
        strings = operator == "+" and types != {INT}
        branch = "if"
        if ints:
            checks = " and ".join(f"type({code}) is int" for code in unknown) or "True"
            with self.block(f"if {checks}:"):
                self.write(f"{result} = {a} {operator} {b}")
                self.write(f"if not LOW < {result} < HIGH: {result} = rounded({result})")
            branch = "elif"
        if strings:
            checks = " and ".join(f"type({code}) is str" for code in unknown) or "True"
            with self.block(f"{branch} {checks}:"):
                self.write(f"{result} = {a} + {b}")
                self.write(f"if len({result}) > 99: charge_text({result})")
            self.budget = True
        self.write(f"else: {slow}")
        return result, (STRING if types == {STRING} else NUMBER) if known else VALUE

    def power(self, node: s.Power) -> Operand:
        code, _ = self.generate(node.first)
        for other in node.rest:
            exponent, _ = self.generate(other)
            result = self.fresh()
            self.write(f"{result} = power({code}, {exponent}, w)")
            code = result
        return code, VALUE

    def negation(self, node: s.Negation) -> Operand:
        code, _ = self.generate(node.value)
        result = self.fresh()
        self.write(f"{result} = -{code} if type({code}) is int else negate({code}, w)")
        return result, VALUE


# Built-ins that only put values elsewhere or compare them: what is inside of them may stay as the host gave it.
_PASSING_ON = frozenset(
    "append,concatenate,context merge,context put,count,flatten,get entries,get or else,get value,index of,"
    "insert before,is defined,is empty,list contains,not,partition,put,put all,remove,reverse,sublist".split(",")
)
# What these give depends on their arguments alone.
_CONSTRUCTORS = frozenset(["date", "time", "date and time", "duration"])
_NOT = FUNCTIONS["not"][0].invoke
_LEAVES = frozenset([s.Literal, s.Name, s.Input, s.AnyInput])

_METHODS: dict[type, Callable[..., Operand]] = {
    s.Literal: _Compiler.literal,
    s.Name: _Compiler.name,
    s.Input: _Compiler.input_value,
    s.ListLiteral: _Compiler.list_literal,
    s.ContextLiteral: _Compiler.context,
    s.Postfix: _Compiler.postfix,
    s.Call: _Compiler.call,
    s.FunctionLiteral: _Compiler.function,
    s.If: _Compiler.conditional,
    s.For: _Compiler.loop,
    s.Quantified: _Compiler.quantified,
    s.Logic: _Compiler.logic,
    s.Comparison: _Compiler.comparison,
    s.Between: _Compiler.between,
    s.InstanceOf: _Compiler.instance_of,
    s.In: _Compiler.membership,
    s.Arithmetic: _Compiler.arithmetic,
    s.Power: _Compiler.power,
    s.Negation: _Compiler.negation,
    s.Interval: _Compiler.interval,
    s.InputComparison: _Compiler.input_comparison,
    s.Test: _Compiler.test,
    s.AtLeastOne: _Compiler.at_least_one,
    s.NotTest: _Compiler.not_test,
    s.AnyInput: _Compiler.any_input,
}


def _tuple(codes: list[str]) -> str:
    return f"({''.join(code + ', ' for code in codes)})"


def _joined(kinds: list[str]) -> str:
    """What is known of a value that is one of several."""
    if len(set(kinds)) == 1:
        return kinds[0]
    if set(kinds) <= {BOOLEAN, TERNARY, NULL}:
        return TERNARY
    return HOST if HOST in kinds else VALUE


def _constant_index(node: s.Node) -> int | Decimal | None:
    if type(node) is s.Literal and type(node.value) in (int, Decimal):
        return node.value  # type: ignore[return-value]
    if type(node) is s.Negation:
        value = _constant_index(node.value)
        return None if value is None else -value
    return None


def _children(node: s.Node) -> Iterator[s.Node]:
    for slot in type(node).__slots__:
        yield from _nodes(getattr(node, slot))


def _nodes(part: object) -> Iterator[s.Node]:
    if isinstance(part, s.Node):
        yield part
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _nodes(item)


def _mentions(node: s.Node, name: str) -> bool:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if type(part) is s.Name and part.name == name:
            return True
        if type(part) is s.Call and part.path[:1] == [name]:
            return True
        waiting.extend(_children(part))
    return False


def _mentions_input(node: s.Node) -> bool:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if type(part) is s.Input:
            return True
        if type(part) not in (s.FunctionLiteral, s.In):
            waiting.extend(_children(part))
        elif type(part) is s.In:
            waiting.append(part.value)
    return False


def _may_fail(text: str) -> bool:
    """Say whether a part may fail as a whole: with `?`, the functions of a context, or a range as argument."""
    return "?" in text or ".." in text or _QUALIFIED_CALL(text) is not None


_QUALIFIED_CALL = re.compile(r"\.\s*[^\s.\"()\[\]{}]+\s*\(").search


Main = Callable[[Mapping[str, Value], list[tuple[object, ...]]], Value]


def compile_node(
    node: s.Node, text: str, functions: Mapping[str, Sequence[Function]], *, unary: bool
) -> tuple[Main, tuple[str, ...], bool]:
    """Make a Python function from nodes.

    Returns:
        The function, the names that it reads from its context, and whether it needs a budget of steps.
    """
    compiler = _Compiler(text, functions)
    compiler.unary = unary
    code, _ = compiler.generate(node)
    compiler.finish(compiler.unit, code)
    source = "\n".join([f"def make({', '.join(compiler.constants)}):", *compiler.finished, "    return main"])
    made: dict[str, Callable[..., Main]] = {}
    exec(compile(source, "<feel>", "exec", dont_inherit=True), NAMESPACE, made)  # noqa: S102 - holds no input text
    return made["make"](*compiler.constants.values()), tuple(compiler.names), compiler.budget
