"""Where HTTP requests go while the sandbox plays the outside world (``--sandbox``, the pytest fixture ``sandbox``)."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

ADDRESS = "CONNECTORY_SANDBOX_URL"
"""Environment variable with the address of the sandbox's HTTP service."""

ORIGINAL = "x-connectory-original-url"
"""Header in which a connector says where a redirected request was going."""


def redirected(url: str, environ: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return where to send a request, and the headers that it needs there.

    That is the address itself and no headers, unless the sandbox runs and the address is not on this machine.

    Args:
        url: The whole address, its query included.
        environ: What the connector's lifespan got.
    """
    sandbox = environ.get(ADDRESS, "").strip()
    if not sandbox or is_loopback(urlsplit(url).hostname or ""):
        return url, {}
    return sandbox, {ORIGINAL: url}


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
