"""What an agent is told of the elements of an ad-hoc sub-process: names, texts, parameters of `fromAi` calls."""

from collections.abc import Iterator, Mapping
from typing import Any

import connectory_feel as feel
from connectory_engine.bpmn.xml_reading import MODEL, Node
from connectory_feel import syntax
from connectory_feel.compiler import compile_node
from connectory_feel.parser import parse

_NO_TOOLS = ("boundaryEvent", "startEvent", "endEvent")
_PARAMETERS = ("value", "description", "type", "schema", "options")


class NoParameter(Exception):  # noqa: N818 - the model is at fault
    """A call of `fromAi` that describes no parameter."""


def tool_descriptions(node: Node, tags: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Describe the elements that can be activated, those without an incoming flow; `tags` are the names of elements."""
    targets = {n.get("targetRef") for n in node.all("sequenceFlow")}
    found: list[Mapping[str, Any]] = []
    for child in node.children:
        tool = child.space == MODEL and child.tag in tags and child.tag not in _NO_TOOLS
        if not tool or not child.id or child.id in targets or child.get("triggeredByEvent") == "true":
            continue
        told: dict[str, Any] = {"elementId": child.id}
        if name := child.get("name"):
            told["elementName"] = name
        if documentation := child.content("documentation"):
            told["documentation"] = documentation
        properties = child.extension("properties")
        if properties is not None and properties.children:
            told["properties"] = {p.get("name") or "": p.get("value") or "" for p in properties.children}
        if parameters := list(_parameters(child)):
            told["parameters"] = parameters
        found.append(told)
    return _in_order(found)


def _in_order(found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order the elements as agents get them from the real engine: as a hash map of their ids lists them."""
    buckets = 16
    while len(found) > buckets * 3 // 4:
        buckets *= 2

    def bucket(told: Mapping[str, Any]) -> int:
        code = 0
        for character in str(told["elementId"]):
            code = (code * 31 + ord(character)) & 0xFFFFFFFF
        return (code ^ code >> 16) & (buckets - 1)

    return sorted(found, key=bucket)


def _parameters(node: Node) -> Iterator[dict[str, Any]]:
    mapping = node.extension("ioMapping")
    for entry in mapping.children if mapping is not None else ():
        source = entry.get("source") or ""
        if entry.tag != "input" or not source.startswith("=") or "fromAi" not in source:
            continue
        try:
            calls = list(_calls(parse(source[1:], unary=False, limits=feel.Limits())))
        except feel.FeelError:
            continue  # told as a fault of the mapping
        for call in calls:
            yield _parameter(node, call)


def _calls(tree: syntax.Node) -> Iterator[syntax.Call]:
    waiting: list[object] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Call) and node.name == "fromAi":
            yield node
        elif isinstance(node, list | tuple):
            waiting.extend(reversed(node))
        elif isinstance(node, syntax.Node):
            slots: tuple[str, ...] = type(node).__slots__
            waiting.extend(getattr(node, name) for name in reversed(slots))


def _parameter(node: Node, call: syntax.Call) -> dict[str, Any]:
    names = call.names or _PARAMETERS
    given = dict(zip(names, call.arguments, strict=False))
    intro = f"Failed to extract ad-hoc activity parameters for element '{node.id}'."
    told: dict[str, Any] = {"name": _reference(given.get("value"), intro)}
    for name, wanted in (("description", str), ("type", str), ("schema", dict), ("options", dict)):
        argument = given.get(name)
        if argument is None:
            continue
        value = _constant(argument)
        if not isinstance(value, wanted):
            kind = "string" if wanted is str else "context (map)"
            msg = f"{intro} Expected fromAi() parameter '{name}' to be a {kind}, but received '{value}'."
            raise NoParameter(msg)
        told[name] = value
    return told


def _reference(value: object, intro: str) -> str:
    if isinstance(value, syntax.Name):
        return value.name
    if isinstance(value, syntax.Postfix) and isinstance(value.target, syntax.Name):
        steps: list[str] = [step.name for step in value.steps if isinstance(step, syntax.PathStep)]
        if len(steps) == len(value.steps):
            return ".".join([value.target.name, *steps])
    msg = f"{intro} Expected fromAi() parameter 'value' to be a reference (e.g. 'toolCall.customParameter')."
    raise NoParameter(msg)


def _constant(node: syntax.Node) -> object:
    main, _names, _budget = compile_node(node, "", {}, unary=False)
    return feel.to_json(main({}, []))
