"""Connectors of others, installed as wheels: a good one works beside broken ones, and each of those costs one line."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from distributions import Install, Run
from kit import ROOT

SOURCES = ROOT / "tests" / "third_party"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "1.2"
requires-python = ">=3.11"
dependencies = {requirements}

[project.entry-points."connectory.connectors"]
{name} = "{module}"

[tool.hatch.build.targets.wheel]
include = ["{module}.py"]
"""


class Wheel(NamedTuple):
    """A distribution of somebody else; its module is a copy of the source."""

    distribution: str
    source: str
    name: str
    requirements: tuple[str, ...] = ("connectory-sdk>=0.1,<0.2",)


WHEELS = [
    Wheel("acme-hello", "acme_hello", "hello"),
    Wheel("acme-raises", "acme_raises", "raises"),
    Wheel("acme-needs", "acme_needs", "needs", ("connectory-sdk>=0.1", "acme-absent>=2")),
    Wheel("acme-hook", "acme_hook", "hook"),
    Wheel("acme-castor", "acme_twins", "castor"),
    Wheel("acme-pollux", "acme_twins", "pollux"),
    Wheel("acme-same", "acme_raises", "same"),
    Wheel("acme-equal", "acme_raises", "same"),
    Wheel("acme-future", "acme_raises", "future", ("connectory-sdk>=99,<100",)),
]

METADATA = {
    "needs": "acme-needs 1.2  cannot be loaded: needs acme-absent>=2, which is not installed. "
    "Try: pip install 'acme-absent>=2'",
    "same": "acme-equal 1.2  cannot be loaded: connector 'same' is provided by both acme-equal and acme-same 1.2; "
    "uninstall one",
    "future": "acme-future 1.2  cannot be loaded: needs connectory-sdk<100,>=99, found 0.1.0. "
    "Try: pip install --upgrade acme-future 'connectory-sdk<100,>=99'",
}
"""What the metadata alone tells, by the connector's name."""

IMPORTED = {
    "raises": "raises (acme-raises 1.2) cannot be loaded: RuntimeError: bad day; update or uninstall acme-raises, or "
    "leave it out with CONNECTORY_CONNECTORS",
    "needs": "needs (acme-needs 1.2) cannot be loaded: needs acme-absent>=2, which is not installed. "
    "Try: pip install 'acme-absent>=2'",
    "hook": "hook (acme-hook 1.2) cannot be loaded: PluginValidationError: Plugin 'hook' for hook "
    "'connectory_connectors' hookimpl definition: connectory_connectors(settings: object) -> list[object] Argument(s) "
    "{'settings'} are declared in the hookimpl but can not be found in the hookspec; update or uninstall acme-hook, or "
    "leave it out with CONNECTORY_CONNECTORS",
    "same": "same (acme-equal 1.2) cannot be loaded: connector 'same' is provided by both acme-equal and "
    "acme-same 1.2; uninstall one",
    "future": "future (acme-future 1.2) cannot be loaded: needs connectory-sdk<100,>=99, found 0.1.0. "
    "Try: pip install --upgrade acme-future 'connectory-sdk<100,>=99'",
    "twins": "job type 'acme:twin:1' is claimed by both acme_castor.twin and acme_pollux.twin (acme-castor 1.2, "
    "acme-pollux 1.2) (Duplicate outbound connector registration for type acme:twin:1); uninstall one, leave one out "
    "with CONNECTORY_CONNECTORS, or give one another type with CONNECTOR_<NAME>_TYPE",
}
"""The one line that each costs when it is imported by chance."""


def build(run: Run, wheel: Wheel, folder: Path, to: Path) -> None:
    module = wheel.distribution.replace("-", "_")
    folder.mkdir()
    facts = wheel._asdict() | {"module": module, "requirements": json.dumps(wheel.requirements)}
    (folder / "pyproject.toml").write_text(PROJECT.format(**facts))
    shutil.copy(SOURCES / f"{wheel.source}.py", folder / f"{module}.py")
    run("uv", "build", "--quiet", "--wheel", "--out-dir", to, folder)


@pytest.fixture(scope="session")
def programs(run: Run, install: Install, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with all of them."""
    folder = tmp_path_factory.mktemp("third-party")
    python = install(folder / "venv", "connectory[engine]")
    for wheel in WHEELS:
        build(run, wheel, folder / wheel.distribution, folder / "dist")
    # A resolver would refuse some of them; what an environment looks like after years is another matter.
    run("uv", "pip", "install", "--quiet", "--python", python, "--no-deps", *(folder / "dist").glob("*.whl"))
    return python.parent


def connectory(programs: Path, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))}
    return subprocess.run(
        [programs / "connectory", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, **environ},
        cwd="/",
    )


def test_the_list_tells_from_metadata_what_cannot_work(programs: Path, tmp_path: Path) -> None:
    """Nothing is imported for that."""
    done = connectory(programs, "list", ACME_MARK=str(tmp_path / "mark"))

    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["hello"] == "acme-hello 1.2"
    assert {name: lines[name] for name in METADATA} == METADATA
    assert done.returncode == 0
    assert not (tmp_path / "mark").exists()


def test_the_list_imports_when_it_is_asked_to(programs: Path) -> None:
    """Then it has every reason."""
    done = connectory(programs, "list", "--check")

    for said in IMPORTED.values():
        assert (said.partition(" cannot be loaded: ")[2] or said) in done.stdout
    assert done.returncode == 1


def test_a_process_runs_beside_what_is_broken(programs: Path) -> None:
    """The good one is found and works; each of the others costs one line."""
    done = connectory(programs, "run", SOURCES / "hello.bpmn", "--json")

    assert json.loads(done.stdout)["variables"] == {"said": "Hello, Ann!"}
    assert sorted(done.stderr.splitlines()) == sorted(IMPORTED.values())
    assert done.returncode == 0


def test_the_service_starts_beside_what_is_broken(programs: Path) -> None:
    """It serves the good one, and says once what it leaves out."""
    command = [programs / "connectory", "start"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))}
    environ = {**kept, "SERVER_PORT": "0", "CAMUNDA_REST_ADDRESS": "http://127.0.0.1:1"}
    said: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "connectors: " in line:
                break
        process.terminate()
        process.communicate(timeout=30)

    assert "connectors: Hello;" in said[-1]
    for reason in IMPORTED.values():
        assert len([line for line in said if reason in line]) == 1
    assert process.returncode == 0


def test_doctor_names_each(programs: Path) -> None:
    """One line each, and what works as well."""
    done = connectory(programs, "doctor", CAMUNDA_REST_ADDRESS="http://127.0.0.1:1")

    assert "ok   connector hello loads" in done.stdout
    for reason in IMPORTED.values():
        assert (done.stdout + done.stderr).count(reason) == 1
        assert f"BAD  {reason}" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["raises", "needs", "hook", "same", "future"])
def test_a_name_that_was_asked_for_must_load(programs: Path, name: str) -> None:
    """One line, and the service does not start."""
    done = connectory(programs, "start", CONNECTORY_CONNECTORS=name)

    assert done.stderr == f"connectory start: {IMPORTED[name]}\n"
    assert done.returncode == 2


@pytest.mark.parametrize("command", ["run", "list", "templates", "doctor"])
def test_what_is_not_on_the_allow_list_is_never_imported(programs: Path, tmp_path: Path, command: str) -> None:
    """Code that nobody allowed leaves no mark, whatever the command."""
    arguments = {"run": [SOURCES / "hello.bpmn"], "list": ["--check"], "templates": ["list"], "doctor": []}[command]
    mark = str(tmp_path / "mark")

    allowed = connectory(
        programs,
        command,
        *arguments,
        CONNECTORY_CONNECTORS="hello",
        ACME_MARK=mark,
        CAMUNDA_REST_ADDRESS="http://[::1]:1",
    )

    assert not (tmp_path / "mark").exists()
    assert "bad day" not in allowed.stdout + allowed.stderr
    assert {"run": "Hello, Ann!", "list": "hello", "templates": "acme.hello", "doctor": "hello loads"}[command] in (
        allowed.stdout
    )
