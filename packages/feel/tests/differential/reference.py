"""Asking feel-scala, and telling whether two answers are the same.

An answer is `(kind, value, warnings)`: kind `value`, `parse` (the text is no expression) or `error` (no result).
"""

import json
import math
import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from decimal import Decimal
from threading import Thread

import connectory_feel as feel
from connectory_feel import temporal

__all__ = ["agree", "ask", "ours"]

Answer = tuple[str, object, list[str]]


def ask(questions: Iterable[dict[str, object]]) -> Iterator[Answer]:
    """Give the answers of the command in CONNECTORY_FEEL_ORACLE."""
    command = shlex.split(os.environ["CONNECTORY_FEEL_ORACLE"])
    process = subprocess.Popen(["nice", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None

    def feed() -> None:
        for question in questions:
            stdin.write(json.dumps(question) + "\n")
        stdin.close()

    Thread(target=feed, daemon=True).start()
    for line in stdout:
        yield _answer(json.loads(line))
    process.wait()


def _answer(answer: dict[str, object]) -> Answer:
    warnings = list(answer.get("warnings", []))  # type: ignore[call-overload]
    if "parseError" in answer:
        return "parse", answer["parseError"], []
    if "crash" in answer or "error" in answer:
        return "error", answer.get("crash", answer.get("error")), warnings
    return "value", answer["result"], warnings


def ours(question: dict[str, object]) -> Answer:
    """Give our answer, with the value in the form of the oracle."""
    try:
        expression = feel.compile(str(question["expression"]), unary=question.get("unary") is True)
        result = expression.run(question["context"])  # type: ignore[arg-type]
    except feel.FeelSyntaxError as error:
        return "parse", str(error), []
    except feel.FeelError as error:
        return "error", str(error), [repr(warning) for warning in error.warnings]
    return "value", _plain(result.value), [repr(warning) for warning in result.warnings]


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if not isinstance(item, feel.Function)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return feel.to_json(value)
    if isinstance(value, feel.Function):
        return {"@type": "ValFunction", "@value": repr(value)}
    kind = _JAVA.get(type(value).__name__)
    return value if kind is None else {"@type": kind, "@value": _java_text(value)}


_JAVA = {
    "Date": "LocalDate",
    "LocalTime": "LocalTime",
    "ZonedTime": "OffsetTime",
    "LocalDateTime": "LocalDateTime",
    "ZonedDateTime": "ZonedDateTime",
    "DaysTimeDuration": "Duration",
    "YearsMonthsDuration": "Period",
}


def _java_text(value: object) -> str:
    text = str(value.iso())  # type: ignore[attr-defined]
    if isinstance(value, temporal.ZonedTime):
        text = text.split("[")[0]
    return text


def _same(theirs: object, mine: object) -> bool:
    if isinstance(theirs, dict) and isinstance(mine, dict):
        if theirs.keys() == mine.keys() == {"@type", "@value"}:
            return theirs["@type"] == mine["@type"] and _normal(theirs) == _normal(mine)
        return theirs.keys() == mine.keys() and all(_same(theirs[key], mine[key]) for key in theirs)
    if isinstance(theirs, list) and isinstance(mine, list):
        return len(theirs) == len(mine) and all(map(_same, theirs, mine))
    if isinstance(theirs, bool) or isinstance(mine, bool):
        return theirs is mine
    if isinstance(theirs, int | float) and isinstance(mine, int | float):
        return theirs == mine or math.isclose(theirs, mine, rel_tol=1e-14)
    return theirs == mine


def _normal(value: dict[str, object]) -> str:
    """Write a time with its seconds and without closing zeros; Java leaves them out, or fills up to three digits."""
    import re

    text = str(value["@value"])
    if value["@type"] in ("LocalTime", "OffsetTime", "LocalDateTime", "ZonedDateTime"):
        text = re.sub(r"((?:^|T)\d\d:\d\d)(?!:\d\d)", r"\1:00", text, count=1)
        text = re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", text).replace(".Z", "Z")
        text = re.sub(r"\.(?=\D|$)", "", text)
    return text


def agree(theirs: Answer, mine: Answer) -> tuple[bool, bool, bool]:
    """Say whether value, types of warnings and texts of warnings are the same."""
    value = theirs[0] == mine[0] and (theirs[0] != "value" or _same(theirs[1], mine[1]))
    if theirs[0] == mine[0] != "value":
        # With an exception inside of it the reference loses its warnings; there is no value to explain anyway.
        return True, True, True
    types = [warning.split("]")[0] for warning in theirs[2]] == [warning.split("]")[0] for warning in mine[2]]
    return value, types, theirs[2] == mine[2]
