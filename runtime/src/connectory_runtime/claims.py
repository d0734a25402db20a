"""What a connector has alone, its job type and its subscription types, and what a distribution has alone, its
intrinsic functions.

Two that claim the same are never settled silently by their order. Named by people, they are an error; found by chance,
both are set aside and everything else works.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectory_runtime.installed import DiscoveryError, Found
from connectory_sdk import Connector

if TYPE_CHECKING:
    from connectory_runtime.intrinsic import Function

TypeOf = Callable[[Connector[Any]], str]


def own_type(connector: Connector[Any]) -> str:
    """Return a connector's job type, as it says itself."""
    return connector.type


def claims(connector: Connector[Any], kind_of: TypeOf) -> list[str]:
    """Return what a connector wants to have alone: its job type, its subscription types."""
    kinds = [f"subscription type '{kind}'" for kind in connector.inbounds]
    return [f"job type '{kind_of(connector)}'", *kinds] if connector.operations else kinds


def clashes(connectors: Iterable[Connector[Any]], kind_of: TypeOf) -> dict[str, list[Connector[Any]]]:
    """Return what several connectors claim, and which do."""
    owners: dict[str, list[Connector[Any]]] = {}
    for connector in connectors:
        for claim in claims(connector, kind_of):
            owners.setdefault(claim, []).append(connector)
    return {claim: several for claim, several in owners.items() if len(several) > 1}


def clash(claim: str, several: Sequence[Connector[Any]], places: str = "") -> str:
    """Say in one line that connectors claim the same, and what to do."""
    kind = claim.partition("'")[2].rstrip("'")
    side = "outbound" if claim.startswith("job") else "inbound"
    return (
        f"{claim} is claimed by both {' and '.join(connector.id for connector in several)}{places} "
        f"(Duplicate {side} connector registration for type {kind}); uninstall one, leave one out with "
        "CONNECTORY_CONNECTORS, or give one another type with CONNECTOR_<NAME>_TYPE"
    )


def check_types(connectors: Iterable[Connector[Any]], kind_of: TypeOf = own_type) -> None:
    """Check that each job type and each subscription type has one connector.

    Args:
        connectors: The connectors.
        kind_of: Gives a connector's job type.

    Raises:
        DiscoveryError: Two claim one.
    """
    for claim, several in clashes(connectors, kind_of).items():
        raise DiscoveryError(clash(claim, several))


def set_aside(
    connectors: dict[str, list[Connector[Any]]],
    loading: Sequence[Found],
    broken: dict[str, str],
    kind_of: TypeOf,
) -> None:
    """Remove connectors that claim the same: never silently the first or the last, so neither, until people choose."""
    every = [connector for several in connectors.values() for connector in several]
    for claim, several in clashes(every, kind_of).items():
        owners = [one for one in loading if any(c in several for c in connectors.get(one.name, ()))]
        message = clash(claim, several, f" ({', '.join(f'{one.distribution} {one.version}' for one in owners)})")
        for one in owners:
            broken.setdefault(one.name, message)
            connectors[one.name] = [connector for connector in connectors[one.name] if connector not in several]
    for name in [name for name, several in connectors.items() if not several and name in broken]:
        del connectors[name]


def settled(given: Mapping[Found, Mapping[str, "Function"]], broken: dict[str, str]) -> dict[str, "Function"]:
    """Return the intrinsic functions that one distribution alone gives, and say in `broken` which others there are."""
    owners: dict[str, list[Found]] = {}
    for one, functions in given.items():
        for name in functions:
            owners.setdefault(name, []).append(one)
    if not owners:
        return {}
    from connectory_runtime.intrinsic import FUNCTIONS  # with FEEL, so only where there are any

    result = {}
    for name, several in owners.items():
        if name in FUNCTIONS or len(several) > 1:
            places = [f"{one.distribution} {one.version}" for one in several]
            places = ["the runtime", *places] if name in FUNCTIONS else places
            for one in several:
                broken.setdefault(
                    one.name,
                    f"intrinsic function '{name}' is given by both {' and '.join(places)}; rename it, or leave one out "
                    "with CONNECTORY_CONNECTORS",
                )
        else:
            result[name] = given[several[0]][name]
    return result
