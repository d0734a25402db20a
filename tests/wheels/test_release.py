"""What a release goes through: workflows, changelog."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from distributions import Run, project
from kit import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_valid(workflow: Path, run: Run, tool: Callable[..., str]) -> None:
    """Its schema has nothing against it, and no job waits for ever."""
    program = tool("check-jsonschema")

    run(program, "--builtin-schema", "vendor.github-workflows", workflow)
    jobs = re.split(r"^  (?=\w+:$)", workflow.read_text().partition("\njobs:\n")[2], flags=re.MULTILINE)[1:]
    assert [job.split(":")[0] for job in jobs if "timeout-minutes:" not in job and "uses: ./" not in job] == []


def test_ci_runs_the_sessions_that_the_readme_promises() -> None:
    """What ``nox`` runs by default runs for every pull request."""
    ci = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    default = re.search(r"options\.sessions = \[(.*?)\]", (ROOT / "noxfile.py").read_text(), re.DOTALL)
    assert default is not None
    listed = re.search(r"session: \[(.*?)\]", ci, re.DOTALL)
    assert listed is not None

    missing = set(re.findall(r'"(\w+)"', default[1])) - {name.strip() for name in listed[1].split(",")}

    assert missing == set()


def test_the_changelog_has_the_version() -> None:
    """Nobody releases a version of which users cannot read what is new."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d|unreleased))?$", changelog, re.MULTILINE)

    assert versions[0] == ("Unreleased", "")
    assert project(ROOT)["version"] in [version for version, _ in versions]
    assert all(date for version, date in versions[1:]), "a version without its date"


def test_release_notes_are_the_section_of_the_version(tmp_path: Path) -> None:
    """The release workflow cuts the changelog as it should."""
    version = project(ROOT)["version"]
    script = re.search(r"awk .*CHANGELOG\.md", (ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert script is not None

    notes = subprocess.run(
        ["sh", "-c", script[0]],
        cwd=ROOT,
        env={"VERSION": version, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    ).stdout

    assert "### Added" in notes
    assert "## [" not in notes
