"""The jobs that a worker has in its hands: places, locks, slow calls."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.encoding import dumps
from connectory_runtime.outbound.commands import Send
from connectory_runtime.outbound.headers import JOB_TIMEOUT
from connectory_runtime.outbound.job import Job
from connectory_runtime.outbound.outcome import Failed, Outcome
from connectory_runtime.settings.worker import WorkerSettings

log = logging.getLogger(__name__)

Extend = Callable[[Job, int], Awaitable[None]]
"""Locks a job for so many milliseconds from now. Raises `GatewayError` where the engine does not."""


@dataclass(slots=True)
class Held:
    """A job that was fetched and not yet told.

    Args:
        job: The job.
        task: What runs it.
        send: Tells its outcome.
        since: Monotonic time at which it was fetched.
        lock_ends: Monotonic time at which its lock ends.
        slow: It runs for long and takes no place any more.
        extend: Its lock is extended while its call runs.
        outcome: What the engine is being told of it.
    """

    job: Job
    task: asyncio.Task[None]
    send: Send
    since: float
    lock_ends: float
    slow: bool = False
    extend: bool = True
    outcome: Outcome | None = None

    def precedes(self, job: Job) -> bool:
        """Tell whether the job that came is its next attempt: an engine may give that to a poll before it has
        answered that it took the failure.
        """
        return isinstance(self.outcome, Failed) and job.retries == self.outcome.retries


class Running:
    """Knows the jobs in hand.

    A job takes one of `most` places; when its call is slow, the place is given to another job, so that a slow endpoint
    delays nothing else. While a call runs, its lock is extended, so that nobody else runs the job too.
    """

    def __init__(self, extend: Extend, settings: WorkerSettings) -> None:
        self.extend = extend
        self.settings = settings
        self.held: dict[str, Held] = {}
        self.slow = 0
        self._changed = asyncio.Event()

    @property
    def free(self) -> int:
        """How many jobs may be fetched now."""
        quick = len(self.held) - self.slow
        return max(0, min(self.settings.most - quick, self.settings.most + self.settings.most_slow - len(self.held)))

    async def room(self, share: float) -> None:
        """Wait until no more than a share of the places is taken."""
        most = self.settings.most
        least = max(1, most - int(most * share))
        while self.free < least:
            self._changed.clear()
            await self._changed.wait()

    def add(self, job: Job, work: Callable[[], Coroutine[Any, Any, None]], send: Send) -> Held:
        """Run a job that was fetched, and return it as it is held.

        Where it is in hand already, because its lock had ended meanwhile, its call still runs, so it is not made twice:
        it goes on under the new lock. Where it is the next attempt of one whose failure is being told, it waits for
        that.
        """
        now = time.monotonic()
        held = self.held.get(job.key)
        if held is not None and not held.precedes(job):
            held.lock_ends = now + self.settings.timeout / 1000
            held.job.lease = job.lease
            log.info("job %s was fetched again while its call is running; the call goes on", job.key)
            return held
        task = asyncio.create_task(work() if held is None else after(held.task, work))
        held = Held(job, task, send, now, now + self.settings.timeout / 1000)
        held.extend = self.settings.extend_lock and JOB_TIMEOUT not in job.headers
        self.held[job.key] = held
        task.add_done_callback(lambda done: self._ended(held, done))
        return held

    def _ended(self, held: Held, task: "asyncio.Task[None]") -> None:
        if self.held.get(held.job.key) is held:
            del self.held[held.job.key]
        if held.slow:
            self.slow -= 1
        self._changed.set()
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("job %s: the runtime failed, which is a defect: %r", held.job.key, exc)

    def called(self, job: Job, outcome: Outcome) -> None:
        """Learn that a job's call is over: the lock it has must do for telling the engine its outcome."""
        if (held := self.held.get(job.key)) is not None:
            held.extend = False
            held.outcome = outcome

    def lock_ends(self, job: Job) -> float:
        """Return the monotonic time at which a job's lock ends."""
        held = self.held.get(job.key)
        own = time.monotonic() + self.settings.timeout / 1000 if held is None else held.lock_ends
        if JOB_TIMEOUT in job.headers and job.deadline:
            return time.monotonic() + job.deadline - time.time()
        return own

    def tasks(self) -> list[asyncio.Task[None]]:
        """Return what runs."""
        return [held.task for held in self.held.values()]

    def held_by(self, task: asyncio.Task[None]) -> Held | None:
        """Return the job that a task runs."""
        return next((held for held in self.held.values() if held.task is task), None)

    async def watch(self) -> None:
        """Give the places of slow jobs free, and extend locks at half of their time, until cancelled."""
        slow_after, lock = self.settings.slow_after / 1000, self.settings.timeout / 1000
        tick = max(0.05, min(slow_after / 4, lock / 8))
        while True:
            await asyncio.sleep(tick)
            if not self.held:
                continue
            now = time.monotonic()
            due = []
            for held in self.held.values():
                if not held.slow and now - held.since > slow_after:
                    held.slow = True
                    self.slow += 1
                    self._changed.set()
                if held.extend and held.lock_ends - now < lock / 2:
                    due.append(held)
            if due:
                await asyncio.gather(*(self._extend(held) for held in due[:100]))

    async def _extend(self, held: Held) -> None:
        before = time.monotonic()
        try:
            await self.extend(held.job, self.settings.timeout)
        except GatewayError as exc:
            if not exc.transient:
                held.extend = False
                log.info("job %s: its lock cannot be extended any more: %s", held.job.key, exc)
            return
        held.lock_ends = before + self.settings.timeout / 1000


def extender(client: CamundaClient) -> Extend:
    """Return what extends locks over the REST API."""

    async def extend(job: Job, millis: int) -> None:
        body: dict[str, Any] = {"changeset": {"timeout": millis}}
        if job.lease is not None:
            body[job.lease[0]] = job.lease[1]
        await client.call("PATCH", f"/jobs/{job.key}", body=dumps(body))

    return extend


async def after(task: asyncio.Task[None], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Begin when a task has ended."""
    await asyncio.wait([task])
    await work()
