"""User tasks of the engine: created, assigned, changed and completed through the API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectory_engine.durations import as_moment, parse_moment
from connectory_engine.execution.jobs import text
from connectory_engine.expressions import Expression, type_name
from connectory_engine.failure import Failure, NotATime
from connectory_engine.model import DateValue, ListValue, UserTaskSpec, Value
from connectory_engine.records import ElementInstance, UserTask
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

_OPEN = ("CREATED",)


class UserTasks:
    """The user tasks of one engine."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def prepare(self, e: ElementInstance, spec: UserTaskSpec) -> dict[str, Any]:
        """Evaluate what a task says of itself, before anything is changed."""
        found = {
            "assignee": None if spec.assignee is None else text(spec.assignee, e) or None,
            "candidate_groups": items(spec.candidate_groups, e),
            "candidate_users": items(spec.candidate_users, e),
            "due": _date(spec.due, e),
            "follow_up": _date(spec.follow_up, e),
            "external_form": None if spec.external_form is None else text(spec.external_form, e),
            "priority": _priority(spec.priority, e),
        }
        if spec.form_id is not None:
            name = text(spec.form_id, e)
            raise Failure(
                "FORM_NOT_FOUND",
                f"Expected to find a form with id '{name}', but no form with this id is found, at least a form with"
                f" this id should be available. To resolve the Incident please deploy a form with the same id",
            )
        return found

    def create(self, e: ElementInstance, prepared: Mapping[str, Any]) -> UserTask:
        """Make a task of what was evaluated."""
        store = self.world.store
        headers = e.element.job.headers if e.element.job is not None else {}
        task = UserTask(store.next_key(), e, self.world.now(), headers, e.element.name, **prepared)
        store.user_tasks[task.key] = task
        e.instance.records.append(task)
        e.job = task
        return task

    def cancel(self, task: UserTask) -> None:
        """End a task whose element is terminated."""
        task.state = "CANCELED"
        task.completed = self.world.now()
        task.at.job = None

    def find(self, key: int, command: str, verb: str) -> UserTask:
        """Give a task that is still open."""
        task = self.world.store.user_tasks.get(key)
        if task is None or task.state not in _OPEN:
            raise rejected(
                command, "NOT_FOUND", f"Expected to {verb} user task with key '{key}', but no such user task was found"
            )
        return task

    def complete(self, task: UserTask, variables: Mapping[str, Any] | None) -> None:
        """Complete a task."""
        task.state = "COMPLETED"
        task.completed = self.world.now()
        e = task.at
        e.job = None
        e.extra = dict(variables) if variables else None
        self.world.processor.push(self.world.processor.complete, e)

    def assign(self, task: UserTask, assignee: str, *, allow_override: bool) -> None:
        """Give a task to somebody."""
        if not allow_override and task.assignee is not None:
            raise rejected(
                "CLAIM",
                "INVALID_STATE",
                f"Expected to claim user task with key '{task.key}', but it has already been assigned",
            )
        task.assignee = assignee

    def update(self, task: UserTask, changes: Mapping[str, Any]) -> None:
        """Change the attributes that are given."""
        for name, value in changes.items():
            match name:
                case "dueDate":
                    task.due = parse_moment(value) if value else None
                case "followUpDate":
                    task.follow_up = parse_moment(value) if value else None
                case "candidateUsers":
                    task.candidate_users = list(value or ())
                case "candidateGroups":
                    task.candidate_groups = list(value or ())
                case "priority":
                    task.priority = 50 if value is None else int(value)


def items(value: ListValue | None, e: ElementInstance) -> list[str]:
    """Give a list that may be an expression."""
    if value is None:
        return []
    return value.value.strings(e) if isinstance(value.value, Expression) else list(value.value)


def _date(value: DateValue | None, e: ElementInstance) -> float | None:
    if value is None:
        return None
    if isinstance(value.value, str):
        return parse_moment(value.value)
    expression = value.value
    found = expression.run(e)
    if found is None:
        return None
    moment = as_moment(found)
    if moment is not None:
        return moment
    if type_name(found) != "STRING":
        raise expression.wrong_type(e, found, "DATE_TIME", "STRING")
    if not found:
        return None
    try:
        return parse_moment(str(found))
    except NotATime:
        message = f"Invalid date-time format '{found}' for expression '{expression.text}'."
        raise Failure("EXTRACT_VALUE_ERROR", message) from None


def date_text(value: DateValue, e: ElementInstance) -> str | None:
    """Give a date as headers show it: without seconds where there are none."""
    moment = _date(value, e)
    if moment is None:
        return None
    at = datetime.fromtimestamp(moment / 1000, UTC)
    kind = "microseconds" if at.microsecond else "seconds" if at.second else "minutes"
    return at.isoformat(timespec=kind).replace("+00:00", "Z")


def _priority(value: Value | None, e: ElementInstance) -> int:
    if value is None:
        return 50
    number = int(value) if isinstance(value, str) else value.integer(e, whole=True)
    if not 0 <= number <= 100:
        raise Failure("EXTRACT_VALUE_ERROR", f"Expected priority to be in the range [0,100] but was '{number}'.")
    return number
