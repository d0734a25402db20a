"""Processes as their authors test them: `connectory_runtime.testing`."""

import re
from pathlib import Path
from typing import Any

import pytest

from connectory_runtime.testing import CommandError, run_process

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


DOCUMENTED = re.findall(
    r"```python\n(from connectory_runtime\.testing.*?)```", (ROOT / "docs/sandbox.md").read_text(), re.S
)


@pytest.mark.parametrize("code", DOCUMENTED, ids=["three lines", "prepared"])
def test_the_lines_of_the_documentation(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """The tests in docs/sandbox.md pass as they stand there."""
    names: dict[str, Any] = {}
    monkeypatch.chdir(ROOT)

    exec(code, names)  # our own documentation
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()


def test_what_was_sent_is_looked_at() -> None:
    """Variables reach the process, answers stand beside it, each service has what came."""
    ended = run_process(EXAMPLES / "order_events.bpmn", secrets={"KAFKA_SERVERS": "broker:9092"})

    assert ended.state == "completed"
    assert ended.variables["record"] == "r-7"
    topics = [entry["value"]["status"] for entry in ended.sandbox if entry["service"] == "kafka"]
    assert topics == ["placed", "confirmed"]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is that of the command line, as an exception."""
    with pytest.raises(CommandError, match="absent"):
        run_process(tmp_path / "absent.bpmn")
