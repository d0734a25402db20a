"""Test a process: run it on the embedded engine against the sandbox, then look at how it ended and what was sent.

::

    from connectory_runtime.testing import run_process

    def test_it_hears_of_a_new_colleague():
        ended = run_process("onboarding.bpmn", {"name": "Ann Smith"})
        assert [entry["operation"] for entry in ended.sandbox if entry["service"] == "slack"] == ["chat.postMessage"]

It is ``connectory run --sandbox`` as a function; needs ``pip install 'connectory[engine,sandbox]'``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from connectory_runtime.cli.console import Console
from connectory_runtime.cli.errors import CommandError
from connectory_runtime.cli.model import read
from connectory_runtime.cli.run import Ending, answers, chosen, execute

__all__ = ["CommandError", "Ending", "run_process"]


def run_process(
    file: str | PathLike[str],
    variables: Mapping[str, Any] | None = None,
    *,
    more: Sequence[str | PathLike[str]] = (),
    process: str | None = None,
    messages: Sequence[tuple[str, str, Mapping[str, Any]]] = (),
    secrets: Mapping[str, str] | None = None,
    answers_file: str | PathLike[str] | None = None,
    seconds: float = 60,
) -> Ending:
    """Run a process to its end, or to where it waits; nothing leaves the machine. Not for a running event loop.

    Args:
        file: A BPMN file; its process is started.
        variables: To start with.
        more: Further BPMN files, such as called processes.
        process: The process to start, if not the first one.
        messages: Messages to publish: name, correlation key, variables.
        secrets: Secrets by name; those that are missing are invented.
        answers_file: What the sandbox answers over HTTP. Default: ``my-process.answers.json`` beside the first file.
        seconds: How long to wait.

    Returns:
        Its ``state`` (``completed``, ``incident``, ``waiting``), ``variables``, ``incidents``, ``waiting_for``, and in
        ``sandbox`` what each service received.

    Raises:
        CommandError: A file or a connector is missing or wrong.
    """
    models = [read(Path(path)) for path in (file, *more)]
    return asyncio.run(
        execute(
            models,
            chosen(models, process),
            dict(variables or {}),
            [(name, key, dict(values)) for name, key, values in messages],
            dict(secrets or {}),
            Console(quiet=True),
            sandbox=True,
            answers=answers(Path(answers_file) if answers_file is not None else None, Path(file)),
            seconds=seconds,
        )
    )
