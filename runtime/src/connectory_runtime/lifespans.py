"""The state of connectors: entered at the first job, shared by all, left when the runtime stops."""

import asyncio
from collections.abc import Mapping
from typing import Any

from connectory_sdk import Connector


class Lifespan:
    """Holds one connector's state.

    The context manager lives in a task of its own: libraries want to be left in the task in which they were entered.
    """

    def __init__(self, connector: Connector[Any], environ: Mapping[str, str]) -> None:
        self._connector = connector
        self._environ = environ
        self._entered: asyncio.Future[Any] | None = None
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def state(self) -> Any:
        """Return the state; where entering fails, the next call tries again."""
        if self._connector.lifespan is None:
            return None
        if self._entered is None:
            self._entered = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._live(self._entered))
        if self._entered.done():
            return self._entered.result()
        return await asyncio.shield(self._entered)

    async def _live(self, entered: "asyncio.Future[Any]") -> None:
        assert self._connector.lifespan is not None  # noqa: S101 - `state` looked
        try:
            async with self._connector.lifespan(self._environ) as state:
                entered.set_result(state)
                await self._leave.wait()
        except Exception as exc:  # a connector's code may raise anything; its job gets it
            if entered.done():
                raise
            self._entered = None
            entered.set_exception(exc)

    async def close(self) -> None:
        """Leave the context manager."""
        self._leave.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            self._task, self._entered = None, None
            self._leave = asyncio.Event()
