"""Several clusters in one environment (``camunda.clients.<name>.*``), of which a process serves one."""

import re
from typing import NamedTuple

from connectory_runtime.settings.environment import Environment, SettingsError

CLIENT = re.compile(r"CAMUNDA_CLIENTS_([A-Z0-9]+)_[A-Z0-9_]+")


class Client(NamedTuple):
    """The cluster to serve: its name in the settings, and the engine that it is."""

    name: str
    physical_tenant: str


def read_clients(env: Environment) -> dict[str, Client]:
    """Return all clusters that the environment names, by their names in order.

    Raises:
        SettingsError: Two are the same physical tenant.
    """
    names = sorted({match[1].lower() for name in env.variables if (match := CLIENT.fullmatch(name))})
    clients = {name: Client(name, env.text(f"camunda.clients.{name}.physical-tenant-id") or name) for name in names}
    seen: dict[str, str] = {}
    for name, client in clients.items():
        if (other := seen.setdefault(client.physical_tenant, name)) != name:
            raise SettingsError(
                f"the clusters {other} and {name} have the same physical tenant '{client.physical_tenant}'; "
                f"set CAMUNDA_CLIENTS_{name.upper()}_PHYSICALTENANTID to another one"
            )
    return clients


def several(env: Environment) -> list[str]:
    """Return the names of the clusters of which none is chosen; nothing where there is no choice.

    Raises:
        SettingsError: Two are the same physical tenant.
    """
    clients = read_clients(env)
    return list(clients) if len(clients) > 1 and env.text("CONNECTORY_CLIENT") is None else []


def read_client(env: Environment) -> Client | None:
    """Return which cluster to serve; None where the environment names none.

    Raises:
        SettingsError: There are several and none is chosen, or two are the same physical tenant.
    """
    clients = read_clients(env)
    chosen = env.text("CONNECTORY_CLIENT")
    if chosen is not None:
        if chosen.lower() not in clients:
            known = ", ".join(clients) or "of CAMUNDA_CLIENTS_<NAME>_...: there are none"
            raise SettingsError(f"CONNECTORY_CLIENT: '{chosen}' is none of the clusters {known}")
        return clients[chosen.lower()]
    if len(clients) > 1:
        raise SettingsError(
            f"there are the clusters {', '.join(clients)}, and a process serves one; choose it with CONNECTORY_CLIENT, "
            "or let 'connectory start' start a process for each"
        )
    return next(iter(clients.values()), None)
