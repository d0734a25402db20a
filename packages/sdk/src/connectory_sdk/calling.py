"""Call the operations of a connector from a script or a notebook: no runtime, no Camunda."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from pydantic import BaseModel

from connectory_sdk.binding import bind, in_one_line
from connectory_sdk.context import JobContext, State
from connectory_sdk.documents import DocumentReturn, DocumentStore
from connectory_sdk.errors import ConnectorInputError

if TYPE_CHECKING:
    from connectory_sdk.connector import Connector, Operation

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result")


class Calls(Generic[State]):
    """The operations of one connector, which share its state; made by `Connector.open`."""

    def __init__(self, connector: "Connector[State]", state: State, documents: DocumentStore) -> None:
        self.connector = connector
        self.state = state
        self.documents = documents
        self._closed = False

    @overload
    async def __call__(
        self, operation: Callable[[Request, JobContext[State]], Awaitable[Result]], request: Request, /
    ) -> Result: ...

    @overload
    async def __call__(
        self, operation: str, request: BaseModel | Mapping[str, Any] | None = None, /, **inputs: Any
    ) -> Any: ...

    async def __call__(self, operation: Any, request: Any = None, /, **inputs: Any) -> Any:
        """Call an operation and return what it returns; see `Connector.call`."""
        if self._closed:
            raise RuntimeError(f"the calls of '{self.connector.name}' are closed: call inside of 'async with'")
        chosen = find(self.connector, operation)
        if isinstance(request, BaseModel):
            if inputs:
                raise TypeError(f"operation '{chosen.id}': give a request or single inputs, not both")
            if not isinstance(request, chosen.request):
                raise TypeError(
                    f"operation '{chosen.id}' takes a {chosen.request.__name__}, not a {type(request).__name__}"
                )
            bound, given = request, dict(request)
        else:
            given = {**(request or {}), **inputs}
            try:
                bound = await bind(chosen.request, given, say=in_one_line)
            except ConnectorInputError as exc:
                raise ConnectorInputError(f"operation '{chosen.id}' of '{self.connector.name}': {exc}") from None
        key = secrets.token_hex(16)  # nothing remembers it, so no two calls may share what is idempotent
        job = JobContext(
            key=key, type=self.connector.type, variables=given, retries=1, state=self.state, documents=self.documents
        )
        result = await chosen.call(bound, job)
        if isinstance(result, DocumentReturn):
            document = await self.documents.create(result.content, name=result.name, content_type=result.content_type)
            return result.wrap("DOCUMENT", document)
        return result

    def close(self) -> None:
        """Take no more calls."""
        self._closed = True


@asynccontextmanager
async def opened(
    connector: "Connector[State]", environ: Mapping[str, str], documents: DocumentStore
) -> AsyncIterator[Calls[State]]:
    """Enter a connector's lifespan and give its operations."""
    entered = nullcontext() if connector.lifespan is None else connector.lifespan(environ)
    calls: Calls[Any] = Calls(connector, await entered.__aenter__(), documents)
    try:
        yield calls
    finally:
        calls.close()
        # As in a runtime, what a call raises is not raised within the lifespan.
        await entered.__aexit__(None, None, None)


def find(connector: "Connector[State]", wanted: Any) -> "Operation[State]":
    """Return an operation by its id, or by its function.

    Raises:
        ConnectorInputError: There is none.
    """
    for operation in connector.operations.values():
        if operation.call is wanted or operation.id == wanted:
            return operation
    name = getattr(wanted, "__name__", wanted)
    raise ConnectorInputError(
        f"'{connector.name}' has no operation '{name}'; it has {', '.join(connector.operations) or 'none'}"
    )
