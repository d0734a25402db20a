"""The runtime's own endpoints: actuator, connectors, metrics."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from connectory_runtime.service.configurations import validate_configuration
from connectory_runtime.service.meters import described
from connectory_runtime.service.wire import Reply, Request

if TYPE_CHECKING:
    from connectory_runtime.runtime import Runtime

PROMETHEUS = "text/plain;version=0.0.4;charset=utf-8"
LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "OFF": 100}

Answer = Callable[["Runtime", Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a path, and the part of the path that is an argument."""

    answer: Answer
    argument: str | None = None


def find(method: str, path: str) -> Route | None:
    """Return who answers a request; None when nobody does."""
    path = path.rstrip("/") or "/"
    if (answer := EXACT.get((method, path))) is not None:
        return Route(answer)
    for (verb, prefix), answer in PREFIXES.items():
        if verb == method and path.startswith(prefix):
            return Route(answer, path[len(prefix) :])
    return None


def indicators(runtime: "Runtime") -> dict[str, dict[str, Any]]:
    """Return what health is made of."""
    cluster = runtime.cluster
    details: dict[str, Any] = {"numBrokers": cluster.brokers, "anyPartitionHealthy": cluster.healthy_partition}
    if cluster.problem is not None:
        details["problem"] = cluster.problem
    found: dict[str, dict[str, Any]] = {
        "zeebeClient": {"status": "UP" if cluster.up else "DOWN", "details": details},
        "startupCheck": {"status": "UP"},
    }
    for name, check in runtime.health.items():
        up, more = check()
        found[name] = {"status": "UP" if up else "DOWN", "details": more}
    return found


async def health(runtime: "Runtime", request: Request) -> Reply:
    """Answer with everything."""
    return graded(indicators(runtime))


async def liveness(runtime: "Runtime", request: Request) -> Reply:
    """Answer whether the process is alive: an outage of the cluster must not restart it."""
    return Reply(200, {"status": "UP"})


async def readiness(runtime: "Runtime", request: Request) -> Reply:
    """Answer whether the runtime can do its work."""
    found = indicators(runtime)
    found.pop("startupCheck")
    return graded(found)


async def startup(runtime: "Runtime", request: Request) -> Reply:
    """Answer whether the process has started."""
    return Reply(200, {"status": "UP", "components": {"startupCheck": {"status": "UP"}}})


def graded(components: dict[str, dict[str, Any]]) -> Reply:
    """Return a health reply: as bad as its worst component."""
    up = all(component["status"] == "UP" for component in components.values())
    return Reply(200 if up else 503, {"status": "UP" if up else "DOWN", "components": components})


async def prometheus(runtime: "Runtime", request: Request) -> Reply:
    """Answer with all metrics."""
    return Reply(200, runtime.metrics.prometheus().encode(), PROMETHEUS)


async def metrics(runtime: "Runtime", request: Request) -> Reply:
    """Answer with the names of all metrics that have been counted."""
    return Reply(200, {"names": sorted(meter.name for meter in runtime.metrics.meters() if meter.samples)})


async def one_metric(runtime: "Runtime", request: Request) -> Reply:
    """Answer with one metric, of all its labels or of those that the parameters ``tag=NAME:VALUE`` ask for."""
    wanted = []
    for given in parse_qs(request.scope["query_string"].decode("latin-1")).get("tag", []):
        name, colon, value = given.partition(":")
        if not colon:
            return Reply(400, {"status": 400, "error": f"tag '{given}' must have the form NAME:VALUE"})
        wanted.append((name, value))
    meter = next((meter for meter in runtime.metrics.meters() if meter.name == request.argument), None)
    found = None if meter is None else described(meter, tuple(wanted))
    return Reply(404) if found is None else Reply(200, found)


async def loggers(runtime: "Runtime", request: Request) -> Reply:
    """Answer with the levels of all loggers."""
    names = ["ROOT", *sorted(logging.root.manager.loggerDict)]
    return Reply(200, {"levels": list(LEVELS), "loggers": {name: levels_of(name) for name in names}})


async def one_logger(runtime: "Runtime", request: Request) -> Reply:
    """Answer with a logger's level."""
    return Reply(200, levels_of(request.argument or "ROOT"))


async def set_logger(runtime: "Runtime", request: Request) -> Reply:
    """Set a logger's level."""
    data = request.json()
    level = data.get("configuredLevel") if isinstance(data, dict) else None
    if level is not None and str(level).upper() not in LEVELS:
        return Reply(400, {"status": 400, "error": f"'{level}' is none of {', '.join(LEVELS)}"})
    logger(request.argument or "ROOT").setLevel(logging.NOTSET if level is None else LEVELS[str(level).upper()])
    return Reply(204)


def logger(name: str) -> logging.Logger:
    """Return a logger by the name that the actuator uses."""
    return logging.getLogger() if name == "ROOT" else logging.getLogger(name)


def levels_of(name: str) -> dict[str, str]:
    """Return the level that a logger has of its own, and the one that counts."""
    found = logger(name)
    effective = level_name(found.getEffectiveLevel())
    return (
        {"configuredLevel": level_name(found.level), "effectiveLevel": effective}
        if found.level
        else {"effectiveLevel": effective}
    )


def level_name(level: int) -> str:
    """Return the actuator's name of a level."""
    return next((name for name, number in LEVELS.items() if level <= number), "OFF")


async def outbound(runtime: "Runtime", request: Request) -> Reply:
    """Answer with all outbound connectors, also the disabled ones."""
    return Reply(200, runtime.outbound())


async def outbound_of_type(runtime: "Runtime", request: Request) -> Reply:
    """Answer with the connectors of one job type."""
    found = [one for one in runtime.outbound() if one["type"] == request.argument]
    return Reply(200, found) if found else not_found("OutboundConnectorResponse", request.argument)


async def outbound_metrics(runtime: "Runtime", request: Request) -> Reply:
    """Answer with the counts of all job types."""
    return Reply(200, [counts(runtime, worker.type) for worker in runtime.workers])


async def outbound_metrics_of_type(runtime: "Runtime", request: Request) -> Reply:
    """Answer with the counts of one job type."""
    found = [counts(runtime, worker.type) for worker in runtime.workers if worker.type == request.argument]
    return Reply(200, found) if found else not_found("OutboundMetricsResponse", request.argument)


def counts(runtime: "Runtime", type: str) -> dict[str, Any]:
    """Return the counts of a job type."""
    totals = runtime.metrics.of(type)
    timer = totals.timer
    job = {
        "completed": totals.completed,
        "failed": totals.failed,
        "bpmnError": totals.bpmn_error,
        "executionTime": {
            "meanMs": round(timer.seconds / timer.count * 1000, 3) if timer.count else 0,
            "maxMs": round(timer.longest * 1000, 3),
        },
        "lastCompleted": totals.last_completed,
        "lastFailed": totals.last_failed,
    }
    return {
        "type": type,
        "runtimeId": runtime.settings.hostname,
        "runtime": {"uptimeSeconds": int(time.monotonic() - runtime.metrics.started)},
        "job": {key: value for key, value in job.items() if value is not None},
        "worker": {"jobsActivated": totals.activated, "jobsHandled": totals.handled, "streamRecreations": 0},
    }


def not_found(kind: str, argument: str | None) -> Reply:
    """Return the reply for what there is not."""
    return Reply.text(404, f"Data of type '{kind}' with id '{argument}' not found")


EXACT: dict[tuple[str, str], Answer] = {
    ("GET", "/actuator/health"): health,
    ("GET", "/actuator/health/liveness"): liveness,
    ("GET", "/actuator/health/readiness"): readiness,
    ("GET", "/actuator/health/startup"): startup,
    ("GET", "/actuator/prometheus"): prometheus,
    ("GET", "/actuator/metrics"): metrics,
    ("GET", "/actuator/loggers"): loggers,
    ("POST", "/configurations/validate"): validate_configuration,
    ("GET", "/outbound"): outbound,
    ("GET", "/outbound/metrics"): outbound_metrics,
}
PREFIXES: dict[tuple[str, str], Answer] = {
    ("GET", "/actuator/loggers/"): one_logger,
    ("GET", "/actuator/metrics/"): one_metric,
    ("POST", "/actuator/loggers/"): set_logger,
    ("GET", "/outbound/metrics/"): outbound_metrics_of_type,
    ("GET", "/outbound/"): outbound_of_type,
}
