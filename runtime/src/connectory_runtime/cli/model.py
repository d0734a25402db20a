"""What the command line reads from a BPMN file: processes, elements, and what they need from a runtime.

The engine decides whether a file can run; this only finds names for messages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from connectory_runtime.cli.errors import CommandError

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


@dataclass(frozen=True, slots=True)
class Task:
    """An element that is done by a connector or worker."""

    element_id: str
    type: str
    template: str | None


@dataclass(slots=True)
class Model:
    """One file."""

    path: Path
    content: bytes
    processes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    inbound: list[str] = field(default_factory=list)


def read(path: Path) -> Model:
    """Return what a file has.

    Raises:
        CommandError: It cannot be read, or is no BPMN.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise CommandError(f"cannot read {path}: {exc.strerror}") from exc
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - expat refuses entity bombs, and resolves no external ones
    except ElementTree.ParseError as exc:
        raise CommandError(f"{path} is not BPMN: {exc}. Export it from the modeler again") from exc
    if root.tag != f"{BPMN}definitions":
        raise CommandError(f"{path} is not BPMN: its root is <{root.tag.rpartition('}')[2]}>, not <definitions>")
    model = Model(path, content)
    for process in root.iter(f"{BPMN}process"):
        if process.get("isExecutable") == "true":
            model.processes.append(process.get("id", ""))
        for element in process.iter():
            note(element, model)
    if not model.processes:
        raise CommandError(f"{path} has no executable process; set 'Executable' in the modeler's properties panel")
    return model


def note(element: ElementTree.Element, model: Model) -> None:
    """Add what one element tells."""
    key = element.get("id")
    if key is None or not element.tag.startswith(BPMN):
        return
    if name := " ".join(element.get("name", "").split()):
        model.names[key] = name
    extensions = element.find(f"{BPMN}extensionElements")
    if extensions is None:
        return
    definition = extensions.find(f"{ZEEBE}taskDefinition")
    if definition is not None:
        template = element.get(f"{ZEEBE}modelerTemplate")
        model.tasks.append(Task(key, definition.get("type", ""), template))
    model.inbound += inbound_types(extensions)


def inbound_types(extensions: ElementTree.Element) -> Iterator[str]:
    """Yield the subscription types of an element."""
    for entry in extensions.iter(f"{ZEEBE}property"):
        if entry.get("name") == "inbound.type" and entry.get("value"):
            yield entry.get("value", "")


def assignment(text: str, *, option: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=JSON``.

    Raises:
        CommandError: It is not of that form.
    """
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError(f"{option} '{text}': write {option} NAME=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        quoted = json.dumps(value, ensure_ascii=False)
        raise CommandError(
            f"{option} {name}: '{value}' is not JSON; text needs double quotes: {option} '{name}={quoted}'"
        ) from None


def variables_file(path: Path) -> dict[str, Any]:
    """Return the variables in a JSON file.

    Raises:
        CommandError: It cannot be read, or is no JSON object.
    """
    try:
        value = json.loads(path.read_text())
    except OSError as exc:
        raise CommandError(f"cannot read {path}: {exc.strerror}") from exc
    except ValueError as exc:
        raise CommandError(f"{path} is not JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise CommandError(f'{path} must have a JSON object, such as {{"orderId": 42}}')
    return value
