"""The page about descriptions works as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

from kit import ROOT

PAGE = (ROOT / "docs" / "from-a-description.md").read_text()


def test_its_steps_lead_to_a_connector_that_runs(tmp_path: Path) -> None:
    """Each command, in order; installing is what the tests of built distributions do."""
    (description,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "tickets.yaml").write_text(description)
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 7

    place, said = tmp_path, []
    for command in commands:
        program, *arguments = command.split()
        if program == "cd":
            place = place / arguments[0]
        elif program != "pip":
            said.append(run(place, program, *arguments))

    listed, _, tested, ran = said
    assert [line.split()[0] for line in listed.splitlines()] == ["createTicket", "showTicket"]
    assert " passed" in tested
    assert "completed" in ran
    assert '"result"' in ran or "result" in ran


def run(place: Path, program: str, *arguments: str) -> str:
    """Run a program as in an environment with the new connector; it must end well."""
    module = {"connectory": "connectory_runtime", "pytest": "pytest"}[program]
    done = subprocess.run(
        [sys.executable, "-c", STARTED, module, *arguments], cwd=place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


STARTED = """
import importlib.metadata, runpy, sys
from pathlib import Path

source = Path.cwd() / "src"
if source.is_dir():
    sys.path.insert(0, str(source))
    info = source / "acme_tickets-0.1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: acme-tickets\\nVersion: 0.1.0\\n")
    (info / "entry_points.txt").write_text("[connectory.connectors]\\nacme-tickets = acme_tickets\\n")
module, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = module
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""What an editable installation does, without an installer: the sources on the path, the names beside them."""


def test_its_kinds_of_answers_are_those_of_the_form() -> None:
    """The page says how the form starts."""
    code = (ROOT / "runtime" / "src" / "connectory_runtime" / "descriptions" / "code.py").read_text()

    assert json.dumps("={result: response.body}") in code
    assert "`={result: response.body}`" in PAGE
