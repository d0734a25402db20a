"""Calls of functions, and functions as values."""

from connectory_feel import syntax as s
from connectory_feel.builtins import FUNCTIONS
from connectory_feel.compiler.kinds import FUNCTION, HOST, NEVER_FUNCTIONS, TEMPORAL, VALUE, Operand
from connectory_feel.compiler.paths import path
from connectory_feel.compiler.variables import lookup
from connectory_feel.compiler.writer import Scope, Writer, tuple_of
from connectory_feel.errors import FeelError
from connectory_feel.values import Function, FunctionFailure

__all__ = [
    "arguments_of",
    "call",
    "call_found",
    "find_function",
    "fold",
    "function_literal",
    "known_function",
    "ordered",
    "qualified_call",
    "range_argument",
    "shape_of",
]

# Built-ins that only put values elsewhere or compare them: what is inside of them may stay as the host gave it.
_PASSING_ON = frozenset(
    [
        "append",
        "concatenate",
        "context merge",
        "context put",
        "count",
        "flatten",
        "get entries",
        "get or else",
        "get value",
        "index of",
        "insert before",
        "is defined",
        "is empty",
        "list contains",
        "not",
        "partition",
        "put",
        "put all",
        "remove",
        "reverse",
        "sublist",
    ]
)
# What these give depends on their arguments alone.
_CONSTRUCTORS = frozenset(["date", "time", "date and time", "duration"])
# What these give depends on their arguments alone.
_CONSTRUCTORS = frozenset(["date", "time", "date and time", "duration"])
_NOT = FUNCTIONS["not"][0].invoke


def call(out: Writer, node: s.Call) -> Operand:
    """Call what is visible under a name: a function of a context, of the host, or a built-in."""
    if node.path:
        return qualified_call(out, node)
    out.budget = True
    name, shape = out.constant(node.name), shape_of(out, node)
    found, result = out.fresh(), out.fresh()
    find_function(out, node.name, shape, out.scope, found)
    known = known_function(out, node)
    if known is None:
        out.write(f"if {found} is not None: {found} = matching({found}, {shape})")
        out.write(f"if {found} is None: {result} = no_function({name}, {shape}, w)")
        with out.block("else:"):
            codes = arguments_of(out, node)
            call_found(out, result, found, shape, codes, name)
        return result, VALUE
    kind = HOST if node.name in _PASSING_ON else VALUE
    codes = arguments_of(out, node)
    if node.name == "not" and known.invoke is _NOT and not out.may_fail:
        out.write(
            f"if {found} is None: {result} = False if {codes[0]} is True else True if {codes[0]} is False else None"
        )
        out.write(f"else: {result} = call({found}, {shape}, {tuple_of(codes)}, {name}, w)")
        return result, VALUE
    constants = node.names is None and all(type(argument) is s.Literal for argument in node.arguments)
    if constants and node.name in _CONSTRUCTORS:
        folded = fold(out, known, node)
        if folded is not None:
            out.write(
                f"{result} = {folded} if {found} is None else call({found}, {shape}, {tuple_of(codes)}, {name}, w)"
            )
            return result, VALUE if folded == "None" else TEMPORAL
    if out.may_fail and codes:
        out.write(f"{result} = stopped({tuple_of(codes)}, {name}, w, {known.variadic})")
        out.write(f"if {result} is M:")
        out.unit.indent += 1
    direct = f"{out.constant(known.invoke)}({', '.join(ordered(out, node, known, codes))})"
    other = f"call({found}, {shape}, {tuple_of(codes)}, {name}, w)"
    out.write(
        f"try: {result} = {direct} if {found} is None or ({found} := matching({found}, {shape})) is None else {other}"
    )
    out.write(f"except FunctionFailure: {result} = failed({name}, w)")
    if out.may_fail and codes:
        out.unit.indent -= 1
    return result, kind


def fold(out: Writer, function: Function, node: s.Call) -> str | None:
    """Call a constructor with constants now; None if that does not give a temporal value."""
    values = [argument.value for argument in node.arguments]  # type: ignore[attr-defined]
    if len(values) == 1 and type(values[0]) is str:
        # The reference reads such a text while it parses: more leniently, and null without a warning.
        from connectory_feel.temporal import parse_constructor

        temporal = parse_constructor(node.name, values[0])
        return "None" if temporal is None else out.constant(temporal)
    try:
        value = function.invoke(*values)
    except (FunctionFailure, FeelError, ArithmeticError):
        return None
    return out.constant(value) if hasattr(value, "feel_type") else None


def call_found(out: Writer, result: str, function: str, shape: str, codes: list[str], name: str) -> None:
    """Call a function that is a value."""
    out.write(f"{result} = stopped({tuple_of(codes)}, {name}, w)")
    out.write(f"if {result} is M: {result} = call({function}, {shape}, {tuple_of(codes)}, {name}, w)")


def find_function(out: Writer, name: str, shape: str, scope: Scope | None, found: str) -> None:
    """Look for a function in what is visible: entries of contexts and of filtered items, and the variables."""
    key = out.constant(name)
    while scope is not None:
        if scope.item:
            out.write(f"{found} = entry_function({out.use(scope.item)}, {key}, {shape})")
            break
        entry = scope.names.get(name)
        if entry is not None and not scope.variables_only and entry[1] not in NEVER_FUNCTIONS:
            out.write(f"{found} = matching({out.use(entry[0])}, {shape})")
            break
        scope = scope.outer
    else:
        out.write(f"{found} = c.get({key})")
        return
    with out.block(f"if {found} is None:"):
        find_function(out, name, shape, scope.outer, found)


def shape_of(out: Writer, node: s.Call) -> str:
    """The number or the names of the arguments, by which a function is chosen."""
    return out.constant(tuple(node.names) if node.names is not None else len(node.arguments))


def arguments_of(out: Writer, node: s.Call) -> list[str]:
    """Evaluate the arguments; what the host gave is made into FEEL values, deep down only where that matters."""
    pure_name = "outwardly_pure" if node.name in _PASSING_ON else "pure"
    codes = []
    for argument in node.arguments:
        if type(argument) is s.Interval:
            code, kind = range_argument(out, argument)
        else:
            code, kind = out.generate(argument)
        if kind == HOST:
            pure = out.fresh()
            out.write(f"{pure} = {code} if type({code}) in PLAIN else {pure_name}({code})")
            code = pure
        codes.append(code)
    return codes


def ordered(out: Writer, node: s.Call, function: Function, codes: list[str]) -> list[str]:
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


def known_function(out: Writer, node: s.Call) -> Function | None:
    """Choose the function of the host, or the built-in, that fits the arguments."""
    candidates: list[Function] = [*out.functions.get(node.name, ()), *FUNCTIONS.get(node.name, ())]
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


def qualified_call(out: Writer, node: s.Call) -> Operand:
    """Write a call of a function of a context."""
    operand = lookup(out, node.path[0], out.scope)
    for name in node.path[1:]:
        operand = path(out, operand, name)
    function, result = out.fresh(), out.fresh()
    name, shape = out.constant(node.name), shape_of(out, node)
    out.write(f"{function} = method({operand[0]}, {name}, {shape}, w)")
    out.budget = True
    out.write(f"if type({function}) is Failure: {result} = {function}")
    with out.block("else:"):
        call_found(out, result, function, shape, arguments_of(out, node), name)
    return result, VALUE


def function_literal(out: Writer, node: s.FunctionLiteral) -> Operand:
    """Write a function that keeps what it sees."""
    scope = out.scope = Scope(out.scope)
    parameters = []
    for name in node.parameters:
        out.count += 1
        local = f"p{out.count}"
        parameters.append(local)
        scope.names[name] = local, VALUE
    with out.separate(parameters) as unit:
        code, _ = out.generate(node.body)
    out.scope = scope.outer
    arguments = out.finish(unit, code)
    result = out.fresh()
    names = out.constant(tuple(node.parameters))
    out.write(f"{result} = Function({names}, partial({unit.name}, {arguments}))")
    return result, FUNCTION


def range_argument(out: Writer, node: s.Interval) -> Operand:
    """Write a range, which is a value as an argument alone."""
    start, _ = out.generate(node.start)
    end, _ = out.generate(node.end)
    result = out.fresh()
    out.write(f"{result} = make_range({start}, {end}, {node.start_included}, {node.end_included}, w)")
    return result, VALUE
