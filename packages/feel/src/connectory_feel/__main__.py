"""FEEL on the command line, without Camunda: `python -m connectory_feel`."""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path

from connectory_feel.errors import FeelError
from connectory_feel.expression import compile  # noqa: A004 - as in `re`
from connectory_feel.json_values import from_tagged, to_json, write_json
from connectory_feel.lines import run_lines


def main(arguments: list[str] | None = None) -> int:
    """Evaluate one expression, or JSON lines; 0 if there is a result, 1 if not, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m connectory_feel", description="Evaluate FEEL expressions.")
    parser.add_argument("expression", nargs="?")
    parser.add_argument("--context", metavar="JSON|@FILE", default="{}", help="the variables, as a JSON object")
    parser.add_argument("--unary", action="store_true", help='read unary tests; the variable "cellInput" is tested')
    parser.add_argument("--lines", action="store_true", help="read JSON lines, write JSON lines")
    options = parser.parse_args(arguments)
    if options.lines:
        run_lines(sys.stdin, sys.stdout)
        return 0
    if options.expression is None:
        parser.error("an expression is needed, or --lines")
    try:
        context = _context(options.context)
    except (OSError, ValueError) as error:
        parser.error(f"--context is no JSON object: {error}")
    try:
        result = compile(options.expression, unary=options.unary).run(context)
        print(write_json(to_json(result.value)))  # noqa: T201 - this is the command line
    except FeelError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    for warning in result.warnings:
        print(warning, file=sys.stderr)  # noqa: T201
    return 0


def _context(text: str) -> dict[str, object]:
    if text.startswith("@"):
        text = Path(text[1:]).read_text("utf-8")
    context = from_tagged(json.loads(text, parse_float=Decimal))
    if not isinstance(context, dict):
        msg = f"found {type(context).__name__}"
        raise ValueError(msg)
    return context


if __name__ == "__main__":
    raise SystemExit(main())
