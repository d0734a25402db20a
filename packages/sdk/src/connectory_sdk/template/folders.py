"""Rules across the files of a folder of templates: what no single template can tell."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectory_sdk.template.hybrid import hybrid
from connectory_sdk.template.rules import JSON, check
from connectory_sdk.template.text import file_name

INDEX = "index.json"
VERSIONED = "versioned"


class DuplicateKeyError(ValueError):
    """An object of a file has a key twice."""


def once(pairs: list[tuple[str, Any]]) -> JSON:
    """Return an object, which must not have a key twice.

    Raises:
        DuplicateKeyError: It has.
    """
    made: JSON = {}
    for key, value in pairs:
        if key in made:
            raise DuplicateKeyError(f"the key '{key}' stands twice in one object; remove one")
        made[key] = value
    return made


def check_text(text: str) -> list[str]:
    """Return what is wrong with the text of a template; where it cannot be read, nothing else is looked at."""
    try:
        template = json.loads(text, object_pairs_hook=once)
    except DuplicateKeyError as exc:
        return [f"duplicate-keys: {exc}"]
    except ValueError as exc:
        return [f"json-parse: {exc}"]
    missing = [key for key in ("id", "name", "version", "properties") if key not in template]
    return [f"schema: '{key}' is missing" for key in missing] or check(template)


def check_folder(folder: Path) -> list[str]:
    """Return what is wrong with the templates of a folder and their older versions, one line each."""
    problems: list[str] = []
    current: dict[str, JSON] = {}
    older: dict[str, JSON] = {}
    for path in sorted([*folder.glob("*.json"), *folder.glob(f"{VERSIONED}/*.json")]):
        if path.name == INDEX:
            continue
        name = str(path.relative_to(folder))
        found = check_text(path.read_text())
        broken = any(line.startswith(("json-parse", "duplicate-keys", "schema")) for line in found)
        if path.parent == folder or broken:  # how older versions were made is past mending
            problems += [f"{name}: {line}" for line in found]
        if not broken:
            (current if path.parent == folder else older)[name] = json.loads(path.read_text())
    for rule in FOLDER_RULES:
        problems += rule(current, older)
    return problems


def unique_id_version(current: Mapping[str, JSON], older: Mapping[str, JSON]) -> Iterator[str]:
    """No two files have the same id and version."""
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name, template in [*current.items(), *older.items()]:
        places[template["id"], template["version"]].append(name)
    for (key, version), names in places.items():
        if len(names) > 1:
            yield f"unique-id-version: '{key}' version {version} is in {' and '.join(names)}"


def versioned_template_consistency(current: Mapping[str, JSON], older: Mapping[str, JSON]) -> Iterator[str]:
    """An older version stands in the file that its id and version name, and says this version everywhere."""
    for name, template in older.items():
        stem = file_name(template).removesuffix(".json")
        if name != (wanted := f"{VERSIONED}/{stem}-{template['version']}.json"):
            yield f"versioned-template-consistency: {name} is '{template['id']}' {template['version']}, so {wanted}"
        for problem in check(template):
            if problem.startswith("element-template-version-consistency"):
                yield f"versioned-template-consistency: {name}: {problem}"


def current_version_bump(current: Mapping[str, JSON], older: Mapping[str, JSON]) -> Iterator[str]:
    """The current version is one more than the newest older one."""
    for name, template in current.items():
        versions = [one["version"] for one in older.values() if one["id"] == template["id"]]
        if versions and template["version"] != max(versions) + 1:
            yield (
                f"current-version-bump: {name} has version {template['version']}, but the newest older one is "
                f"{max(versions)}; make it {max(versions) + 1}"
            )


def hybrid_parity(current: Mapping[str, JSON], older: Mapping[str, JSON]) -> Iterator[str]:
    """A hybrid template is its base, but for what makes it one."""
    bases = {template["id"]: template for template in current.values()}
    for name, template in current.items():
        stem = re.fullmatch(r"(.+)-hybrid", str(template["id"]))
        if stem and stem[1] not in bases:
            yield f"hybrid-parity: {name} has no base '{stem[1]}'"
        elif stem and hybrid(bases[stem[1]]) != template:
            yield f"hybrid-parity: {name} is not what '{stem[1]}' gives; run: connectory templates export --hybrid"


FOLDER_RULES = (unique_id_version, versioned_template_consistency, current_version_bump, hybrid_parity)
