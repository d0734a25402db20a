"""Tasks: by workers, by people, by expressions, and those that nothing does."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectory_engine.execution.plain import Plain
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class PassingTask(Plain):
    """A manual or undefined task."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Be done at once, unless a boundary event could not be opened."""
        w.events.open(e, e.element.boundaries)
        w.processor.passes(e)


class JobTask(Plain):
    """A task that a worker does."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Make the job; its result is the trigger that completes the task."""
        job = e.element.job
        if job is None:
            w.processor.passes(e)
            return
        prepared = w.jobs.prepare(e, job)
        w.events.open(e, e.element.boundaries)
        w.processor.activated(e)
        w.jobs.make(e, prepared)


class ScriptTask(JobTask):
    """A script: an expression, or a job."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Evaluate at once what is no job."""
        script = e.element.script
        if script is None:
            super().activate(w, e)
            return
        value = script.json(e, "EXTRACT_VALUE_ERROR")
        w.events.open(e, e.element.boundaries)
        e.extra = {e.element.result_variable: value}
        w.processor.passes(e)


class UserTaskBehaviour(JobTask):
    """A user task: of the engine, or a job."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Make the task for people."""
        spec = e.element.user_task
        if spec is None:
            super().activate(w, e)
            return
        prepared = w.user_tasks.prepare(e, spec)
        w.events.open(e, e.element.boundaries)
        w.processor.activated(e)
        w.user_tasks.create(e, prepared)


def complete_with(w: "World", e: ElementInstance, variables: Mapping[str, object] | None) -> None:
    """Complete a task with the result of its job."""
    e.extra = variables
    w.processor.push(w.processor.complete, e)


__all__ = ["JobTask", "PassingTask", "ScriptTask", "UserTaskBehaviour", "complete_with"]
