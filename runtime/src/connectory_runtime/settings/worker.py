"""How workers fetch and run jobs."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from connectory_runtime.durations import setting_milliseconds
from connectory_runtime.settings.environment import Environment, boolean, positive

JAVA = "camunda.client.worker.defaults"
OVERRIDE = re.compile(r"CAMUNDA_CLIENT_WORKER_OVERRIDE_(.+)_([A-Z0-9]+)")


class WorkerSettings(NamedTuple):
    """How a worker fetches and runs jobs.

    Args:
        type: Job type, where it differs from the connector's.
        name: Worker name, where it differs from the connector's.
        enabled: Whether there is a worker at all.
        timeout: Milliseconds of the lock.
        most: Jobs at a time; slow ones do not count, see `slow_after`.
        request_timeout: Milliseconds of a long poll.
        poll_interval: Milliseconds between polls of a gateway that does not wait.
        variables: Variables to fetch, where they differ from the connector's.
        tenants: Tenants whose jobs are wanted.
        tenant_filter: ``ASSIGNED`` for all tenants of the login, on clusters from 8.9 on.
        slow_after: Milliseconds after which a running job no longer takes one of the places.
        most_slow: How many jobs may run beyond `most` that way.
        extend_lock: Extend locks while calls run.
        finish_poll: When the worker stops, the long poll ends by itself.
    """

    type: str | None = None
    name: str | None = None
    enabled: bool = True
    timeout: int = 300_000
    most: int = 100
    request_timeout: int = 10_000
    poll_interval: int = 100
    variables: tuple[str, ...] | None = None
    tenants: tuple[str, ...] = ()
    tenant_filter: str | None = None
    slow_after: int = 1_000
    most_slow: int = 2_000
    extend_lock: bool = True
    finish_poll: bool = True


def read_worker_defaults(env: Environment) -> WorkerSettings:
    """Return what holds for all workers.

    Raises:
        SettingsError: A value is wrong.
    """
    tenants = env.list("CAMUNDA_TENANT_IDS", f"{JAVA}.tenant-ids", "camunda.client.tenant-ids")
    tenants = tenants or env.list("CAMUNDA_TENANT_ID", "camunda.client.tenant-id")
    return WorkerSettings(
        name=env.text("CAMUNDA_WORKER_NAME", f"{JAVA}.name"),
        timeout=env.millis(300_000, "CAMUNDA_WORKER_TIMEOUT", f"{JAVA}.timeout"),
        most=env.count(100, "CAMUNDA_WORKER_MAX_CONCURRENT_JOBS", f"{JAVA}.max-jobs-active"),
        request_timeout=env.millis(10_000, "CAMUNDA_WORKER_REQUEST_TIMEOUT", f"{JAVA}.request-timeout"),
        poll_interval=env.millis(100, "CAMUNDA_WORKER_POLL_INTERVAL", f"{JAVA}.poll-interval"),
        tenants=tuple(tenants or ()),
        tenant_filter=env.parsed(tenant_filter, None, "CAMUNDA_WORKER_TENANT_FILTER", f"{JAVA}.tenant-filter-mode"),
        slow_after=env.millis(1_000, "CONNECTORY_SLOW_AFTER"),
        most_slow=env.count(2_000, "CONNECTORY_MAX_SLOW_JOBS"),
        extend_lock=env.flag(True, "CONNECTORY_EXTEND_LOCKS"),
        finish_poll=env.flag(True, "CONNECTORY_FINISH_POLL"),
    )


def tenant_filter(text: str) -> str:
    """Return how tenants are chosen.

    Raises:
        ValueError: There is no such way.
    """
    if text.upper() not in ("PROVIDED", "ASSIGNED"):
        raise ValueError(f"'{text}' is neither PROVIDED nor ASSIGNED")
    return text.upper()


def names(text: str) -> tuple[str, ...]:
    """Return a comma-separated list."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


PROPERTIES: Mapping[str, tuple[str, Any]] = {
    "TYPE": ("type", str),
    "NAME": ("name", str),
    "ENABLED": ("enabled", boolean),
    "TIMEOUT": ("timeout", setting_milliseconds),
    "MAXJOBSACTIVE": ("most", positive),
    "REQUESTTIMEOUT": ("request_timeout", setting_milliseconds),
    "POLLINTERVAL": ("poll_interval", setting_milliseconds),
    "FETCHVARIABLES": ("variables", names),
    "TENANTIDS": ("tenants", names),
}
"""Properties of ``camunda.client.worker.override.<jobType>``, without dashes, and what they set."""


def read_overrides(env: Environment) -> dict[str, dict[str, Any]]:
    """Return what holds for single job types, by the type's letters and digits.

    Raises:
        SettingsError: A value is wrong.
    """
    found: dict[str, dict[str, Any]] = {}
    for variable in env.variables:
        match = OVERRIDE.fullmatch(variable)
        if match is None:
            continue
        rest = variable.removeprefix("CAMUNDA_CLIENT_WORKER_OVERRIDE_")
        for suffix, (field, parse) in PROPERTIES.items():
            # FETCH_VARIABLES and FETCHVARIABLES both end in the property, whichever dashes were kept.
            ending = re.search("_" + "_?".join(suffix) + "$", rest)
            if ending:
                value = env.parsed(parse, None, variable)
                if value is not None:
                    found.setdefault(letters(rest[: ending.start()]), {})[field] = value
                break
    return found


def overridden(defaults: WorkerSettings, overrides: Mapping[str, Mapping[str, Any]], type: str) -> WorkerSettings:
    """Return the settings of one job type."""
    own = overrides.get(letters(type))
    known = WorkerSettings._fields
    return defaults if not own else defaults._replace(**{key: value for key, value in own.items() if key in known})


def letters(text: str) -> str:
    """Return letters and digits in capitals: all that an environment variable can carry of a job type."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())
