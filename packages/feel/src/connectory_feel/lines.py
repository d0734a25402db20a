"""Expressions as JSON lines, in and out: how other programs and conformance checks drive FEEL.

A line in is `{"expression", "context", "definitions"?: [{"name", "expression"}...], "unary"?: true, "input"?: value}`,
a line out `{"kind": "value", "value", "warnings": [{"type", "message"}...]}` or
`{"kind": "error", "stage": "parse" | "evaluate", "message"}`. Numbers are exact, and values that JSON has no form for
are tagged, both as in `connectory_feel.json_values`.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import TextIO

from connectory_feel.errors import FeelError
from connectory_feel.expression import compile  # noqa: A004 - as in `re`
from connectory_feel.json_values import from_tagged, to_tagged, write_json
from connectory_feel.limits import DEFAULT, Limits
from connectory_feel.values import Value

__all__ = ["answer", "run_lines"]

_INPUT = "cellInput"


def run_lines(lines: Iterable[str], out: TextIO, *, limits: Limits = DEFAULT) -> None:
    """Answer each line with a line; empty lines are passed over."""
    for line in lines:
        if line.strip():
            out.write(answer(line, limits=limits) + "\n")
            out.flush()


def answer(line: str, *, limits: Limits = DEFAULT) -> str:
    """Answer one line."""
    try:
        question = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return _error("parse", f"the line is not JSON: {error}")
    if not isinstance(question, dict) or not isinstance(question.get("expression"), str):
        return _error("parse", 'the line needs a member "expression" with a text')
    try:
        context = _context(question, limits)
        expression = compile(question["expression"], unary=question.get("unary") is True, limits=limits)
    except (FeelError, RecursionError) as error:
        return _error("parse", str(error) or "the line is nested too deep")
    try:
        result = expression.run(context)
        value = write_json(to_tagged(result.value))
    except (FeelError, RecursionError) as error:
        return _error("evaluate", str(error) or "the value is nested too deep")
    warnings = write_json([{"type": warning.type, "message": warning.message} for warning in result.warnings])
    return f'{{"kind": "value", "value": {value}, "warnings": {warnings}}}'


def _context(question: dict[str, Value], limits: Limits) -> dict[str, Value]:
    given = from_tagged(question.get("context"))
    context = dict(given) if isinstance(given, dict) else {}
    if "input" in question:
        context[_INPUT] = from_tagged(question["input"])
    definitions = question.get("definitions")
    for definition in definitions if isinstance(definitions, list) else []:
        # A definition that fails is not there for what follows, as a decision without a result is not.
        try:
            # A copy, because a function keeps the context that it was made in.
            value = compile(str(definition["expression"]), limits=limits).evaluate(dict(context))
        except FeelError:
            continue
        context[str(definition["name"])] = value
    return context


def _error(stage: str, message: str) -> str:
    return write_json({"kind": "error", "stage": stage, "message": message})
