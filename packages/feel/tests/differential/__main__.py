"""Compare with feel-scala on random expressions.

CONNECTORY_FEEL_ORACLE=path/to/feel-oracle python packages/feel/tests/differential --count 50000 --seed 1
"""

# ruff: noqa: T201 - these are commands

import argparse
import itertools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from expressions import Expressions
from reference import agree, ask, ours


def main() -> int:
    """Print the differences and the shares that agree."""
    parser = argparse.ArgumentParser(prog="differential", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="differences to print")
    parser.add_argument("--texts", action="store_true", help="print differences in the texts of warnings, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the figures alone")
    options = parser.parse_args()
    source = Expressions(options.seed)
    questions = [source.question() for _ in range(options.count)]
    values = types = texts = shown = 0
    for question, theirs in zip(questions, itertools.chain(ask(questions)), strict=True):
        try:
            mine = ours(question)
        except Exception as error:  # no exception but FeelError may come out
            mine = "crash", repr(error), []
        value, type_, text = agree(theirs, mine)
        values, types, texts = values + value, types + type_, texts + text
        if not (value and type_ and (text or not options.texts)) and shown < options.show and not options.json:
            shown += 1
            print(
                "VALUE" if not value else "TYPES" if not type_ else "TEXTS",
                json.dumps(question["expression"], ensure_ascii=False),
            )
            if question.get("unary"):
                print("   unary", json.dumps(question["context"]["cellInput"]))
            print("   theirs", theirs, "\n   ours  ", mine)
    figures = {"count": len(questions), "values": values, "types": types, "texts": texts}
    if options.json:
        print(json.dumps(figures))
    else:
        for name in ("values", "types", "texts"):
            print(f"{name}: {figures[name]} of {len(questions)} agree, {figures[name] / len(questions):.2%}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
