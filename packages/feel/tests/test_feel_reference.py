"""Agreement with Camunda's engine: recorded cases, and the engine itself where it is there."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from connectory_feel import temporal
from connectory_feel.json_values import write_json
from connectory_feel.lines import answer

SHARED = os.environ.get("CONNECTORY_SHARED_FEEL")
ORACLE = os.environ.get("CONNECTORY_FEEL_ORACLE")
DIFFERENTIAL = Path(__file__).parent / "differential"

needs_cases = pytest.mark.skipif(not SHARED, reason="CONNECTORY_SHARED_FEEL names no folder with recorded cases")
needs_oracle = pytest.mark.skipif(not ORACLE, reason="CONNECTORY_FEEL_ORACLE names no command of the reference engine")

# These read the clock or chance.
MOVING = ("now()", "today()", "random number()", "uuid()")


def canonical(value: object) -> object:
    """Give durations and dates a form that does not depend on how they were written."""
    readers = {
        "date": temporal.parse_date,
        "time": temporal.parse_time,
        "date and time": temporal.parse_date_time,
        "days and time duration": temporal.parse_duration,
        "years and months duration": temporal.parse_duration,
        "number": Decimal,
    }
    if isinstance(value, dict):
        if value.keys() == {"$type", "value"} and value["$type"] in readers:
            read = readers[value["$type"]](value["value"])
            return read if isinstance(read, Decimal) else (value["$type"], str(read))
        return {key: canonical(item) for key, item in value.items()}
    return [canonical(item) for item in value] if isinstance(value, list) else value


def same(mine: object, theirs: object) -> bool:
    """Compare with the tolerance that the recorded cases ask for: 1e-8 for numbers."""
    if isinstance(mine, bool) or isinstance(theirs, bool):
        return mine is theirs
    if isinstance(mine, int | Decimal) and isinstance(theirs, int | Decimal):
        a, b = Decimal(mine), Decimal(theirs)
        return a == b or abs(a - b) <= Decimal("1e-8") * max(abs(a), abs(b))
    if isinstance(mine, list) and isinstance(theirs, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
    return mine == theirs


def cases(name: str) -> list[dict[str, object]]:
    content = json.loads((Path(str(SHARED)) / name).read_text("utf-8"), parse_float=Decimal)
    return [case for case in content["cases"] if case["expression"] not in MOVING and not case.get("uses_clock")]


def agrees(case: dict[str, object]) -> tuple[bool, bool]:
    """Say whether the value and the types of warnings are the recorded ones."""
    theirs = case["camunda"]
    assert isinstance(theirs, dict)
    question = {name: case[name] for name in ("expression", "context", "definitions") if name in case}
    mine = json.loads(answer(write_json(question)), parse_float=Decimal)
    if theirs["kind"] == "error" or mine["kind"] == "error":
        right = (theirs["kind"], theirs.get("stage")) == (mine["kind"], mine.get("stage"))
        return right, right
    types = sorted({warning["type"] for warning in mine["warnings"]})
    return same(canonical(mine["value"]), canonical(theirs["value"])), types == sorted(theirs.get("warnings", []))


@needs_cases
@pytest.mark.parametrize("name", ["tck-literal-cases.json", "camunda-doc-examples.json"])
def test_recorded_cases(name: str) -> None:
    """Every recorded case has the value and the warnings of Camunda's engine."""
    different = [case["expression"] for case in cases(name) if agrees(case) != (True, True)]

    assert different == []


def differential(*arguments: str) -> dict[str, int]:
    command = [sys.executable, str(DIFFERENTIAL), *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout)


@needs_oracle
def test_random_expressions_agree_with_the_engine() -> None:
    """Generated expressions have the same value in 99.5 %, and the same types of warnings in 98 % of the cases."""
    figures = differential("--count", "3000", "--seed", "77")

    assert figures["values"] / figures["count"] >= 0.995
    assert figures["types"] / figures["count"] >= 0.98


def test_fuzzing_finds_nothing() -> None:
    """Broken and hostile texts give FEEL errors, in time; a long form of this runs by hand."""
    command = [sys.executable, str(DIFFERENTIAL / "fuzz.py"), "--seconds", "5", "--seed", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout
