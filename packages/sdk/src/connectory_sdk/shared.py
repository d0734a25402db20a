"""One call for all who want its result: a token, a look-up, a schema."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from connectory_sdk.errors import ConnectorError

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Shared(Generic[Key, Value]):
    """Calls under way, by what they are for; results are the caller's to keep.

    Who gives up waiting takes nothing from the others, and what a call has found out is not lost with the job that made
    it. A call that fails, fails for all who wait; the next who asks makes it again.
    """

    def __init__(self) -> None:
        self.calls: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key, call: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return what a call returns, or the one that is under way for the same key.

        Args:
            key: What it is for.
            call: Makes the call.

        Raises:
            ConnectorError: `close` came first. What the call raises is raised for each who waits.
        """
        task = self.calls.get(key)
        if task is None:
            task = self.calls[key] = asyncio.create_task(call())
            task.add_done_callback(partial(self.ended, key))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # the runtime stops; this job was not cancelled itself
                raise ConnectorError("given up, because the runtime stops") from None
            raise

    def ended(self, key: Key, task: "asyncio.Task[Value]") -> None:
        """Let the next who asks call again; looks at the error, for all who waited may be gone."""
        self.calls.pop(key, None)
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self.calls.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
