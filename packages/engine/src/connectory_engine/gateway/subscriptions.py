"""Message subscriptions: what waits for which message, and what has been correlated."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import DATE, INTEGER, KEY, TEXT, TEXT_KEY, enumeration
from connectory_engine.gateway.shapes import Shape
from connectory_engine.gateway.tables import FORWARD_PAGE, Table, column
from connectory_engine.gateway.wire import Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import Definition

STATE = enumeration("CORRELATED", "CREATED", "DELETED", "MIGRATED")
TYPE = enumeration("START_EVENT", "PROCESS_EVENT")

COLUMNS = (
    column("businessId", TEXT, lambda _: None, "filter sort"),
    column("messageSubscriptionKey", KEY, lambda s: s.key, "filter sort"),
    column("processDefinitionId", TEXT, lambda s: s.definition.id, "filter sort"),
    column("processDefinitionKey", KEY, lambda s: s.definition.key, "filter"),
    column("processInstanceKey", KEY, lambda s: s.instance_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda s: s.root_key),
    column("elementId", TEXT, lambda s: s.element_id, "filter sort"),
    column("elementInstanceKey", KEY, lambda s: s.element_key, "filter sort"),
    column("messageSubscriptionState", STATE, lambda s: s.state, "filter sort"),
    column("lastUpdatedDate", DATE, lambda s: s.updated, "filter sort"),
    column("messageName", TEXT, lambda s: s.message_name, "filter sort"),
    column("correlationKey", TEXT, lambda s: s.correlation_key, "filter sort"),
    column("messageSubscriptionType", TYPE, lambda s: s.type, "filter sort"),
    column("toolProperties", TEXT, lambda _: {}),
    column("processDefinitionName", TEXT, lambda s: s.definition.name, "filter sort"),
    column("processDefinitionVersion", INTEGER, lambda s: s.definition.version, "filter sort"),
    column("toolName", TEXT, lambda _: None, "filter sort"),
    column("inboundConnectorType", TEXT, lambda s: s.connector_type, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter sort"),
)
TABLE = Table(*COLUMNS, key="messageSubscriptionKey")
STATISTICS = Table(
    column("processDefinitionId", TEXT, lambda s: s.definition.id),
    column("tenantId", TEXT, lambda _: TENANT),
    column("processDefinitionKey", KEY, lambda s: s.definition.key),
    column("processInstancesWithActiveSubscriptions", INTEGER, lambda s: len(s.instances)),
    column("activeSubscriptions", INTEGER, lambda s: s.count),
    key="processDefinitionKey",
)
STATISTICS_QUERY = Shape({"page": FORWARD_PAGE, "filter": TABLE.filter})
CORRELATED = Table(
    column("businessId", TEXT, lambda _: None, "filter sort"),
    column("correlationKey", TEXT, lambda c: c.correlation_key, "filter sort"),
    column("correlationTime", DATE, lambda c: c.time, "filter sort"),
    column("elementId", TEXT, lambda c: c.element_id, "filter sort"),
    column("elementInstanceKey", KEY, lambda c: c.element_key, "filter sort"),
    column("messageKey", TEXT_KEY, lambda c: c.message_key, "filter sort"),
    column("messageName", TEXT, lambda c: c.message_name, "filter sort"),
    column("partitionId", INTEGER, lambda _: 1, "filter sort"),
    column("processDefinitionId", TEXT, lambda c: c.definition.id, "filter sort"),
    column("processDefinitionKey", KEY, lambda c: c.definition.key, "filter sort"),
    column("processInstanceKey", KEY, lambda c: c.instance_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda c: c.root_key),
    column("subscriptionKey", KEY, lambda c: c.subscription_key, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter sort"),
    key="subscriptionKey",
)


@dataclass(slots=True)
class Statistics:
    """How many subscriptions the instances of one process definition have."""

    definition: "Definition"
    count: int = 0
    instances: set[int] = field(default_factory=set)


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search message subscriptions."""
    return answer(TABLE.answer(gateway.engine.subscriptions(), call.body))


def search_correlated(gateway: "Gateway", call: Call) -> Reply:
    """Search the messages that reached a subscription."""
    return answer(CORRELATED.answer(gateway.engine.correlations(), call.body))


def statistics(gateway: "Gateway", call: Call) -> Reply:
    """Count subscriptions by process definition."""
    wanted = call.body.pop("filter", None)
    counted: dict[int, Statistics] = {}
    for subscription in gateway.engine.subscriptions():
        if wanted is None or wanted(subscription):
            entry = counted.setdefault(subscription.definition.key, Statistics(subscription.definition))
            entry.count += 1
            if subscription.instance_key is not None:
                entry.instances.add(subscription.instance_key)
    return answer(STATISTICS.answer(counted.values(), call.body))


ROUTES = (
    Route("POST", "/message-subscriptions/search", search, body=TABLE.query),
    Route("POST", "/correlated-message-subscriptions/search", search_correlated, body=CORRELATED.query),
    Route("POST", "/process-definitions/statistics/message-subscriptions", statistics, body=STATISTICS_QUERY),
)
