"""All settings of a runtime."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from connectory_runtime.settings.clients import read_client
from connectory_runtime.settings.connection import Connection, read_connection
from connectory_runtime.settings.connectors import ConnectorSettings, read_connectors
from connectory_runtime.settings.environment import Environment, SettingsError, port
from connectory_runtime.settings.inbound import InboundSettings, read_inbound
from connectory_runtime.settings.worker import WorkerSettings, overridden, read_overrides, read_worker_defaults

SECRETS = "camunda.connector.secretprovider"
FILTER = "camunda.connector.secret-resolver.secret-filter"
FilterMode = Literal["DISABLED", "LAX", "STRICT"]


class SecretSettings(NamedTuple):
    """Where secrets come from, and who may use them.

    Args:
        environment: Read environment variables.
        prefix: Prefix of those variables.
        physical_tenant_aware: Their names contain the engine.
        tenant_aware: Their names contain the tenant.
        process_aware: Their names contain the process id.
        folder: Folder of mounted secret files.
        discovered: Ask providers of installed distributions.
        nested: Values of secrets may name other secrets.
        filter: Which secrets a job may use: all, or those that its element names in the deployed model.
        filter_cache: How many process definitions the filter remembers.
    """

    environment: bool = True
    prefix: str = "SECRET_"
    physical_tenant_aware: bool = False
    tenant_aware: bool = False
    process_aware: bool = False
    folder: Path | None = None
    discovered: bool = True
    nested: bool = True
    filter: FilterMode = "DISABLED"
    filter_cache: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a runtime; `read` takes them from the environment.

    Args:
        connection: The cluster.
        physical_tenant: Which of several engines it is, where the environment describes them.
        connectors: Which connectors run.
        worker: What holds for all workers.
        overrides: What holds for single job types.
        secrets: Secrets.
        inbound: What listens for events.
        port: Port of health, metrics and webhooks; 0 takes a free one, None opens none.
        host: Where that port listens.
        hostname: Name of this replica.
        replicas: DNS name of all replicas, whose answers are put together; None answers for this one alone.
        drain: Seconds that running jobs may take when the runtime stops.
        trace: Make a span of each job when OpenTelemetry is installed.
    """

    connection: Connection = field(default_factory=Connection)
    physical_tenant: str | None = None
    connectors: ConnectorSettings = field(default_factory=ConnectorSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: SecretSettings = field(default_factory=SecretSettings)
    inbound: InboundSettings = field(default_factory=InboundSettings)
    port: int | None = 8080
    host: str = "0.0.0.0"  # noqa: S104 - a service in a container; SERVER_ADDRESS narrows it
    hostname: str = "localhost"
    replicas: str | None = None
    drain: float = 30.0
    trace: bool = True

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None, **changes: Any) -> Self:
        """Return the settings that environment variables describe.

        Args:
            variables: The variables. Default: those of this process.
            changes: Settings that the program decides, such as ``port=None``.

        Raises:
            SettingsError: One is wrong; names it.
        """
        env = Environment(os.environ if variables is None else variables)
        client = read_client(env)
        read = cls(
            connection=read_connection(env)
            if client is None
            else read_connection(env, f"camunda.clients.{client.name}"),
            physical_tenant=None if client is None else client.physical_tenant,
            connectors=read_connectors(env),
            worker=read_worker_defaults(env),
            overrides=read_overrides(env),
            secrets=read_secrets(env),
            inbound=read_inbound(env),
            port=env.parsed(port, 8080, "SERVER_PORT", "server.port"),
            host=env.text("SERVER_ADDRESS") or "0.0.0.0",  # noqa: S104
            hostname=env.text("camunda.connector.hostname", "HOSTNAME") or "localhost",
            replicas=env.text("camunda.connector.headless.serviceurl"),
            drain=env.millis(30_000, "CONNECTORY_DRAIN") / 1000,
            trace=env.flag(True, "CONNECTORY_TRACE"),
        )
        return replace(read, **changes)

    def worker_of(self, type: str) -> WorkerSettings:
        """Return the worker settings of a job type."""
        return overridden(self.worker, self.overrides, type)


def read_secrets(env: Environment) -> SecretSettings:
    """Return where secrets come from.

    Raises:
        SettingsError: A value is wrong.
    """

    def flag(name: str, default: bool) -> bool:
        return env.flag(default, f"{SECRETS}.{name}", f"camunda.connector.secret-provider.{name}")

    prefix = env.find(f"{SECRETS}.environment.prefix", "camunda.connector.secret-provider.environment.prefix")
    mode = (env.text(f"{FILTER}.mode") or "DISABLED").upper()
    if mode not in ("DISABLED", "LAX", "STRICT"):
        raise SettingsError(f"{FILTER}.mode: '{mode}' is none of DISABLED, LAX, STRICT")
    cached = env.flag(True, f"{FILTER}.cache.enabled")
    folder = env.text("CONNECTORY_SECRETS_DIR")
    if folder is not None and not Path(folder).is_dir():
        raise SettingsError(f"CONNECTORY_SECRETS_DIR: '{folder}' is no folder; mount the secret files there")
    return SecretSettings(
        environment=flag("environment.enabled", default=True),
        prefix="SECRET_" if prefix is None else prefix[1],
        physical_tenant_aware=flag("environment.physicaltenantaware", default=False),
        tenant_aware=flag("environment.tenantaware", default=False),
        process_aware=flag("environment.processdefinitionaware", default=False),
        folder=None if folder is None else Path(folder),
        discovered=flag("discovery.enabled", default=True),
        nested=env.flag(True, "CONNECTORY_NESTED_SECRETS"),
        filter=mode,  # type: ignore[arg-type]  # compared above
        filter_cache=env.count(1_000, f"{FILTER}.cache.max-size") if cached else 0,
    )
