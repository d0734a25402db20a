"""The committed templates: as the models say, valid for the published validator, applicable with the published tool."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from foreign import connector
from kit import ROOT, Command
from official import Templates, install

FOLDER = ROOT / "templates"
FILES = sorted(path.name for path in FOLDER.glob("*.json") if path.name != "index.json")
VALIDATE = """
const { validateZeebe } = require('@bpmn-io/element-templates-validator');
for (const path of process.argv.slice(2)) {
  const { valid, errors } = validateZeebe(JSON.parse(require('fs').readFileSync(path)));
  if (!valid) { console.log(path, errors.map(e => e.message).join('; ')); process.exitCode = 1; }
}
"""


def read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("npm")
    made = install(folder, "element-templates-cli", "@bpmn-io/element-templates-validator")
    (folder / "validate.cjs").write_text(VALIDATE)
    return made


def test_a_changed_model_without_a_new_version_fails_the_check(tmp_path: Path) -> None:
    """The message says which version to raise, and where; with the new version the old form is kept."""
    carried = connector(tmp_path / "src", "acme_paint", label="Colour", version=1)
    assert call(tmp_path, "collect", "--write").returncode == 0
    assert call(tmp_path, "collect").returncode == 0

    connector(tmp_path / "src", "acme_paint", label="Shade", version=1)
    changed, refused = call(tmp_path, "collect"), call(tmp_path, "collect", "--write")
    connector(tmp_path / "src", "acme_paint", label="Shade", version=2)
    raised, after = call(tmp_path, "collect", "--write"), call(tmp_path, "collect")

    assert changed.returncode == 1
    assert (
        "'acme.paint.outbound' has changed: raise its version from 1 to 2 where the connector is made" in changed.stdout
    )
    assert refused.returncode == 2
    assert "raise its version from 1 to 2" in refused.stderr
    assert raised.returncode == 0, raised.stderr
    assert after.returncode == 0, after.stdout
    assert "Colour" in (carried / "templates" / "versioned" / "acme-paint-outbound-1.json").read_text()


def test_a_form_that_was_never_released_keeps_its_version(tmp_path: Path) -> None:
    """It is replaced, and nothing is kept; without ``--write`` the word has no meaning."""
    carried = connector(tmp_path / "src", "acme_paint", label="Colour", version=1) / "templates"
    assert call(tmp_path, "collect", "--write").returncode == 0
    connector(tmp_path / "src", "acme_paint", label="Shade", version=1)

    written, alone = call(tmp_path, "collect", "--write", "--unreleased"), call(tmp_path, "collect", "--unreleased")

    assert written.returncode == 0, written.stderr
    assert "Shade" in (carried / "acme-paint-outbound.json").read_text()
    assert call(tmp_path, "collect").returncode == 0
    assert not (carried / "versioned").exists()
    assert (alone.returncode, alone.stderr) == (
        2,
        "connectory templates: --unreleased says how to write; add --write\n",
    )


def test_before_the_first_release_all_versions_are_one() -> None:
    """No diagram has an older form, so none is kept; once the changelog has a release, versions only rise."""
    released = re.findall(r"^## \[\d[^\]]*\] - (?!unreleased)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    if not released:
        assert {name: read(name)["version"] for name in FILES} == dict.fromkeys(FILES, 1)
        assert not [*ROOT.glob("templates/versioned/*"), *ROOT.glob("packages/*/src/*/templates/versioned/*")]


def test_an_older_cluster_gets_the_version_that_fits_it(tmp_path: Path) -> None:
    """The wheel carries older versions; the newest that fits is taken out of them."""
    connector(tmp_path / "src", "acme_paint", label="Colour", version=1, engines="^8.6")
    assert call(tmp_path, "collect", "--write").returncode == 0
    connector(tmp_path / "src", "acme_paint", label="Shade", version=2, engines="^8.9")
    assert call(tmp_path, "collect", "--write").returncode == 0

    for cluster in ("8.8", "8.9"):
        assert call(tmp_path, "export", str(tmp_path / cluster), "--cluster", cluster).returncode == 0

    made = [json.loads((tmp_path / c / "acme-paint-outbound.json").read_text())["version"] for c in ("8.8", "8.9")]
    assert made == [1, 2]
    for command in (("export", str(tmp_path / "8.5")), ("list",)):
        none = call(tmp_path, *command, "--cluster", "8.5")
        assert none.returncode == 2
        assert none.stderr == "connectory templates: no template fits Camunda 8.5; there are some for ^8.6, ^8.9\n"


def test_an_unknown_cluster_version_is_one_line(connectory: Command, tmp_path: Path) -> None:
    for command in (("list",), ("export", tmp_path / "out")):
        done = connectory("templates", *command, "--cluster", "latest")

        assert done.returncode == 2
        assert done.stderr == "connectory templates: 'latest' is no cluster version; write two numbers, such as 8.9\n"
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_line(connectory: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = connectory("templates", "export", tmp_path / "file" / "below")

    assert done.returncode == 2
    assert done.stderr == f"connectory templates: cannot write to {tmp_path}/file/below: Not a directory\n"


def test_hybrid_templates_are_valid_too(connectory: Command, templates: Templates, tmp_path: Path) -> None:
    """The published validator accepts all of them."""
    assert connectory("templates", "export", tmp_path, "--hybrid").returncode == 0

    found = sorted(tmp_path.glob("*-hybrid.json"))

    assert len(found) == len(FILES)
    done = validated(templates, *found)
    assert done.returncode == 0, done.stdout


def test_each_wheel_carries_its_templates() -> None:
    """What stands in a module's folder is what the repository's folder has."""
    carried = {path.name: path.read_text() for path in ROOT.glob("packages/*/src/*/templates/*.json")}

    assert set(carried) - {"index.json"} == set(FILES)
    assert all(carried[name] == (FOLDER / name).read_text() for name in FILES)


def test_the_index_says_what_there_is() -> None:
    """Id, versions, range of Camunda versions, file and digest."""
    entries = json.loads((FOLDER / "index.json").read_text())

    assert [entry["file"] for entry in entries if "/" not in entry["file"]] == sorted(
        FILES, key=lambda n: read(n)["id"]
    )
    for entry in entries:
        content = (FOLDER / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert (entry["engines"], entry["version"] >= 1) == (json.loads(content)["engines"]["camunda"], True)


def call(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Call the command in a project of somebody else's."""
    variables = {"PYTHONPATH": str(tmp_path / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "connectory_runtime", "templates", *arguments],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def validated(templates: Templates, *paths: Path) -> "subprocess.CompletedProcess[str]":
    """Judge templates with the published validator."""
    command = [shutil.which("node") or "node", "validate.cjs", *map(str, paths)]
    return subprocess.run(command, cwd=templates.folder, capture_output=True, text=True, timeout=60)


def test_there_is_a_template_for_each_kind_of_connector() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("name", FILES)
def test_the_published_validator_accepts_it(templates: Templates, name: str) -> None:
    done = validated(templates, FOLDER / name)

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
