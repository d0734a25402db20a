"""``connectory feel``: evaluate expressions."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from connectory_runtime.cli.errors import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("expression", nargs="?", help="the expression, with or without a leading '='")
    parser.add_argument("--context", metavar="JSON|@FILE", default="{}", help="the variables, as a JSON object")
    parser.add_argument("--unary", action="store_true", help='read unary tests; the variable "cellInput" is tested')
    parser.add_argument("--json", action="store_true", help="print one JSON object with result and warnings, or error")
    parser.add_argument("--lines", action="store_true", help="read JSON lines from stdin, write JSON lines to stdout")


def run(options: argparse.Namespace) -> int:
    """Evaluate; 0 with a result, 1 without, 2 for wrong use."""
    if options.lines:
        from connectory_feel.lines import run_lines

        run_lines(sys.stdin, sys.stdout)
        return 0
    if options.expression is None:
        raise CommandError("an expression is needed, or --lines")
    import connectory_feel
    from connectory_feel.json_values import write_json
    from connectory_runtime.feel_functions import PLAIN_FUNCTIONS

    text = options.expression.strip().removeprefix("=")
    try:
        context = read_context(options.context)
        result = connectory_feel.compile(text, unary=options.unary, functions=PLAIN_FUNCTIONS).run(context)
        value = write_json(connectory_feel.to_json(result.value))
    except connectory_feel.FeelError as exc:
        print(json.dumps({"error": str(exc)}) if options.json else exc, file=sys.stdout if options.json else sys.stderr)
        return 1
    if options.json:
        warnings = json.dumps([str(warning) for warning in result.warnings])
        print(f'{{"result": {value}, "warnings": {warnings}}}')
        return 0
    print(value)
    for warning in result.warnings:
        print(warning, file=sys.stderr)
    return 0


def read_context(text: str) -> dict[str, Any]:
    """Return the variables.

    Raises:
        CommandError: They are no JSON object.
    """
    from decimal import Decimal

    from connectory_feel.json_values import from_tagged

    try:
        source = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        value = from_tagged(json.loads(source, parse_float=Decimal))
    except OSError as exc:
        raise CommandError(f"--context: '{text[1:]}' cannot be read: {exc.strerror}") from None
    except ValueError as exc:
        raise CommandError(f"--context is no JSON: {exc}") from None
    if not isinstance(value, dict):
        raise CommandError("--context must be a JSON object, such as '{\"x\": 1}'")
    return value
