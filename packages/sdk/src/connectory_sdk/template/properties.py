"""From the fields of a pydantic model to the properties of a template."""

import enum
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from connectory_sdk.linked import LinkedResource
from connectory_sdk.properties import Property
from connectory_sdk.template.documents import asks_for, composer
from connectory_sdk.template.linked import linked

JSON = dict[str, Any]
UNION = (Union, types.UnionType)


class TemplateError(Exception):
    """A model cannot become a template; the message names model, field and remedy."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the form a model's fields go.

    Args:
        path: Dotted path of the model among the variables; empty at the top.
        group: Group of the fields that name none.
        conditions: What must hold for the fields to be shown.
        inbound: The fields are properties of an event, all texts.
        credential: The fields are those of a reusable credential, all plain.
        required: Every model on the way must be given; a field of an optional one is optional itself.
    """

    path: str = ""
    group: str | None = None
    conditions: tuple[JSON, ...] = ()
    inbound: bool = False
    credential: bool = False
    required: bool = True

    def at(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.path}.{name}" if self.path else name


def properties(model: type[BaseModel], place: Place = Place()) -> Iterator[JSON]:
    """Yield the properties of a model's fields, in their order.

    Raises:
        TemplateError: A field has no title, or its type has no place in a form.
    """
    for name, info in model.model_fields.items():
        facts = next((fact for fact in info.metadata if isinstance(fact, Property)), Property())
        if facts.hidden or info.deprecated:
            continue
        yield from field(f"{model.__name__}.{name}", info.alias or name, info, facts, place)


def field(where: str, name: str, info: FieldInfo, facts: Property, place: Place) -> Iterator[JSON]:
    """Yield the properties of one field: several for a nested model or a union."""
    kind, optional = unwrapped(info.annotation)
    group = facts.group or place.group
    required = place.required and info.is_required() and not optional
    inner = replace(
        place, path=place.at(name), group=group, conditions=place.conditions + shown(facts), required=required
    )
    tag = info.discriminator if isinstance(info.discriminator, str) else discriminator(info)
    if tag:
        yield from union(where, tag, kind, info, facts, replace(inner, required=required or not optional))
    elif facts.configuration:
        yield chosen_credential(where, info, facts, replace(inner, required=required))
    elif kind is LinkedResource:
        yield from link(where, info, facts, replace(inner, required=required))
    elif not place.inbound and facts.binding == "input" and (count := facts.documents or asks_for(kind)):
        shared = {"group": group, "conditions": inner.conditions}
        label, about = title(where, info), info.description
        yield from composer(inner.path, count, required=required, label=label, about=about, shared=shared)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from properties(kind, replace(inner, required=place.required and not optional))
    else:
        yield single(where, kind, info, facts, replace(inner, required=required))


def link(where: str, info: FieldInfo, facts: Property, place: Place) -> Iterator[JSON]:
    """Yield the properties of a linked resource.

    Raises:
        TemplateError: It stands where the runtime does not look for it, or says no type.
    """
    if "." in place.path or place.inbound or place.credential:
        raise TemplateError(f"{where}: a linked resource belongs to a task; declare it at the top of the request")
    if not facts.resource:
        raise TemplateError(f"{where}: say what kind of resource is linked, with Property(resource='form')")
    shared = {"group": place.group, "conditions": place.conditions}
    label, about = title(where, info), info.description
    yield from linked(place.path, type=facts.resource, required=place.required, label=label, about=about, shared=shared)


def chosen_credential(where: str, info: FieldInfo, facts: Property, place: Place) -> JSON:
    """Return the property that chooses a reusable credential.

    Raises:
        TemplateError: It stands inside of another model.
    """
    if "." in place.path or place.credential or facts.configuration is None:
        raise TemplateError(f"{where}: a reusable credential is chosen at the top of the form; declare it there")
    return present(
        {
            "id": facts.id or place.path,
            "label": title(where, info),
            "description": info.description,
            "optional": None if place.required else True,
            "constraints": {"notEmpty": True} if place.required else None,
            "group": place.group,
            "binding": binding(where, place.path, facts, place),
            "condition": condition(place.conditions),
            "tooltip": facts.tooltip,
            "type": "Configuration",
            "configurationTemplate": facts.configuration[0],
        }
    )


def union(where: str, tag: str, kind: Any, info: FieldInfo, facts: Property, place: Place) -> Iterator[JSON]:
    """Yield the dropdown of a discriminated union and the members' properties, each shown for its choice."""
    members = [member for member in get_args(kind) if isinstance(member, type) and issubclass(member, BaseModel)]
    choices = []
    for member in members:
        tags = get_args(unwrapped(member.model_fields[tag].annotation)[0])
        label = member.model_config.get("title") or (facts.labels or {}).get(str(tags[0]))
        if not label:
            raise TemplateError(f"{where}: '{member.__name__}' has no title; add model_config = ConfigDict(title=...)")
        choices.append({"name": label, "value": tags[0]})
    alias = members[0].model_fields[tag].alias or tag
    path = place.at(alias)
    first = getattr(info.default, tag, None)
    if first is None and info.default_factory is not None:
        first = getattr(info.get_default(call_default_factory=True, validated_data={}), tag, None)
    chosen = {
        "id": facts.id or path,
        "label": title(where, info),
        "description": info.description,
        "value": facts.value or first,
        "constraints": None if facts.value or first else {"notEmpty": True},
        "group": place.group,
        "binding": binding(where, path, facts, place),
        "type": "Dropdown",
        "choices": choices,
        "condition": condition(place.conditions),
        "tooltip": facts.tooltip,
    }
    yield present(chosen)
    for member, choice in zip(members, choices, strict=True):
        only = {"property": chosen["id"], "equals": choice["value"], "type": "simple"}
        inner = replace(place, conditions=(*place.conditions, only), required=True)
        for name, part in member.model_fields.items():
            if name != tag:
                part_facts = next((fact for fact in part.metadata if isinstance(fact, Property)), Property())
                if not part_facts.hidden and not part.deprecated:
                    yield from field(f"{member.__name__}.{name}", part.alias or name, part, part_facts, inner)


def single(where: str, kind: Any, info: FieldInfo, facts: Property, place: Place) -> JSON:
    """Return the property of a field that is one entry of the form."""
    choices = options(kind, facts)
    shape, feel = appearance(kind, place)
    shape = facts.type or ("Dropdown" if choices else shape)
    value = facts.value if facts.value is not None else default(info)
    if place.inbound and shape != "Boolean" and isinstance(value, bool | int | float):
        value = str(value).lower()  # properties of an event are texts
    optional = facts.optional if facts.optional is not None else (not place.required and value is None) or None
    if place.credential and (feel == "required" or asks_for(kind)):
        raise TemplateError(f"{where}: a field of a reusable credential is a text, a number, a switch or a choice")
    takes_feel = shape not in {"Dropdown", "Hidden"} and not place.credential
    return present(
        {
            "id": facts.id or place.path,
            "label": title(where, info),
            "description": info.description,
            "optional": None if place.credential else optional,
            "value": value,
            "exampleValue": str(info.examples[0]) if info.examples else None,
            "constraints": constraints(info, facts, place, optional=bool(optional), shape=shape) or None,
            "feel": (facts.feel or feel) if takes_feel else None,
            "group": place.group,
            "binding": binding(where, place.path, facts, place),
            "condition": condition(place.conditions),
            "tooltip": facts.tooltip,
            "placeholder": facts.placeholder,
            "language": facts.language,
            "secret": True if place.credential and kind is SecretStr else None,
            "type": shape,
            "choices": choices or None,
        }
    )


def unwrapped(annotation: Any) -> tuple[Any, bool]:
    """Return a type without ``None`` and `Annotated`, and whether ``None`` was allowed."""
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        if get_origin(annotation) in UNION:
            members = [member for member in get_args(annotation) if member is not type(None)]
            optional = optional or len(members) < len(get_args(annotation))
            if len(members) == 1:
                annotation = members[0]
                continue
            if optional:
                annotation = Union[tuple(members)]  # noqa: UP007
        return annotation, optional


def discriminator(info: FieldInfo) -> str | None:
    """Return the discriminator of a union that stands inside an optional: ``Annotated[A | B, Field(...)] | None``."""
    parts = [info.annotation, *get_args(info.annotation)]
    for part in parts:
        if get_origin(part) is Annotated:
            for extra in get_args(part)[1:]:
                if isinstance(extra, FieldInfo) and isinstance(extra.discriminator, str):
                    return extra.discriminator
    return None


def options(kind: Any, facts: Property) -> list[JSON]:
    """Return the choices of an enumeration, with their labels."""
    if get_origin(kind) is Literal:
        values = list(get_args(kind))
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        values = [member.value for member in kind]
    else:
        return []
    labels = facts.labels or {}
    return [{"name": labels.get(str(value), str(value)), "value": value} for value in values]


def appearance(kind: Any, place: Place) -> tuple[str, str | None]:
    """Return kind of field and FEEL mode for a Python type."""
    if kind is bool:
        return "Boolean", "static"
    if kind in {int, float}:
        return ("String", "optional") if place.inbound else ("Number", "static")
    if kind in {str, SecretStr}:
        return "String", None if place.inbound else "optional"
    if get_origin(kind) in {dict, list, *UNION} or kind in {dict, list, Any}:
        return "String", "required"
    return "String", "optional"


def default(info: FieldInfo) -> Any:
    """Return a default that a form can show; None where there is none."""
    value = info.default
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, SecretStr):
        return None
    return value if isinstance(value, str | bool | int | float) and value != "" else None


def constraints(info: FieldInfo, facts: Property, place: Place, *, optional: bool, shape: str) -> JSON:
    """Return what the modeler checks while the form is filled in."""
    found: JSON = {}
    if place.required and not optional and shape not in {"Hidden", "Boolean", "Number"}:
        found["notEmpty"] = True
    for fact in info.metadata:
        if isinstance(fact, MinLen) and fact.min_length > 1:
            found["minLength"] = fact.min_length
        elif isinstance(fact, MaxLen):
            found["maxLength"] = fact.max_length
    if facts.pattern:
        found["pattern"] = {"value": facts.pattern[0], "message": facts.pattern[1]}
        if optional:  # an empty field is the text "undefined" for the panel of the modeler
            found["pattern"]["value"] = f"^undefined$|{facts.pattern[0]}"
    if optional and found:
        found["notEmpty"] = False  # the schema wants it said
    return found


def title(where: str, info: FieldInfo) -> str:
    """Return a field's label."""
    if "<" in (info.description or "").replace("<a ", "").replace("</a>", ""):
        raise TemplateError(f"{where}: the modeler takes '<' in a description for HTML and hides it; write it without")
    if not info.title:
        raise TemplateError(f"{where} has no title; add Field(title=...) or hide it with Property(hidden=True)")
    return info.title


def binding(where: str, path: str, facts: Property, place: Place) -> JSON:
    """Return where a property's value goes.

    Raises:
        TemplateError: It goes into a variable whose name is no FEEL name.
    """
    if place.credential:
        return {"name": path, "type": "property"}
    if place.inbound:
        return {"name": path, "type": "zeebe:property"}
    if facts.binding == "header":
        return {"key": path, "type": "zeebe:taskHeader"}
    if wrong := next((part for part in path.split(".") if not part.isidentifier()), None):
        raise TemplateError(f"{where}: '{wrong}' in '{path}' is no name of a variable; give the field another alias")
    return {"name": path, "type": "zeebe:input"}


def shown(facts: Property) -> tuple[JSON, ...]:
    """Return the condition that a field states itself."""
    if facts.shown_when is None:
        return ()
    target, values = facts.shown_when
    if isinstance(values, bool):
        return ({"property": target, "isActive": values, "type": "simple"},)
    if len(values) == 1:
        return ({"property": target, "equals": values[0], "type": "simple"},)
    return ({"property": target, "oneOf": list(values), "type": "simple"},)


def condition(conditions: tuple[JSON, ...]) -> JSON | None:
    """Return several conditions as one."""
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return {"allMatch": list(conditions)}


def present(entry: JSON) -> JSON:
    """Return an object without its absent members."""
    return {key: value for key, value in entry.items() if value is not None}
