"""Calls that are being answered: no more than so many at a time, none longer than so long.

One look a second finds the calls that take too long: a timer for each call would cost more than reading its headers.
"""

import asyncio
import time
from typing import NoReturn

LOOK = 1.0  # seconds between two looks


class Running:
    """The calls of this moment.

    Args:
        most: How many there may be.
        reading: Seconds that a caller may take to send the body.
        answering: Seconds from the first byte to the answer.
    """

    def __init__(self, most: int, *, reading: float, answering: float) -> None:
        self.most = most
        self.reading = reading
        self.answering = answering
        self.calls: dict[asyncio.Task[None], float] = {}
        self.unread: set[asyncio.Task[None]] = set()
        self._late: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether another call is one too many."""
        return len(self.calls) >= self.most

    def begin(self) -> "asyncio.Task[None]":
        """Take in the call of the current task."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call is answered by a task")
        self.calls[task] = time.monotonic()
        self.unread.add(task)
        return task

    def end(self, task: "asyncio.Task[None]") -> None:
        """Let a call go."""
        del self.calls[task]
        self.unread.discard(task)
        self._late.discard(task)

    def was_late(self, task: "asyncio.Task[None]") -> bool:
        """Tell whether a call was cancelled for taking too long; it may go on then, with an answer."""
        if task not in self._late:
            return False
        task.uncancel()
        return True

    async def watch(self) -> NoReturn:
        """Cancel calls that take too long, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            now = time.monotonic()
            for task, began in self.calls.items():
                limit = self.reading if task in self.unread else self.answering
                if now - began > limit and task not in self._late:
                    self._late.add(task)
                    task.cancel()
