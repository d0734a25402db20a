"""Which connectors are there: found -> loaded -> active.

*Found* means that the metadata of an installed distribution names it (`connectory_runtime.installed`); nothing is
imported for that. *Loaded* means imported and its hooks verified. *Active* means that its job type has a worker, which
is the `Runtime`'s part.
"""

import copy
import importlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pluggy

from connectory_runtime.installed import DiscoveryError, Found, extras, found
from connectory_sdk import Connector, SecretProvider, hooks

__all__ = ["DiscoveryError", "Found", "Loaded", "advice", "check_types", "found", "load", "load_configured"]

log = logging.getLogger(__name__)

Connectors = Mapping[str, Sequence[Connector[Any]]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the loaded distributions gave.

    Args:
        connectors: By the name of their distribution.
        secret_providers: In the order of the distributions' names.
        broken: Why a distribution could not be loaded, by its name.
    """

    connectors: Connectors
    secret_providers: Sequence[SecretProvider] = ()
    broken: Mapping[str, str] = field(default_factory=dict)


def advice(name: str) -> str:
    """Return what to install for a connector's name or a job type."""
    extra = extras().get(name)
    if extra is None and ":" in name:
        return "Install the distribution that has it"
    return f"Try: pip install 'connectory[{extra or name}]'"


def chosen(installed: Sequence[Found], names: Iterable[str]) -> list[Found]:
    """Return the distributions of these names.

    Raises:
        DiscoveryError: One is not installed.
    """
    known = {one.name: one for one in installed}
    for name in names:
        if name not in known:
            raise DiscoveryError(
                f"no connector named '{name}'; installed: {', '.join(known) or 'none'}. {advice(name)}"
            )
    return [known[name] for name in dict.fromkeys(names)]


def load(names: Iterable[str] | None = None) -> Loaded:
    """Import connectors and verify their hooks.

    Args:
        names: The allow-list; what it names must load. Default: all that are installed; what is broken costs one
            warning.

    Raises:
        DiscoveryError: A named connector is missing or broken, or two claim the same job type.
    """
    asked = list(names) if names is not None else None
    connectors: dict[str, list[Connector[Any]]] = {}
    providers: list[SecretProvider] = []
    broken: dict[str, str] = {}
    for one in chosen(found(), asked) if asked is not None else found():
        try:
            connectors[one.name], more = load_one(one)
        except Exception as exc:  # a plugin's code may raise anything; its name is kept
            message = f"{one} cannot be loaded: {reason(exc, one)}"
            if asked is not None:
                raise DiscoveryError(message) from exc
            log.warning("%s", message)
            broken[one.name] = message
            continue
        providers += more
    check_types(connector for several in connectors.values() for connector in several)
    return Loaded(connectors, providers, broken)


def load_one(one: Found) -> tuple[list[Connector[Any]], list[SecretProvider]]:
    """Import one distribution and return what its hooks give; each has a plugin manager of its own, so that one that
    breaks leaves nothing behind.
    """
    plugins = pluggy.PluginManager(hooks.PROJECT)
    plugins.add_hookspecs(hooks)
    plugins.register(importlib.import_module(one.module), name=one.name)
    plugins.check_pending()
    connectors = [item for several in plugins.hook.connectory_connectors() for item in several]
    for connector in connectors:
        if not isinstance(connector, Connector):
            raise TypeError(f"its hook connectory_connectors gives a {type(connector).__name__}, not a Connector")
    return connectors, [item for several in plugins.hook.connectory_secret_providers() for item in several]


def check_types(connectors: Iterable[Connector[Any]], kind_of: Callable[[Connector[Any]], str] | None = None) -> None:
    """Check that each job type has one connector.

    Args:
        connectors: The connectors.
        kind_of: Gives a connector's job type. Default: its own.

    Raises:
        DiscoveryError: Two claim one.
    """
    owners: dict[str, str] = {}
    for connector in connectors:
        if not connector.operations:
            continue
        kind = kind_of(connector) if kind_of else connector.type
        if owners.setdefault(kind, connector.id) != connector.id:
            raise DiscoveryError(
                f"job type '{kind}' is claimed by both {owners[kind]} and {connector.id} "
                f"(Duplicate outbound connector registration for type {kind}); leave one out with "
                "CONNECTORY_CONNECTORS, or give one another type with CONNECTOR_<NAME>_TYPE"
            )


def reason(exc: BaseException, one: Found) -> str:
    """Say in one line why a distribution does not load: the requirement that is not met, else the error."""
    if isinstance(exc, ImportError):
        from connectory_runtime.requirements import unmet  # costly, so only to explain a failure

        if said := unmet(one.distribution):
            return said
    text = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {text[0]}" if text else type(exc).__name__


def load_configured(paths: Mapping[str, str], variables: Mapping[str, str]) -> Loaded:
    """Import the connectors that ``CONNECTOR_<N>_FUNCTION`` names; discovery is left out then, as in the reference.

    Args:
        paths: Import paths ``module:attribute``, or modules with the hook, by ``<N>``.
        variables: The environment, for ``CONNECTOR_<N>_TYPE``.

    Raises:
        DiscoveryError: One cannot be loaded.
    """
    connectors: dict[str, list[Connector[Any]]] = {}
    for name, path in paths.items():
        module_name, _, attribute = path.partition(":")
        try:
            module = importlib.import_module(module_name)
            value = getattr(module, attribute) if attribute else module.connectory_connectors()
        except Exception as exc:  # a plugin's code may raise anything; its name is kept
            raise DiscoveryError(
                f"CONNECTOR_{name}_FUNCTION: '{path}' cannot be loaded: {type(exc).__name__}: {exc}; "
                "write module:attribute, or a module with the hook connectory_connectors"
            ) from exc
        several = list(value) if isinstance(value, list | tuple) else [value]
        if not all(isinstance(one, Connector) for one in several):
            raise DiscoveryError(f"CONNECTOR_{name}_FUNCTION: '{path}' is no Connector")
        connectors[name] = [configured(one, name, variables) for one in several]
    check_types(connector for several in connectors.values() for connector in several)
    return Loaded(connectors)


def configured(connector: Connector[Any], name: str, variables: Mapping[str, str]) -> Connector[Any]:
    """Return a connector with the job type that the environment gives it."""
    job_type = variables.get(f"CONNECTOR_{name}_TYPE", "").strip()
    if not job_type:
        return connector
    own = copy.copy(connector)
    own.type = job_type
    return own
