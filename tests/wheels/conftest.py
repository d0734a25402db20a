"""What the tests of built distributions share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from distributions import Install, Run, project
from kit import ROOT


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command that must end well; give what it prints."""

    def call(*command: object, cwd: Path | str = "/", environ: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            env={**os.environ, **(environ or {})},
            cwd=cwd,
        )
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        return done.stdout

    return call


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Return where a program is, or skip the test and say how to get it."""

    def find(name: str, package: str = "") -> str:
        beside = Path(sys.executable).with_name(name)
        if beside.exists():
            return str(beside)
        return shutil.which(name) or pytest.skip(f"{name} is not installed; try: pip install {package or name}")

    return find


@pytest.fixture(scope="session")
def built(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Source distributions of everything, and the wheels that are built from them."""
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--quiet", "--all-packages", "--directory", ROOT, "--out-dir", folder)
    return folder


@pytest.fixture(scope="session")
def install(run: Run, built: Path) -> Install:
    """Install into a fresh environment from the built files, the rest from the index; give its Python."""
    version = project(ROOT)["version"]

    def into(environment: Path, *requirements: str) -> Path:
        run("uv", "venv", "--quiet", "--python", sys.executable, environment)
        python = environment / "bin" / "python"
        # Pinned, so that a newer version on the index is no candidate.
        pinned = [f"{requirement}=={version}" for requirement in requirements]
        run("uv", "pip", "install", "--quiet", "--python", python, "--find-links", built, *pinned)
        return python

    return into
