"""What observers of a runtime are told about its jobs."""

from dataclasses import dataclass

from connectory_runtime.outbound.commands import Delivery
from connectory_runtime.outbound.job import Job
from connectory_runtime.outbound.outcome import Outcome


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job was fetched, and its connector is called now."""

    job: Job
    connector: str


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A job's outcome is known, and the engine was told or cannot be.

    Args:
        job: The job.
        connector: Name of the connector.
        outcome: What became of it; its `operation` and `response` say what was done.
        seconds: How long the call took.
        delivery: Whether the engine took the outcome.
    """

    job: Job
    connector: str
    outcome: Outcome
    seconds: float
    delivery: Delivery


JobEvent = JobStarted | JobFinished
