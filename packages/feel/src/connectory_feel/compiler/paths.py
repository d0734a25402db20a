"""Names behind a value."""

from connectory_feel import syntax as s
from connectory_feel.compiler.filters import filter_step
from connectory_feel.compiler.kinds import HOST, VALUE, Operand
from connectory_feel.compiler.variables import lookup
from connectory_feel.compiler.writer import Writer, tuple_of

__all__ = ["follow", "path", "path_of_lookup", "path_of_variable", "postfix"]

# A longer chain of subscripts would be too deep a tree for Python's compiler.
_MAX_SUBSCRIPTS = 30


def postfix(out: Writer, node: s.Postfix) -> Operand:
    """Write a value and what follows it."""
    steps = node.steps
    if steps and type(node.target) is s.Name and type(steps[0]) is s.PathStep:
        return path_of_variable(out, node, node.target)
    operand = out.generate(node.target)
    return follow(out, operand, steps)


def path_of_variable(out: Writer, node: s.Postfix, target: s.Name) -> Operand:
    """The names right behind a variable: if it is missing, that alone is worth a warning."""
    names: list[str] = []
    for step in node.steps:
        if type(step) is not s.PathStep:
            break
        names.append(step.name)
    operand = path_of_lookup(out, target.name, names)
    return follow(out, operand, node.steps[len(names) :])


def path_of_lookup(out: Writer, name: str, names: list[str]) -> Operand:
    """Read a variable and follow names: in one go, and step by step only if that does not succeed."""
    scope = out.scope
    while scope is not None and not scope.item and name not in scope.names:
        scope = scope.outer
    keys = [out.constant(key) for key in names]
    subscripts = "".join(f"[{key}]" for key in keys)
    result = out.fresh()
    if scope is None:
        out.names[name] = None
        key = out.constant(name)
        if len(names) > _MAX_SUBSCRIPTS:
            out.write(f"{result} = host_chain(c, {key}, {tuple_of(keys)}, w)")
            return result, HOST
        # The last name is the one that is often missing, and an exception for that would take long.
        parent = out.fresh()
        with out.block("try:"):
            out.write(f"{parent} = c[{key}]{''.join(f'[{key}]' for key in keys[:-1])}")
            out.write(f"{result} = {parent}.get({keys[-1]}, M)")
            out.write(f"if {result} is M: {result} = no_host_entry({parent}, {keys[-1]}, w)")
        out.write(f"except X: {result} = host_chain(c, {key}, {tuple_of(keys)}, w)")
        return result, HOST
    local, kind = lookup(out, name, scope, missing="M")
    if kind == HOST and len(names) <= _MAX_SUBSCRIPTS:
        out.write(f"try: {result} = {local}{subscripts}")
        out.write(f"except X: {result} = host_steps({local}, {tuple_of(keys)}, w)")
        return result, HOST
    operand = local, kind
    for step in names:
        operand = path(out, operand, step)
    return operand


def follow(out: Writer, operand: Operand, steps: list[s.PathStep | s.Filter]) -> Operand:
    """Write the steps behind a value."""
    for step in steps:
        if type(step) is s.PathStep:
            operand = path(out, operand, step.name)
        elif type(step) is s.Filter:
            operand = filter_step(out, operand, step.condition)
    return operand


def path(out: Writer, operand: Operand, name: str) -> Operand:
    """Write one name behind a value."""
    target, kind = operand
    key = out.constant(name)
    result = out.fresh()
    if kind == HOST:
        out.write(f"try: {result} = {target}[{key}]")
        out.write(f"except X: {result} = host_path({target}, {key}, w)")
        out.write(f"if type({result}) is Function: {result} = host_path({target}, {key}, w)")
        return result, HOST
    out.write(f"{result} = path({target}, {key}, w)")
    return result, VALUE
