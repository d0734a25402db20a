"""Process definitions: read, searched, their XML, and how many of their instances wait for messages."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import FLAG, PLAIN_INTEGER, PLAIN_KEY, PLAIN_TEXT, TEXT, plain_enumeration
from connectory_engine.gateway.problems import no_such
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import Definition

STATE = plain_enumeration("ACTIVE", "DRAINING", "DELETED")

TABLE = Table(
    column("name", TEXT, lambda d: d.name, "filter sort"),
    column("resourceName", PLAIN_TEXT, lambda d: d.resource_name, "filter sort"),
    column("version", PLAIN_INTEGER, lambda d: d.version, "filter sort"),
    column("versionTag", PLAIN_TEXT, lambda d: d.version_tag, "filter sort"),
    column("processDefinitionId", TEXT, lambda d: d.id, "filter sort"),
    column("tenantId", PLAIN_TEXT, lambda _: TENANT, "filter sort"),
    column("processDefinitionKey", PLAIN_KEY, lambda d: d.key, "filter sort"),
    column("hasStartForm", FLAG, lambda d: d.has_start_form, "filter"),
    column("state", STATE, lambda _: "ACTIVE", "filter"),
    column("isLatestVersion", FLAG, lambda d: d.latest, "filter hidden"),
    key="processDefinitionKey",
)


def _definition(gateway: "Gateway", call: Call) -> "Definition":
    found = gateway.engine.definition(call.key)
    if found is None:
        raise no_such("Process Definition", call.key)
    return found


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search process definitions."""
    return answer(TABLE.answer(gateway.engine.definitions(), call.body))


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one process definition."""
    return answer(TABLE.item(_definition(gateway, call)))


def xml(gateway: "Gateway", call: Call) -> Reply:
    """Give the file from which a process was deployed."""
    return Reply(200, _definition(gateway, call).xml, b"text/xml")


def form(gateway: "Gateway", call: Call) -> Reply:
    """Say that a process starts without a form: forms are not kept here."""
    _definition(gateway, call)
    return NO_CONTENT


ROUTES = (
    Route("POST", "/process-definitions/search", search, body=TABLE.query),
    Route("GET", "/process-definitions/{processDefinitionKey}", get),
    Route("GET", "/process-definitions/{processDefinitionKey}/xml", xml),
    Route("GET", "/process-definitions/{processDefinitionKey}/form", form),
)
