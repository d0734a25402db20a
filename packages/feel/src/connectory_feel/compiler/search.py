"""Looking for something in the nodes below a node."""

import re
from collections.abc import Iterator

from connectory_feel import syntax as s

__all__ = ["may_fail", "mentions", "mentions_input"]

_QUALIFIED_CALL = re.compile(r"\.\s*[^\s.\"()\[\]{}]+\s*\(").search


def _children(node: s.Node) -> Iterator[s.Node]:
    slots: tuple[str, ...] = type(node).__slots__
    for slot in slots:
        yield from _nodes(getattr(node, slot))


def _nodes(part: object) -> Iterator[s.Node]:
    if isinstance(part, s.Node):
        yield part
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _nodes(item)


def mentions(node: s.Node, name: str) -> bool:
    """Say whether a variable is used below a node."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if type(part) is s.Name and part.name == name:
            return True
        if type(part) is s.Call and part.path[:1] == [name]:
            return True
        waiting.extend(_children(part))
    return False


def mentions_input(node: s.Node) -> bool:
    """Say whether `?` is used below a node."""
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


def may_fail(text: str) -> bool:
    """Say whether a part may fail as a whole: with `?`, the functions of a context, or a range as argument."""
    return "?" in text or ".." in text or _QUALIFIED_CALL(text) is not None
