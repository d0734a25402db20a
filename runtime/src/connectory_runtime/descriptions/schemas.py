"""From JSON schemas to fields of a form, and to values that fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectory_runtime.descriptions.api import DescriptionError, Field, Place
from connectory_runtime.descriptions.names import label, sentence
from connectory_runtime.descriptions.references import Node, References

JSON = dict[str, Any]
DEEPEST = 6  # levels of an example; what lies deeper is left out
KINDS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]"}
LIMITS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
PLACES = {
    "path": "Part of the address: '{}'",
    "query": "Parameter of the query: '{}'",
    "header": "Header '{}'",
    "cookie": "Cookie '{}'",
    "body": "Member of the body: '{}'",
}
"""What is said of a field of which the description says nothing."""
SAMPLES = {
    "date": "2025-01-31",
    "date-time": "2025-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "anna@example.com",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
}


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas of a description.

    Args:
        references: Where ``$ref`` leads.
    """

    references: References

    def merged(self, schema: Any, where: str, base: str | None = None, above: tuple[str, ...] = ()) -> Node:
        """Return a schema with its references followed and its ``allOf`` put together.

        Raises:
            DescriptionError: A schema is part of itself, or has no names for its properties.
        """
        node = self.references.resolved(schema if isinstance(schema, dict) else {}, where, base)
        if node.address in above:
            raise DescriptionError(
                f"{self.references.path}: {where}: schema '{node.address.partition('#')[2]}' is part of itself through "
                "allOf; mend it"
            )
        value: JSON = node.value if isinstance(node.value, dict) else {}
        if not isinstance(value.get("properties", {}), dict):
            raise DescriptionError(
                f"{self.references.path}: {where}: 'properties' of the schema must be names with schemas; mend it"
            )
        parts = value.get("allOf")
        if not isinstance(parts, list):
            return Node(value, node.base, node.address)
        inner = (*above, node.address) if node.address else above
        whole: JSON = {"properties": {}, "required": []}
        for part in [*parts, {key: inside for key, inside in value.items() if key != "allOf"}]:
            one = self.merged(part, where, node.base, inner)
            for key, inside in one.value.items():
                if key == "properties" and isinstance(inside, dict):
                    whole["properties"] |= {name: Placed(schema, one.base) for name, schema in inside.items()}
                elif key == "required" and isinstance(inside, list):
                    whole["required"] += inside
                else:
                    whole[key] = inside
        if not whole["properties"]:
            del whole["properties"]
        return Node(whole, node.base, node.address)

    def members(self, node: Node) -> Iterator[tuple[str, Any, str]]:
        """Yield name, schema and file of an object's properties."""
        said = node.value.get("properties")
        for name, schema in said.items() if isinstance(said, dict) else ():
            yield (name, schema.schema, schema.base) if isinstance(schema, Placed) else (name, schema, node.base)

    def field(self, name: str, place: Place, schema: Any, where: str, base: str | None, **facts: Any) -> Field:
        """Return the field for a value of a schema.

        Args:
            name: As the service calls it.
            place: Where in the request it goes.
            schema: What is known of the value.
            where: Its place in the description, for messages.
            base: The file in which the schema stands.
            **facts: What is known beside the schema: ``required``, ``description``, ``example``, ``style``...
        """
        node = self.merged(schema, where, base)
        value = node.value
        kind, choices = self.kind(node)
        text = sentence(facts.pop("description", None) or value.get("description")) or PLACES[place].format(name)
        example = facts.pop("example", None)
        if example is None:
            example = self.example(schema, where, base)
        default = value.get("default")
        if kind == "Document":
            text = f"{text} (a document, such as =document)"
        elif kind in ("list[Any]", "dict[str, Any]", "Any"):
            text = f"{text} ({self.shape(node)})"
            default = None
        elif choices and not kind.startswith("Literal"):
            text = f"{text} (one of {', '.join(map(str, choices[:20]))})"
        elif value.get("format") in SAMPLES:
            text = f"{text} (such as {SAMPLES[value['format']]})"
        if default == "" or (default is not None and not fits(default, kind, choices)):
            default = None
        return Field(
            name=name,
            place=place,
            kind=kind,
            title=label(name),
            description=text,
            default=default,
            example=example,
            limits=limits(value) if kind in ("int", "float") else (),
            long=kind == "str" and isinstance(value.get("maxLength"), int) and value["maxLength"] > 255,
            **facts,
        )

    def kind(self, node: Node) -> tuple[str, list[Any]]:
        """Return the Python type for a schema, and the values that it is restricted to."""
        value = node.value
        choices = value.get("enum") if isinstance(value.get("enum"), list) else None
        if choices is None and "const" in value:
            choices = [value["const"]]
        choices = [choice for choice in choices or [] if choice is not None]
        if choices and all(isinstance(choice, str) and choice for choice in choices):
            return f"Literal[{', '.join(map(repr, dict.fromkeys(choices)))}]", choices
        said = value.get("type")
        types = [one for one in (said if isinstance(said, list) else [said]) if one not in (None, "null")]
        if types == ["string"] and value.get("format") == "binary":
            return "Document", []
        if len(types) == 1 and types[0] in KINDS:
            return KINDS[types[0]], choices
        if types == ["object"] or (not types and ("properties" in value or "additionalProperties" in value)):
            return "dict[str, Any]", []
        return "Any", []

    def shape(self, node: Node) -> str:
        """Say in a few words what a FEEL expression must give."""
        kind, _ = self.kind(node)
        if kind == "list[Any]":
            return "a list, such as =[...]"
        if kind == "dict[str, Any]":
            names = [name for name, _, _ in self.members(node)]
            more = ", ..." if len(names) > 6 else ""
            return f"a context of {', '.join(names[:6])}{more}" if names else "a context, such as ={...}"
        return "any value"

    def example(self, schema: Any, where: str, base: str | None = None, above: tuple[str, ...] = ()) -> Any:
        """Return a value that fits a schema: its own example, else one made up; None where nothing can be said."""
        if len(above) > DEEPEST:
            return None
        node = self.merged(schema, where, base)
        if node.address and node.address in above:
            return None
        above = (*above, node.address)
        value = node.value
        given = [value.get("example"), *(value["examples"] if isinstance(value.get("examples"), list) else [])]
        given += [value.get("default"), value.get("const")]
        given += value["enum"] if isinstance(value.get("enum"), list) else []
        if (first := next((one for one in given if one is not None), None)) is not None:
            return first
        for key in ("oneOf", "anyOf"):
            for part in value[key] if isinstance(value.get(key), list) else []:
                if (found := self.example(part, where, node.base, above)) is not None:
                    return found
        kind, _ = self.kind(node)
        if kind == "dict[str, Any]":
            found = {
                name: self.example(inner, where, place, above)
                for name, inner, place in self.members(node)
                if not (isinstance(inner, dict) and inner.get("readOnly"))
            }
            return {name: inner for name, inner in found.items() if inner is not None}
        if kind == "list[Any]":
            item = self.example(value.get("items"), where, node.base, above)
            return [] if item is None else [item]
        return scalar(value, kind)


@dataclass(frozen=True, slots=True)
class Placed:
    """A schema that came from another file than the object it is part of now."""

    schema: Any
    base: str


def scalar(schema: JSON, kind: str) -> Any:
    """Return a number, a truth value or a text that fits."""
    if kind == "bool":
        return True
    if kind in ("int", "float"):
        bounds = dict(limits(schema))
        number = bounds.get("ge", bounds.get("gt", 0) + 1 if "gt" in bounds else min(1, bounds.get("le", 1)))
        return int(number) if kind == "int" else float(number)
    if kind == "str":
        text = SAMPLES.get(schema.get("format", ""), "text")
        least = schema.get("minLength")
        return text.ljust(least, "x") if isinstance(least, int) and least < 1_000 else text
    return None


def limits(schema: JSON) -> tuple[tuple[str, float], ...]:
    """Return the bounds of a number; OpenAPI 3.0 says "exclusive" with a flag beside the bound, 3.1 with a bound."""
    found = {}
    for key, name in LIMITS.items():
        bound = schema.get(key)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            found[name] = bound
    for flag, inclusive, exclusive in (("exclusiveMinimum", "ge", "gt"), ("exclusiveMaximum", "le", "lt")):
        if schema.get(flag) is True and inclusive in found:
            found[exclusive] = found.pop(inclusive)
    return tuple(found.items())


def fits(value: Any, kind: str, choices: list[Any]) -> bool:
    """Tell whether a default is of the field's type."""
    if choices:
        return value in choices
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if kind == "float":
        return isinstance(value, int | float)
    return kind in ("str", "int") and isinstance(value, str if kind == "str" else int)
