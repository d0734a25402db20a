"""What users install: each wheel, alone, in a fresh environment."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in [*ROOT.glob("packages/*/pyproject.toml"), ROOT / "runtime" / "pyproject.toml"])
VENDORS = {
    "rest": "httpx",
    "slack": "slack_sdk",
    "teams": "msal",
    "kafka": "aiokafka",
    "sandbox": "aiokafka",  # its broker's bookkeeping
}


def run(*command: str, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environ or {})}, cwd="/")
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels and source distributions of everything."""
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--quiet", "--all-packages", "--directory", str(ROOT), "--out-dir", str(folder))
    return folder


def install(built: Path, environment: Path, *requirements: str) -> str:
    """Install into a fresh environment from the built files; return its Python."""
    run("uv", "venv", "--quiet", "--python", sys.executable, str(environment))
    python = str(environment / "bin" / "python")
    run("uv", "pip", "install", "--quiet", "--python", python, "--find-links", str(built), *requirements)
    return python


def test_every_distribution_builds(built: Path) -> None:
    """One wheel and one source distribution each, the meta distribution included."""
    names = {tomllib.loads((f / "pyproject.toml").read_text())["project"]["name"] for f in [ROOT, *FOLDERS]}

    for suffix in (".whl", ".tar.gz"):
        made = {path.name.split("-0")[0].replace("_", "-") for path in built.glob(f"*{suffix}")}
        assert made == names


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_wheel_installs_and_imports_alone(built: Path, tmp_path: Path, folder: Path) -> None:
    """It brings what it needs, and of the vendor libraries only its own."""
    name = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]

    python = install(built, tmp_path / "venv", name)
    module = "connectory_" + folder.name
    found = run(
        python,
        "-c",
        f"import {module}, importlib.util as u; print(*[m for m in {sorted(VENDORS.values())!r} if u.find_spec(m)])",
    )

    others = set(VENDORS.values()) - {VENDORS.get(folder.name, ""), "httpx"}
    assert not set(found.split()) & others


def test_an_extra_brings_its_connector_and_no_other(built: Path, tmp_path: Path) -> None:
    """``pip install 'connectory[slack]'`` is all that a user of Slack needs."""
    python = install(built, tmp_path / "venv", "connectory[slack]")

    listed = run(str(Path(python).with_name("connectory")), "list")
    assert "slack" in listed
    assert "kafka" not in listed
