"""What the processes of an embedded engine are doing, and what they wait for."""

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectory_engine import Engine
    from connectory_engine.records import ElementInstance, Job


def active(engine: "Engine") -> "Iterator[ElementInstance]":
    """Yield what is active in instances that have not ended."""
    for instance in engine.instances():
        if instance.ended is None:
            for element in engine.element_instances(instance.key):
                if element.ended is None:
                    yield element


def still_going(engine: "Engine", served: Set[str]) -> bool:
    """Tell whether anything will happen without help from outside: a job of a connector, or a timer."""
    for element in active(engine):
        if element.incident is not None:
            continue
        if (job := job_of(element)) is not None and job.type in served:
            return True
        if any(is_timer(wait) for wait in element.waits or ()):
            return True
    return False


def waiting_for(engine: "Engine", served: Set[str]) -> list[dict[str, Any]]:
    """Return what the active elements wait for, with a description for people."""
    found: list[dict[str, Any]] = []
    for element in active(engine):
        if element.incident is None:
            found += [{"elementId": element.element.id, **wait} for wait in waits_of(element, served)]
    return found


def waits_of(element: "ElementInstance", served: Set[str]) -> Iterator[dict[str, Any]]:
    """Yield what one element waits for."""
    from connectory_engine.records import SignalWait, Subscription, UserTask

    if isinstance(element.job, UserTask):
        yield {"type": "userTask", "description": "a user task"}
    elif element.job is not None:
        known = "its connector, still at work" if element.job.type in served else "a worker"
        yield {
            "type": "job",
            "jobType": element.job.type,
            "description": f"{known} (job type '{element.job.type}')",
        }
    for wait in element.waits or ():
        if isinstance(wait, Subscription):
            key = wait.correlation_key
            yield {
                "type": "message",
                "name": wait.message_name,
                "correlationKey": key,
                "description": f"message '{wait.message_name}' with key '{key}': "
                f"--message '{wait.message_name}:{key}={{}}'",
            }
        elif isinstance(wait, SignalWait):
            yield {"type": "signal", "name": wait.name, "description": f"signal '{wait.name}'"}
        elif is_timer(wait):
            yield {"type": "timer", "description": "a timer"}


def job_of(element: "ElementInstance") -> "Job | None":
    """Return the job of an element that a worker does."""
    from connectory_engine.records import Job

    return element.job if isinstance(element.job, Job) else None


def is_timer(wait: object) -> bool:
    """Tell whether something that is waited for comes by itself."""
    from connectory_engine.execution.timers import Timer

    return isinstance(wait, Timer)
