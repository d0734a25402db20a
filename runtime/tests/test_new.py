"""``connectory new``: what cannot be is one line, and nothing is left behind. What it writes: ``tests/wheels``."""

import subprocess
import sys
from pathlib import Path

import pytest


def new(place: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "connectory_runtime", "new", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=place)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme Tickets", "'Acme Tickets' is no name for a connector; write at most 30 small letters"),
        ("acme_tickets", "such as 'acme-tickets'"),
        ("../acme", "such as 'acme'"),
        ("4711", "such as 'acme-tickets'"),
        ("a" * 31, f"such as '{'a' * 30}'"),
        ("class", "'class' is a word of Python itself; put your name before it: 'acme-class'"),
        ("json", "'json' is a word of Python itself"),
        ("pydantic", "a Python module 'pydantic' is installed already; choose another name"),
    ],
)
def test_a_name_that_cannot_be(tmp_path: Path, name: str, said: str) -> None:
    """What is wrong, and what to write."""
    done = new(tmp_path, name)

    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists(tmp_path: Path) -> None:
    """Nothing in it is touched."""
    (tmp_path / "acme-tickets").mkdir()

    done = new(tmp_path, "acme-tickets")

    assert done.stderr == "connectory new: 'acme-tickets' exists; choose another name, or another place with --to\n"
    assert done.returncode == 2
    assert list((tmp_path / "acme-tickets").iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder is needed; root may write everywhere else."""
    (tmp_path / "file").write_text("")

    done = new(tmp_path, "acme-tickets", "--to", tmp_path / "file")

    assert "cannot write to" in done.stderr
    assert "choose a place with --to" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


@pytest.mark.parametrize("name", ["t", "acme-tickets", "a-name-as-long-as-names-may-be"])
def test_names_of_any_length_fit_into_the_lines(tmp_path: Path, name: str) -> None:
    """No line gets longer than ruff allows, and the templates are those of the models."""
    done = new(tmp_path, name, "--inbound", "--to", "below")

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "below" / name
    lines = [line for path in folder.rglob("*.py") for line in path.read_text().splitlines()]
    assert max(map(len, lines)) <= 120
    assert not [line for line in lines if "$" in line]
    assert len(list(folder.glob("src/*/templates/*.json"))) == 7
    assert list(folder.rglob("__pycache__")) == []
