"""The contract between the runtime and a connector distribution: three hooks, each returns things.

A distribution names its module in the entry-point group ``connectory.connectors`` and implements one or several.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pluggy

from connectory_sdk.connector import Connector
from connectory_sdk.secrets import SecretProvider

PROJECT = "connectory"
ENTRY_POINT_GROUP = "connectory.connectors"

IntrinsicFunction = Callable[..., Awaitable[Any]]
"""Takes the ``params`` of a call, a positional argument each, documents as `Document`; what has a default may be left
out."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def connectory_connectors() -> list[Connector[Any]]:  # type: ignore[empty-body]
    """Return the connectors of this distribution."""


@hookspec
def connectory_secret_providers() -> list[SecretProvider]:  # type: ignore[empty-body]
    """Return secret providers; they are asked after those of the runtime, in the order of the distributions' names."""


@hookspec
def connectory_intrinsic_functions() -> dict[str, IntrinsicFunction]:  # type: ignore[empty-body]
    """Return functions by name; in a job, ``{"camunda.function.type": NAME, "params": [...]}`` is their result."""
