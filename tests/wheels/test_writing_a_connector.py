"""The page "Write a connector", followed literally by somebody who has nothing but Python."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from distributions import FOLDERS, Run, project
from kit import ROOT

PAGE = (ROOT / "docs" / "writing-a-connector.md").read_text()


EDIT = r"""
import re
from pathlib import Path

requests, connector = Path("src/acme_tickets/requests.py"), Path("src/acme_tickets/__init__.py")
requests.write_text(requests.read_text() + Path("../field").read_text())
text = connector.read_text()
text, bodies = re.subn(r"(?m)^    body = .*\n", Path("../body").read_text(), text)
text, versions = re.subn("version=1", "version=2", text)
connector.write_text(text)
test = Path("tests/test_acme_tickets.py")
text, expected = re.subn(r'(== \[?\{"title": "A leak", "urgent": True)', r'\1, "reporter": None', test.read_text())
test.write_text(text)
assert (bodies, versions, expected) == (1, 1, 2), (bodies, versions, expected)
"""
"""What the page's reader types into the files."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(run: Run, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the page's commands were called, in its order; each had to end well."""
    folder = tmp_path_factory.mktemp("reader")
    begin, checks, collect = blocks("sh")[:3]
    field, body = blocks("python")[:2]
    (folder / "field").write_text(field)
    (folder / "body").write_text(body)
    (folder / "edit.py").write_text(EDIT)
    names = [project(one)["name"] for one in [ROOT, *FOLDERS]]
    version = project(ROOT)["version"]
    (folder / "ours.txt").write_text("".join(f"{name}=={version}\n" for name in names))
    script = f"""
set -euo pipefail
{begin}
connectory list | tee ../listed
{checks}
python ../edit.py
if pytest -q > ../stale; then echo 'a stale template was not noticed'; exit 1; fi
{collect}
pytest -q
ruff check && ruff format --check && mypy
"""
    environ = {
        "PATH": f"{sys.base_prefix}/bin:{os.environ['PATH']}",
        "PIP_FIND_LINKS": str(built),
        "PIP_CONSTRAINT": str(folder / "ours.txt"),  # a newer version on the index is no candidate
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    run("bash", "-c", script, cwd=folder, environ=environ)
    return folder


def test_the_connector_is_listed(folder: Path) -> None:
    assert (folder / "listed").read_text() == "acme-tickets acme-tickets 0.1.0\n"


def test_a_changed_form_without_a_new_template_is_noticed(folder: Path) -> None:
    """By the conformance class alone; it says what to do."""
    said = (folder / "stale").read_text()

    assert "1 failed" in said
    assert "raise the version, and run: connectory templates collect --write" in said


def test_the_template_is_where_the_modeler_looks(folder: Path) -> None:
    """As it was before the change, which the page exports before."""
    path = folder / "acme-tickets" / ".camunda" / "element-templates" / "acme-tickets-outbound.json"

    assert json.loads(path.read_text())["version"] == 1


def test_the_changed_form_has_the_new_field(folder: Path) -> None:
    """The old form is kept."""
    templates = folder / "acme-tickets" / "src" / "acme_tickets" / "templates"
    new = json.loads((templates / "acme-tickets-outbound.json").read_text())

    assert new["version"] == 2
    assert "Reporter" in [entry.get("label") for entry in new["properties"]]
    assert json.loads((templates / "versioned" / "acme-tickets-outbound-1.json").read_text())["version"] == 1
