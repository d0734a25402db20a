"""Evaluation of expressions, as modelers and tests ask for it."""

from typing import TYPE_CHECKING, Any

import connectory_feel as feel
from connectory_engine.expressions import FUNCTIONS
from connectory_engine.gateway.problems import Problem, invalid
from connectory_engine.gateway.shapes import Shape, key, mapping, needed, tenant, text
from connectory_engine.gateway.wire import Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

EVALUATION = Shape(
    {"expression": needed(text), "variables": mapping, "tenantId": tenant("Evaluate Expression"), "scopeKey": key}
)


def evaluate(gateway: "Gateway", call: Call) -> Reply:
    """Evaluate an expression over the variables given and those that a scope sees."""
    written: str = call.body["expression"]
    if not written.startswith("="):
        raise _rejected(f"Expected expression but found static value '{written}'. An expression must start with '='")
    context: dict[str, Any] = {}
    if (scope := call.body.get("scopeKey")) is not None:
        context |= gateway.engine.visible_variables(scope)
    context |= call.body.get("variables", {})
    try:
        result = feel.compile(written[1:], functions=FUNCTIONS).run(context)
        value = feel.to_json(result.value)
    except feel.FeelSyntaxError as wrong:
        raise _rejected(f"Failed to parse expression '{written}': {wrong}") from wrong
    except feel.FeelError as failed:
        raise _rejected(f"Failed to evaluate expression '{written}': {failed}") from failed
    return answer(
        {
            "expression": written,
            "result": value,
            "warnings": [{"message": str(warning)} for warning in result.warnings],
            "referencedSecrets": [],
        }
    )


def _rejected(reason: str) -> Problem:
    return invalid(f"Command 'EVALUATE' rejected with code 'INVALID_ARGUMENT': {reason}")


ROUTES = (Route("POST", "/expression/evaluation", evaluate, body=EVALUATION, required=True),)
