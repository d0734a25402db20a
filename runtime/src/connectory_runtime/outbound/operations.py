"""Which operation a job asks for, and the data that its request is bound to."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from connectory_runtime.outbound.headers import OPERATION, present
from connectory_sdk import Connector, ConnectorInputError, Operation, Property


def choose(connector: Connector[Any], variables: Mapping[str, Any], headers: Mapping[str, str]) -> Operation[Any]:
    """Return the operation that a job asks for.

    Raises:
        ConnectorInputError: It names none, or one that there is not.
    """
    operations = connector.operations
    if connector.select is not None:
        where, name = f"variable '{connector.select}'", selected(variables, connector.select)
    else:
        where, name = f"task header '{OPERATION}'", present(headers, OPERATION)
        if name is None and len(operations) == 1:
            return next(iter(operations.values()))
    if name is None:
        raise ConnectorInputError(f"Operation ID is missing: set the {where} to one of {', '.join(operations)}")
    operation = operations.get(name) if isinstance(name, str) else None
    if operation is None:
        if connector.select is None and len(operations) == 1:
            return next(iter(operations.values()))
        raise ConnectorInputError(f"Operation not found: {name}. The {where} must be one of {', '.join(operations)}")
    return operation


def selected(variables: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, None where there is none."""
    value: Any = variables
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def with_headers(model: type[BaseModel], variables: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the variables, and the task headers where the model reads some."""
    names = header_names(model)
    return variables if not names else {**variables, **{name: headers[name] for name in names if name in headers}}


@cache
def header_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are bound to task headers."""
    return tuple(
        field.alias or name
        for name, field in model.model_fields.items()
        if any(isinstance(fact, Property) and fact.binding == "header" for fact in field.metadata)
    )
