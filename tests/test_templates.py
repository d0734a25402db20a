"""The committed templates: as the models say, valid for the published validator, applicable with the published tool."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kit import ROOT
from official import Templates, install

FOLDER = ROOT / "templates"
FILES = sorted(path.name for path in FOLDER.glob("*.json") if path.name != "index.json")
VALIDATE = """
const { validateZeebe } = require('@bpmn-io/element-templates-validator');
const template = JSON.parse(require('fs').readFileSync(process.argv[2]));
const { valid, errors } = validateZeebe(template);
if (!valid) { console.log(errors.map(e => e.message).join('; ')); process.exit(1); }
"""


def read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("npm")
    made = install(folder, "element-templates-cli", "@bpmn-io/element-templates-validator")
    (folder / "validate.cjs").write_text(VALIDATE)
    return made


def test_there_is_a_template_for_each_kind_of_connector() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("name", FILES)
def test_the_published_validator_accepts_it(templates: Templates, name: str) -> None:
    node = shutil.which("node") or "node"
    command = [node, "validate.cjs", str(FOLDER / name)]

    done = subprocess.run(command, cwd=templates.folder, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [name for name in FILES if read(name)["appliesTo"] == ["bpmn:Task"]])
def test_the_published_tool_applies_it(templates: Templates, name: str) -> None:
    """The element gets the template's id, version and job type or subscription type."""
    template = read(name)

    diagram = templates.apply(template, ROOT / "tests" / "models" / "plain.bpmn", "call", values={})

    text = Path(diagram).read_text()
    assert f'zeebe:modelerTemplate="{template["id"]}"' in text
    kinds = {"taskDefinitionType", "inbound.type"}
    kind = next(entry["value"] for entry in template["properties"] if entry.get("id") in kinds)
    assert kind in text
