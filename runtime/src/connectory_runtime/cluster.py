"""Whether the cluster can be reached, asked again and again; said once when that changes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from connectory_runtime.client.authentication import LoginError
from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError, UnreachableError

log = logging.getLogger(__name__)

INTERVAL = 10.0
FIRST_PAUSE = 0.2


class Cluster:
    """Watches a cluster.

    Args:
        client: How to ask it.

    Attributes:
        on_return: Called when the cluster answers again.
    """

    def __init__(self, client: CamundaClient) -> None:
        self.client = client
        self.brokers = 0
        self.healthy_partition = False
        self.problem: str | None = "the cluster was not asked yet"
        self.reached = asyncio.Event()
        self.on_return: Callable[[], None] = lambda: None
        self._said: str | None = None

    @property
    def up(self) -> bool:
        """There is a broker and a healthy partition."""
        return self.problem is None and self.brokers > 0 and self.healthy_partition

    async def watch(self) -> None:
        """Ask until cancelled."""
        pause = FIRST_PAUSE
        while True:
            await self.ask()
            await asyncio.sleep(INTERVAL if self.up else pause)
            pause = FIRST_PAUSE if self.up else min(pause * 2, 5.0)

    async def ask(self) -> None:
        """Ask once."""
        try:
            topology = await self.client.topology()
        except GatewayError as exc:
            self.problem = advice(self.client.address, exc)
            if self.problem != self._said:
                log.warning("%s; waiting for it", self.problem)
        else:
            self._learn(topology)
            if self._said is not None:
                log.info("the cluster at %s answers again", self.client.address)
                self.on_return()
            self.reached.set()
        self._said = self.problem

    def _learn(self, topology: Mapping[str, Any]) -> None:
        brokers = topology.get("brokers") or []
        self.brokers = len(brokers)
        self.healthy_partition = any(
            str(partition.get("health", "")).lower() == "healthy"
            for broker in brokers
            for partition in broker.get("partitions") or []
        )
        self.problem = None


def advice(address: str, exc: GatewayError) -> str:
    """Return in one line why a cluster cannot be used, and what to do."""
    if isinstance(exc, LoginError):
        return str(exc)
    if isinstance(exc, UnreachableError):
        if exc.tls:
            return (
                f"the cluster at {address} cannot be reached: {exc}; "
                "check the certificates (CAMUNDA_MTLS_CA_PATH, CAMUNDA_MTLS_CERT_PATH, CAMUNDA_MTLS_KEY_PATH)"
            )
        return f"the cluster at {address} cannot be reached: {exc}; check CAMUNDA_REST_ADDRESS"
    if exc.status in (401, 403):
        return f"the cluster at {address} refused the login ({exc}); check CAMUNDA_AUTH_STRATEGY and its credentials"
    if exc.status == 404:
        return f"at {address} there is no Camunda REST API ({exc}); check CAMUNDA_REST_ADDRESS"
    return f"the cluster at {address} does not answer as it should: {exc}"
