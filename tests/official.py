"""Camunda's published templates and the tool that applies one to a diagram, both from npm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("@camunda/connectors-element-templates", "element-templates-cli")


class Templates:
    """A folder with the npm packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "node_modules" / PACKAGES[0] / "src" / "element-templates"

    def newest(self, file: str) -> dict[str, Any]:
        """Return the newest version of the template in a published file, which has all of them."""
        read = json.loads((self.source / file).read_text())
        versions = read if isinstance(read, list) else [read]
        return max(versions, key=lambda template: template.get("version", 0))

    def apply(self, template: dict[str, Any], diagram: Path, element: str, *, values: dict[str, Any]) -> Path:
        """Apply a template to an element, as a modeller who fills in values by property id; return the new diagram."""
        filled = json.loads(json.dumps(template))
        for entry in filled["properties"]:
            if entry.get("id") in values:
                entry["value"] = values[entry["id"]]
        filled["properties"] = [entry for entry in filled["properties"] if kept(entry, values)]
        source = self.folder / "template.json"
        source.write_text(json.dumps(filled))
        target = self.folder / f"applied-{diagram.name}"
        tool = self.folder / "node_modules" / ".bin" / "element-templates-cli"
        arguments = ["--diagram", diagram, "--template", source, "--element", element, "--output", target]
        done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return target


def kept(entry: dict[str, Any], values: dict[str, Any]) -> bool:
    """Settle a condition ``isEmpty``, which the modeler knows since 2026 and the published tool does not yet."""
    condition = entry.pop("condition", None)
    parts = condition["allMatch"] if condition and "allMatch" in condition else [condition] if condition else []
    rest = [part for part in parts if "isEmpty" not in part]
    if rest:
        entry["condition"] = {"allMatch": rest} if len(rest) > 1 else rest[0]
    settled = [part["isEmpty"] is not bool(values.get(part["property"])) for part in parts if "isEmpty" in part]
    return all(settled)


def install(folder: Path, *packages: str, seconds: float = 120) -> Templates:
    """Install packages (default: `PACKAGES`), or skip the test and say why."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (folder / "package.json").write_text("{}")
    try:
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", *(packages or PACKAGES)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry does not answer")
    if done.returncode:
        pytest.skip(f"npm cannot install: {done.stderr.strip().splitlines()[-1:]}")
    return Templates(folder)
