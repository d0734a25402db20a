"""Which connectors are there: found -> loaded -> active.

*Found* means that the metadata of an installed distribution names it; nothing is imported for that. *Loaded* means
imported and its hooks verified. *Active* means that its job type has a worker, which is the `Runtime`'s part.
"""

import importlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectory_sdk import Connector, SecretProvider

log = logging.getLogger(__name__)

GROUP = "connectory.connectors"
OFFICIAL = ("rest", "slack", "teams", "kafka", "webhook")
"""Extras of the distribution `connectory`, for advice only."""


class DiscoveryError(Exception):
    """A connector that was asked for is not there, is broken, or is there twice. One line with the next step."""


@dataclass(frozen=True, slots=True)
class Found:
    """A connector distribution whose metadata was read."""

    name: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the loaded distributions gave."""

    connectors: "Mapping[str, Sequence[Connector[Any]]]"
    secret_providers: "Sequence[SecretProvider]" = ()
    broken: Mapping[str, str] = ()  # type: ignore[assignment]


def found() -> list[Found]:
    """Return the installed connector distributions by name; imports none of them.

    Raises:
        DiscoveryError: Two distributions provide the same name.
    """
    known: dict[str, Found] = {}
    for point in entry_points(group=GROUP):
        dist = point.dist
        one = Found(point.name, point.value, dist.name if dist else "?", dist.version if dist else "?")
        other = known.setdefault(point.name, one)
        if other.distribution != one.distribution:
            both = sorted((other.distribution, one.distribution))
            raise DiscoveryError(f"connector '{one.name}' is provided by both {both[0]} and {both[1]}; uninstall one")
    return [known[name] for name in sorted(known)]


def chosen(installed: Sequence[Found], names: Iterable[str]) -> list[Found]:
    """Return the distributions of these names.

    Raises:
        DiscoveryError: One is not installed.
    """
    known = {one.name: one for one in installed}
    for name in names:
        if name not in known:
            raise DiscoveryError(
                f"no connector named '{name}'; installed: {', '.join(known) or 'none'}. "
                f"Try: pip install 'connectory[{name}]'"
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
    import pluggy

    from connectory_sdk import hooks

    asked = list(names) if names is not None else None
    installed = found()
    plugins = pluggy.PluginManager(hooks.PROJECT)
    plugins.add_hookspecs(hooks)
    modules: dict[str, Found] = {}
    broken: dict[str, str] = {}
    for one in chosen(installed, asked) if asked is not None else installed:
        try:
            module = importlib.import_module(one.module)
            if plugins.is_registered(module):
                continue
            plugins.register(module, name=one.name)
            plugins.check_pending()
        except Exception as exc:  # a plugin's code may raise anything; its name is kept
            message = f"{one} cannot be loaded: {reason(exc, one)}"
            if asked is not None:
                raise DiscoveryError(message) from exc
            log.warning("%s", message)
            broken[one.name] = message
            plugins.unregister(name=one.name)
            continue
        modules[one.name] = one
    connectors: dict[str, list[Any]] = {}
    providers: list[Any] = []
    for hook in (plugins.hook.connectory_connectors, plugins.hook.connectory_secret_providers):
        for implementation in sorted(hook.get_hookimpls(), key=lambda each: each.plugin_name):
            one = modules[implementation.plugin_name]
            try:
                result = list(implementation.function())  # type: ignore[call-overload]  # pluggy types it as object
            except Exception as exc:
                message = f"{one} cannot be loaded: {reason(exc, one)}"
                if asked is not None:
                    raise DiscoveryError(message) from exc
                log.warning("%s", message)
                broken[one.name] = message
                continue
            if hook is plugins.hook.connectory_connectors:
                connectors[one.name] = result
            else:
                providers += result
    check_types(connector for several in connectors.values() for connector in several)
    return Loaded(connectors, providers, broken)


def check_types(connectors: "Iterable[Connector[Any]]") -> None:
    """Check that each job type has one connector.

    Raises:
        DiscoveryError: Two claim one.
    """
    owners: dict[str, str] = {}
    for connector in connectors:
        if not connector.operations:
            continue
        if owners.setdefault(connector.type, connector.id) != connector.id:
            raise DiscoveryError(
                f"job type '{connector.type}' is claimed by both {owners[connector.type]} and {connector.id}; "
                f"leave one out with CONNECTORY_CONNECTORS, or give one another type "
                f"with CONNECTOR_<NAME>_TYPE. Duplicate outbound connector registration for type {connector.type}"
            )


def reason(exc: BaseException, one: Found) -> str:
    """Say in one line why a distribution does not load: the requirement that is not met, else the error."""
    if isinstance(exc, ImportError) and (unmet := unmet_requirement(one.distribution)):
        return unmet
    text = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {text[0]}" if text else type(exc).__name__


def unmet_requirement(distribution: str) -> str | None:
    """Return which requirement of a distribution is not met: ``needs aiokafka>=0.12, found 0.10.0``."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import InvalidRequirement, Requirement  # costly, so only to explain a failure

    try:
        stated = requires(distribution) or []
    except PackageNotFoundError:
        return None
    for text in stated:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        needs = f"needs {requirement.name}{requirement.specifier}"
        try:
            present = version(requirement.name)
        except PackageNotFoundError:
            return f"{needs}, which is not installed. Try: pip install '{requirement.name}{requirement.specifier}'"
        if not requirement.specifier.contains(present, prereleases=True):
            return f"{needs}, found {present}"
    return None


def load_configured(paths: Mapping[str, str], variables: Mapping[str, str]) -> Loaded:
    """Import the connectors that ``CONNECTOR_<N>_FUNCTION`` names; discovery is left out then, as in the reference.

    Args:
        paths: Import paths ``module`` or ``module:attribute`` by ``<N>``; a module may hold one connector or the hook.
        variables: The environment, for ``CONNECTOR_<N>_TYPE`` and ``CONNECTOR_<N>_TIMEOUT``.

    Raises:
        DiscoveryError: One cannot be loaded.
    """
    from connectory_sdk import Connector

    connectors: dict[str, list[Any]] = {}
    for name, path in paths.items():
        module_name, _, attribute = path.partition(":")
        try:
            module = importlib.import_module(module_name)
            value = getattr(module, attribute) if attribute else module.connectory_connectors()
        except Exception as exc:  # a plugin's code may raise anything; its name is kept
            raise DiscoveryError(
                f"CONNECTOR_{name}_FUNCTION: '{path}' cannot be loaded: {type(exc).__name__}: {exc}; "
                "write module:attribute or the name of a module with the hook connectory_connectors"
            ) from exc
        several = list(value) if isinstance(value, list | tuple) else [value]
        if not all(isinstance(one, Connector) for one in several):
            raise DiscoveryError(f"CONNECTOR_{name}_FUNCTION: '{path}' is no Connector")
        connectors[name] = [configured(one, name, variables) for one in several]
    check_types(connector for several in connectors.values() for connector in several)
    return Loaded(connectors)


def configured(connector: "Connector[Any]", name: str, variables: Mapping[str, str]) -> "Connector[Any]":
    """Return a connector with the job type that the environment gives it."""
    import copy

    job_type = variables.get(f"CONNECTOR_{name}_TYPE", "").strip()
    if not job_type:
        return connector
    own = copy.copy(connector)
    own.type = job_type
    return own


def missing(one: Found) -> str | None:
    """Say why a distribution cannot be loaded, from metadata alone; None when nothing is known to be wrong.

    Only looks at which requirements are installed: comparing versions needs `packaging`, which is costly to import.
    """
    from importlib.metadata import distribution
    from importlib.util import find_spec

    try:
        if find_spec(one.module.split(":")[0].split(".")[0]) is None:
            return f"there is no module '{one.module}'; install {one.distribution} again"
    except (ImportError, ValueError):
        return f"there is no module '{one.module}'; install {one.distribution} again"
    for text in distribution(one.distribution).requires or ():
        if ";" in text:
            continue
        name = requirement_name(text)
        if not installed(name):
            return unmet_requirement(one.distribution)
    return None


def requirement_name(text: str) -> str:
    """Return the distribution that a requirement names."""
    end = next((index for index, sign in enumerate(text) if not (sign.isalnum() or sign in "-_.")), len(text))
    return text[:end]


def installed(name: str) -> bool:
    """Tell whether a distribution is installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
