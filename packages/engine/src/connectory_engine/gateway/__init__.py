"""Camunda's REST API in front of the engine.

`app(engine)` is a plain ASGI application, to be served alone or mounted beside others. A request passes the routing
table, the check that its operation declares (`shapes`), and a handler of a few lines in the module of its resource;
searches are declared as tables of columns (`tables`, `kinds`). What is refused becomes a problem document.
"""

from connectory_engine.engine import Engine
from connectory_engine.gateway import (
    clock,
    cluster,
    definitions,
    deployments,
    documents,
    elements,
    expressions,
    incidents,
    instances,
    jobs,
    messages,
    subscriptions,
    user_tasks,
    variables,
)
from connectory_engine.gateway.application import Gateway

__all__ = ["ROUTES", "Gateway", "app"]

_MODULES = (
    clock,
    cluster,
    definitions,
    deployments,
    documents,
    elements,
    expressions,
    incidents,
    instances,
    jobs,
    messages,
    subscriptions,
    user_tasks,
    variables,
)
ROUTES = tuple(route for module in _MODULES for route in module.ROUTES)


def app(engine: Engine) -> Gateway:
    """Put Camunda's REST API before an engine."""
    return Gateway(engine, ROUTES)
