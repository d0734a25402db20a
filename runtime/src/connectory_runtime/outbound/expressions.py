"""Result and error expressions: their FEEL context, their evaluation, and what may come out."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import connectory_feel
from connectory_feel import FeelError
from connectory_runtime.documents.created import create_documents
from connectory_runtime.encoding import dumps
from connectory_runtime.feel_functions import FUNCTIONS, DocumentToCreate
from connectory_sdk import ConnectorInputError
from connectory_sdk.documents import DocumentStore

FORBIDDEN = "camunda.function.type"
"""Would make the engine's data call intrinsic functions in a later job."""

INLINE_LIMIT = 1_572_864
"""Bytes of output variables; larger ones belong into documents."""


class ExpressionError(ConnectorInputError):
    """An expression fails, or gives what cannot be used."""


class EvaluationError(ExpressionError):
    """An expression cannot be parsed or evaluated.

    Attributes:
        expression: As the model has it, secrets replaced.
    """

    def __init__(self, message: str, expression: str) -> None:
        super().__init__(message)
        self.expression = expression


def without_sign(text: str) -> str:
    """Return an expression without blanks around it and without one leading ``=``."""
    text = text.strip()
    return text[1:] if text.startswith("=") else text


def context_of(content: Any, **more: Any) -> dict[str, Any]:
    """Return the FEEL context: the content's entries, then ``response``, then more names; later ones win."""
    names = dict(content) if isinstance(content, Mapping) else {}
    names["response"] = content
    names.update(more)
    return names


@lru_cache(maxsize=2_000)
def compiled(text: str) -> connectory_feel.Expression:
    """Return an expression as a model writes it, ready to be evaluated.

    Raises:
        FeelError: It cannot be parsed.
    """
    return connectory_feel.compile(without_sign(text), functions=FUNCTIONS)


def evaluate(text: str, context: Mapping[str, Any], *, what: str) -> Any:
    """Return the value of an expression; documents to create are still orders.

    Raises:
        EvaluationError: It cannot be parsed or evaluated. Never shows the context, which may have secrets.
    """
    try:
        # Without zones but their offsets: so the reference's runtime writes dates with times.
        return connectory_feel.to_json(compiled(text).evaluate(context), zones=False)
    except FeelError as exc:
        reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
        raise EvaluationError(f"Failed to evaluate the {what} '{shortened(text)}'. Reason: {reason}", text) from exc


async def context_result(
    text: str, context: Mapping[str, Any], *, what: str, documents: DocumentStore
) -> dict[str, Any] | None:
    """Return the object that an expression evaluates to, its documents stored; None for null.

    Raises:
        ExpressionError: It evaluates to something else, or to what must not enter the process.
    """
    value = evaluate(text, context, what=what)
    if value is None:
        return None
    if isinstance(value, DocumentToCreate):
        raise ExpressionError(
            f"{what.capitalize()}: put createDocument(...) into an entry: {{document: createDocument(...)}}"
        )
    if not isinstance(value, dict):
        raise ExpressionError(
            f"{what.capitalize()} must return a JSON object, but got {kind(value)}: '{shortened(text)}'"
        )
    result: dict[str, Any] = await create_documents(value, documents) if "createDocument" in text else value
    if FORBIDDEN.encode() in dumps(result):
        raise ExpressionError(f"The {what} '{shortened(text)}' gives the forbidden literal '{FORBIDDEN}'")
    return result


def kind(value: Any) -> str:
    """Return the JSON type of a value in words."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array"


def shortened(text: str) -> str:
    """Return an expression as a message can show it."""
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:200] + "…"


def guard(variables: Mapping[str, Any]) -> None:
    """Check that variables are not too large for the engine.

    Raises:
        ConnectorInputError: They are.
    """
    size = len(dumps(variables))
    if size > INLINE_LIMIT:
        raise ConnectorInputError(
            f"Output variables payload ({size} bytes) exceeds the 1.5 MB inline limit ({INLINE_LIMIT} bytes); "
            "map less with a result expression, or store the content as a document"
        )
