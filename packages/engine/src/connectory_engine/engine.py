"""The engine: commands in, records out. Synchronous and for one thread; nothing here knows of HTTP.

A command returns when everything that follows from it has happened. One that is not carried out raises `Rejected`.
Time passes in `tick`, which the owner calls when `next_due` has come (`on_due` says when that moment changes).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectory_engine.records import (
    Correlation,
    Definition,
    Deployment,
    ElementInstance,
    Incident,
    Instance,
    Job,
    Subscription,
    UserTask,
    Variable,
)
from connectory_engine.rejection import Rejected

__all__ = ["Engine", "Rejected"]

Variables = Mapping[str, Any]


class Engine:
    """A process engine in memory."""

    # --- time

    def now(self) -> float:
        """Tell the engine's time in milliseconds since 1970."""
        raise NotImplementedError

    def pin_clock(self, timestamp: float) -> None:
        """Set the time and stop the clock; what is due then happens."""
        raise NotImplementedError

    def reset_clock(self) -> None:
        """Let the clock tell the real time again."""
        raise NotImplementedError

    def tick(self) -> None:
        """Let happen what is due: timers, ends of back-offs, time-outs, ends of messages."""
        raise NotImplementedError

    def next_due(self) -> float | None:
        """Tell when `tick` has something to do (milliseconds since 1970); None when nothing is planned or time stands."""
        raise NotImplementedError

    def on_due(self, callback: Callable[[], None]) -> None:
        """Have a callback when `next_due` has become earlier."""
        raise NotImplementedError

    # --- commands

    def deploy(self, resources: Sequence[tuple[str, bytes]]) -> Deployment:
        """Deploy files, given as name and content: all of them or none."""
        raise NotImplementedError

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
        raise NotImplementedError

    def when_ended(self, instance: Instance, callback: Callable[[Instance], None]) -> Callable[[], None]:
        """Have a callback when an instance ends (at once if it has); gives a function that takes it back."""
        raise NotImplementedError

    def cancel_instance(self, key: int) -> None:
        """Terminate an instance."""
        raise NotImplementedError

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
        raise NotImplementedError

    def on_job(self, callback: Callable[[str], None]) -> None:
        """Have a callback with the type of each job that becomes available."""
        raise NotImplementedError

    def complete_job(
        self, key: int, *, variables: Variables | None = None, result: Mapping[str, Any] | None = None
    ) -> None:
        """Complete a job; `result` is that of the API for listeners and ad-hoc sub-processes."""
        raise NotImplementedError

    def fail_job(
        self, key: int, *, retries: int, message: str = "", back_off: float = 0, variables: Variables | None = None
    ) -> None:
        """Give a job back; without retries an incident is raised."""
        raise NotImplementedError

    def throw_error(self, key: int, *, code: str, message: str = "", variables: Variables | None = None) -> None:
        """End a job with a BPMN error."""
        raise NotImplementedError

    def update_job(self, key: int, *, retries: int | None = None, timeout: float | None = None) -> None:
        """Change the retries or the deadline of a job."""
        raise NotImplementedError

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
        raise NotImplementedError

    def correlate(self, name: str, correlation_key: str = "", *, variables: Variables | None = None) -> tuple[int, int]:
        """Correlate a message at once; gives its key and that of the instance."""
        raise NotImplementedError

    def broadcast(self, name: str, *, variables: Variables | None = None) -> int:
        """Send a signal to all that wait for it; gives its key."""
        raise NotImplementedError

    def set_variables(self, scope_key: int, variables: Variables, *, local: bool = False) -> int:
        """Set variables in a scope, or (not local) where they are defined; gives the key of the change."""
        raise NotImplementedError

    def resolve_incident(self, key: int) -> None:
        """Try again what caused an incident."""
        raise NotImplementedError

    def complete_user_task(self, key: int, *, variables: Variables | None = None, action: str = "") -> None:
        """Complete a user task."""
        raise NotImplementedError

    def assign_user_task(self, key: int, *, assignee: str, allow_override: bool = True, action: str = "") -> None:
        """Assign a user task; without `allow_override` only if nobody has it."""
        raise NotImplementedError

    def unassign_user_task(self, key: int) -> None:
        """Take a user task from its assignee."""
        raise NotImplementedError

    def update_user_task(self, key: int, *, changes: Mapping[str, Any], action: str = "") -> None:
        """Change a user task: dueDate, followUpDate, candidateUsers, candidateGroups, priority (None resets)."""
        raise NotImplementedError

    def activate_ad_hoc(
        self, key: int, elements: Sequence[tuple[str, Variables]], *, cancel_remaining: bool = False
    ) -> None:
        """Activate elements of an ad-hoc sub-process, each with local variables."""
        raise NotImplementedError

    def visible_variables(self, scope_key: int) -> dict[str, Any]:
        """Give the variables that a scope sees."""
        raise NotImplementedError

    # --- records

    def definitions(self) -> Iterable[Definition]:
        """Give all deployed processes, in the order of their keys."""
        raise NotImplementedError

    def definition(self, key: int) -> Definition | None:
        """Give a deployed process."""
        raise NotImplementedError

    def instances(self) -> Iterable[Instance]:
        """Give all instances, in the order of their keys."""
        raise NotImplementedError

    def instance(self, key: int) -> Instance | None:
        """Give an instance."""
        raise NotImplementedError

    def children(self, instance_key: int) -> Iterable[Instance]:
        """Give the instances that an instance called."""
        raise NotImplementedError

    def element_instances(self, instance_key: int | None = None) -> Iterable[ElementInstance]:
        """Give the element instances, the processes included, of one instance or of all."""
        raise NotImplementedError

    def element_instance(self, key: int) -> ElementInstance | None:
        """Give an element instance."""
        raise NotImplementedError

    def variables(self, instance_key: int | None = None) -> Iterable[Variable]:
        """Give the variables of all scopes, of one instance or of all."""
        raise NotImplementedError

    def variable(self, key: int) -> Variable | None:
        """Give a variable that a search has shown."""
        raise NotImplementedError

    def incidents(self, instance_key: int | None = None) -> Iterable[Incident]:
        """Give the incidents, also the resolved ones, of one instance or of all."""
        raise NotImplementedError

    def incident(self, key: int) -> Incident | None:
        """Give an incident."""
        raise NotImplementedError

    def jobs(self, instance_key: int | None = None) -> Iterable[Job]:
        """Give the jobs of one instance or of all."""
        raise NotImplementedError

    def user_tasks(self, instance_key: int | None = None) -> Iterable[UserTask]:
        """Give the user tasks of one instance or of all."""
        raise NotImplementedError

    def user_task(self, key: int) -> UserTask | None:
        """Give a user task."""
        raise NotImplementedError

    def subscriptions(self) -> Iterable[Subscription]:
        """Give the message subscriptions, also those that have been used."""
        raise NotImplementedError

    def correlations(self) -> Iterable[Correlation]:
        """Give the messages that reached a subscription."""
        raise NotImplementedError
