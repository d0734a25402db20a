"""Constants, variables, `?`, lists and contexts."""

from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.compiler.kinds import (
    BOOLEAN,
    CONTEXT,
    FUNCTION,
    HOST,
    INT,
    LIST,
    NEVER_FUNCTIONS,
    NULL,
    NUMBER,
    STRING,
    TEMPORAL,
    VALUE,
    Operand,
)
from connectory_feel.compiler.writer import Scope, Writer

__all__ = ["context_literal", "input_value", "list_literal", "literal", "lookup", "lookup_item", "variable"]


def literal(out: Writer, node: s.Literal) -> Operand:
    """Write a constant."""
    value = node.value
    if value is None:
        return "None", NULL
    if value is True or value is False:
        return str(value), BOOLEAN
    kind = type(value)
    if kind is int:
        return out.constant(value), INT
    if kind is Decimal:
        return out.constant(value), NUMBER
    if kind is str:
        return out.constant(value), STRING
    return out.constant(value), TEMPORAL


def variable(out: Writer, node: s.Name) -> Operand:
    """Write the reading of a variable."""
    return lookup(out, node.name, out.scope)


def lookup(out: Writer, name: str, scope: Scope | None, missing: str = "None") -> Operand:
    """Read a variable; `missing` is what it gives, besides the warning, when there is none."""
    while scope is not None:
        if scope.item:
            return lookup_item(out, name, scope, missing)
        found = scope.names.get(name)
        if found is not None:
            local, kind = found
            out.use(local)
            if scope.variables_only or kind in NEVER_FUNCTIONS:
                return local, kind
            if kind != FUNCTION:
                result = out.fresh()
                out.write(f"{result} = {local}")
                with out.block(f"if type({local}) is Function:"):
                    outer, _ = lookup(out, name, scope.outer, missing)
                    out.write(f"{result} = {outer}")
                return result, HOST
        scope = scope.outer
    out.names[name] = None
    key = out.constant(name)
    result = out.fresh()
    out.write(f"{result} = c.get({key}, M)")
    none = f"no_variable({key}, w{', M' if missing == 'M' else ''})"
    out.write(f"if {result} is M or type({result}) is Function: {result} = {none}")
    return result, HOST


def lookup_item(out: Writer, name: str, scope: Scope, missing: str) -> Operand:
    """In a filter: an entry of the item, or the item itself, or what is outside."""
    item = out.use(scope.item)
    result = out.fresh()
    key = out.constant(name)
    out.write(f"{result} = {item}.get({key}, M) if type({item}) is dict else M")
    with out.block(f"if {result} is M or type({result}) is Function:"):
        if name == "item":
            out.write(f"{result} = {item}")
            with out.block(f"if {item} is M:"):
                outer, _ = lookup(out, name, scope.outer, missing)
                out.write(f"{result} = {outer}")
        else:
            outer, _ = lookup(out, name, scope.outer, missing)
            out.write(f"{result} = {outer}")
    return result, HOST


def input_value(out: Writer, _: s.Node) -> Operand:
    """`?`: the input, where a test says so, and elsewhere a failure."""
    return (out.use(out.tested), HOST) if out.tested else ("NO_INPUT", VALUE)


def list_literal(out: Writer, node: s.ListLiteral) -> Operand:
    """Write a list."""
    items = [out.generate(item) for item in node.items]
    result = out.fresh()
    made = f"[{', '.join(code for code, _ in items)}]"
    out.write(f"{result} = {out.checked(made, items)}")
    return result, HOST if any(kind == HOST for _, kind in items) else LIST


def context_literal(out: Writer, node: s.ContextLiteral) -> Operand:
    """Write a context; each entry sees the ones before it."""
    scope = out.scope = Scope(out.scope, variables_only=False)
    pairs = []
    host = False
    for key, entry in node.entries:
        code, kind = out.generate(entry)
        host = host or kind == HOST
        pairs.append(f"{out.constant(key)}: {code}")
        scope.names[key] = out.named(code), kind
    out.scope = scope.outer
    result = out.fresh()
    made = f"{{{', '.join(pairs)}}}"
    out.write(f"{result} = {out.checked(made, list(scope.names.values()))}")
    return result, HOST if host else CONTEXT
