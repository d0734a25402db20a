"""What a job's variables refer to: documents become handles, intrinsic functions their results."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.intrinsic import FUNCTIONS, Function
from connectory_sdk import ConnectorError, ConnectorInputError, Document
from connectory_sdk.documents import DISCRIMINATOR, DocumentStore

FUNCTION = "camunda.function.type"
MOST_CALLS = 10
KINDS = ("camunda", "external", "inline")


class Incoming:
    """Resolves the references of one job's variables.

    Args:
        documents: Where documents are kept.
        functions: Intrinsic functions beside those of Camunda, by name.
    """

    def __init__(self, documents: DocumentStore, functions: Mapping[str, Function] = MappingProxyType({})) -> None:
        self.documents = documents
        self.functions = {**FUNCTIONS, **functions}
        self.calls = 0

    async def resolve(self, value: Any) -> Any:
        """Return a value with all references resolved, innermost first.

        Raises:
            ConnectorInputError: A reference or a call is wrong.
        """
        if isinstance(value, dict):
            if FUNCTION in value:
                return await self.call(value)
            if DISCRIMINATOR in value:
                return self.document(value)
            return {key: await self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self.resolve(item) for item in value]
        return value

    def document(self, reference: Mapping[str, Any]) -> Document:
        """Return the handle of a reference."""
        kind = reference[DISCRIMINATOR]
        if kind not in KINDS:
            raise ConnectorInputError(f"there is no document type '{kind}'; known are {', '.join(KINDS)}")
        if kind == "inline" and reference.get("content") is None:
            raise ConnectorInputError("an inline document needs a 'content' that is not null")
        return Document(reference, self.documents)

    async def call(self, value: Mapping[str, Any]) -> Any:
        """Return the result of an intrinsic function."""
        name = value[FUNCTION]
        function = self.functions.get(name) if isinstance(name, str) else None
        if function is None:
            known = ", ".join(self.functions)
            raise ConnectorInputError(f"there is no intrinsic function '{name}'; known are {known}")
        given = value.get("params")
        given = given if isinstance(given, list) else [] if given is None else [given]
        parameters = [await self.resolve(item) for item in given]
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise ConnectorInputError(f"Intrinsic function limit exceeded: at most {MOST_CALLS} calls in one job")
        with reading_is_input():
            return await function(parameters)


@contextmanager
def reading_is_input() -> Iterator[None]:
    """Make a document that is not there a mistake of the input: it is not there at the next attempt either.

    Raises:
        ConnectorInputError: The store said so while an input was being read.
    """
    try:
        yield
    except ConnectorError as exc:
        if isinstance(exc.__cause__, GatewayError) and not exc.__cause__.transient:
            raise ConnectorInputError(exc.message) from exc
        raise
