"""Where secrets are in a request, and requests that are wrong."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr


def secret_values(request: Any) -> list[str]:
    """Return the values of all secret fields of a request, however deep."""
    if isinstance(request, SecretStr):
        return [value] if (value := request.get_secret_value()) else []
    if isinstance(request, BaseModel):
        return [value for name in type(request).model_fields for value in secret_values(getattr(request, name))]
    if isinstance(request, Mapping):
        return [value for item in request.values() for value in secret_values(item)]
    if isinstance(request, list | tuple):
        return [value for item in request for value in secret_values(item)]
    return []


def broken(variables: Any) -> Iterator[Any]:
    """Yield the variables once for each value in them, with that value in a shape that nobody expects."""
    if isinstance(variables, Mapping):
        for name, value in variables.items():
            for other in broken(value):
                yield {**variables, name: other}
    elif isinstance(variables, list):
        for index, value in enumerate(variables):
            for other in broken(value):
                yield [*variables[:index], other, *variables[index + 1 :]]
    yield {"unexpected": [variables, variables]}
