"""``connectory new --openapi`` in a fresh environment: what it makes builds, passes its tests, and is found."""

import json
from pathlib import Path

from distributions import Install, Run
from kit import ROOT

PETSTORE = ROOT / "tests" / "descriptions" / "petstore.yaml"


def test_a_connector_from_a_description(run: Run, install: Install, built: Path, tmp_path: Path) -> None:
    """From the built files and the index alone, as an author does it."""
    python = install(tmp_path / "venv", "connectory[engine,descriptions]")
    programs, folder = python.parent, tmp_path / "acme-pets"
    run(programs / "connectory", "new", "acme-pets", "--openapi", PETSTORE, cwd=tmp_path)

    run("uv", "build", "--quiet", "--out-dir", tmp_path / "dist", folder)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    run("uv", "pip", "install", "--quiet", "--python", python, "--find-links", built, f"{wheel}[dev]")

    listed = json.loads(run(programs / "connectory", "list", "--json"))
    assert [one["name"] for one in listed] == ["acme-pets"]
    assert " passed" in run(programs / "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
