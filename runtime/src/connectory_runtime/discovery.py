"""Which connectors are there: found -> loaded -> active.

*Found* means that the metadata of an installed distribution names it (`connectory_runtime.installed`); nothing is
imported for that. *Loaded* means imported and its hooks verified. *Active* means that its job type has a worker, which
is the `Runtime`'s part.
"""

import copy
import importlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pluggy

from connectory_runtime.claims import check_types, own_type, set_aside, settled
from connectory_runtime.installed import DiscoveryError, Found, allowed, distributions, extras, found, sdk_problem
from connectory_sdk import Connector, SecretProvider, hooks

__all__ = [
    "DiscoveryError",
    "Found",
    "Loaded",
    "advice",
    "allowed",
    "check_types",
    "found",
    "load",
    "load_configured",
]

if TYPE_CHECKING:
    from connectory_runtime.intrinsic import Function

log = logging.getLogger(__name__)

MOST = 300  # letters of an error that a distribution raised

Connectors = Mapping[str, Sequence[Connector[Any]]]


class Loaded(NamedTuple):
    """What the loaded distributions gave.

    Args:
        connectors: By the name of their distribution.
        secret_providers: In the order of the distributions' names.
        functions: Intrinsic functions, by name.
        broken: Why a distribution could not be loaded, by its name.
    """

    connectors: Connectors
    secret_providers: Sequence[SecretProvider] = ()
    functions: Mapping[str, "Function"] = MappingProxyType({})
    broken: Mapping[str, str] = MappingProxyType({})


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


def load(
    names: Iterable[str] | None = None,
    *,
    kind_of: Callable[[Connector[Any]], str] = own_type,
    strict: bool = True,
) -> Loaded:
    """Import connectors and verify their hooks.

    Args:
        names: The allow-list: nothing else is imported. Default: all that are installed; what is broken costs one
            warning, and the others work.
        kind_of: Gives a connector's job type.
        strict: What the allow-list names must load.

    Raises:
        DiscoveryError: A named connector is missing or broken, or two named ones claim the same type.
    """
    asked = list(names) if names is not None else None
    known = distributions()
    connectors: dict[str, list[Connector[Any]]] = {}
    providers: list[SecretProvider] = []
    functions: dict[Found, Mapping[str, Function]] = {}
    broken: dict[str, str] = {}
    installed = found(known)
    loading = installed if asked is None else chosen(installed, asked)
    for one in loading:
        try:
            connectors[one.name], more, functions[one] = load_one(one, known)
        except (Exception, SystemExit) as exc:  # a plugin's code may raise anything; its name is kept
            message = f"{one} cannot be loaded: {reason(exc, one)}"
            if asked is not None and strict:
                raise DiscoveryError(message) from exc
            broken[one.name] = message
            continue
        providers += more
    if asked is not None and strict:
        check_types((connector for several in connectors.values() for connector in several), kind_of)
    clashing: dict[str, str] = {}
    own = settled(functions, clashing)
    if clashing and asked is not None and strict:
        raise DiscoveryError(next(iter(clashing.values())))
    broken |= clashing
    set_aside(connectors, loading, broken, kind_of)
    for message in dict.fromkeys(broken.values()):
        log.warning("%s", message)
    return Loaded(connectors, providers, own, broken)


Given = tuple[list[Connector[Any]], list[SecretProvider], dict[str, "Function"]]
"""What the hooks of one distribution give."""


def load_one(one: Found, known: dict[str, tuple[str, str]]) -> Given:
    """Import one distribution and return what its hooks give; each has a plugin manager of its own, so that one that
    breaks leaves nothing behind.

    Raises:
        DiscoveryError: It must not be imported: its name is another one's too, or it is for another SDK.
    """
    if said := one.clash or sdk_problem(one, known):
        raise DiscoveryError(said)
    plugins = pluggy.PluginManager(hooks.PROJECT)
    plugins.add_hookspecs(hooks)
    plugins.register(importlib.import_module(one.module), name=one.name)
    plugins.check_pending()
    connectors = [item for several in plugins.hook.connectory_connectors() for item in several]
    for connector in connectors:
        if not isinstance(connector, Connector):
            raise TypeError(f"its hook connectory_connectors gives a {type(connector).__name__}, not a Connector")
    providers = [item for several in plugins.hook.connectory_secret_providers() for item in several]
    functions: dict[str, Function] = {}
    for several in plugins.hook.connectory_intrinsic_functions():
        if not isinstance(several, Mapping):
            raise TypeError(f"its hook connectory_intrinsic_functions gives a {type(several).__name__}, not a mapping")
        from connectory_runtime.intrinsic import positional  # with FEEL, so only where there are any

        functions |= {name: positional(name, function) for name, function in several.items()}
    if not connectors and not providers and not functions:
        raise TypeError(f"module '{one.module}' has no hook that gives something; see @hookimpl")
    return connectors, providers, functions


def reason(exc: BaseException, one: Found) -> str:
    """Say in one line why a distribution does not load, and what to do: the requirement that is not met, else the
    error.
    """
    if isinstance(exc, DiscoveryError):
        return str(exc)
    if isinstance(exc, ImportError):
        from connectory_runtime.requirements import unmet  # costly, so only to explain a failure

        if said := unmet(one.distribution):
            return said
    text = " ".join(str(exc).split())
    said = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
    return f"{said[:MOST]}; update or uninstall {one.distribution}, or leave it out with CONNECTORY_CONNECTORS"


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
        several = imported(f"CONNECTOR_{name}_FUNCTION", path)
        connectors[name] = [configured(one, name, variables) for one in several]
    check_types(connector for several in connectors.values() for connector in several)
    return Loaded(connectors)


def imported(variable: str, path: str) -> list[Connector[Any]]:
    """Return the connectors at an import path.

    Raises:
        DiscoveryError: There are none.
    """
    module_name, _, attribute = path.partition(":")
    try:
        module = importlib.import_module(module_name)
        value = getattr(module, attribute) if attribute else module.connectory_connectors()
    except Exception as exc:  # a plugin's code may raise anything; its name is kept
        raise DiscoveryError(
            f"{variable}: '{path}' cannot be loaded: {type(exc).__name__}: {exc}; "
            "write module:attribute, or a module with the hook connectory_connectors"
        ) from exc
    several = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, Connector) for one in several):
        raise DiscoveryError(f"{variable}: '{path}' is no Connector")
    return several


def load_executables(paths: Mapping[str, str], variables: Mapping[str, str]) -> list[Connector[Any]]:
    """Import the connectors that ``CONNECTOR_<N>_EXECUTABLE`` names; no others listen then, as in the reference.

    Args:
        paths: Import paths by ``<N>``.
        variables: The environment, for ``CONNECTOR_<N>_TYPE`` and ``CONNECTOR_<N>_DEDUPLICATION_PROPERTIES``.

    Raises:
        DiscoveryError: One cannot be loaded.
    """
    found = []
    for name, path in paths.items():
        variable = f"CONNECTOR_{name}_EXECUTABLE"
        kind = variables.get(f"CONNECTOR_{name}_TYPE", "").strip()
        names = variables.get(f"CONNECTOR_{name}_DEDUPLICATION_PROPERTIES", "").split(",")
        properties = tuple(one.strip() for one in names if one.strip())
        several = [one for one in imported(variable, path) if one.inbounds]
        if not several:
            raise DiscoveryError(f"{variable}: '{path}' listens to nothing")
        if kind and sum(len(one.inbounds) for one in several) > 1:
            raise DiscoveryError(f"CONNECTOR_{name}_TYPE: '{path}' listens to several types; name one of them")
        for connector in several:
            own = copy.copy(connector)
            own.inbounds = {
                kind or one.type: one._replace(type=kind or one.type, deduplicate_by=properties or one.deduplicate_by)
                for one in connector.inbounds.values()
            }
            found.append(own)
    return found


def configured(connector: Connector[Any], name: str, variables: Mapping[str, str]) -> Connector[Any]:
    """Return a connector with the job type that the environment gives it."""
    job_type = variables.get(f"CONNECTOR_{name}_TYPE", "").strip()
    if not job_type:
        return connector
    own = copy.copy(connector)
    own.type = job_type
    return own
