"""Input and output mappings as one FEEL context each, as the real engine builds them."""

import re

from connectory_engine.expressions import Expression, FeelSyntaxError

PATH = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*")
_RESERVED = ("null", "true", "false", "function", "if", "then", "else", "for", "between", "instance", "of")

Tree = dict[str, "str | Tree"]


class WrongMapping(Exception):  # noqa: N818 - the model is at fault
    """A mapping that the real engine refuses, in its words."""


def check_target(target: str | None) -> None:
    """Refuse a target that is no path of names."""
    if not target:
        msg = "Expected path expression but not found."
        raise WrongMapping(msg)
    if not PATH.fullmatch(target):
        msg = f"Expected path expression '{target}' but doesn't match the pattern '{PATH.pattern}'."
        raise WrongMapping(msg)
    if target in _RESERVED:
        msg = f"Expected path expression '{target}' but is one of the reserved words ({', '.join(_RESERVED)})."
        raise WrongMapping(msg)


def source_text(source: str | None) -> str:
    """Give the FEEL text of an input's source: without `=` it is the inside of a text literal."""
    if not source:
        return "null"
    if source.startswith("="):
        return source[1:]
    return '"' + source.replace('"', '\\"') + '"'


def _tree(mappings: list[tuple[str, str]]) -> Tree:
    """Nest the sources by the parts of their targets; the place of a name is where it came first."""
    root: Tree = {}
    for source, target in mappings:
        *outer, last = target.split(".")
        at = root
        for part in outer:
            below = at.get(part)
            if not isinstance(below, dict):
                below = at[part] = {}
            at = below
        at[last] = source
    return root


def _input_text(tree: Tree) -> str:
    entries = (f"{name}:{below if isinstance(below, str) else _input_text(below)}" for name, below in tree.items())
    return "{" + ",".join(entries) + "}"


def _output_text(tree: Tree, path: str) -> str:
    entries = []
    for name, below in tree.items():
        if isinstance(below, str):
            entries.append(f"{name}:{below}")
        else:
            there = f"{path}{name}"
            new = _output_text(below, f"{there}.")
            entries.append(f"{name}:if ({there} != null) then context merge({there},{new}) else {new}")
    return "{" + ",".join(entries) + "}"


def input_mapping(mappings: list[tuple[str, str]]) -> Expression:
    """Make the expression of inputs, given as source texts and targets."""
    return _built(_input_text(_tree(mappings)))


def output_mapping(mappings: list[tuple[str, str]]) -> Expression:
    """Make the expression of outputs: objects are merged into what the scope has."""
    return _built(_output_text(_tree(mappings), ""))


def _built(text: str) -> Expression:
    try:
        return Expression(text)
    except FeelSyntaxError as exc:
        msg = f"Failed to build variable mapping expression: failed to parse expression '{text}': {exc}"
        raise WrongMapping(msg) from None
