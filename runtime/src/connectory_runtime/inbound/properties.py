"""Properties of an element as its connector gets them: nested, secrets replaced, FEEL evaluated where it may be."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from connectory_runtime.secrets import replace
from connectory_sdk import ConnectorInputError, Property, SecretContext, SecretProvider

Evaluate = Callable[[str], Any]


class SecretsUnavailableError(Exception):
    """A secret provider cannot be asked at the moment."""


def nested(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return properties with dotted names as objects in objects.

    Raises:
        ConnectorInputError: A name is both a value and an object, or has an empty part.
    """
    result: dict[str, Any] = {}
    for name, value in properties.items():
        *path, last = name.removesuffix(".").split(".")
        if not last or not all(path):
            raise ConnectorInputError(f"Detected malformed Connector properties: empty part in the name '{name}'")
        holder = result
        for part in path:
            inner = holder.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ConnectorInputError(f"Detected malformed Connector properties: Duplicate key: {part}")
            holder = inner
        if last in holder:
            raise ConnectorInputError(f"Detected malformed Connector properties: Duplicate key: {last}")
        holder[last] = value
    return result


async def with_secrets(
    properties: Mapping[str, Any],
    providers: Sequence[SecretProvider],
    context: SecretContext,
    handed_out: Callable[[str, str], None],
) -> dict[str, Any]:
    """Return nested properties with secrets instead of references to them; `handed_out` learns names and values.

    Raises:
        ConnectorInputError: A secret is unknown.
        SecretsUnavailableError: A provider fails.
    """
    text = json.dumps(properties, ensure_ascii=False)

    async def resolve(name: str) -> str | None:
        for provider in providers:
            try:
                value = await provider.get_secret(name, context)
            except Exception as exc:  # a provider's code may raise anything; its name is kept, its text may be secret
                raise SecretsUnavailableError(
                    f"secret provider {type(provider).__name__} cannot be asked ({type(exc).__name__}); trying again"
                ) from exc
            if value is not None:
                handed_out(name, value)
                return value
        return None

    replaced = await replace(text, resolve)
    return json.loads(replaced)  # type: ignore[no-any-return]  # an object went in


def prepared(
    model: type[BaseModel], data: Mapping[str, Any], evaluate: Evaluate, *, everywhere: bool = False
) -> dict[str, Any]:
    """Return data for a model: FEEL evaluated in the fields that are marked for it, texts read as lists and maps.

    Args:
        model: What the data is for.
        data: Nested properties.
        evaluate: Gives the value of an expression.
        everywhere: All fields are as if they were marked.
    """
    fields = {alias: field for field_name, field in model.model_fields.items() for alias in names(field_name, field)}
    result: dict[str, Any] = {}
    for name, value in data.items():
        field = fields.get(name)
        result[name] = value if field is None else prepared_value(field, value, evaluate, everywhere)
    return result


def names(name: str, field: FieldInfo) -> Iterator[str]:
    """Yield the names under which a field is found."""
    yield name
    if field.alias is not None:
        yield field.alias
    if isinstance(field.validation_alias, str):
        yield field.validation_alias


def prepared_value(field: FieldInfo, value: Any, evaluate: Evaluate, everywhere: bool) -> Any:
    """Return the value for one field."""
    if isinstance(value, Mapping):
        for model in fitting(field.annotation, value):
            value = prepared(model, value, evaluate, everywhere=everywhere)
        return value
    marks = [mark for mark in field.metadata if isinstance(mark, Property)]
    marked = everywhere or any(mark.feel for mark in marks)
    if not isinstance(value, str) or not marked or any(mark.lazy for mark in marks):
        return value
    if value.lstrip().startswith("="):
        return evaluate(value)
    kinds = [kind for kind in outer_types(field.annotation) if isinstance(kind, type)]
    if any(issubclass(kind, str | SecretStr) for kind in kinds):
        return value
    return listed(value) if list in kinds else as_json(value, value)


def fitting(annotation: Any, value: Mapping[str, Any]) -> list[type[BaseModel]]:
    """Return the models of an annotation that the value may be, by their literal fields where they have some."""
    models = [kind for kind in outer_types(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return [model for model in models if len(models) == 1 or tagged(model, value)]


def tagged(model: type[BaseModel], value: Mapping[str, Any]) -> bool:
    """Tell whether the literal fields of a model have the values that are given."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal:
            given = next((value[alias] for alias in names(name, field) if alias in value), None)
            if str(given).lower() not in {str(choice).lower() for choice in get_args(field.annotation)}:
                return False
    return True


def outer_types(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union without their parameters."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from outer_types(get_args(annotation)[0])
    elif origin is Literal:
        yield str
    elif origin is None or (isinstance(origin, type) and issubclass(origin, list | dict | Mapping)):
        yield origin or annotation
    else:
        for part in get_args(annotation):
            yield from outer_types(part)


def listed(text: str) -> Any:
    """Return a list that is written as JSON, or with commas."""
    if text.lstrip().startswith("["):
        return as_json(text, text)
    return [item.strip() for item in text.split(",") if item.strip()]


def as_json(text: str, default: Any) -> Any:
    """Return a JSON text's value; the default where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return default
