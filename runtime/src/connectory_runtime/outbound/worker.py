"""A worker: fetches the jobs of one type, runs them side by side, delivers the outcomes."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.encoding import loads
from connectory_runtime.outbound.commands import Send, Undelivered, deliver, sender
from connectory_runtime.outbound.job import MARKS, Job, read_job, text_of
from connectory_runtime.outbound.outcome import Failed, Outcome
from connectory_runtime.outbound.running import Held, Running, extender
from connectory_runtime.outbound.services import Services
from connectory_runtime.service.metrics import Metrics
from connectory_runtime.settings.worker import WorkerSettings
from connectory_runtime.tracing import Tracer
from connectory_sdk import Connector

if TYPE_CHECKING:
    from connectory_runtime.outbound.events import JobEvent

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0
LAST_ANSWER = 0.1
"""Seconds for the answer that may be on its way when the worker stops and does not wait for its long poll."""

POLL_SLACK = 0.5
"""Seconds that a poll may end later in the cluster than here."""

REFILL = 0.7
"""Share of the places that may be taken when the next jobs are fetched."""


class Worker:
    """Fetches and runs the jobs of one connector.

    Args:
        client: The cluster.
        connector: The connector.
        type: The job type, which may differ from the connector's own.
        settings: How to fetch and run.
        services: What jobs need.
        metrics: Counts.
        tracer: Makes spans.
        observe: Told about each job.
    """

    def __init__(
        self,
        client: CamundaClient,
        connector: Connector[Any],
        *,
        type: str,
        settings: WorkerSettings,
        services: Services,
        metrics: Metrics,
        tracer: Tracer,
        observe: "Callable[[JobEvent], None] | None" = None,
    ) -> None:
        self.client = client
        self.connector = connector
        self.type = type
        self.settings = settings
        self.services = services
        self.metrics = metrics
        self.tracer = tracer
        self.observe = observe
        self.name = settings.name or connector.name
        self.variables = connector.input_variables if settings.variables is None else settings.variables
        self.send = sender(client)
        self.running = Running(services.extend or extender(client), settings)
        self.undelivered = Undelivered()
        self._stopping = False
        self._asking = False
        self._said = ""
        self._poll_ends = 0.0
        self._polling: list[asyncio.Task[None]] = []
        self._watching: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to fetch jobs."""
        self._polling = [asyncio.create_task(self._poll())]
        self._watching = [asyncio.create_task(self.running.watch())]

    async def stop(self, patience: float) -> None:
        """Fetch no more, let running jobs end, give back those that do not within the patience.

        The long poll ends by itself, too: a gateway gives the next job also to a poll whose connection was closed, and
        that job would be locked for nothing.
        """
        until = time.monotonic() + patience
        self._stopping = True
        if self._polling and self._asking:
            wait = patience if self.settings.finish_poll else min(patience, LAST_ANSWER)
            await asyncio.wait(self._polling, timeout=wait)
        await cancelled(self._polling)
        pending = self.running.tasks()
        if pending:
            _, late = await asyncio.wait(pending, timeout=max(0.0, until - time.monotonic()))
            jobs = [self.running.held_by(task) for task in late]
            await cancelled(late)
            # A poll that was cancelled goes on in the cluster, and the library keeps its connection (pyreqwest 0.15):
            # a job that comes free before its end would be locked for an answer that nobody reads.
            after = timedelta(seconds=max(0.0, self._poll_ends + POLL_SLACK - time.monotonic()))
            await asyncio.gather(*(give_back(held, after) for held in jobs if held is not None))
        await cancelled(self._watching)
        self._polling, self._watching = [], []

    async def handle(self, job: Job, send: Send) -> None:
        """Run a job that somebody else fetched, and tell its outcome; when cancelled, the job is given back.

        Args:
            job: The job.
            send: Tells the outcome.
        """
        if not self._watching:
            self._watching = [asyncio.create_task(self.running.watch())]
        self.metrics.activated(self.type, 1)
        job.text = text_of(job)
        held = self.running.add(job, partial(self._work, job, send), send)
        try:
            await asyncio.shield(held.task)
        except asyncio.CancelledError:
            if not held.task.done():
                await cancelled([held.task])
                await give_back(held)
            raise

    async def _poll(self) -> None:
        settings, running = self.settings, self.running
        pause = FIRST_PAUSE
        while not self._stopping:
            await running.room(REFILL)
            asked = time.monotonic()
            self._poll_ends = asked + settings.request_timeout / 1000
            try:
                count = self._take(await self._ask())
            except (GatewayError, ValueError) as exc:
                self._say(exc)
                await asyncio.sleep(retry_after(exc) + pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            self._said = ""
            if not count and time.monotonic() - asked < settings.poll_interval / 1000:
                # This gateway does not wait, so that somebody must.
                await asyncio.sleep(settings.poll_interval / 1000)

    async def _ask(self) -> bytes | memoryview:
        settings = self.settings
        self._asking = True
        try:
            return await self.client.activate(
                self.type,
                timeout=settings.timeout,
                most=self.running.free,
                worker=self.name,
                request_timeout=settings.request_timeout,
                variables=self.variables,
                tenants=settings.tenants,
                tenant_filter=settings.tenant_filter,
                lease=True,
            )
        finally:
            self._asking = False

    def _say(self, exc: Exception) -> None:
        """Say once why no jobs can be fetched, where it is no outage: of those, the cluster's watcher tells."""
        if isinstance(exc, GatewayError) and exc.transient:
            log.debug("worker '%s' cannot fetch jobs: %s", self.name, exc)
        elif str(exc) != self._said:
            self._said = str(exc)
            log.warning(
                "worker '%s' cannot fetch jobs of %s: %s; check the login, what it may do, and CAMUNDA_TENANT_IDS",
                *(self.name, self.type, exc),
            )

    def _take(self, answer: bytes | memoryview) -> int:
        """Start all jobs of an answer; return how many they are."""
        text = bytes(answer)
        jobs = loads(text)["jobs"]
        if not jobs:
            return 0
        secret, marked = b"secrets" in text, any(mark in text for mark in MARKS)
        for data in jobs:
            job = read_job(data)
            job.marked = marked
            if secret:
                job.text = text_of(job)
            self.running.add(job, partial(self._work, job, self.send), self.send)
        self.metrics.activated(self.type, len(jobs))
        return len(jobs)

    async def _work(self, job: Job, send: Send) -> None:
        # With FEEL, documents and events: at the first job, so that a program which loads connectors waits less.
        from connectory_runtime.outbound.events import JobFinished, JobStarted
        from connectory_runtime.outbound.pipeline import run_job

        if self.observe is not None:
            self.observe(JobStarted(job, self.connector.name))
        started = time.perf_counter()
        outcome: Outcome | None = self.undelivered.take(job)
        if outcome is not None:
            log.info("job %s came again; its call is not repeated, its outcome is told once more", job.key)
        else:
            self.metrics.invoked(self.type, job.headers)
            if self.tracer.enabled:
                outcome = await self.tracer.run(job, self.connector, self.services)
            else:
                outcome = await run_job(job, self.connector, self.services)
        seconds = time.perf_counter() - started
        self.running.called(job, outcome)
        delivery = await deliver(send, job, outcome, until=self.running.lock_ends(job))
        if delivery == "undelivered":
            self.undelivered.keep(job, outcome)
        self.metrics.finished(self.type, job.headers, outcome, delivery, seconds)
        if isinstance(outcome, Failed):
            log_failure(job, outcome)
        elif log.isEnabledFor(logging.DEBUG):
            log.debug("job %s of %s: %s", job.key, self.type, type(outcome).__name__)
        if self.observe is not None:
            self.observe(JobFinished(job, self.connector.name, outcome, seconds, delivery))


async def give_back(held: Held, after: timedelta | None = None) -> None:
    """Let another runtime run a job: it fails without losing a retry.

    Where its call is over, its outcome is told once more instead: the command that was cancelled may have got lost.
    """
    message = "the connector runtime stopped while the call was running"
    outcome = held.outcome or Failed(message=message, retries=held.job.retries, backoff=after or None)
    await deliver(held.send, held.job, outcome, until=time.monotonic() + 5)


def retry_after(exc: Exception) -> float:
    """Return how many seconds the gateway wants to be left alone."""
    return min(exc.retry_after or 0.0, 30.0) if isinstance(exc, GatewayError) else 0.0


def log_failure(job: Job, outcome: Failed) -> None:
    """Say that a job failed; never its variables."""
    if log.isEnabledFor(logging.WARNING):
        message = outcome.message.split(" | Error variables: ", 1)[0]
        log.warning(
            "job %s of %s failed, %d retries left: %s",
            *(job.key, job.type, outcome.retries, " ".join(message.split())[:500]),
            extra={
                "jobKey": job.key,
                "jobType": job.type,
                "elementId": job.element_id,
                "processId": job.process_definition_id,
                "processDefinitionKey": job.process_definition_key,
                "processDefinitionVersion": job.process_definition_version,
                "processInstanceKey": job.process_instance_key,
                "tenantId": job.tenant_id,
            },
        )


async def cancelled(tasks: Any) -> None:
    """Cancel tasks and wait until they have ended."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.gather(*tasks, return_exceptions=True)
