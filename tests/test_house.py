"""The house keeps its own rules: who may import whom, one version, pins written out."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(path.parent for path in [*ROOT.glob("packages/*/pyproject.toml"), ROOT / "runtime" / "pyproject.toml"])
OURS = {folder.name: next((folder / "src").iterdir()).name for folder in FOLDERS}
CONNECTORS = {"connectory_rest", "connectory_slack", "connectory_teams", "connectory_kafka", "connectory_webhook"}

MAY_IMPORT: dict[str, set[str]] = {
    "connectory_sdk": set(),
    "connectory_feel": set(),
    "connectory_engine": {"connectory_feel"},
    "connectory_sandbox": {"connectory_sdk"},
    "connectory_runtime": {"connectory_sdk", "connectory_feel"},
    **{name: {"connectory_sdk"} for name in CONNECTORS},
}
LAZY = {("connectory_runtime", "connectory_engine"), ("connectory_runtime", "connectory_sandbox")}
"""What the command line imports only when a command needs it, and says what to install when it is not there."""

VENDORS = {"slack_sdk", "msal", "aiokafka", "httpx", "pyreqwest"}


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_imports_run_one_way(folder: Path) -> None:
    """Connectors import the SDK, the runtime SDK and FEEL, the engine FEEL; nothing imports a connector."""
    name = next((folder / "src").iterdir()).name

    for path in (folder / "src").rglob("*.py"):
        top = imports(path, top_level_only=True) & set(OURS.values()) - {name}
        deep = imports(path) & set(OURS.values()) - {name}

        assert top <= MAY_IMPORT[name], f"{path.relative_to(ROOT)} imports {top - MAY_IMPORT[name]}"
        allowed = MAY_IMPORT[name] | {other for one, other in LAZY if one == name}
        assert deep <= allowed, f"{path.relative_to(ROOT)} imports {deep - allowed}"


def test_the_runtime_names_no_connector_and_no_vendor_library() -> None:
    """A new connector must not need a change there."""
    for path in (ROOT / "runtime" / "src").rglob("*.py"):
        # pyreqwest is the HTTP client of the runtime as well, chosen by measurement in its pyproject.toml; httpx is
        # that of Camunda's SDK, whose errors it raises.
        own = {"pyreqwest", "httpx"} if path.match("workers/camunda.py") else {"pyreqwest"}
        assert not imports(path) & (VENDORS - own | CONNECTORS), path
        assert not re.findall(r"connectory_(rest|slack|teams|kafka|webhook)", path.read_text()), path


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_importing_a_connector_imports_no_vendor_library(name: str) -> None:
    """Vendor libraries are imported when the connector is used, so that listing and templates stay cheap."""
    code = f"import {name}, sys; print(*sorted(set(sys.modules) & {VENDORS!r}))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == []


def test_listing_our_connectors_needs_no_costly_import() -> None:
    """What their requirements say is settled by the quick look: `packaging` costs five times the rest."""
    code = "import sys; from connectory_runtime.cli import main; main(['list']); print('packaging' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert said[-1] == "False"


def test_one_version_everywhere() -> None:
    """All distributions have the version of the root."""
    version = project(ROOT)["version"]

    assert {folder.name: project(folder)["version"] for folder in FOLDERS} == {f.name: version for f in FOLDERS}


def test_pins_between_our_distributions_are_exact() -> None:
    """A distribution works with the version that it was tested with."""
    version = project(ROOT)["version"]
    for folder in [ROOT, *FOLDERS]:
        facts = project(folder)
        every = [
            *facts["dependencies"],
            *(d for extra in facts.get("optional-dependencies", {}).values() for d in extra),
        ]
        for dependency in every:
            if re.match(r"connectory-\w", dependency):
                assert dependency.endswith(f"=={version}"), f"{folder.name}: {dependency}"


def test_every_connector_has_the_same_anatomy() -> None:
    """pyproject, README, one flat package with a type marker, tests, an entry point named like the folder."""
    for folder in FOLDERS:
        package = folder / "src" / f"connectory_{folder.name}"

        assert (folder / "README.md").is_file()
        assert (package / "py.typed").is_file()
        assert (folder / "tests").is_dir()
        if package.name in CONNECTORS:
            points = project(folder)["entry-points"]["connectory.connectors"]
            assert points == {folder.name: package.name}


def test_every_distribution_has_an_extra() -> None:
    """What can be installed can be installed through the meta distribution."""
    extras = project(ROOT)["optional-dependencies"]
    optional = {folder.name for folder in FOLDERS} - {"sdk", "feel", "runtime"}

    assert optional <= set(extras)
    assert all(name in extras["all"][0] for name in optional)


def test_the_readme_gives_the_commands_that_ci_runs() -> None:
    """CI calls the very test command of the README, so that it cannot rot."""
    readme = (ROOT / "README.md").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    command = next(line for line in ci.splitlines() if line.endswith("# the README's test command"))

    assert command.removesuffix("  # the README's test command") in readme
