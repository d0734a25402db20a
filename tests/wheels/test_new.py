"""``connectory new`` in a fresh environment: what it writes builds, passes its tests, lint and types, and runs."""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from distributions import Install, Run


class Author(NamedTuple):
    """Where an author's programs are, and the distribution."""

    run: Run
    programs: Path
    folder: Path

    def call(self, program: str, *arguments: object) -> str:
        """Call a program in the distribution's folder."""
        return self.run(self.programs / program, *arguments, cwd=self.folder)


@pytest.fixture(scope="session")
def author(run: Run, install: Install, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Author:
    """Somebody who wrote a distribution and installed it for editing, in an environment of their own.

    It has events, too; one without is written in ``test_writing_a_connector``.
    """
    folder = tmp_path_factory.mktemp("author")
    programs = install(folder / "venv", "connectory[engine]").parent
    run(programs / "connectory", "new", "acme-tickets", "--inbound", cwd=folder)
    pip = ("uv", "pip", "install", "--quiet", "--python", programs / "python", "--find-links", built)
    run(*pip, "-e", ".[dev]", cwd=folder / "acme-tickets")
    return Author(run, programs, folder / "acme-tickets")


def test_it_is_listed_right_after_the_installation(author: Author) -> None:
    listed = json.loads(author.call("connectory", "list", "--json"))

    assert [(one["name"], one["version"]) for one in listed] == [("acme-tickets", "0.1.0")]


def test_it_passes_its_own_checks(author: Author) -> None:
    """Those that its README names."""
    author.call("ruff", "check")
    author.call("ruff", "format", "--check")
    author.call("mypy")
    author.call("pytest", "-q")


def test_its_process_runs_on_the_local_engine(author: Author) -> None:
    """With its template, and nothing but the sandbox for the outside world."""
    done = json.loads(author.call("connectory", "run", "examples/acme_tickets.bpmn", "--sandbox", "--json"))

    assert (done["state"], done["variables"]) == ("completed", {"id": "T-1"})
    [sent] = done["sandbox"]
    assert (sent["method"], sent["url"]) == ("POST", "https://api.example.com/items")
    assert sent["headers"]["authorization"] == "Bearer ***"


def test_its_templates_follow_from_the_models(author: Author) -> None:
    """A change of the models is noticed by the connector's own test; a new version is written, the old one kept."""
    collect = ("connectory", "templates", "collect")
    module = author.folder / "src" / "acme_tickets" / "__init__.py"
    before = module.read_text()

    assert "as the models say" in author.call(*collect)
    module.write_text(before.replace('name="Create item"', 'name="Create items"').replace("version=1", "version=2"))
    written = author.call(*collect, "--write")
    module.write_text(before)

    assert "acme-tickets-outbound.json written" in written
    assert (
        author.folder / "src" / "acme_tickets" / "templates" / "versioned" / "acme-tickets-outbound-1.json"
    ).is_file()


def test_it_builds(author: Author, run: Run, tmp_path: Path) -> None:
    """Wheel and source distribution, with everything that the module reads."""
    run("uv", "build", "--quiet", "--out-dir", tmp_path, author.folder)

    [wheel], [source] = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    assert {
        "acme_tickets/icon.svg",
        "acme_tickets/py.typed",
        "acme_tickets/templates/acme-tickets-outbound.json",
    } <= set(zipfile.ZipFile(wheel).namelist())
    assert source.name == "acme_tickets-0.1.0.tar.gz"
