"""Incidents: what an element instance waits at when it cannot go on, and trying again."""

from typing import TYPE_CHECKING, Any

from connectory_engine.failure import Failure
from connectory_engine.records import TERMINATED, ElementInstance, Incident, Instance, Job
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


def open_incident(
    w: "World", e: ElementInstance, failure: Failure, *, retry: Any = None, job: Job | None = None
) -> None:
    """Open an incident at an element instance; `retry` is the step that failed."""
    incident = Incident(w.store.next_key(), failure.type, failure.message, e, w.now(), job)
    incident.retry = retry
    e.incident = incident
    e.instance.records.append(incident)
    w.store.incidents[incident.key] = incident
    _count(e.instance, 1)


def drop(w: "World", e: ElementInstance) -> None:
    """End the incident of an element that is terminated."""
    if e.incident is not None:
        _resolved(w, e.incident)


def resolve(w: "World", key: int) -> None:
    """Try again what caused an incident."""
    incident = w.store.incidents.get(key)
    if incident is None or incident.state == "RESOLVED":
        raise rejected(
            "RESOLVE", "NOT_FOUND", f"Expected to resolve incident with key '{key}', but no such incident was found"
        )
    job = incident.job
    if job is not None:
        if incident.type.endswith("NO_RETRIES") and job.retries <= 0:
            raise rejected(
                "RESOLVE",
                "INVALID_STATE",
                f"Expected to resolve incident with key '{key}', but job with key '{job.key}' has no retries left."
                f" Please update the job retries and retry resolving the incident",
            )
        _resolved(w, incident)
        w.jobs.offer(job)
        return
    _resolved(w, incident)
    e = incident.at
    if incident.retry is not None and e.phase < TERMINATED:
        step, argument = incident.retry
        w.processor.push(step, e, argument)


def _resolved(_: "World", incident: Incident) -> None:
    incident.state = "RESOLVED"
    incident.at.incident = None
    _count(incident.at.instance, -1)


def _count(instance: Instance | None, change: int) -> None:
    """Let the callers of an instance know of its incidents, too."""
    while instance is not None:
        instance.incident_count += change
        instance = None if instance.parent is None else instance.parent.instance
