"""The committed templates: one file for each current version, older ones in ``versioned/``, an index beside them.

A template whose content changes gets the next integer version; the old one stays for the models that use it. One that
was never released is in no model yet: it is replaced and keeps its version.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectory_sdk.connector import Connector
from connectory_sdk.template.folders import INDEX, VERSIONED, check_folder
from connectory_sdk.template.inbound import inbound_templates
from connectory_sdk.template.outbound import outbound_templates
from connectory_sdk.template.properties import JSON, TemplateError
from connectory_sdk.template.text import dumps, file_name

AGAIN = "run the same command with --write"


def templates_of(connectors: Iterable[Connector[Any]]) -> list[JSON]:
    """Return the templates of connectors, outbound and inbound, in the order of their ids.

    Raises:
        TemplateError: The models of one cannot become a form.
    """
    made = []
    for connector in connectors:
        if connector.operations:
            made += outbound_templates(connector)
        for inbound in connector.inbounds.values():
            made += inbound_templates(connector, inbound)
    return sorted(made, key=lambda template: str(template["id"]))


def differences(templates: Iterable[JSON], folder: Path) -> list[str]:
    """Return what is not as the models say, one line each; empty when the folder is up to date."""
    found = []
    made = list(templates)
    for template in made:
        path = folder / file_name(template)
        if not path.is_file():
            found.append(f"{path.name} is missing; {AGAIN}")
        elif path.read_text() != dumps(template):
            found.append(difference(path.name, template, json.loads(path.read_text())))
    known = {file_name(template) for template in made} | {INDEX}
    found += [
        f"{path.name} belongs to no connector; remove it"
        for path in sorted(folder.glob("*.json"))
        if path.name not in known
    ]
    if not found and (not (folder / INDEX).is_file() or (folder / INDEX).read_text() != index(made, folder)):
        found.append(f"{INDEX} is out of date; {AGAIN}")
    return found or check_folder(folder)


def difference(name: str, template: JSON, old: JSON) -> str:
    """Return what to do about a template that has changed."""
    try:
        check_version(template, old)
    except TemplateError as exc:
        return f"{name} is not what the models give: {exc}"
    return f"{name} is not what the models give; {AGAIN}"


def write(templates: Iterable[JSON], folder: Path, *, unreleased: bool = False) -> list[Path]:
    """Write the templates that changed, keep what they replace, and write the index.

    Args:
        templates: All that belong into the folder.
        folder: Where they stand.
        unreleased: What they replace was never released: no new version is needed, and nothing is kept.

    Raises:
        TemplateError: A template changed without a new version.
    """
    made = list(templates)
    replaced = [(template, None if unreleased else current(folder / file_name(template))) for template in made]
    for template, old in replaced:
        check_version(template, old)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for template, old in replaced:
        path = folder / file_name(template)
        if path.is_file() and path.read_text() == dumps(template):
            continue
        if old is not None:
            (folder / VERSIONED).mkdir(exist_ok=True)
            kept = folder / VERSIONED / f"{path.stem}-{old['version']}.json"
            if kept.exists():
                raise TemplateError(f"{kept} is there already, and older versions are never overwritten; remove one")
            path.rename(kept)
        path.write_text(dumps(template))
        written.append(path)
    (folder / INDEX).write_text(index(made, folder))
    return written


def current(path: Path) -> JSON | None:
    """Return the template in a file, None where there is no file."""
    return json.loads(path.read_text()) if path.is_file() else None


def check_version(template: JSON, old: JSON | None) -> None:
    """Refuse a change that models in use would not notice."""
    if old is None or dumps(old) == dumps(template):
        return
    if template["version"] != old["version"] + 1:
        raise TemplateError(
            f"template '{template['id']}' has changed: raise its version from {old['version']} to {old['version'] + 1} "
            f"where the connector is made, with version=..., or, if {old['version']} was never released, run "
            "'connectory templates collect --write --unreleased'"
        )


def index(templates: Iterable[JSON], folder: Path) -> str:
    """Return the list of all templates: id, name, version, engines, file, digest."""
    entries = [entry(template, file_name(template)) for template in templates]
    for path in sorted((folder / VERSIONED).glob("*.json")):
        entries.append(entry(json.loads(path.read_text()), f"{VERSIONED}/{path.name}"))  # noqa: PERF401
    entries.sort(key=lambda one: (one["id"], -one["version"]))
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def entry(template: JSON, file: str) -> JSON:
    """Return what the index says of one template."""
    return {
        "id": template["id"],
        "name": template["name"],
        "version": template["version"],
        "engines": template["engines"]["camunda"],
        "file": file,
        "sha256": hashlib.sha256(dumps(template).encode()).hexdigest(),
    }


def fits(template: JSON, cluster: str) -> bool:
    """Tell whether a template is for a cluster version such as ``8.9``.

    Raises:
        ValueError: The version is none.
    """
    wanted = re.fullmatch(r"(\d+)\.(\d+)(?:\.\d+)?", cluster)
    if not wanted:
        raise ValueError(f"'{cluster}' is no cluster version; write two numbers, such as 8.9")
    lowest = re.fullmatch(r"\^(\d+)\.(\d+)(?:\.\d+)?", template.get("engines", {}).get("camunda", "^0.0"))
    if not lowest:
        return True
    return wanted[1] == lowest[1] and int(wanted[2]) >= int(lowest[2])


def newest(templates: Iterable[JSON], cluster: str | None) -> list[JSON]:
    """Return for each id the newest version that fits a cluster; the newest of all without one."""
    best: dict[str, JSON] = {}
    for template in templates:
        key = str(template["id"])
        if cluster is not None and not fits(template, cluster):
            continue
        if key not in best or template["version"] > best[key]["version"]:
            best[key] = template
    return [best[key] for key in sorted(best)]
