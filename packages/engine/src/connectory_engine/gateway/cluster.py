"""The cluster as clients see it: one broker with one partition, no licence, no users."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

VERSION = "8.8.21"
TENANT = "<default>"


def topology(_gateway: "Gateway", call: Call) -> Reply:
    """Describe the one broker; its address is the one the client called."""
    name, _, port = call.host.partition("://")[2].rpartition(":")
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {
        "nodeId": 0,
        "brokerId": "0",
        "host": name or "127.0.0.1",
        "port": int(port) if port.isdecimal() else 80,
        "partitions": [partition],
        "version": VERSION,
    }
    return answer(
        {
            "brokers": [broker],
            "clusterId": None,
            "clusterSize": 1,
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": VERSION,
            "lastCompletedChangeId": "-1",
        }
    )


def status(_gateway: "Gateway", _call: Call) -> Reply:
    """Say that the partition has a leader."""
    return NO_CONTENT


def licence(_gateway: "Gateway", _call: Call) -> Reply:
    """Say that there is no licence, as an unlicensed gateway does."""
    return answer({"validLicense": False, "licenseType": "unknown", "isCommercial": False, "expiresAt": None})


def me(_gateway: "Gateway", _call: Call) -> Reply:
    """Describe the caller: nobody logs in here, so everybody is the same user and may do everything."""
    return answer(
        {
            "username": "demo",
            "displayName": "Demo",
            "email": "",
            "authorizedComponents": ["*"],
            "tenants": [{"tenantId": TENANT, "name": "Default", "description": ""}],
            "groups": [],
            "roles": ["admin"],
            "salesPlanType": "",
            "c8Links": {},
            "canLogout": False,
        }
    )


ROUTES = (
    Route("GET", "/topology", topology),
    Route("GET", "/status", status),
    Route("GET", "/license", licence),
    Route("GET", "/authentication/me", me),
)
