"""Tell the engine the outcome of a job, and keep at it while that may help."""

import asyncio
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.encoding import dumps
from connectory_runtime.outbound.job import Job
from connectory_runtime.outbound.outcome import Completed, Failed, Outcome

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0
GONE = (404, 409)
LOGIN = (401, 403)
REMEMBERED = 2_000

Delivery = Literal["accepted", "gone", "refused", "undelivered"]
Send = Callable[[Job, Outcome], Awaitable[None]]
"""Tells the engine an outcome, once. Raises `GatewayError` where it is not taken, `TypeError` where it has no JSON."""


def sender(client: CamundaClient) -> Send:
    """Return what tells outcomes over the REST API."""

    async def send(job: Job, outcome: Outcome) -> None:
        kind, body = command(job, outcome)
        await client.call("POST", f"/jobs/{job.key}/{kind}", body=dumps(body))

    return send


def command(job: Job, outcome: Outcome) -> tuple[Literal["completion", "failure", "error"], dict[str, Any]]:
    """Return which command says an outcome, and its body, in the words of the REST API."""
    kind: Literal["completion", "failure", "error"]
    body: dict[str, Any] = {}
    if isinstance(outcome, Completed):
        kind = "completion"
        body["variables"] = outcome.variables
        if outcome.result is not None:
            body["result"] = outcome.result
    elif isinstance(outcome, Failed):
        kind = "failure"
        body |= {"retries": outcome.retries, "errorMessage": outcome.message, "variables": outcome.variables}
        if outcome.backoff is not None:
            body["retryBackOff"] = milliseconds(outcome.backoff)
    else:
        kind = "error"
        body |= {"errorCode": outcome.code, "variables": outcome.variables}
        if outcome.message is not None:
            body["errorMessage"] = outcome.message
    if job.lease is not None:
        body[job.lease[0]] = job.lease[1]
    return kind, body


def milliseconds(span: timedelta) -> int:
    """Return whole milliseconds, rounded down like Java does, also below zero."""
    return span.days * 86_400_000 + span.seconds * 1000 + span.microseconds // 1000


class Undelivered:
    """Outcomes that the engine could not be told in time.

    When such a job comes again, its call is not repeated: the outcome is told instead.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()

    def keep(self, job: Job, outcome: Outcome) -> None:
        """Remember an outcome; the oldest go when there are too many."""
        self._outcomes[job.key] = outcome
        while len(self._outcomes) > self._most:
            self._outcomes.popitem(last=False)

    def take(self, job: Job) -> Outcome | None:
        """Return the outcome of an earlier activation of a job, and forget it."""
        return self._outcomes.pop(job.key, None) if self._outcomes else None

    def __len__(self) -> int:
        return len(self._outcomes)


async def deliver(send: Send, job: Job, outcome: Outcome, *, until: float) -> Delivery:
    """Tell the engine an outcome, again and again where that may help.

    Args:
        send: Tells it once.
        job: The job.
        outcome: What became of it.
        until: Monotonic time at which the lock ends.
    """
    pause = FIRST_PAUSE
    refused = False
    while True:
        try:
            await send(job, outcome)
            return "refused" if refused else "accepted"
        except GatewayError as exc:
            if exc.status in GONE:
                log.info("job %s is gone, its outcome is dropped: %s", job.key, exc)
                return "gone"
            if not exc.transient and exc.status not in LOGIN:
                if refused:
                    log.error("job %s: the engine refused every outcome: %s", job.key, exc)
                    return "refused"
                log.error("job %s: the engine refused the outcome, an incident tells so: %s", job.key, exc)
                refused = True
                outcome = Failed(message=f"Camunda refused the outcome of the job: {exc}", retries=0)
                continue
            now = time.monotonic()
            if now + pause >= until:
                log.error("job %s: its outcome could not be told until its lock ended: %s", job.key, exc)
                return "undelivered"
            await asyncio.sleep(max(exc.retry_after or 0, pause * random.uniform(0.5, 1)))  # noqa: S311 - no secret
            pause = min(pause * 2, LONGEST_PAUSE)
        except (TypeError, ValueError, RecursionError) as exc:
            if isinstance(outcome, Failed) and not outcome.variables:
                raise  # a text is always JSON: this is something else
            outcome = Failed(message=f"the result cannot be written as JSON: {exc}", retries=0)
