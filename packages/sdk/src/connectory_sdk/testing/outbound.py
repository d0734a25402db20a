"""Operations without a runtime."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from connectory_sdk.binding import bind
from connectory_sdk.connector import Connector
from connectory_sdk.context import JobContext
from connectory_sdk.memory import MemoryDocuments


@asynccontextmanager
async def operations(
    connector: Connector[Any], *, environ: Mapping[str, str] | None = None, documents: MemoryDocuments | None = None
) -> AsyncIterator["Operations"]:
    """Run a connector's operations without a runtime: its lifespan is entered once, as in production.

    Args:
        connector: The connector.
        environ: Environment variables for the lifespan. Default: none.
        documents: Where documents are kept. Default: a new store in memory.
    """
    async with AsyncExitStack() as stack:
        state = await stack.enter_async_context(connector.lifespan(environ or {})) if connector.lifespan else None
        yield Operations(connector, state, documents or MemoryDocuments())


class Operations:
    """Calls the operations of one connector; made by `operations`."""

    def __init__(self, connector: Connector[Any], state: Any, documents: MemoryDocuments) -> None:
        self.connector = connector
        self.state = state
        self.documents = documents

    async def __call__(self, operation: str, variables: Mapping[str, Any], **job: Any) -> Any:
        """Bind variables, call an operation and return what it returns; `job` are members of its `JobContext`."""
        chosen = self.connector.operations[operation]
        facts = {"key": "1", "type": self.connector.type, "variables": variables, **job}
        context: JobContext[Any] = JobContext(state=self.state, documents=self.documents, **facts)
        return await chosen.call(await bind(chosen.request, variables), context)
