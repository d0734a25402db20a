"""Messages and signals."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.shapes import Shape, int64, mapping, needed, tenant, text
from connectory_engine.gateway.wire import Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

PUBLICATION = Shape(
    {
        "name": needed(text),
        "correlationKey": text,
        "timeToLive": int64,
        "messageId": text,
        "variables": mapping,
        "tenantId": tenant("Publish Message"),
        "businessId": text,
    }
)
CORRELATION = Shape(
    {
        "name": needed(text, name="messageName"),
        "correlationKey": text,
        "variables": mapping,
        "tenantId": tenant("Correlate Message"),
        "businessId": text,
    }
)
SIGNAL = Shape(
    {"signalName": needed(text, empty=True), "variables": mapping, "tenantId": tenant("Broadcast Signal")},
)


def publish(gateway: "Gateway", call: Call) -> Reply:
    """Publish a message; it is buffered as long as it may live."""
    body = call.body
    key = gateway.engine.publish(
        body["name"],
        body.get("correlationKey", ""),
        variables=body.get("variables"),
        time_to_live=max(0, body.get("timeToLive", 0)),
        message_id=body.get("messageId", ""),
    )
    return answer({"tenantId": TENANT, "messageKey": str(key)})


def correlate(gateway: "Gateway", call: Call) -> Reply:
    """Correlate a message now, or not at all."""
    body = call.body
    key, instance = gateway.engine.correlate(
        body["name"], body.get("correlationKey", ""), variables=body.get("variables")
    )
    return answer({"tenantId": TENANT, "messageKey": str(key), "processInstanceKey": str(instance)})


def broadcast(gateway: "Gateway", call: Call) -> Reply:
    """Send a signal to everything that waits for it or starts with it."""
    key = gateway.engine.broadcast(call.body["signalName"], variables=call.body.get("variables"))
    return answer({"tenantId": TENANT, "signalKey": str(key)})


ROUTES = (
    Route("POST", "/messages/publication", publish, body=PUBLICATION, required=True),
    Route("POST", "/messages/correlation", correlate, body=CORRELATION, required=True),
    Route("POST", "/signals/broadcast", broadcast, body=SIGNAL, required=True),
)
