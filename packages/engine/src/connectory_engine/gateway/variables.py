"""Variables: read and searched, with their values as JSON texts."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import FLAG, KEY, PLAIN_TEXT, TEXT
from connectory_engine.gateway.problems import no_such
from connectory_engine.gateway.shapes import Check, Shape, list_of, needed, text
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.wire import Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import Variable

LONGEST = 8191

TABLE = Table(
    column("name", TEXT, lambda v: v.name, "filter sort"),
    column("value", TEXT, lambda v: v.text, "filter sort"),
    column("tenantId", PLAIN_TEXT, lambda _: TENANT, "filter sort"),
    column("isTruncated", FLAG, lambda v: len(v.text) > LONGEST, "filter"),
    column("variableKey", KEY, lambda v: v.key, "filter sort"),
    column("scopeKey", KEY, lambda v: v.scope_key, "filter sort"),
    column("processInstanceKey", KEY, lambda v: v.instance_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda v: v.root_key),
    key="variableKey",
)


def holds_variables(variables: Callable[[Any], Mapping[str, Any]]) -> Check:
    """Give the check of a filter on variables: all have to be there, with values (as JSON) that pass."""
    each = list_of(Shape({"name": needed(text), "value": needed(TEXT.condition())}))

    def check(value: Any, path: str) -> Callable[[Any], bool]:
        wanted = each(value, path)

        def test(row: Any) -> bool:
            there = variables(row)
            return all(w["name"] in there and w["value"](orjson.dumps(there[w["name"]]).decode()) for w in wanted)

        return test

    return check


def page(rows: "Iterable[Variable]", call: Call) -> Reply:
    """Give a page of variables; long values are cut unless the caller wants them whole."""
    cut = call.flag("truncateValues", default=True)

    def item(variable: "Variable") -> dict[str, Any]:
        shown = TABLE.item(variable)
        if not cut:
            shown["isTruncated"] = False
        elif shown["isTruncated"]:
            shown["value"] = shown["value"][:LONGEST]
        return shown

    return answer(TABLE.answer(rows, call.body, item))


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search variables of all scopes."""
    return page(gateway.engine.variables(call.exact("processInstanceKey")), call)


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one variable whole."""
    found = gateway.engine.variable(call.key)
    if found is None:
        raise no_such("Variable", call.key)
    shown = TABLE.item(found)
    del shown["isTruncated"]
    return answer(shown)


ROUTES = (
    Route("POST", "/variables/search", search, body=TABLE.query),
    Route("GET", "/variables/{variableKey}", get),
)
