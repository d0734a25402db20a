"""The fields that ask for a document: from Camunda's store, written in the form, or fetched from an address.

The modeller chooses how many and from where. A hidden property behind these fields builds the reference, and is the
only one that the connector reads.
"""

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from connectory_sdk.documents import DISCRIMINATOR, Document

JSON = dict[str, Any]
SOURCES = {"camunda": "Camunda document", "inline": "Content written here", "external": "From an address"}
ONE = {"no": "None", "yes": "One document"}
MANY = {"none": "None", "single": "One document", "multiple": "Several documents"}


def asks_for(kind: Any) -> str | None:
    """Return ``one`` or ``many`` for a type that is filled with documents; None for any other."""
    if kind is Document:
        return "one"
    if get_origin(kind) is list:
        members = get_args(kind)
        inner = get_args(members[0]) or members
        return "many" if Document in inner else None
    return None


def composer(path: str, count: str, *, required: bool, label: str, about: str | None, shared: JSON) -> Iterator[JSON]:
    """Yield the properties of one field.

    Args:
        path: Dotted path of the field among the variables.
        count: ``one`` or ``many``.
        required: There must be a document.
        label: What the field is called.
        about: What it is for.
        shared: Group and conditions that all properties have.
    """
    form = Form(path, shared)
    conditions: list[JSON] = []
    if count == "many" or not required:
        choices = dict(MANY if count == "many" else ONE)
        if required:
            del choices["none"]
        yield form.dropdown("documentMode", label, choices, [], description=about)
        conditions = [form.when("documentMode", "single" if count == "many" else "yes")]
        label, about = "Document source", None
    infix = "single_" if count == "many" else ""
    source = f"{infix}documentSource"
    yield form.dropdown(source, label, SOURCES, conditions, description=about)

    def text(name: str, label: str, choice: str, description: str, *, feel: str = "optional", needed: bool) -> JSON:
        return form.text(
            f"{infix}{name}",
            label,
            [*conditions, form.when(source, choice)],
            description=description,
            feel=feel,
            needed=needed,
        )

    reference = "Variable that holds the document's reference"
    yield text("camundaReference", "Camunda document", "camunda", reference, feel="required", needed=True)
    yield text("inline_content", "Content", "inline", "Text of the document", needed=True)
    yield text("inline_fileName", "File name", "inline", "Such as order.txt", needed=False)
    yield text("inline_contentType", "Content type", "inline", "Such as text/plain", needed=False)
    yield text("external_url", "Address", "external", "Where the document is fetched", needed=True)
    yield text("external_fileName", "File name", "external", "Such as order.pdf", needed=False)
    if count == "many":
        several = [form.when("documentMode", "multiple")]
        listed = "List of document references, such as =[invoice, terms]"
        yield form.text("multiple_expression", "Documents", several, description=listed, feel="required", needed=True)
    yield form.hidden(expression(form, infix, count, required=required))


class Form:
    """Makes the properties of one field; they share a stem, a group and conditions."""

    def __init__(self, path: str, shared: JSON) -> None:
        self.path = path
        self.shared = shared
        self.stem = path.replace(".", "_")
        self.parent = path.rpartition(".")[0]

    def id(self, name: str) -> str:
        """Return the id of a property."""
        return f"{self.stem}_{name}"

    def variable(self, name: str) -> str:
        """Return the variable of a property, beside the field itself."""
        return f"{self.parent}.{self.id(name)}" if self.parent else self.id(name)

    def when(self, name: str, value: str) -> JSON:
        """Return the condition that a dropdown has a value."""
        return {"property": self.id(name), "equals": value, "type": "simple"}

    def made(self, name: str, conditions: list[JSON], facts: JSON) -> JSON:
        """Return a property."""
        every = [*self.shared.get("conditions", ()), *conditions]
        condition = {"allMatch": every} if len(every) > 1 else every[0] if every else None
        return {
            "id": self.id(name),
            **{key: value for key, value in facts.items() if value is not None and key != "type"},
            **({"group": self.shared["group"]} if self.shared.get("group") else {}),
            "binding": {"name": self.variable(name), "type": "zeebe:input"},
            **({"condition": condition} if condition else {}),
            "type": facts["type"],
        }

    def dropdown(
        self, name: str, label: str, choices: dict[str, str], conditions: list[JSON], *, description: str | None
    ) -> JSON:
        """Return a dropdown; it starts with its first choice."""
        listed = [{"name": words, "value": value} for value, words in choices.items()]
        facts = {"label": label, "description": description, "value": listed[0]["value"], "type": "Dropdown"}
        return {**self.made(name, conditions, facts), "choices": listed}

    def text(self, name: str, label: str, conditions: list[JSON], *, description: str, feel: str, needed: bool) -> JSON:
        """Return a field to write into."""
        facts: JSON = {"label": label, "description": description, "feel": feel, "type": "String"}
        facts |= {"constraints": {"notEmpty": True}} if needed else {"optional": True}
        return self.made(name, conditions, facts)

    def hidden(self, value: str) -> JSON:
        """Return the property that the connector reads."""
        made = self.made("", [], {"value": value, "type": "Hidden"})
        return {**made, "id": self.path, "binding": {"name": self.path, "type": "zeebe:input"}}


def expression(form: Form, infix: str, count: str, *, required: bool) -> str:
    """Return FEEL that builds the reference, or a list of references."""
    kind = json.dumps(DISCRIMINATOR)

    def at(name: str) -> str:
        return form.variable(f"{infix}{name}")

    inline = f'{{{kind}: "inline", content: {at("inline_content")}, name: {at("inline_fileName")}, '
    inline += f"contentType: {at('inline_contentType')}}}"
    external = f'{{{kind}: "external", url: {at("external_url")}, name: {at("external_fileName")}}}'
    source = at("documentSource")
    one = f'if {source} = "camunda" then {at("camundaReference")} else if {source} = "inline" then {inline} '
    one += f'else if {source} = "external" then {external} else null'
    mode = form.variable("documentMode")
    if count == "many":
        several = form.variable("multiple_expression")
        return f'=if {mode} = "multiple" then {several} else if {mode} = "single" then [{one}] else null'
    return f"={one}" if required else f'=if {mode} = "yes" then ({one}) else null'
