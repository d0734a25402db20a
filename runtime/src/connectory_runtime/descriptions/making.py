"""Puts the files of a connector for a described service together, and brings them into shape."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from connectory_runtime.descriptions import code, trials
from connectory_runtime.descriptions.api import Api, DescriptionError, Operation
from connectory_runtime.descriptions.names import sentence

if TYPE_CHECKING:
    from connectory_runtime.scaffold import Names

LINE = 120
MOST = 50
"""Operations of one connector: each is an entry of one dropdown, and all their fields are in one template."""
CONTENTS = {
    "src/MODULE/__init__.py": "the connector and its operations",
    "src/MODULE/requests.py": "what each operation needs, which is also its form",
    "src/MODULE/logins.py": "how the service knows who calls",
    "src/MODULE/service.py": "calls of the service",
    "src/MODULE/values.py": "values as the service wants them written",
    "src/MODULE/icon.svg": "what modellers see on the task",
    "tests": "conformance, and what each operation sends",
    "examples": "a process that uses the template, and what the sandbox answers to it",
    "src/MODULE/templates": "the element templates, generated from the models",
}


def chosen(api: Api, wanted: Iterable[str], path: Path) -> Api:
    """Return the service with only some of its operations; all where none is named.

    Raises:
        DescriptionError: An operation is unknown, or there are too many.
    """
    names = list(dict.fromkeys(wanted))
    for name in names:
        if name not in api.operations:
            known = ", ".join(list(api.operations)[:8]) + (", ..." if len(api.operations) > 8 else "")
            raise DescriptionError(f"{path} has no operation '{name}'; it has {known}; --list shows all")
    if not names and len(api.operations) > MOST:
        raise DescriptionError(
            f"{path} has {len(api.operations)} operations, more than the {MOST} that one form can offer; choose "
            "some with --operation ID, --list shows them"
        )
    kept: dict[str, Operation] = {name: api.operations[name] for name in names} or api.operations
    return Api(title=api.title, version=api.version, server=api.server, operations=kept, notes=api.notes)


def distribution(api: Api, names: "Names") -> dict[str, str]:
    """Return the files of a connector distribution, as texts by path."""
    from connectory_runtime.scaffold import frame

    module = f"src/{names.module}"
    operations = code.operations(api, names)
    form = trials.example(api)
    made = {
        f"{module}/__init__.py": operations,
        f"{module}/requests.py": code.requests(api, names.module),
        f"{module}/logins.py": code.logins(api, names.module),
        f"{module}/service.py": code.service(api, names.module),
        f"{module}/values.py": code.values(code.used_values(operations)),
        f"tests/test_{names.module}.py": trials.tests(api, names),
    }
    made = shaped({path: text for path, text in made.items() if text})
    made[f"examples/{names.module}.bpmn"] = trials.process(api, names, form)
    made[f"examples/{names.module}.answers.json"] = trials.answers(api, form)
    contents = {
        path: what for path, what in CONTENTS.items() if path != "src/MODULE/logins.py" or f"{module}/logins.py" in made
    }
    title = sentence(api.title, 60).replace('"', "'")
    about = f"{names.title} connector for Camunda 8, for {title}"
    return frame(names, summary=about, contents=contents, dependencies=["httpx>=0.28,<1"]) | made


def shaped(files: dict[str, str]) -> dict[str, str]:
    """Return modules as ruff writes them: what is not used is not imported, lines break where they should.

    Raises:
        DescriptionError: ruff is not installed.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "ruff.toml").write_text(f'line-length = {LINE}\ntarget-version = "py311"\n', encoding="utf-8")
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        ours = json.dumps([Path(path).parent.name for path in files if path.startswith("src/")][:1])
        fix = [
            "check",
            "--quiet",
            "--fix-only",
            "--select",
            "F401,I",
            "--config",
            f"lint.isort.known-first-party = {ours}",
        ]
        # Long names of the service cannot be broken.
        mark = ["check", "--quiet", "--select", "E501", "--add-noqa"]
        for arguments in (fix, ["format", "--quiet"], mark):
            done = subprocess.run(  # noqa: S603 - ruff, over a folder of our own
                [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
                cwd=folder,
                capture_output=True,
                text=True,
            )
            if "No module named ruff" in done.stderr:
                raise DescriptionError(
                    "making a connector from a description needs ruff; install it: "
                    "pip install 'connectory[descriptions]'"
                )
            if done.returncode:
                raise RuntimeError(f"ruff refuses what was made: {done.stderr.strip()}")
        return {path: (folder / path).read_text(encoding="utf-8") for path in files}
