"""What the elements of a subscription say: their properties with secrets, and what the connector gets of them."""

from collections.abc import Mapping
from typing import Any

from connectory_runtime.documents.incoming import Incoming
from connectory_runtime.inbound.correlation import reads_cluster
from connectory_runtime.inbound.elements import Element
from connectory_runtime.inbound.grouping import KEYWORDS
from connectory_runtime.inbound.properties import nested, prepared, with_secrets
from connectory_runtime.inbound.services import Services
from connectory_runtime.outbound.expressions import evaluate
from connectory_runtime.secrets import Masked
from connectory_sdk import SecretContext
from connectory_sdk.binding import bind
from connectory_sdk.inbound import InboundConnector


class Configuration:
    """The settings of a subscription's elements; remembered, because each event asks for them.

    Args:
        services: What subscriptions share.

    Attributes:
        masked: Keeps the secrets of the settings out of what is said.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.masked = Masked()
        self._properties: dict[tuple[str, str], dict[str, Any]] = {}
        self._descriptions: dict[tuple[str, str], dict[str, Any]] = {}

    def forget(self) -> None:
        """Read the settings anew, because there are other elements; their secrets stay secrets."""
        self._properties.clear()
        self._descriptions.clear()

    async def properties_of(self, element: Element) -> dict[str, Any]:
        """Return an element's properties, nested, with secrets.

        Raises:
            ConnectorInputError: Names do not go together, or a secret is unknown.
            SecretsUnavailableError: A provider fails.
        """
        key = element.definition.key, element.id
        found = self._properties.get(key)
        if found is None:
            settings = {name: value for name, value in element.properties.items() if name not in KEYWORDS}
            definition = element.definition
            context = SecretContext(tenant_id=definition.tenant_id, process_definition_id=definition.id)
            found = await with_secrets(nested(settings), self.services.secrets, context, self.masked.add)
            self._properties[key] = found
        return found

    def described(self, element: Element) -> dict[str, Any]:
        """Return what FEEL sees of an element; nobody changes it."""
        key = element.definition.key, element.id
        found = self._descriptions.get(key)
        if found is None:
            found = self._descriptions[key] = element.described() | {"properties": dict(element.properties)}
        return found

    async def config(self, connector: InboundConnector, element: Element, variables: Mapping[str, Any]) -> Any:
        """Return the connector's config for an element, FEEL evaluated with variables, intrinsic functions called.

        What reads the cluster's own variables (``camunda.vars.env.NAME``) is evaluated by the cluster.

        Raises:
            ConnectorInputError: The properties do not fit.
            GatewayError: The cluster does not answer.
            SecretsUnavailableError: A provider fails.
        """
        theirs: dict[str, Any] = {}

        def look(text: str) -> Any:
            if not reads_cluster(text):
                return evaluate(text, variables, what="property")
            return theirs.setdefault(text.strip(), None)

        properties, everywhere = await self.properties_of(element), connector.feel_everywhere
        data = prepared(connector.config, properties, look, everywhere=everywhere)
        if theirs:
            for text in theirs:
                theirs[text] = await self.services.correlator.evaluate(text, element.definition.tenant_id, variables)
            data = prepared(connector.config, properties, look, everywhere=everywhere)
        incoming = Incoming(self.services.documents, self.services.functions)
        return await bind(connector.config, await incoming.resolve(data))
