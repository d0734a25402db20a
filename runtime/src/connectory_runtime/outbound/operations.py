"""Which operation a job asks for, and the data that its request is bound to."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectory_runtime.outbound.headers import LINKED, OPERATION, present
from connectory_sdk import Connector, ConnectorInputError, Operation, Property
from connectory_sdk.linked import LinkedResource


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
    """Return the variables, and the task headers and linked resources where the model reads some.

    Raises:
        ConnectorInputError: The header that lists linked resources is no such list.
    """
    names, links = header_names(model), link_names(model)
    if not names and not links:
        return variables
    found = {name: headers[name] for name in names if name in headers}
    return {**variables, **found, **(linked(headers, links) if links else {})}


@cache
def header_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are bound to task headers."""
    return names_of(
        model, lambda field: any(isinstance(fact, Property) and fact.binding == "header" for fact in field.metadata)
    )


@cache
def link_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are linked resources."""
    return names_of(model, lambda field: LinkedResource in (field.annotation, *get_args(field.annotation)))


def names_of(model: type[BaseModel], wanted: Callable[[FieldInfo], bool]) -> tuple[str, ...]:
    """Return the fields of a model that are wanted, by the name of their variable."""
    return tuple(field.alias or name for name, field in model.model_fields.items() if wanted(field))


def linked(headers: Mapping[str, str], links: tuple[str, ...]) -> dict[str, Any]:
    """Return the linked resources of a job by the name of their link; a variable of this name does not count.

    Raises:
        ConnectorInputError: The header is no list of them.
    """
    try:
        listed = {one["linkName"]: one for one in json.loads(headers.get(LINKED, "[]"))}
    except (ValueError, TypeError, KeyError):
        raise ConnectorInputError(f"task header '{LINKED}' is no list of linked resources") from None
    return {link: listed.get(link) for link in links}
