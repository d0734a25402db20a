"""Every built-in over a grid of arguments, against the reference engine: values, warnings and failures are the same.

Set `CONNECTORY_FEEL_ORACLE` to the command of the reference engine (JSON lines in, JSON lines out).
"""

import itertools
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import connectory_feel as feel
from connectory_feel import temporal
from connectory_feel.builtins import FUNCTIONS

pytestmark = pytest.mark.skipif(
    "CONNECTORY_FEEL_ORACLE" not in os.environ,
    reason="set CONNECTORY_FEEL_ORACLE to the command of the reference engine",
)

ANY = [
    *("null", "true", "0", "2", "-1.5", '"a"', '""', "[]", "[1, 2]", '["b", "a"]', "{}", "{a: 1}", "[1..3]"),
    *('@"2024-02-29"', '@"10:30:00"', '@"10:30:00.5+01:00"', '@"2024-02-29T23:30:00"', "function(x, y) x < y"),
    *('@"2024-02-29T23:30:00@Europe/Paris"', '@"-PT36H0.5S"', '@"P14M"'),
]
NUMBERS = [
    *("0", "1", "-1", "2", "3", "10", "0.0", "1.0", "2.50", "-2.5", "0.001", "-7.125", "1.9", "123456789.987654321"),
    *("1/3", "-10/3", "10**20", "-(10**33)", "0.5**20", "2147483648", "-0.5", "1000000", "99.995"),
]
TEXTS = [
    *(
        '""',
        '" "',
        '"a"',
        '"abc"',
        '"abcabc"',
        '"  x y\\t"',
        '"A,b;C"',
        '"äöü ß"',
        '"😀x😀"',
        '"1,000.5"',
        '"-12"',
        '"1e3"',
    ),
    *('"2024-02-29"', '"10:30:00Z"', '"2024-02-29T10:30:00+01:00"', '"P1DT2H"', '"-P1Y2M"', '"{\\"a\\": [1, 2.50]}"'),
    *('"a.c"', '"[a-c]+"', '"(a)(b)?"', '"("', '"$1-$2"', '"\\\\"', '"^a|c$"', '"Europe/Paris"', '","', '"."', '"iz"'),
]
LISTS = [
    *(
        "[]",
        "[null]",
        "[1]",
        "[3, 1, 2]",
        "[1, 1.0, 2, 2]",
        '["a", "b", "a"]',
        '["a", null]',
        '[1, "a"]',
        "[[1], [1, 2]]",
    ),
    *("[true, false]", "[true, null]", "[{a: 1}, {a: 2}]", "[[[4]], 5]", '[@"P1D", @"PT2H"]', "[1, 2, 3, 4, 5, 6]"),
    *('[{key: "a", value: 1}]', '[{key: "a"}]', '["a", "b"]'),
]
CONTEXTS = ["{}", "{a: 1}", "{a: {b: 2}, c: null}", '{a: "x", b: [1]}', "{key: 1}"]
TIMES = [
    *('@"2024-01-31"', '@"2023-12-31"', '@"-0001-03-01"', '@"999999999-12-31"', '@"10:00:00"', '@"23:59:59.999"'),
    *('@"10:00:00Z"', '@"10:00:00+05:30"', '@"10:00:00@Asia/Tokyo"', '@"2024-01-31T10:00:00"', '@"P1D"', '@"-PT90M"'),
    *('@"2024-03-31T02:30:00@Europe/Paris"', '@"2024-01-31T10:00:00Z"', '@"2024-10-27T02:30:00+01:00[Europe/Paris]"'),
    *('@"P1Y"', '@"-P18M"', '@"PT0.001S"'),
]
RANGES = [
    *("[1..3]", "(1..3]", "[1..3)", "(1..3)", "[3..5]", "(3..5)", "[2..4]", "[1..5]", "[3..3]", "[4..2]", "2", "3"),
    *('[@"2024-01-01"..@"2024-12-31"]', '@"2024-01-31"', '(@"PT1H"..@"PT3H"]', '@"PT1H"'),
]
# Greater ones keep the reference busy for minutes.
SCALES = ["0", "1", "-1", "2", "5", "-3", "1.9", "40", "-40", "4294967297", "2147483647", "-2147483648", "null"]
POOLS = {
    "scales": SCALES,
    "numbers": NUMBERS,
    "texts": TEXTS,
    "lists": LISTS,
    "contexts": CONTEXTS,
    "times": TIMES,
    "ranges": RANGES,
}

NOT_COMPARED = {
    "now": "reads the clock",
    "today": "reads the clock",
    "random number": "is random",
    "uuid": "is random",
    "from base64": "is not there in this version of the reference",
}


def likely(parameter: str) -> list[str]:
    """Give the values that make sense for a parameter of this name."""
    pools = {
        "texts": "string match input pattern replacement flags delimiter prefix suffix json from mode time key cause",
        "scales": "scale scala",
        "numbers": "n number dividend divisor position size start length year month day hour minute second",
        "lists": "list lists items entries contexts keys",
        "contexts": "context m contexts",
        "times": "date time from to offset n",
        "ranges": "range range1 range2 point point1 point2",
    }
    names = [pool for pool, parameters in pools.items() if parameter.split()[0] in parameters.split()]
    return [value for name in names for value in POOLS[name]]


def expressions() -> Iterator[str]:
    """Give calls of every signature: any types for one or two arguments, likely values for all."""
    for name, signatures in FUNCTIONS.items():
        if name in NOT_COMPARED:
            continue
        for function in signatures:
            pools = [likely(parameter) or ANY for parameter in function.parameters]
            while (count := _product(pools)) > 1_500:
                largest = max(range(len(pools)), key=lambda i: len(pools[i]))
                step = 2 if count < 10_000 else 3
                pools[largest] = pools[largest][::step]
            grids = [pools]
            if len(pools) <= 2:
                grids.append([ANY] * len(pools))
            if function.variadic:
                grids += [[*pools[:-1], ANY[:10], ANY[3:12]], [*pools[:-1], NUMBERS[:6], NUMBERS[:6], NUMBERS[5:12]]]
            for grid in grids:
                for arguments in itertools.product(*grid):
                    yield f"{name}({', '.join(arguments)})"
            by_name = [f"{p}: {(likely(p) or ANY)[2]}" for p in function.parameters]
            for size in range(1, len(by_name) + 1):
                for chosen in itertools.combinations(by_name, size):
                    yield f"{name}({', '.join(chosen)})"


def _product(pools: list[list[str]]) -> int:
    count = 1
    for pool in pools:
        count *= len(pool)
    return count


def ask_reference(questions: list[str]) -> list[dict[str, Any]]:
    """Let the reference evaluate expressions."""
    command = shlex.split(os.environ["CONNECTORY_FEEL_ORACLE"])
    lines = "".join(json.dumps({"expression": question}) + "\n" for question in questions)
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line, parse_float=Decimal) for line in done.stdout.decode().splitlines()]


def java(value: object) -> object:
    """Write a value as the reference's answers show it."""
    if isinstance(value, list):
        return [java(item) for item in value]
    if isinstance(value, dict):
        return {key: java(item) for key, item in value.items() if not isinstance(item, feel.Function)}
    if isinstance(value, feel.Function):
        return {"@type": "ValFunction", "@value": f"function({', '.join(value.parameters)})"}
    types = {
        temporal.Date: "LocalDate",
        temporal.LocalTime: "LocalTime",
        temporal.ZonedTime: "OffsetTime",
        temporal.LocalDateTime: "LocalDateTime",
        temporal.ZonedDateTime: "ZonedDateTime",
        temporal.DaysTimeDuration: "Duration",
        temporal.YearsMonthsDuration: "Period",
    }
    if type(value) in types:
        return {"@type": types[type(value)], "@value": value.iso()}  # type: ignore[attr-defined]
    return value


def alike(ours: object, theirs: object) -> bool:
    """Say whether two values are the same, numbers as far as doubles tell."""
    if isinstance(ours, bool) or isinstance(theirs, bool) or ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, int | Decimal):
        if theirs == "Infinity":
            return Decimal(ours).adjusted() >= 308
        return isinstance(theirs, int | Decimal) and (ours == theirs or float(ours) == float(theirs))
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if "@type" in ours:
            return ours["@type"] == theirs.get("@type") and _short(ours["@value"]) == _short(theirs["@value"])
        return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
    # Half of a character that needs two UTF-16 units cannot be sent; the reference's output has a question mark.
    return isinstance(ours, str) and ours.encode("utf-8", "replace").decode() == theirs


def expected_to_differ(question: str, answer: dict[str, Any]) -> bool:
    """Say whether a difference is known and meant."""
    if "no value mapper found" in answer.get("error", ""):
        return True  # a range as the result: the reference cannot hand it out, we can
    if question.startswith(("split(", "extract(")) and "😀" in question and '""' in question:
        return True  # an empty pattern matches within a character of two UTF-16 units, in Java
    # The reference takes contexts that an expression makes for different ones, whatever they contain.
    return question.startswith("list contains(") and "{" in question


def _short(text: str) -> str:
    """Leave out what Java's own text of a time leaves out: seconds and fractions of zero."""
    import re

    text = re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", text)
    return re.sub(r"(T?\d\d:\d\d):00(?=$|Z|[+-])", r"\1", text) if not text.startswith("P") else text


def difference(question: str, answer: dict[str, Any]) -> str | None:
    """Say how our answer differs; None if it does not."""
    try:
        result = feel.compile(question).run()
    except feel.FeelSyntaxError as error:
        return None if "parseError" in answer else f"syntax: {error}"
    except feel.FeelError as error:
        return None if "error" in answer else f"failed: {error}; reference: {answer}"
    if "result" not in answer:
        return f"{result.value!r}; reference: {answer}"
    if not alike(java(result.value), answer["result"]):
        return f"{result.value!r}; reference: {answer['result']}"
    warnings = [repr(warning) for warning in result.warnings]
    return None if warnings == answer.get("warnings", []) else f"{warnings}; reference: {answer.get('warnings')}"


def test_built_ins_give_what_the_reference_gives() -> None:
    questions = list(dict.fromkeys(expressions()))

    answers = ask_reference(questions)

    differences = [
        f"{question} => {found}"
        for question, answer in zip(questions, answers, strict=True)
        if (found := difference(question, answer)) is not None and not expected_to_differ(question, answer)
    ]
    assert not differences, f"{len(differences)} of {len(questions)} differ:\n" + "\n".join(differences[:50])
