"""One answer for all replicas: a request is sent on to each of them, and what they say is put together.

The replicas are the addresses of one DNS name, such as a headless service of Kubernetes. A request that was sent on
carries a header and is answered by the replica that it reaches.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from connectory_runtime.client.problems import UnreachableError
from connectory_runtime.client.transport import Answer, Transport
from connectory_runtime.service.wire import Reply

log = logging.getLogger(__name__)

FORWARDED = "x-camunda-forwarded-for"
PATHS = ("/outbound", "/inbound-instances", "/tenants")
PATIENCE = 5.0
WORST_FIRST = ("DOWN", "UNKNOWN", "UP")


class Replicas:
    """Asks all replicas.

    Args:
        service: The DNS name whose addresses they have, or a URL with it.
        hostname: Name of this replica.
    """

    def __init__(self, service: str, hostname: str) -> None:
        self.service = (urlsplit(service).hostname if "//" in service else service.partition(":")[0]) or service
        self.hostname = hostname

    def concern(self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Tell whether a request is for all replicas; ``/inbound/<path>`` are webhooks."""
        mine = path == "/inbound" or any(path == one or path.startswith(f"{one}/") for one in PATHS)
        return method == "GET" and mine and not any(name == FORWARDED.encode() for name, _ in headers)

    async def ask(self, target: str, port: int) -> Reply | None:
        """Return what all replicas say together; None when none can be reached.

        Args:
            target: Path and query.
            port: The port of the service, the same for all.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.service, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
        except OSError as exc:
            log.warning(
                "replicas of '%s' cannot be found: %s; check CAMUNDA_CONNECTOR_HEADLESS_SERVICEURL",
                *(self.service, exc.strerror),
            )
            return None
        addresses = dict.fromkeys(str(one[4][0]) for one in found)
        answers = await asyncio.gather(*(self._one(f"http://{address}:{port}", target) for address in addresses))
        given = [answer for answer in answers if answer is not None]
        return together(given) if given else None

    async def _one(self, base: str, target: str) -> Answer | None:
        try:
            async with Transport(base, connect_timeout=PATIENCE) as transport:
                return await transport.request("GET", target, headers={FORWARDED: self.hostname}, timeout=PATIENCE)
        except UnreachableError as exc:
            log.warning("replica %s does not answer: %s", base, exc)
            return None


def together(answers: Sequence[Answer]) -> Reply:
    """Return the answers as one: of those below 400 if there are any, else the first."""
    good = [answer for answer in answers if answer.status < 400]
    if not good:
        first = answers[0]
        return Reply(first.status, bytes(first.body), first.headers.get("content-type", "text/plain"))
    return Reply(good[0].status, merged([answer.json() for answer in good]))


def merged(values: Sequence[Any]) -> Any:
    """Return the values of several replicas as one: lists one after the other, inbound connectors by their identity."""
    if all(isinstance(value, list) for value in values):
        items = [item for value in values for item in value]
        for identity in ("connectorId", "executableId"):
            if items and all(isinstance(item, dict) and identity in item for item in items):
                groups: dict[Any, list[Any]] = {}
                for item in items:
                    groups.setdefault(item[identity], []).append(item)
                return [merged(group) for group in groups.values()]
        return items
    first = values[0]
    if not isinstance(first, dict):
        return first
    one = dict(first)
    if "instances" in first:
        one["instances"] = merged([value.get("instances", []) for value in values])
    if isinstance(first.get("health"), dict):
        one["health"] = min((value["health"] for value in values), key=badness)
    return one


def badness(health: dict[str, Any]) -> int:
    """Return where a health stands among others, the worst first."""
    status = health.get("status")
    return WORST_FIRST.index(status) if status in WORST_FIRST else len(WORST_FIRST)
