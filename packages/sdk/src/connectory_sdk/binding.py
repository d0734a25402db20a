"""Bind JSON data to a request model, as leniently as Camunda's runtime does.

Pydantic's own conversions come first and are all that a well-formed job costs. Only when they fail, the data is
repaired where Camunda's object mapper would have taken it (one-element list for a scalar, scalar for a list, other
capitals in an enumeration, number for text, blank for an absent number, document for text) and bound again.

What stays wrong becomes one `ConnectorInputError` with the messages that Camunda's runtime gives. Values are never
printed: they may be secrets.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from connectory_sdk.documents import Document
from connectory_sdk.errors import ConnectorInputError
from connectory_sdk.texts import NotBlank

Model = TypeVar("Model", bound=BaseModel)

ROUNDS = 8  # a repair may uncover the next problem one level deeper, not more than a model is deep
ABSENT = object()

CONSTRAINTS = {
    "missing": "must not be {absent}",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "value_error": "{error}",
    "assertion_error": "{error}",
    "string_pattern_mismatch": 'must match "{pattern}"',
    "string_too_long": "size must be at most {max_length}",
    "too_long": "size must be at most {max_length}",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be less than or equal to {le}",
}
"""Error types of pydantic that are violated constraints, worded as bean validation does; the others are bad shapes."""


Say = Callable[[type[BaseModel], Sequence[ErrorDetails], Any], str]


async def bind(model: type[Model], data: Mapping[str, Any], *, say: Say | None = None) -> Model:
    """Return the data as an instance of the model.

    Args:
        model: The model.
        data: The data.
        say: Words what is wrong. Default: as Camunda's runtime does.

    Raises:
        ConnectorInputError: The data does not fit; names each field.
    """
    validate = model.__pydantic_validator__.validate_python  # model_validate, without its own cost
    try:
        return validate(data)  # type: ignore[no-any-return]
    except ValidationError as exc:
        error = exc
    repaired = copy_containers(data)
    for _ in range(ROUNDS):
        changes = [await repair(repaired, detail) for detail in error.errors(include_url=False)]
        if not any(changes):
            break
        try:
            return validate(repaired)  # type: ignore[no-any-return]
        except ValidationError as exc:
            error = exc
    raise ConnectorInputError((say or message)(model, error.errors(include_url=False), data)) from None


def copy_containers(value: Any) -> Any:
    """Return a copy that can be repaired: lists and maps are new, everything else is shared."""
    if isinstance(value, Mapping):
        return {key: copy_containers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_containers(item) for item in value]
    return value


async def repair(data: Any, detail: ErrorDetails) -> bool:
    """Change the data at the place of an error, if the object mapper would have; tell whether anything changed."""
    holder, key = locate(data, detail["loc"])
    if key is None:
        return False
    value = holder[key]
    new = await accepted(value, detail)
    if new is ABSENT:
        del holder[key]
        return True
    if new is value:
        return False
    holder[key] = new
    return True


def locate(data: Any, loc: Sequence[int | str]) -> tuple[Any, Any]:
    """Return the container and key of an error's place; the key is None where there is no value.

    Locations name union members between the keys; whatever is no key on the way is one of those.
    """
    holder: Any = None
    key: Any = None
    current = data
    for part in loc:
        if has(current, part):
            holder, key, current = current, part, current[part]
    return holder, key


def has(container: Any, part: int | str) -> bool:
    """Tell whether a part of a location is a key or index of a container."""
    if isinstance(container, list):
        return isinstance(part, int) and part < len(container)
    return isinstance(container, Mapping) and part in container


async def accepted(value: Any, detail: ErrorDetails) -> Any:
    """Return what the object mapper would have read instead, `ABSENT` for "as if it were not there", or the value."""
    kind = detail["type"]
    if kind in CONSTRAINTS:
        return value
    if value is None:
        return ABSENT
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
        return value[0]
    if kind == "list_type" and value is not None:
        return [value]
    if kind == "string_type" or kind == "secret_type":
        if isinstance(value, Document):
            return base64.b64encode(await value.read()).decode()
        if isinstance(value, bool | int | float):
            return json.dumps(value)
    if kind in {"int_parsing", "float_parsing"} and isinstance(value, str):
        return ABSENT if value.strip() in {"", "null"} else value
    if kind == "bool_parsing" and isinstance(value, str) and value.strip() in {"", "null"}:
        return ABSENT
    if kind in {"int_type", "float_type", "bool_type"} and value is None:
        return ABSENT
    if kind == "int_from_float" and isinstance(value, float):
        return int(value)
    if kind in {"enum", "literal_error"} and isinstance(value, str):
        choices = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
        return next((choice for choice in choices if choice.lower() == value.strip().lower()), value)
    return value


def message(model: type[BaseModel], details: Sequence[ErrorDetails], data: Any) -> str:
    """Return the text for an incident: constraints are only looked at when the shape is right."""
    shape = [detail for detail in details if detail["type"] not in CONSTRAINTS]
    if shape:
        return shape_message(shape[0], data)
    lines = [
        f" - Property: {dotted(detail, data)}: Validation failed. Original message: {violation(model, detail)}"
        for detail in details
    ]
    head = "jakarta.validation.ValidationException: Found constraints violated while validating input: "
    return "\n".join([head, *lines])


def in_one_line(model: type[BaseModel], details: Sequence[ErrorDetails], data: Any) -> str:
    """Return the text for a caller in Python: each field and what is wrong with it."""
    return "; ".join(
        f"{dotted(detail, data) or 'the request'}: "
        + (
            "is missing"
            if detail["type"] == "missing"
            else violation(model, detail)
            if detail["type"] in CONSTRAINTS
            else detail["msg"]
        )
        for detail in details
    )


def shape_message(detail: ErrorDetails, data: Any) -> str:
    """Return the text for a value of the wrong shape."""
    path = ", ".join(members(detail, data))
    context = detail.get("ctx", {})
    text = f"Json object contains an invalid field: {path}"
    if detail["type"] in {"literal_error", "enum"}:
        named = f"`{context['name']}`: " if "name" in context else ""
        return f"{text}. It Must be {named}one of {quoted(context['expected'])}"
    if detail["type"] == "union_tag_invalid":
        return f"{text}. Its {context['discriminator']} must be one of {quoted(context['expected_tags'])}"
    if detail["type"] == "union_tag_not_found":
        return f"{text}. Its {context['discriminator']} is missing"
    if detail["type"] == "is_instance_of" and context["class"] == "Document" and isinstance(detail["input"], list):
        return f"Cant bind a multi element document array to a single document. ({path})"
    expected = SHAPES.get(detail["type"])
    return text + (f". It Must be `{expected}`" if expected else "")


def quoted(choices: str) -> str:
    """Return pydantic's list of choices in the quotes that the other messages have."""
    return ", ".join(f"`{choice}`" for choice in re.findall(r"'([^']*)'", choices))


SHAPES = {
    "int_parsing": "Integer",
    "int_type": "Integer",
    "int_from_float": "Integer",
    "float_parsing": "Double",
    "float_type": "Double",
    "bool_parsing": "boolean",
    "bool_type": "boolean",
    "string_type": "String",
    "dict_type": "Map",
    "list_type": "List",
    "model_type": "Object",
    "model_attributes_type": "Object",
}


def violation(model: type[BaseModel], detail: ErrorDetails) -> str:
    """Return the wording of one violated constraint."""
    context = detail.get("ctx", {})
    if detail["type"] == "string_too_short" and context.get("min_length", 1) > 1:
        return f"size must be at least {context['min_length']}"
    facts = {**context, "error": context.get("error", detail["msg"]), "absent": absent(model, detail["loc"])}
    return CONSTRAINTS[detail["type"]].format_map(facts)


def absent(model: type[BaseModel], loc: Sequence[int | str]) -> str:
    """Return what bean validation calls a field that is not there: a text is empty or blank, all else null."""
    models, word = [model], "null"
    for part in loc:
        fields = [
            field for each in models for name, field in each.model_fields.items() if part in {field.alias or name, name}
        ]
        if fields:
            kinds = [kind for field in fields for kind in inside(field.annotation)]
            models = [kind for kind in kinds if issubclass(kind, BaseModel)]
            facts = [fact for field in fields for fact in field.metadata]
            text = bool(kinds) and all(issubclass(kind, str | SecretStr) for kind in kinds)
            text = text or any(getattr(fact, "min_length", 0) for fact in facts)
            word = "blank" if NotBlank in facts else "empty" if text else "null"
    return word


def inside(annotation: Any) -> list[type]:
    """Return the types that an annotation allows, without literals and parameters."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return [annotation]
    return [kind for part in get_args(annotation) for kind in inside(part)]


def members(detail: ErrorDetails, data: Any) -> list[str]:
    """Return the error's place in the data, without the names of union members."""
    path: list[str] = []
    current = data
    loc = detail["loc"]
    for index, part in enumerate(loc):
        if has(current, part):
            current = current[part]
        elif index < len(loc) - 1 or detail["type"] != "missing":
            continue
        path.append(str(part))
    return path


def dotted(detail: ErrorDetails, data: Any) -> str:
    """Return the error's place as a dotted path."""
    return ".".join(members(detail, data))


__all__ = ["bind", "in_one_line"]
