"""Every operation and every choice of every dropdown of an official template, as settings of its form."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]
ATOM = re.compile(r'(\S+) (?:== (?:"([^"]*)"|(true|false))|in \[([^\]]*)\]|isActive (true|false))')
"""One part of a condition as the list of templates writes it: ``id == "a"``, ``id in ["a"]``, ``id isActive true``."""
HIDDEN = "\0"
"""Stands among the values that a condition allows for "not shown"."""


@dataclass(frozen=True, slots=True)
class Case:
    """One setting of a template's form.

    Args:
        template: As in the list of official templates.
        choice: What is chosen, as ``method = POST``; empty for the form as it is.
        full: Every field that is shown is filled in; else only what must be.
        state: What the form's selectors say, by property id.
    """

    template: Mapping[str, Any]
    choice: str
    full: bool
    state: Mapping[str, str]

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.choice or 'as it is'}, {'all fields' if self.full else 'required fields'}"


def outbound(template: Mapping[str, Any]) -> bool:
    """Tell whether a template is for tasks."""
    return any(entry["bindingType"].startswith("zeebe:taskDefinition") for entry in template["properties"])


def readable(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template with an id for each entry, and conditions that can hold.

    The first two versions for Teams ask two dropdowns at once, of which the form shows only one: for a token and for
    client credentials. What such a condition means is one of the two; the entry is split.
    """
    by_id = {entry["id"]: entry for entry in template["properties"] if "id" in entry}
    entries = []
    for entry in template["properties"]:
        parts = atoms(entry)
        rivals = [by_id[target]["binding"] for target, _ in parts if target in by_id]
        split = len(rivals) > 1 and len(set(rivals)) == 1 and len({target for target, _ in parts}) > 1
        for target, values in parts if split else [("", [])]:
            made = dict(entry)
            if split:
                made["condition"] = f"{target} in [{', '.join(json.dumps(value) for value in values)}]"
            made.setdefault(
                "id", entry["binding"] if entry["binding"] not in by_id else f"{entry['binding']}-{len(entries)}"
            )
            entries.append(made)
    return {**template, "properties": entries}


def cases(template: Mapping[str, Any]) -> list[Case]:
    """Return the cases of a template: one or two for each choice that some setting shows."""
    wanted: list[tuple[str, dict[str, str]]] = [("", {}), *choices(template)]
    settled = [(choice, settle(template, {**allowed(template, want), **want})) for choice, want in wanted]
    return [
        Case(template, choice, full, state) for choice, state in settled if state is not None for full in (False, True)
    ]


def unreachable(template: Mapping[str, Any]) -> list[str]:
    """Return the choices that no setting shows: the template's own conditions exclude them."""
    shown = {choice for choice, want in choices(template) if settle(template, want) is not None}
    return sorted({choice for choice, _ in choices(template)} - shown)


def choices(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each choice of each selector, and what must be chosen for it to be shown."""
    for entry in template["properties"]:
        if selector(entry):
            for value in entry.get("choices") or ("true", "false"):
                yield f"{entry['id']} = {value}", needs(template, entry, str(value), {})


def allowed(template: Mapping[str, Any], want: Mapping[str, str]) -> dict[str, str]:
    """Return what to choose besides, so that the service allows it: Teams lets only users send messages."""
    login = next((e for e in template["properties"] if e["binding"] == "authentication.type"), None)
    if template["connector"] != "teams" or login is None:
        return {}
    if want.get(login["id"]) != "clientCredentials":
        return {login["id"]: "token"}
    methods = [entry for entry in template["properties"] if entry["binding"] == "data.method"]
    if not any(entry["id"] in want for entry in methods):
        for entry in methods:
            asked = needs(template, entry, "getChat", dict(want))
            if settle(template, asked) is not None:
                return asked
    return {}


def selector(entry: Entry) -> bool:
    """Tell whether an entry is chosen, not filled in."""
    return entry["type"] in {"Dropdown", "Boolean"}


def needs(template: Mapping[str, Any], entry: Entry, value: str, known: dict[str, str]) -> dict[str, str]:
    """Return what must be chosen to show an entry, this value included."""
    known = {**known, entry["id"]: value}
    for target, allowed in atoms(entry):
        if target in known or not allowed or allowed == [HIDDEN]:
            continue
        gate = next(
            (e for e in template["properties"] if e.get("id") == target and allowed[0] in e.get("choices", allowed)),
            None,
        )
        known = needs(template, gate, allowed[0], known) if gate else known
    return known


def settle(template: Mapping[str, Any], want: Mapping[str, str]) -> dict[str, str] | None:
    """Return the state of the whole form for some choices; None where it does not show all of them."""
    state: dict[str, str] = {}
    for _ in range(4):  # a condition may point forward: until nothing changes, which is the case after two rounds
        before = dict(state)
        state = {}
        for entry in template["properties"]:
            if not holds(entry, before):
                continue
            value = want.get(entry["id"]) if selector(entry) else entry.get("default")
            if value is not None and entry.get("choices") and value not in entry["choices"]:
                continue
            if value is None and selector(entry):
                value = entry.get("default", entry["choices"][0] if entry.get("notEmpty") else None)
            state[entry["id"]] = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        if state == before:
            break
    return state if all(state.get(key) == value for key, value in want.items()) else None


def holds(entry: Entry, state: Mapping[str, str]) -> bool:
    """Tell whether the form shows an entry."""
    return all(met(state.get(target, HIDDEN), allowed) for target, allowed in atoms(entry))


def met(value: str, allowed: list[str]) -> bool:
    """Tell whether what a form says of an entry is what a condition wants; nothing is wanted of one that is shown."""
    return value in allowed if allowed else value != HIDDEN


def atoms(entry: Entry) -> list[tuple[str, list[str]]]:
    """Return the parts of an entry's condition: an id and the values that it may have, none for any."""
    found = []
    for target, equal, flag, several, active in ATOM.findall(entry.get("condition") or ""):
        allowed = re.findall(r'"([^"]*)"', several) if several else [flag or equal]
        if active:
            allowed = [] if active == "true" else [HIDDEN]
        found.append((target.lstrip("("), allowed))
    return found
