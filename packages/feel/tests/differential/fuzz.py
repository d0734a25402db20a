"""Feed FEEL broken, hostile and odd texts and contexts, for a given time.

    python packages/feel/tests/differential/fuzz.py --seconds 1200 --seed 1

Nothing but `FeelError` may come out, each evaluation has to end within seconds, and the memory must stay bounded.
"""

# ruff: noqa: T201 - these are commands

import argparse
import random
import resource
import sys
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from expressions import BUILT_INS, Expressions

import connectory_feel as feel

LIMITS = feel.Limits(steps=200_000, size=200_000, regex_seconds=0.5)
PIECES = [
    *[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "?",
        "@",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        '"',
        "`",
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "\t",
        "\xa0",
        "\x00",
        "😀",
        "�",
    ],
    *[
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "not",
        "between",
        "instance",
        "of",
        "function",
        "null",
        "true",
        "false",
        "item",
    ],
    *[
        "partial",
        "x",
        "y.z",
        "x[1]",
        "x[-1]",
        "1",
        "0",
        "1.5",
        ".5",
        "00",
        "1e9",
        "99999999999999999999999999999999999999",
        "0.1",
        "10**99",
        "1..9",
    ],
    *(name for name, _, _ in BUILT_INS),
    '"a"',
    '"(a+)+$"',
    '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"',
    '"2024-01-01"',
    '"P1D"',
    '@"2024-01-01T00:00:00"',
    "999999999",
    "for i in 1..999999999 return",
    "function(f) f",
    "10 ** 999999999",
]


def odd_value(source: random.Random, depth: int = 0) -> object:
    """Give a value that a host may pass, good or not."""
    plain = [
        None,
        True,
        1,
        -1,
        0.1,
        float("nan"),
        float("inf"),
        10**50,
        Decimal("1E+9000"),
        Decimal("NaN"),
        "",
        "text",
        "\ud800",
    ]
    python = [
        date(2024, 1, 1),
        datetime(2024, 1, 1, 1),
        timedelta(days=-1),
        b"bytes",
        object(),
        {1: 2},
        (1, 2),
        {3},
        int,
    ]
    chance = source.random()
    if chance < 0.6 or depth > 3:
        return source.choice(plain)
    if chance < 0.7:
        return source.choice(python)
    if chance < 0.85:
        return [odd_value(source, depth + 1) for _ in range(source.randrange(4))]
    return {source.choice(["a", "b", "x y", ""]): odd_value(source, depth + 1) for _ in range(source.randrange(4))}


def mutated(text: str, source: random.Random) -> str:
    """Break a text in one or more places."""
    for _ in range(source.choice([0, 1, 1, 2, 3, 8])):
        at, end = sorted((source.randrange(len(text) + 1), source.randrange(len(text) + 1)))
        kind = source.random()
        if kind < 0.3:
            text = text[:at] + source.choice(PIECES) + text[at:]
        elif kind < 0.5:
            text = text[:at] + text[min(end, at + 8) :]
        elif kind < 0.7:
            text = text[:at] + text[at:end] * source.choice([2, 2, 3]) + text[end:]
        elif kind < 0.85:
            text = text[:at] + source.choice(["(", "[", "{a:", "-", "if "]) * source.choice([1, 5, 300]) + text[at:]
        else:
            text = text[:at] + chr(source.choice([source.randrange(128), source.randrange(0x110000)])) + text[at:]
        text = text[:3_000]
    return text


def fuzz(seconds: float, seed: int) -> tuple[int, int, list[str], float]:
    """Run; gives the number of texts and of values, what went wrong, and the longest time that one took."""
    source = random.Random(seed)
    good = Expressions(seed)
    end = time.monotonic() + seconds
    count, values, longest = 0, 0, 0.0
    problems: list[str] = []
    while time.monotonic() < end:
        count += 1
        if source.random() < 0.7:
            text = mutated(str(good.question()["expression"]), source)
        else:
            text = " ".join(source.choice(PIECES) for _ in range(source.randrange(1, 30)))
        context = good.variables() if source.random() < 0.6 else {}
        context |= {
            name: odd_value(source)
            for name in source.sample(["n", "d", "s", "b", "l", "ls", "lc", "c", "m", "x", "y", "cellInput"], 4)
        }
        start = time.monotonic()
        try:
            result = feel.compile(text, unary=source.random() < 0.2, limits=LIMITS).run(context)
            feel.to_json(result.value)
            values += 1
        except feel.FeelError as error:
            str(error)
        except BaseException as error:
            problems.append(f"{error!r} from {text!r} with {context!r}")
        took = time.monotonic() - start
        if took > longest:
            longest = took
        if took > 5:
            problems.append(f"{took:.1f} s for {text!r} with {context!r}")
    return count, values, problems, longest


def main() -> int:
    """Print what went wrong and the figures."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count, values, problems, longest = fuzz(options.seconds, options.seed)
    for problem in problems[:50]:
        print(problem[:1_000])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} texts, {values} with a value, {len(problems)} problems,"
        f" longest {longest:.2f} s, {memory:.0f} MiB at most"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
