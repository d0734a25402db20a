"""Jobs: made by elements, handed to workers, given back or ended."""

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectory_engine.execution import incidents
from connectory_engine.execution.schedule import Planned
from connectory_engine.execution.variables import set_local, visible
from connectory_engine.expressions import Expression
from connectory_engine.failure import Failure
from connectory_engine.model import DateValue, JobSpec, ListValue, Value
from connectory_engine.records import ElementInstance, Job
from connectory_engine.rejection import Rejected, rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

# Whether workers may have a job.
AVAILABLE, TAKEN, HELD, GONE = range(4)


class Jobs:
    """All jobs, and for each type those that workers may have, the oldest first."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._available: dict[str, list[tuple[int, Job]]] = {}
        self._deadlines: dict[int, Planned] = {}
        self.listeners: list[Callable[[str], None]] = []

    # --- making

    def create(
        self, e: ElementInstance, spec: JobSpec, *, kind: str = "BPMN_ELEMENT", event: str = "UNSPECIFIED"
    ) -> Job:
        """Make the job of an element instance."""
        prepared = self.prepare(e, spec)
        return self.make(e, prepared, kind=kind, event=event)

    def prepare(self, e: ElementInstance, spec: JobSpec) -> tuple[str, int, Mapping[str, str]]:
        """Evaluate what a job says of itself, before anything is changed."""
        type_ = spec.type if isinstance(spec.type, str) else spec.type.name(e)
        retries = _retries(spec.retries, e)
        headers = spec.headers
        if spec.dynamic_headers:
            headers = dict(headers)
            for name, value in spec.dynamic_headers.items():
                found = header(value, e)
                if found is not None:
                    headers[name] = found
        return type_, retries, headers

    def make(
        self,
        e: ElementInstance,
        prepared: tuple[str, int, Mapping[str, str]],
        *,
        kind: str = "BPMN_ELEMENT",
        event: str = "UNSPECIFIED",
    ) -> Job:
        """Make a job of what was evaluated."""
        type_, retries, headers = prepared
        store = self.world.store
        job = Job(store.next_key(), type_, e, retries, headers, self.world.now(), kind, event)
        store.jobs[job.key] = job
        e.instance.records.append(job)
        e.job = job
        self.offer(job)
        return job

    def offer(self, job: Job) -> None:
        """Let workers have a job."""
        job.status = AVAILABLE
        if job.state in ("FAILED", "ERROR_THROWN", "TIMED_OUT"):
            job.state = "CREATED"
        heapq.heappush(self._available.setdefault(job.type, []), (job.key, job))
        for listener in self.listeners:
            listener(job.type)

    # --- workers

    def has(self, type_: str) -> bool:
        """Whether there may be jobs of a type for workers."""
        return type_ in self._available

    def activate(
        self, type_: str, most: int, timeout: float, worker: str, names: Sequence[str]
    ) -> list[tuple[Job, dict[str, Any]]]:
        """Give jobs to a worker until their deadline."""
        heap = self._available.get(type_)
        if not heap:
            return []
        now = self.world.now()
        taken: list[tuple[Job, dict[str, Any]]] = []
        while heap and len(taken) < most:
            _, job = heapq.heappop(heap)
            if job.status != AVAILABLE:
                continue
            job.status = TAKEN
            job.worker = worker
            self._hold_until(job, now + timeout)
            taken.append((job, visible(job.at, names)))
        if not heap:
            del self._available[type_]
        return taken

    def _hold_until(self, job: Job, due: float) -> None:
        job.deadline = due
        self._release_deadline(job)
        self._deadlines[job.key] = self.world.schedule.at(due, lambda: self._timed_out(job))

    def _release_deadline(self, job: Job) -> None:
        plan = self._deadlines.pop(job.key, None)
        if plan is not None:
            plan.cancel()

    def _timed_out(self, job: Job) -> None:
        self._deadlines.pop(job.key, None)
        if job.status == TAKEN:
            job.updated = self.world.now()
            self.offer(job)

    def find(self, key: int, command: str, verb: str) -> Job:
        """Give a job that a command is for, unless it is gone or failed."""
        job = self.world.store.jobs.get(key)
        if job is None or job.status == GONE:
            raise rejected(command, "NOT_FOUND", f"Expected to {verb} job with key '{key}', but no such job was found")
        if job.state in ("FAILED", "ERROR_THROWN") and command != "UPDATE":
            raise rejected(
                command, "INVALID_STATE", f"Expected to {verb} job with key '{key}', but it is in state '{job.state}'"
            )
        return job

    def end(self, job: Job, state: str) -> None:
        """Take a job out of the world."""
        job.status = GONE
        job.state = state
        job.ended = job.updated = self.world.now()
        self._release_deadline(job)
        if job.at.job is job:
            job.at.job = None

    def fail(self, job: Job, retries: int, message: str, back_off: float, variables: Mapping[str, Any] | None) -> None:
        """Take a job back from its worker."""
        self._release_deadline(job)
        job.retries = retries
        job.error_message = message or None
        job.state = "FAILED"
        job.status = HELD
        job.updated = self.world.now()
        if variables:
            set_local(job.at, variables)
        if retries <= 0:
            types = {
                "EXECUTION_LISTENER": "EXECUTION_LISTENER_NO_RETRIES",
                "AD_HOC_SUB_PROCESS": "AD_HOC_SUB_PROCESS_NO_RETRIES",
            }
            reason = message or "No more retries left."
            failure = Failure(types.get(job.kind, "JOB_NO_RETRIES"), reason)
            incidents.open_incident(self.world, job.at, failure, job=job)
        elif back_off > 0:
            self._deadlines[job.key] = self.world.schedule.at(self.world.now() + back_off, lambda: self._back(job))
        else:
            self.offer(job)

    def _back(self, job: Job) -> None:
        self._deadlines.pop(job.key, None)
        if job.status == HELD:
            self.offer(job)

    def throw(self, job: Job, code: str, message: str, variables: Mapping[str, Any] | None) -> None:
        """End a job with an error, which something catches or which becomes an incident."""
        if job.kind not in ("BPMN_ELEMENT", "AD_HOC_SUB_PROCESS"):
            raise rejected(
                "THROW_ERROR",
                "INVALID_STATE",
                f"Cannot throw BPMN error from {job.kind} job with key '{job.key}', type '{job.type}' and"
                f" processInstanceKey '{job.instance_key}'",
            )
        self._release_deadline(job)
        job.error_code, job.error_message = code, message or None
        job.updated = self.world.now()
        job.state = "ERROR_THROWN"
        job.status = HELD
        at = job.at
        if self.world.events.throw_error(at, code, variables):
            self.end(job, "ERROR_THROWN")
        elif at.incident is not None:
            at.incident.job = job

    def update(self, job: Job, retries: int | None, timeout: float | None) -> None:
        """Change the retries or the deadline."""
        key = job.key
        if retries is not None and retries < 1:
            raise rejected(
                "UPDATE",
                "INVALID_ARGUMENT",
                f"Expected to update retries for job with key '{key}' with a positive amount of retries, but the amount"
                f" given was '{retries}'",
            )
        if timeout is not None and job.status != TAKEN:
            raise rejected(
                "UPDATE",
                "INVALID_ARGUMENT",
                f"Expected to update the timeout of job with key '{key}', but it is not active",
            )
        if retries is not None:
            job.retries = retries
        if timeout is not None:
            self._hold_until(job, self.world.now() + timeout)
        job.updated = self.world.now()

    def cancel(self, e: ElementInstance) -> None:
        """End the job or user task of an element that is terminated."""
        if isinstance(e.job, Job):
            self.end(e.job, "CANCELED")
        elif e.job is not None:
            self.world.user_tasks.cancel(e.job)


def text(value: Value, e: ElementInstance) -> str:
    """Give a text that may be an expression."""
    return value if isinstance(value, str) else value.string(e)


def _retries(value: Value, e: ElementInstance) -> int:
    if isinstance(value, Expression):
        return value.integer(e)
    try:
        return int(value)
    except ValueError:
        message = f"Expected result of the expression '{value}' to be 'NUMBER', but was 'STRING'."
        raise Failure("EXTRACT_VALUE_ERROR", message) from None


def header(value: Value | ListValue | DateValue, e: ElementInstance) -> str | None:
    """Give a header that the model may compute."""
    from connectory_engine.execution.user_tasks import date_text, items

    if isinstance(value, ListValue):
        return json.dumps(items(value, e), separators=(",", ":"))
    if isinstance(value, DateValue):
        return date_text(value, e)
    return text(value, e)


__all__ = ["AVAILABLE", "GONE", "HELD", "TAKEN", "Jobs", "Rejected", "header", "text"]
