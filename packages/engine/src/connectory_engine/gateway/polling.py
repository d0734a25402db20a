"""Waiting: requests that wait for jobs, woken one for each job that becomes available, and the engine for its time."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from connectory_engine.engine import Engine

log = logging.getLogger(__name__)

T = TypeVar("T")


class Waiters:
    """The requests that wait, in the order of their arrival, by job type."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, deque[asyncio.Future[bool]]] = defaultdict(deque)
        self._stopped = False

    def wake(self, job_type: str) -> None:
        """Wake the request that has waited longest for jobs of a type."""
        queue = self._queues.get(job_type)
        while queue:
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(True)
                return
        self._queues.pop(job_type, None)

    async def wait(self, job_type: str, take: Callable[[], list[T]], seconds: float) -> list[T]:
        """Wait until there is something to take, or nothing when the time is over.

        A request that goes away after it was woken wakes the next one in its place.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        first = False
        # Something may have come between the caller's own look and the first step of this coroutine.
        if taken := take():
            return taken
        while not self._stopped:
            waiter: asyncio.Future[bool] = loop.create_future()
            queue = self._queues[job_type]
            if first:
                queue.appendleft(waiter)
            else:
                queue.append(waiter)
            timer = loop.call_at(end, _give_up, waiter)
            try:
                woken = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled() and waiter.result():
                    self.wake(job_type)
                raise
            finally:
                timer.cancel()
                if waiter in queue:
                    queue.remove(waiter)
                if not queue and self._queues.get(job_type) is queue:
                    del self._queues[job_type]
            if not woken:
                return []
            if taken := take():
                return taken
            first = True
        return []

    def stop(self) -> None:
        """Send everybody who waits home with nothing, and those who come later."""
        self._stopped = True
        for queue in self._queues.values():
            for waiter in queue:
                _give_up(waiter)
        self._queues.clear()


def _give_up(waiter: asyncio.Future[bool]) -> None:
    if not waiter.done():
        waiter.set_result(False)


class Ticker:
    """Calls the engine when something is due in it."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        engine.on_due(self._plan)
        self._plan()

    def stop(self) -> None:
        """Call the engine no more."""
        self._stopped = True
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self) -> None:
        self._cancel()
        due = None if self._stopped else self._engine.next_due()
        if due is not None:
            # Never less than a millisecond: the clocks of the loop and of the engine are not the same.
            self._timer = self._loop.call_later(max(0.001, (due - self._engine.now()) / 1000), self._tick)

    def _tick(self) -> None:
        try:
            self._engine.tick()
        except Exception:
            log.exception("the engine failed when time passed; this is a defect")
        self._plan()
