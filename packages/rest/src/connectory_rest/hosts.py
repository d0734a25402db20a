"""Addresses that a request may reach: ``CAMUNDA_CONNECTOR_VALIDATION_HOSTS_...``.

Off unless switched on. Then private, loopback, link-local, metadata and reserved addresses are refused, whether a model
names them, a name resolves to them, or a redirect leads there; the connection goes to the address that was checked.
"""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from connectory_sdk import ConnectorInputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PREFIX = "CAMUNDA_CONNECTOR_VALIDATION_HOSTS_"
PRIVATE = [ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
RESERVED = [
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"),
        *("64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"),
    )
]


class HostDeniedError(OSError):
    """An address that may not be reached; an `OSError`, so that HTTP libraries hand it through as the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRules:
    """Which addresses may be reached."""

    enabled: bool = False
    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    allow_private: bool = False
    allow_loopback: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "HostRules":
        """Return the rules of an environment.

        Raises:
            ValueError: A range cannot be read; names the variable.
        """

        def text(name: str) -> str:  # Spring takes a property's dashes as nothing or as underscores
            return environ.get(PREFIX + name) or environ.get(PREFIX + name.replace("_", "")) or ""

        def on(name: str) -> bool:
            return text(name).strip().lower() == "true"

        return cls(
            enabled=on("ENABLED"),
            allow=ranges(PREFIX + "ALLOW_RANGES", text("ALLOW_RANGES")),
            deny=ranges(PREFIX + "DENY_RANGES", text("DENY_RANGES")),
            allow_private=on("UNSAFE_ALLOW_PRIVATE_RANGES"),
            allow_loopback=on("UNSAFE_ALLOW_LOOPBACK"),
        )

    def verdict(self, address: Address) -> str | None:
        """Return why an address may not be reached, None where it may."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if within(address, self.deny):
            return "DENY_USER_CONFIGURED"
        if within(address, self.allow):
            return None
        if address.is_loopback:
            return None if self.allow_loopback else "DENY_NOT_GLOBAL_UNICAST"
        if address.is_link_local or address.is_multicast or address.is_unspecified or is_broadcast(address):
            return "DENY_NOT_GLOBAL_UNICAST"
        if within(address, PRIVATE):
            return None if self.allow_private else "DENY_PRIVATE_RANGE"
        return "DENY_RESERVED_RANGE" if within(address, RESERVED) else None

    def check(self, host: str, addresses: Iterable[str]) -> None:
        """Refuse a host of which any address may not be reached.

        Raises:
            HostDeniedError: Names host, address and reason.
        """
        for text in addresses:
            if reason := self.verdict(ip_address(text.partition("%")[0])):
                raise HostDeniedError(f"Host '{host}' resolved to '{text}' was denied: {reason}")

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host when all of them may be reached.

        Raises:
            ConnectorInputError: One may not be reached, or there is none.
        """
        try:
            addresses = await resolved(host, port)
            self.check(host, addresses)
        except HostDeniedError as exc:
            raise ConnectorInputError(str(exc)) from exc
        except OSError as exc:
            raise ConnectorInputError(f"Could not resolve host '{host}'") from exc
        return addresses


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; an address is its own."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(item[4][0]) for item in found))


def within(address: Address, networks: Iterable[Network]) -> bool:
    """Tell whether an address is in one of several ranges."""
    return any(address.version == network.version and address in network for network in networks)


def is_broadcast(address: Address) -> bool:
    """Tell whether an address means all machines."""
    return str(address) == "255.255.255.255"


def ranges(name: str, text: str) -> tuple[Network, ...]:
    """Return a list of ranges such as ``10.0.0.0/8, 192.168.1.7``.

    Raises:
        ValueError: One is none.
    """
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as exc:
        raise ValueError(f"{name} is '{text}'; write ranges such as 10.0.0.0/8 with commas between") from exc


def is_loopback(host: str) -> bool:
    """Tell by its name alone whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
