"""What the catalogue says of each connector: from its models, docstrings and templates."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from connectory_runtime.installed import Found
from connectory_sdk import Connector
from connectory_sdk.template import inbound_templates, outbound_templates
from connectory_sdk.template.conditions import parts
from connectory_sdk.template.properties import Place, properties

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of the form; ``shown`` says for which choice in another one, empty for always."""

    label: str
    name: str
    needed: bool
    help: str
    choices: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a connector does, or one kind of event that it waits for."""

    name: str
    id: str
    text: str
    result: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector of the catalogue: what calls out, or what listens.

    Args:
        name: What people call it.
        kind: ``outbound``, ``webhook``, ``subscription`` or ``polling``.
        text: One sentence.
        actions: Its operations, or the one kind of event.
        errors: What can go wrong: code or case, and what it means.
        templates: Its element templates, of each the newest version first.
        example: What a modeller writes into which field.
        install: The command that installs it.
        distribution: Where it comes from.
        documentation: Address of more.
        keywords: Words that find it.
    """

    name: str
    kind: str
    text: str
    type: str
    actions: tuple[Action, ...]
    errors: tuple[tuple[str, str], ...]
    templates: tuple[tuple[JSON, ...], ...]
    example: tuple[str, ...]
    install: str
    distribution: str
    documentation: str | None
    keywords: tuple[str, ...]

    @property
    def icon(self) -> str | None:
        """The picture of its templates, as a data address."""
        contents: str | None = self.templates[0][0].get("icon", {}).get("contents")
        return contents


def entries(
    loaded: Mapping[str, Sequence[Connector[Any]]],
    found: Mapping[str, Found],
    extras: Mapping[str, str],
    older: Sequence[JSON] = (),
) -> list[Entry]:
    """Return the entries of all connectors, in the order of the alphabet.

    Args:
        loaded: Connectors by the name of their distribution.
        found: The distributions.
        extras: Extra of `connectory` by job type.
        older: Templates of older versions, which clusters of older versions get.
    """
    made = []
    for name, connectors in loaded.items():
        for connector in connectors:
            made += of_connector(connector, found.get(name), extras, older)
    return sorted(made, key=lambda entry: (entry.name.lower(), entry.kind))


def of_connector(
    connector: Connector[Any], found: Found | None, extras: Mapping[str, str], older: Sequence[JSON]
) -> list[Entry]:
    """Return the entries of a connector: one for its operations, one for each thing that it listens to."""
    distribution = f"{found.distribution} {found.version}" if found else "this environment"
    shared: JSON = {
        "distribution": distribution,
        "documentation": connector.documentation,
        "keywords": connector.keywords,
    }

    def install(kind: str) -> str:
        extra = extras.get(kind)
        return f"pip install 'connectory[{extra}]'" if extra else f"pip install {found.distribution if found else ''}"

    def versions(template: JSON) -> tuple[JSON, ...]:
        past = [one for one in older if one["id"] == template["id"] and one["version"] < template["version"]]
        return (template, *sorted(past, key=lambda one: -one["version"]))

    made = []
    if connector.operations:
        made.append(
            Entry(
                name=connector.name,
                kind="outbound",
                text=connector.description,
                type=connector.type,
                actions=tuple(
                    Action(one.name, one.id, first_line(one.call), result_of(one.call), fields(one.request))
                    for one in sorted(connector.operations.values(), key=lambda one: one.name)
                ),
                errors=tuple(connector.errors.items()),
                templates=tuple(map(versions, outbound_templates(connector))),
                example=tuple(connector.example.splitlines()),
                install=install(connector.type),
                **shared,
            )
        )
    for inbound in connector.inbounds.values():
        templates = tuple(map(versions, inbound_templates(connector, inbound)))
        made.append(
            Entry(
                name=inbound.name,
                kind=kind_of(inbound.type),
                text=str(templates[0][0].get("description") or connector.description),
                type=inbound.type,
                actions=(
                    Action(
                        inbound.name,
                        inbound.type,
                        first_line(inbound.subscribe),
                        inbound.sees,
                        fields(inbound.config, inbound=True),
                    ),
                ),
                errors=tuple(inbound.errors.items()),
                templates=templates,
                example=tuple(inbound.example.splitlines()),
                install=install(inbound.type),
                **shared,
            )
        )
    return made


def kind_of(type: str) -> str:
    """Return how a subscription learns of events."""
    return "webhook" if "webhook" in type else "polling" if "polling" in type else "subscription"


def fields(model: Any, *, inbound: bool = False) -> tuple[Field, ...]:
    """Return the entries of a model's form, without what is hidden."""
    form = list(properties(model, Place(inbound=inbound)))
    return tuple(
        Field(
            label=str(entry["label"]),
            name=next(str(entry["binding"][key]) for key in ("name", "key", "linkName") if key in entry["binding"]),
            needed=bool(entry.get("constraints", {}).get("notEmpty")),
            help=str(entry.get("description") or entry.get("tooltip") or ""),
            choices=tuple(str(choice["name"]) for choice in entry.get("choices", ())),
            shown=shown(entry, form),
        )
        for entry in form
        if entry["type"] != "Hidden"
    )


def shown(entry: JSON, form: Sequence[JSON]) -> str:
    """Return where a field is shown, in the words of the form; empty for one that always is."""
    words = []
    for part in parts(entry.get("condition")):
        target = next((one for one in form if one.get("id") == part["property"]), None)
        if target is None or "isActive" in part:
            continue
        names = {True: "yes", False: "no"} | {choice["value"]: choice["name"] for choice in target.get("choices", ())}
        wanted = [str(names.get(value, value)) for value in part.get("oneOf", [part.get("equals")])]
        words.append(f"{target['label']}: {' or '.join(wanted)}")
    return ", ".join(words)


def first_line(function: Callable[..., Any]) -> str:
    """Return the first sentence of a docstring."""
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")


def section(function: Callable[..., Any], title: str) -> list[str]:
    """Return the lines of a docstring's section, such as ``Returns:``."""
    _, _, rest = (inspect.getdoc(function) or "").partition(f"\n{title}:\n")
    lines = []
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        if line.strip():
            lines.append(line.strip())
    return lines


def result_of(function: Callable[..., Any]) -> str:
    """Return what an operation gives: what its docstring says, or the members of the model that it returns."""
    if said := section(function, "Returns"):
        return " ".join(said)
    returned = get_type_hints(function).get("return")
    members = getattr(returned, "model_fields", None)
    if members:
        return ", ".join(info.alias or name for name, info in members.items())
    return ""


def searched(entry: Entry) -> str:
    """Return the words that find an entry."""
    words = [entry.name, entry.kind, entry.text, entry.type, entry.distribution, *entry.keywords]
    words += [text for error in entry.errors for text in error]
    for action in entry.actions:
        words += [action.name, action.id, action.text, *(field.label for field in action.fields)]
    return json.dumps(" ".join(words).lower(), ensure_ascii=False)[1:-1]
