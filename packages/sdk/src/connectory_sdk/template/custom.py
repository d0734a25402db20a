"""A template of one's own on top of a connector, from a few lines of TOML or YAML: no code.

::

    id = "acme.tickets.create"
    name = "Create ticket"
    version = 1
    based-on = "connectory.rest.outbound"

    [fixed]                                   # what the modeller neither sees nor changes
    method = "POST"
    url = "https://tickets.acme.example/api/tickets"
    "authentication.type" = "bearer"
    "authentication.token" = "{{secrets.TICKETS_TOKEN}}"
    body = "={title: title, urgent: urgent}"  # FEEL, over the fields below
    resultExpression = "={ticket: response.body.number}"

    [fields.title]                            # what the modeller fills in
    label = "Title"
    description = "One line for the list of tickets"
    required = true

    [fields.urgent]
    label = "Urgent"
    type = "Boolean"
    value = false

The same in YAML, for a file that ends in ``.yaml`` or ``.yml``.
"""

import copy
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from connectory_sdk.template.properties import JSON, TemplateError, present
from connectory_sdk.template.rules import check
from connectory_sdk.template.text import icon

KEYS = {"id", "name", "version", "based-on", "description", "documentation", "icon", "fixed", "fields"}
FIELD_KEYS = {"label", "description", "type", "value", "required", "choices", "feel", "placeholder"}
TYPES = {"String", "Text", "Boolean", "Number", "Dropdown"}
FEEL = ("optional", "required", "static")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WORDS = {str: "a text", bool: "true or false", int: "a whole number", list: "a list"}
SHAPES = {"name": str, "based-on": str, "description": str, "documentation": str, "icon": str, "version": int}
FIELD_SHAPES = {"label": str, "description": str, "placeholder": str, "required": bool, "choices": list}
VALUES = {"Boolean": (bool,), "Number": (int, float), "String": (str,), "Text": (str,)}
TAIL = {"connector", "output", "error", "retries"}


def custom_template(path: Path, bases: Sequence[JSON]) -> JSON:
    """Return the template that a TOML or YAML file describes.

    Args:
        path: The file.
        bases: Templates that it may be based on.

    Raises:
        TemplateError: The file cannot be read or says something that cannot be; names file, key and remedy.
    """
    said = read(path)
    base = next((one for one in bases if one["id"] == said["based-on"]), None)
    if base is None:
        known = ", ".join(sorted(str(one["id"]) for one in bases if outbound(one)))
        raise TemplateError(f"{path}: no template '{said['based-on']}' to base on; there are {known}")
    if not outbound(base):
        raise TemplateError(f"{path}: '{base['id']}' is for events; base on a template for tasks")
    made = copy.deepcopy(base)
    made.update(present({"id": said["id"], "name": said["name"], "version": said.get("version", 1)}))
    made.update(present({"description": said.get("description"), "documentationRef": said.get("documentation")}))
    for gone in ("keywords", "steps", "presets", "configurationTemplates"):
        made.pop(gone, None)
    if picture := said.get("icon"):
        made["icon"] = icon(svg(path, path.parent / picture))
    made["groups"] = [{"id": "fields", "label": "Fields"}, *(g for g in made["groups"] if g["id"] in TAIL)]
    fields = [field(path, key, facts) for key, facts in said.get("fields", {}).items()]
    made["properties"] = [*hidden(path, said.get("fixed", {}), base, fields), *tail(said, base)]
    if not fields:
        made["groups"] = made["groups"][1:]
    if problems := check(made):
        raise TemplateError(f"{path}: {problems[0]}")
    return made


def read(path: Path) -> JSON:
    """Return what the file says, its keys checked."""
    try:
        text = path.read_text()
    except OSError as exc:
        raise TemplateError(f"cannot read {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise TemplateError(f"{path} is no text in UTF-8") from exc
    said = parse_yaml(path, text) if path.suffix in {".yaml", ".yml"} else parse_toml(path, text)
    if unknown := sorted(said.keys() - KEYS):
        raise TemplateError(f"{path}: unknown key '{unknown[0]}'; known are {', '.join(sorted(KEYS))}")
    for key in ("id", "name", "based-on"):
        if not isinstance(said.get(key), str):
            raise TemplateError(f"{path}: '{key}' is missing; give it a text")
    if not ID.fullmatch(said["id"]):
        raise TemplateError(f"{path}: id '{said['id']}' may have letters, digits and . : _ - only; such as acme.ticket")
    shaped(path, "", said, SHAPES)
    for key in ("fixed", "fields"):
        if not isinstance(said.get(key, {}), dict):
            raise TemplateError(f"{path}: '{key}' must have names and values below it")
    for name, facts in said.get("fields", {}).items():
        if not isinstance(facts, dict):
            raise TemplateError(f"{path}: fields.{name} must have a label below it")
    return said


def shaped(path: Path, where: str, said: Mapping[str, Any], shapes: Mapping[str, type]) -> None:
    """Refuse a value of another type than its key has."""
    for key, kind in shapes.items():
        if key in said and (not isinstance(said[key], kind) or (kind is int and isinstance(said[key], bool))):
            raise TemplateError(f"{path}: {where}{key} is {said[key]!r}; write {WORDS[kind]}")


def svg(path: Path, picture: Path) -> str:
    """Return the text of a picture."""
    try:
        text = picture.read_text()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is no SVG text"
        raise TemplateError(f"{path}: icon {picture} cannot be read: {reason}") from exc
    if "<svg" not in text:
        raise TemplateError(f"{path}: icon {picture} is no SVG; give a file with an <svg> element")
    return text


def parse_toml(path: Path, text: str) -> JSON:
    """Return what TOML says."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise TemplateError(f"{path} is not TOML: {exc}") from exc


def parse_yaml(path: Path, text: str) -> JSON:
    """Return what YAML says."""
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError as exc:
        raise TemplateError(f"{path}: YAML needs a library: pip install 'connectory[yaml]'; or write TOML") from exc
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise TemplateError(f"{path} is not YAML: {' '.join(str(exc).split())}") from exc
    if not isinstance(said, dict):
        raise TemplateError(f"{path}: write names and values, such as id: acme.tickets.create")
    return said


def outbound(template: JSON) -> bool:
    """Tell whether a template is for tasks."""
    return any(entry["binding"]["type"] == "zeebe:taskDefinition" for entry in template["properties"])


def field(path: Path, key: str, facts: Mapping[str, Any]) -> JSON:
    """Return a property that the modeller fills in: an input variable that fixed expressions may use."""
    if unknown := sorted(facts.keys() - FIELD_KEYS):
        raise TemplateError(f"{path}: fields.{key} has an unknown key '{unknown[0]}'")
    if "label" not in facts:
        raise TemplateError(f"{path}: fields.{key} has no label; give it one")
    if not VARIABLE.fullmatch(key):
        raise TemplateError(f"{path}: fields.{key} becomes a variable; give it a name of letters, digits and _ only")
    shaped(path, f"fields.{key}.", facts, FIELD_SHAPES)
    kind = facts.get("type", "Dropdown" if "choices" in facts else "String")
    if kind not in TYPES:
        raise TemplateError(f"{path}: fields.{key} has type '{kind}'; write one of {', '.join(sorted(TYPES))}")
    if kind in VALUES and "value" in facts and type(facts["value"]) not in VALUES[kind]:
        raise TemplateError(f"{path}: fields.{key}.value is {facts['value']!r}, which does not fit the type '{kind}'")
    if kind == "Dropdown" and not facts.get("choices"):
        raise TemplateError(f"{path}: fields.{key} is a dropdown without choices; add some, such as ['low', 'high']")
    if facts.get("feel", FEEL[0]) not in FEEL:
        raise TemplateError(f"{path}: fields.{key}.feel is {facts['feel']!r}; write one of {', '.join(FEEL)}")
    choices = [{"name": str(choice), "value": choice} for choice in facts.get("choices", [])]
    feel = facts.get("feel", {"Boolean": "static", "Number": "static", "Dropdown": None}.get(kind, "optional"))
    required = bool(facts.get("required", False))
    return present(
        {
            "id": key,
            "label": facts["label"],
            "description": facts.get("description"),
            "optional": None if required or "value" in facts else True,
            "value": facts.get("value"),
            "constraints": {"notEmpty": True} if required else None,
            "feel": feel,
            "group": "fields",
            "binding": {"name": key, "type": "zeebe:input"},
            "placeholder": facts.get("placeholder"),
            "type": kind,
            "choices": choices or None,
        }
    )


def hidden(path: Path, fixed: Mapping[str, Any], base: JSON, fields: Sequence[JSON]) -> list[JSON]:
    """Return task type, fields and fixed values, in this order: fixed expressions see the fields."""
    known = {entry["binding"]["name"] for entry in base["properties"] if entry["binding"]["type"] == "zeebe:input"}
    headers = {
        entry["binding"]["key"] for entry in base["properties"] if entry["binding"]["type"] == "zeebe:taskHeader"
    }
    taken = {entry["id"] for entry in fields} & {name.split(".")[0] for name in known}
    if taken:
        raise TemplateError(f"{path}: field '{min(taken)}' has the name of an input of '{base['id']}'; rename it")
    entries = [entry for entry in base["properties"] if entry["binding"]["type"] == "zeebe:taskDefinition"][:1]
    entries += fields
    for name, value in fixed.items():
        if name not in known | headers:
            close = get_close_matches(name, known, 1)
            remedy = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(sorted(known))}"
            raise TemplateError(f"{path}: '{base['id']}' has no input '{name}'; {remedy}")
        allowed = [choice["value"] for entry in inputs(base, name) for choice in entry.get("choices", [])]
        if allowed and value not in allowed and not str(value).startswith("="):
            raise TemplateError(f"{path}: '{name}' cannot be '{value}'; write one of {', '.join(map(str, allowed))}")
        if name in known:
            text = value if isinstance(value, str) else "=" + json.dumps(value, ensure_ascii=False, default=str)
            entries.append({"value": text, "binding": {"name": name, "type": "zeebe:input"}, "type": "Hidden"})
        elif name == "operation":
            entries.append({"value": value, "binding": {"key": name, "type": "zeebe:taskHeader"}, "type": "Hidden"})
    return entries


def inputs(base: JSON, name: str) -> list[JSON]:
    """Return the properties that are bound to an input or a header."""
    return [
        entry for entry in base["properties"] if name in (entry["binding"].get("name"), entry["binding"].get("key"))
    ]


def tail(said: JSON, base: JSON) -> list[JSON]:
    """Return the properties that every template ends with, with this template's id, version and defaults."""
    own = {"id": said["id"], "version": str(said.get("version", 1))}
    fixed = said.get("fixed", {})
    entries = []
    for entry in base["properties"]:
        if entry.get("group") in TAIL:
            value = own.get(entry["id"], fixed.get(entry["binding"].get("key")))
            entries.append({**entry, "value": value} if value is not None else entry)
    return entries
