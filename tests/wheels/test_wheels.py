"""What users install: each distribution alone, and each extra, in a fresh environment."""

import json
import re
import sys
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from distributions import FOLDERS, Install, Run, project
from kit import ROOT

EXTRAS: dict[str, list[str]] = project(ROOT)["optional-dependencies"]
OPTIONAL = {folder.name for folder in FOLDERS} - {"sdk", "feel", "runtime"}
VENDORS = {
    "slack": {"slack-sdk"},
    "teams": {"msal"},
    "kafka": {"aiokafka"},
    "sandbox": {"aiokafka"},  # its broker's bookkeeping
}
"""Vendor libraries, by the distribution that brings them."""


def installed(run: Run, python: Path) -> set[str]:
    """Return the names of what is installed in an environment."""
    listed = json.loads(run("uv", "pip", "list", "--quiet", "--format", "json", "--python", python))
    return {one["name"] for one in listed}


def wheel(built: Path, folder: Path) -> zipfile.ZipFile:
    """Open the wheel of a distribution."""
    facts = project(folder)
    return zipfile.ZipFile(built / f"{facts['name'].replace('-', '_')}-{facts['version']}-py3-none-any.whl")


def metadata(built: Path, folder: Path) -> Any:
    """Return what an index will show of a distribution."""
    archive = wheel(built, folder)
    name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(archive.read(name).decode())


def test_every_distribution_builds(built: Path) -> None:
    """One wheel and one source distribution each, the meta distribution included."""
    names = {project(folder)["name"] for folder in [ROOT, *FOLDERS]}

    for suffix in (".whl", ".tar.gz"):
        made = {path.name.split("-0")[0].replace("_", "-") for path in built.glob(f"*{suffix}")}
        assert made == names


def test_the_index_will_take_them(built: Path, run: Run) -> None:
    """The metadata is complete and the description renders."""
    pytest.importorskip("twine", reason="twine is not installed; try: pip install twine")

    said = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *built.glob("connectory*"))

    assert said.count("PASSED") == 2 * (len(FOLDERS) + 1)


def test_wheels_contain_what_they_should(built: Path, run: Run, tool: Callable[[str], str]) -> None:
    """No tests, no stray files, one package each; the meta distribution is empty on purpose."""
    program = tool("check-wheel-contents")
    meta = next(built.glob("connectory-[0-9]*.whl"))

    run(program, *(path for path in built.glob("*.whl") if path != meta))
    run(program, "--ignore", "W007,W008", meta)


@pytest.mark.parametrize("folder", [ROOT, *FOLDERS], ids=lambda folder: folder.name)
def test_a_distribution_says_what_it_is(built: Path, folder: Path) -> None:
    """What somebody wants to know who finds it on the index; the same everywhere where it is the same."""
    facts, root = metadata(built, folder), metadata(built, ROOT)

    assert facts["Summary"]
    assert facts["Description-Content-Type"] == "text/markdown"
    assert facts.get_payload().strip()
    assert facts["License-Expression"] == "Apache-2.0"
    assert facts["Keywords"]
    assert any(one.startswith("Topic ::") for one in facts.get_all("Classifier"))
    for name in ("Author", "Requires-Python", "License-File"):
        assert facts[name] == root[name]
    archive = wheel(built, folder)
    licence = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
    assert archive.read(licence).decode() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_wheel_installs_and_imports_alone(install: Install, run: Run, tmp_path: Path, folder: Path) -> None:
    """It brings what it needs, and of the vendor libraries only its own."""
    python = install(tmp_path / "venv", project(folder)["name"])

    run(python, "-c", f"import connectory_{folder.name}")
    assert installed(run, python) & set().union(*VENDORS.values()) == VENDORS.get(folder.name, set())


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_an_extra_brings_its_distributions_and_no_other(install: Install, run: Run, tmp_path: Path, extra: str) -> None:
    """``pip install 'connectory[slack]'`` is all that a user of Slack needs, and brings no other vendor's library."""
    wanted = wanted_by(extra)

    python = install(tmp_path / "venv", f"connectory[{extra}]")

    found = installed(run, python)
    assert {name for name in OPTIONAL if f"connectory-{name}" in found} == wanted
    vendors = set().union(*(VENDORS.get(name, set()) for name in wanted))
    assert found & set().union(*VENDORS.values()) == vendors
    listed = {one["name"]: one for one in json.loads(run(python.with_name("connectory"), "list", "--json"))}
    assert set(listed) == {name for name in wanted if "entry-points" in project(ROOT / "packages" / name)} - {"sandbox"}
    assert not any("problem" in one for one in listed.values())


def wanted_by(extra: str) -> set[str]:
    """Return the distributions of ours that an extra names, also through other extras."""
    wanted: set[str] = set()
    for requirement in EXTRAS[extra]:
        name, _, extras = re.split(r"[=<>~!;]", requirement)[0].strip().rstrip("]").partition("[")
        if name == "connectory":
            wanted = wanted.union(*(wanted_by(other) for other in extras.split(",")))
        elif name.removeprefix("connectory-") in OPTIONAL:
            wanted.add(name.removeprefix("connectory-"))
    return wanted
