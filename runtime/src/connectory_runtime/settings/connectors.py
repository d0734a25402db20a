"""Which connectors run, and what the environment changes about them."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from connectory_runtime.settings.environment import Environment, SettingsError

CONFIGURED = re.compile(r"CONNECTOR_(.+)_FUNCTION")
EXECUTABLE = re.compile(r"CONNECTOR_(.+)_EXECUTABLE")


class ConnectorSettings(NamedTuple):
    """Which connectors run.

    Args:
        names: Allow-list of distributions, applied before anything is imported; None allows all that are installed.
        discover: Look for installed distributions at all.
        enabled: Allow-list of job types in lower case.
        disabled: Block-list of job types in lower case.
        configured: Import paths from ``CONNECTOR_<N>_FUNCTION`` by ``<N>``; they replace discovery.
        discover_inbound: Look for installed distributions that listen.
        listen_enabled: Allow-list of subscription types in lower case.
        listen_disabled: Block-list of subscription types in lower case.
        executables: Import paths from ``CONNECTOR_<N>_EXECUTABLE`` by ``<N>``; they replace discovery of what listens.
        variables: The environment, for ``CONNECTOR_<NAME>_TYPE`` and ``_TIMEOUT``.
    """

    names: tuple[str, ...] | None = None
    discover: bool = True
    enabled: frozenset[str] | None = None
    disabled: frozenset[str] = frozenset()
    configured: Mapping[str, str] = MappingProxyType({})
    discover_inbound: bool = True
    listen_enabled: frozenset[str] | None = None
    listen_disabled: frozenset[str] = frozenset()
    executables: Mapping[str, str] = MappingProxyType({})
    variables: Mapping[str, str] = MappingProxyType({})

    def runs(self, type: str) -> bool:
        """Tell whether jobs of a type are worked on."""
        kind = type.lower()
        return kind not in self.disabled and (self.enabled is None or kind in self.enabled)

    def listens(self, type: str) -> bool:
        """Tell whether subscriptions of a type are served."""
        kind = type.lower()
        return kind not in self.listen_disabled and (self.listen_enabled is None or kind in self.listen_enabled)

    def type_of(self, name: str) -> str | None:
        """Return the job type that replaces a connector's own."""
        return self.variables.get(f"CONNECTOR_{override_name(name)}_TYPE", "").strip() or None

    def timeout_of(self, name: str, configured_as: str | None = None) -> int | None:
        """Return the lock time in milliseconds that replaces the default.

        Args:
            name: The connector's name.
            configured_as: ``<N>`` of a connector that the environment configures.

        Raises:
            SettingsError: It is no number.
        """
        own = milliseconds(self.variables, f"CONNECTOR_{configured_as}_TIMEOUT") if configured_as else None
        return milliseconds(self.variables, f"CONNECTOR_{override_name(name)}_TIMEOUT") if own is None else own

    def inputs_of(self, configured_as: str) -> tuple[str, ...] | None:
        """Return the variables to fetch for a connector that the environment configures; not trimmed, as in Java."""
        text = self.variables.get(f"CONNECTOR_{configured_as}_INPUT_VARIABLES")
        return tuple(text.split(",")) if text else None


def override_name(name: str) -> str:
    """Return how variables spell a connector's name: ``HTTP REST`` is ``HTTP_REST``, ``my-one`` is ``MYONE``."""
    return re.sub(r"[^A-Za-z0-9_ ]", "", name.strip()).replace(" ", "_").upper()


def milliseconds(variables: Mapping[str, str], name: str) -> int | None:
    """Return a whole number of milliseconds.

    Raises:
        SettingsError: It is none.
    """
    text = variables.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise SettingsError(f"{name}: '{text}' is no number of milliseconds")
    return int(text)


def read_connectors(env: Environment) -> ConnectorSettings:
    """Return which connectors run.

    Raises:
        SettingsError: Allow-list and block-list are both given.
    """
    enabled, disabled = env.find("CONNECTOR_OUTBOUND_ENABLED"), env.find("CONNECTOR_OUTBOUND_DISABLED")
    if enabled is not None and disabled is not None:
        raise SettingsError("CONNECTOR_OUTBOUND_ENABLED and CONNECTOR_OUTBOUND_DISABLED are both set; keep one")
    listen, deaf = env.find("CONNECTOR_INBOUND_ENABLED"), env.find("CONNECTOR_INBOUND_DISABLED")
    if listen is not None and deaf is not None:
        raise SettingsError("CONNECTOR_INBOUND_ENABLED and CONNECTOR_INBOUND_DISABLED are both set; keep one")

    def paths(pattern: re.Pattern[str]) -> dict[str, str]:
        found = ((pattern.fullmatch(name), value) for name, value in env.variables.items())
        return {match[1]: value for match, value in found if match and value}

    names = env.list("CONNECTORY_CONNECTORS")
    return ConnectorSettings(
        names=None if names is None else tuple(names),
        discover=not env.present("CONNECTOR_OUTBOUND_DISCOVERY_DISABLED"),
        enabled=None if enabled is None else types(enabled[1].split(",")),
        disabled=frozenset() if disabled is None else types(disabled[1].split(",")),
        configured=paths(CONFIGURED),
        discover_inbound=not env.present("CONNECTOR_INBOUND_DISCOVERY_DISABLED"),
        listen_enabled=None if listen is None else types(listen[1].split(",")),
        listen_disabled=frozenset() if deaf is None else types(deaf[1].split(",")),
        executables=paths(EXECUTABLE),
        variables=env.variables,
    )


def types(items: Iterable[str]) -> frozenset[str]:
    """Return job types as they are compared."""
    return frozenset(item.strip().lower() for item in items if item.strip())
