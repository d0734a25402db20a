"""The engine: commands in, records out. Synchronous and for one thread; nothing here knows of HTTP.

A command returns when everything that follows from it has happened, or (of a process that does very much without ever
waiting) a good part of it. One that is not carried out raises `Rejected`. Time passes in `tick`, which the owner calls
when `next_due` has come; `on_due` says when that moment has moved forward.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from connectory_engine.execution import incidents, listeners
from connectory_engine.execution.ad_hoc import AdHocSubProcess
from connectory_engine.execution.instances import check_tags
from connectory_engine.execution.tasks import complete_with
from connectory_engine.execution.variables import propagate, set_local
from connectory_engine.execution.world import World
from connectory_engine.journal import Journal, JournalError
from connectory_engine.queries import Queries
from connectory_engine.records import ACTIVE, COMPLETED, Deployment, Instance, Job
from connectory_engine.rejection import Rejected, rejected
from connectory_engine.surroundings import Surroundings

__all__ = ["Engine", "JournalError", "Rejected"]

Variables = Mapping[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

HISTORY = 10_000


def _command(method: Callable[Concatenate["Engine", P], R]) -> Callable[Concatenate["Engine", P], R]:
    """Make a method a command: it happens at one moment, and the journal keeps it."""
    name = method.__name__

    @wraps(method)
    def run(self: "Engine", *args: P.args, **kwargs: P.kwargs) -> R:
        return self._take(name, method, args, kwargs)

    return cast("Callable[Concatenate[Engine, P], R]", run)


class Engine(Queries):
    """A process engine in memory.

    Args:
        history: how many ended instances are kept for searches; older ones are forgotten.
        data: a file from which the engine goes on where another one ended, and in which it keeps its commands.

    Raises:
        JournalError: the file is of no use.
    """

    def __init__(self, *, history: int = HISTORY, data: Path | str | None = None) -> None:
        self._pinned: float | None = None
        self._moment: float | None = None  # of the command under way
        self._world = World(self.now, history)
        self._due_listeners: list[Callable[[], None]] = []
        self._world.schedule.on_earlier = self._tell_due
        self._journal: Journal | None = None
        journal = None if data is None else Journal(data)
        self._surroundings = Surroundings(None if journal is None else journal.seed)
        if journal is not None:
            self._replay(journal)
            self._journal = journal

    def _replay(self, journal: Journal) -> None:
        """Take the commands of a journal again, each at its time."""
        for moment, name, positional, named in journal.read():
            method = getattr(type(self), name).__wrapped__
            try:
                self._at(moment, method, positional, named)
            except Rejected:
                continue  # as it was then
            except TypeError as exc:
                msg = f"'{journal.path}' does not fit this version of the engine: {exc}. Name another file"
                raise JournalError(msg) from exc

    def close(self) -> None:
        """Let go of the data file."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _take(self, name: str, method: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        if self._moment is not None:  # part of another command
            return method(self, *args, **kwargs)
        moment = self.now()
        if self._journal is not None:
            self._journal.append(moment, name, args, kwargs)
        return self._at(moment, method, args, kwargs)

    def _at(self, moment: float, method: Callable[..., R], args: Sequence[Any], kwargs: Mapping[str, Any]) -> R:
        self._moment = self._surroundings.moment = moment
        try:
            with self._surroundings:
                return method(self, *args, **kwargs)
        finally:
            self._moment = None

    def _tell_due(self) -> None:
        for listener in self._due_listeners:
            listener()

    def _run(self) -> None:
        """Let everything happen that follows from a command."""
        world = self._world
        world.processor.run()
        while world.after:
            callback, instance = world.after.pop(0)
            callback(instance)
        if world.processor.queue:
            self._tell_due()

    # --- time

    def now(self) -> float:
        """Tell the engine's time in milliseconds since 1970."""
        if self._moment is not None:
            return self._moment
        return time.time() * 1000 if self._pinned is None else self._pinned

    @_command
    def pin_clock(self, timestamp: float) -> None:
        """Set the time and stop the clock; what is due then happens."""
        self._pinned = self._moment = self._surroundings.moment = timestamp
        self._pass()

    @_command
    def reset_clock(self) -> None:
        """Let the clock tell the real time again."""
        self._pinned = None
        self._tell_due()

    def tick(self) -> None:
        """Let happen what is due: timers, ends of back-offs, time-outs, ends of messages."""
        due = self.next_due()
        if due is not None and due <= self.now():
            self._tick()

    @_command
    def _tick(self) -> None:
        self._pass()

    def _pass(self) -> None:
        self._run()
        while (action := self._world.schedule.take(self.now())) is not None:
            action()
            self._run()

    def next_due(self) -> float | None:
        """Tell when `tick` has something to do (milliseconds since 1970); None when nothing is planned."""
        if self._world.processor.queue:
            return self.now()
        return None if self._pinned is not None else self._world.schedule.first()

    def on_due(self, callback: Callable[[], None]) -> None:
        """Have a callback when `next_due` has become earlier."""
        self._due_listeners.append(callback)

    # --- commands

    @_command
    def deploy(self, resources: Sequence[tuple[str, bytes]]) -> Deployment:
        """Deploy files, given as name and content: all of them or none."""
        deployment = self._world.deployments.deploy(resources)
        self._run()
        return deployment

    @_command
    def create_instance(
        self,
        process_id: str | None = None,
        *,
        key: int | None = None,
        version: int = -1,
        variables: Variables | None = None,
        start: Sequence[str] = (),
        terminate_after: Sequence[str] = (),
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> Instance:
        """Start an instance of a process, named by id (and version; -1 is the latest) or by key.

        `start` names elements to begin at, `terminate_after` elements behind which the instance is terminated.
        """
        w = self._world
        definition = w.deployments.find(process_id, key, version)
        if not start and definition.process.root.start is None:
            raise rejected(
                "CREATE",
                "INVALID_STATE",
                "Expected to create instance of process with none start event, but there is no such event",
            )
        if tags:
            check_tags(tags)
        starts = w.instances.starts_at(definition, start) if start else None
        if starts:
            w.instances.check_starts(definition, starts, variables or {})
        instance = w.instances.create(
            definition,
            variables or {},
            tags=tags,
            business_id=business_id,
            starts=starts,
            terminate_after=terminate_after,
        )
        self._run()
        return instance

    def when_ended(self, instance: Instance, callback: Callable[[Instance], None]) -> Callable[[], None]:
        """Have a callback when an instance ends (at once if it has); gives a function that takes it back."""
        return self._world.instances.when_ended(instance, callback)

    @_command
    def cancel_instance(self, key: int) -> None:
        """Terminate an instance."""
        self._world.instances.cancel(key)
        self._run()

    def activate_jobs(
        self,
        type: str,
        *,
        most: int,
        timeout: float,
        worker: str = "",
        fetch_variables: Sequence[str] = (),
    ) -> list[tuple[Job, dict[str, Any]]]:
        """Give jobs to a worker for a time, the oldest first, each with the variables that it sees."""
        if not self._world.jobs.has(type):
            return []
        return self._activate_jobs(type, most, timeout, worker, list(fetch_variables))

    @_command
    def _activate_jobs(
        self, type: str, most: int, timeout: float, worker: str, names: Sequence[str]
    ) -> list[tuple[Job, dict[str, Any]]]:
        return self._world.jobs.activate(type, most, timeout, worker, names)

    def on_job(self, callback: Callable[[str], None]) -> None:
        """Have a callback with the type of each job that becomes available."""
        self._world.jobs.listeners.append(callback)

    @_command
    def complete_job(
        self, key: int, *, variables: Variables | None = None, result: Mapping[str, Any] | None = None
    ) -> None:
        """Complete a job; `result` is that of the API for listeners and ad-hoc sub-processes."""
        w = self._world
        job = w.jobs.find(key, "COMPLETE", "complete")
        at = job.at
        if job.kind == "AD_HOC_SUB_PROCESS":
            behaviour = w.processor.behaviours[at.kind]
            assert isinstance(behaviour, AdHocSubProcess)  # noqa: S101 - only there are such jobs
            behaviour.check_result(at, result)
            w.jobs.end(job, "COMPLETED")
            behaviour.job_completed(w, at, variables, result)
        elif job.kind == "EXECUTION_LISTENER":
            w.jobs.end(job, "COMPLETED")
            listeners.completed(w, at, variables)
        else:
            w.jobs.end(job, "COMPLETED")
            complete_with(w, at, variables)
        self._run()

    @_command
    def fail_job(
        self, key: int, *, retries: int, message: str = "", back_off: float = 0, variables: Variables | None = None
    ) -> None:
        """Give a job back; without retries an incident is raised."""
        job = self._world.jobs.find(key, "FAIL", "fail")
        self._world.jobs.fail(job, retries, message, back_off, variables)
        self._run()

    @_command
    def throw_error(self, key: int, *, code: str, message: str = "", variables: Variables | None = None) -> None:
        """End a job with a BPMN error."""
        job = self._world.jobs.find(key, "THROW_ERROR", "throw an error for")
        self._world.jobs.throw(job, code, message, variables)
        self._run()

    @_command
    def update_job(self, key: int, *, retries: int | None = None, timeout: float | None = None) -> None:
        """Change the retries or the deadline of a job."""
        self._world.jobs.update(self._world.jobs.find(key, "UPDATE", "update"), retries, timeout)

    @_command
    def publish(
        self,
        name: str,
        correlation_key: str = "",
        *,
        variables: Variables | None = None,
        time_to_live: float = 0,
        message_id: str = "",
    ) -> int:
        """Publish a message and give its key; it is buffered for its time to live."""
        key = self._world.messages.publish(name, correlation_key, variables or {}, time_to_live, message_id)
        self._run()
        return key

    @_command
    def correlate(self, name: str, correlation_key: str = "", *, variables: Variables | None = None) -> tuple[int, int]:
        """Correlate a message at once; gives its key and that of the instance."""
        keys = self._world.messages.correlate(name, correlation_key, variables or {})
        self._run()
        return keys

    @_command
    def broadcast(self, name: str, *, variables: Variables | None = None) -> int:
        """Send a signal to all that wait for it; gives its key."""
        key = self._world.signals.broadcast(name, variables)
        self._run()
        return key

    @_command
    def set_variables(self, scope_key: int, variables: Variables, *, local: bool = False) -> int:
        """Set variables in a scope, or (not local) where they are defined; gives the key of the change."""
        scope = self._world.store.elements.get(scope_key)
        if scope is None or scope.phase >= COMPLETED:
            raise rejected(
                "UPDATE",
                "NOT_FOUND",
                f"Expected to update variables for element with key '{scope_key}', but no such element was found",
            )
        (set_local if local else propagate)(scope, variables)
        return self._world.store.next_key()

    @_command
    def resolve_incident(self, key: int) -> None:
        """Try again what caused an incident."""
        incidents.resolve(self._world, key)
        self._run()

    @_command
    def complete_user_task(self, key: int, *, variables: Variables | None = None, action: str = "") -> None:
        """Complete a user task."""
        self._world.user_tasks.complete(self._world.user_tasks.find(key, "COMPLETE", "complete"), variables)
        self._run()

    @_command
    def assign_user_task(self, key: int, *, assignee: str, allow_override: bool = True, action: str = "") -> None:
        """Assign a user task; without `allow_override` only if nobody has it."""
        task = self._world.user_tasks.find(
            key, "ASSIGN" if allow_override else "CLAIM", "assign" if allow_override else "claim"
        )
        self._world.user_tasks.assign(task, assignee, allow_override=allow_override)

    @_command
    def unassign_user_task(self, key: int) -> None:
        """Take a user task from its assignee."""
        self._world.user_tasks.find(key, "ASSIGN", "assign").assignee = None

    @_command
    def update_user_task(self, key: int, *, changes: Mapping[str, Any], action: str = "") -> None:
        """Change a user task: dueDate, followUpDate, candidateUsers, candidateGroups, priority (None resets)."""
        self._world.user_tasks.update(self._world.user_tasks.find(key, "UPDATE", "update"), changes)

    @_command
    def activate_ad_hoc(
        self, key: int, elements: Sequence[tuple[str, Variables]], *, cancel_remaining: bool = False
    ) -> None:
        """Activate elements of an ad-hoc sub-process, each with local variables."""
        w = self._world
        e = w.store.elements.get(key)
        behaviour = None if e is None else w.processor.behaviours[e.kind]
        if e is None or e.phase != ACTIVE or not isinstance(behaviour, AdHocSubProcess):
            raise rejected(
                "ACTIVATE",
                "NOT_FOUND",
                f"Expected to activate activities for ad-hoc sub-process but no ad-hoc sub-process instance found with"
                f" key '{key}'.",
            )
        behaviour.check_activation(e, [name for name, _ in elements])
        if cancel_remaining:
            w.processor.terminate_children(e)
        behaviour.start(w, e, elements)
        self._run()
