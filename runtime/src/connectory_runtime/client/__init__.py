"""The Camunda 8 REST API (``/v2``), as much of it as connectors need; clusters from 8.6 on."""

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError, UnreachableError
from connectory_runtime.client.transport import Tls

__all__ = ["CamundaClient", "GatewayError", "Tls", "UnreachableError"]
