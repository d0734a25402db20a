"""User tasks: searched, assigned, updated and completed by the API."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import DATE, INTEGER, KEY, PLAIN_KEY, PLAIN_TEXT, TEXT, enumeration, members
from connectory_engine.gateway.problems import invalid, no_such
from connectory_engine.gateway.shapes import (
    Check,
    Field,
    Shape,
    boolean,
    int32,
    list_of,
    mapping,
    moment,
    needed,
    percentage,
    tag,
    text,
)
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.variables import TABLE as VARIABLES
from connectory_engine.gateway.variables import holds_variables, page
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import ElementInstance, UserTask, Variable

STATE = enumeration(
    "CREATING", "CREATED", "ASSIGNING", "UPDATING", "COMPLETING", "COMPLETED", "CANCELING", "CANCELED", "FAILED"
)


def _date(word: str) -> Any:
    """Give the rule of a date that may be empty, which takes the date away."""

    def rule(_name: str, value: str) -> str | None:
        if value == "":
            return None
        try:
            moment(value)
        except ValueError:
            return f"The provided {word} '{value}' cannot be parsed as a date according to RFC 3339, section 5.6."
        return None

    return rule


COMPLETION = Shape({"variables": mapping, "action": text})
ASSIGNMENT = Shape({"assignee": needed(text), "allowOverride": boolean, "action": text})
CHANGESET = Shape(
    {
        "dueDate": Field(text, rule=_date("due date")),
        "followUpDate": Field(text, rule=_date("follow-up date")),
        "candidateUsers": list_of(text),
        "candidateGroups": list_of(text),
        "priority": Field(int32, rule=percentage),
    },
    open_=True,
)
UPDATE = Shape({"changeset": CHANGESET, "action": text})


def _among(get: Callable[["UserTask"], list[str]]) -> Check:
    """Give the check of a filter on a list of names: one of them has to pass."""
    check_members = members()

    def check(value: Any, path: str) -> Callable[["UserTask"], bool]:
        test = check_members(value, path)
        return lambda task: bool(test(get(task)))

    return check


def _has_tags(value: Any, path: str) -> Callable[["UserTask"], bool]:
    wanted = frozenset(list_of(tag, most=10)(value, path))
    return lambda task: wanted.issubset(task.tags)


TABLE = Table(
    column("name", TEXT, lambda t: t.name, "filter sort"),
    column("state", STATE, lambda t: t.state, "filter"),
    column("assignee", TEXT, lambda t: t.assignee, "filter"),
    column("elementId", PLAIN_TEXT, lambda t: t.element_id, "filter"),
    column("candidateGroups", TEXT, lambda t: t.candidate_groups),
    column("candidateUsers", TEXT, lambda t: t.candidate_users),
    column("processDefinitionId", TEXT, lambda t: t.definition.id, "filter"),
    column("creationDate", DATE, lambda t: t.created, "filter sort"),
    column("completionDate", DATE, lambda t: t.completed, "filter sort"),
    column("followUpDate", DATE, lambda t: t.follow_up, "filter sort"),
    column("dueDate", DATE, lambda t: t.due, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter"),
    column("externalFormReference", TEXT, lambda t: t.external_form),
    column("processDefinitionVersion", INTEGER, lambda t: t.definition.version),
    column("customHeaders", TEXT, lambda t: t.headers),
    column("priority", INTEGER, lambda t: t.priority, "filter sort"),
    column("userTaskKey", PLAIN_KEY, lambda t: t.key, "filter"),
    column("elementInstanceKey", PLAIN_KEY, lambda t: t.element_key, "filter"),
    column("processName", TEXT, lambda t: t.definition.name),
    column("processDefinitionKey", KEY, lambda t: t.definition.key, "filter"),
    column("processInstanceKey", KEY, lambda t: t.instance_key, "filter"),
    column("rootProcessInstanceKey", KEY, lambda t: t.root_key),
    column("businessId", TEXT, lambda t: t.business_id, "filter sort"),
    column("formKey", KEY, lambda t: t.form_key),
    column("tags", TEXT, lambda t: t.tags),
    key="userTaskKey",
    extra={
        "candidateGroup": _among(lambda t: t.candidate_groups),
        "candidateUser": _among(lambda t: t.candidate_users),
        "processInstanceVariables": holds_variables(lambda t: t.at.instance.variables),
        "localVariables": holds_variables(lambda t: t.at.variables or {}),
        "tags": _has_tags,
    },
    alternatives=True,
)

NOTHING_TO_DO = (
    'No update data provided. Provide at least an "action" or a non-null value for a supported attribute in the '
    '"changeset".'
)


def _task(gateway: "Gateway", call: Call) -> "UserTask":
    found = gateway.engine.user_task(call.key)
    if found is None:
        raise no_such("User Task", call.key)
    return found


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search user tasks."""
    return answer(TABLE.answer(gateway.engine.user_tasks(call.exact("processInstanceKey")), call.body))


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one user task."""
    return answer(TABLE.item(_task(gateway, call)))


def form(gateway: "Gateway", call: Call) -> Reply:
    """Say that a task has no form: forms are not kept here."""
    _task(gateway, call)
    return NO_CONTENT


def complete(gateway: "Gateway", call: Call) -> Reply:
    """Complete a user task."""
    gateway.engine.complete_user_task(
        call.key, variables=call.body.get("variables"), action=call.body.get("action", "")
    )
    return NO_CONTENT


def assign(gateway: "Gateway", call: Call) -> Reply:
    """Assign a user task."""
    body = call.body
    gateway.engine.assign_user_task(
        call.key,
        assignee=body["assignee"],
        allow_override=body.get("allowOverride", True),
        action=body.get("action", ""),
    )
    return NO_CONTENT


def unassign(gateway: "Gateway", call: Call) -> Reply:
    """Take a user task from its assignee."""
    gateway.engine.unassign_user_task(call.key)
    return NO_CONTENT


def update(gateway: "Gateway", call: Call) -> Reply:
    """Change the dates, the candidates or the priority of a user task; an empty date takes the date away."""
    changes = call.body.get("changeset", {})
    if not changes and "action" not in call.body:
        raise invalid(NOTHING_TO_DO)
    gateway.engine.update_user_task(call.key, changes=changes, action=call.body.get("action", ""))
    return NO_CONTENT


def _seen(gateway: "Gateway", call: Call) -> "Iterator[list[Variable]]":
    """Give the variables that a task sees, scope by scope from the inside; nothing for a task that there is not."""
    task = gateway.engine.user_task(call.key)
    if task is None:
        return
    scopes: dict[int, list[Variable]] = {}
    for variable in gateway.engine.variables(task.instance_key):
        scopes.setdefault(variable.scope_key, []).append(variable)
    at: ElementInstance | None = task.at
    while at is not None:
        yield scopes.get(at.key, [])
        at = at.scope


def variables(gateway: "Gateway", call: Call) -> Reply:
    """Search the variables that a task sees, also those that others hide."""
    return page([variable for scope in _seen(gateway, call) for variable in scope], call)


def effective_variables(gateway: "Gateway", call: Call) -> Reply:
    """Search the variables that a task sees, each name once."""
    found: dict[str, Variable] = {}
    for scope in _seen(gateway, call):
        for variable in scope:
            found.setdefault(variable.name, variable)
    return page(found.values(), call)


_VARIABLES = VARIABLES.narrowed("name")

ROUTES = (
    Route("POST", "/user-tasks/search", search, body=TABLE.query),
    Route("GET", "/user-tasks/{userTaskKey}", get),
    Route("PATCH", "/user-tasks/{userTaskKey}", update, body=UPDATE),
    Route("GET", "/user-tasks/{userTaskKey}/form", form),
    Route("POST", "/user-tasks/{userTaskKey}/completion", complete, body=COMPLETION),
    Route("POST", "/user-tasks/{userTaskKey}/assignment", assign, body=ASSIGNMENT, required=True),
    Route("DELETE", "/user-tasks/{userTaskKey}/assignee", unassign),
    Route("POST", "/user-tasks/{userTaskKey}/variables/search", variables, body=_VARIABLES),
    Route("POST", "/user-tasks/{userTaskKey}/effective-variables/search", effective_variables, body=_VARIABLES),
)
