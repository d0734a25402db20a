"""What a connector author imports.

A *connector* integrates Camunda 8 with one external system and has one job type. It consists of *operations*: async
functions that take a pydantic request and the job's context and return anything that JSON can say::

    from pydantic import BaseModel, Field
    from connectory_sdk import Connector, JobContext, hookimpl

    greeter = Connector(id="acme.greeter.outbound", name="Greeter", type="acme:greeter:1", version=1)

    class Greet(BaseModel):
        who: str = Field(title="Who", description="Whom to greet", min_length=1)

    @greeter.operation("greet", name="Greet somebody")
    async def greet(request: Greet, job: JobContext) -> dict[str, str]:
        return {"greeting": f"Hello, {request.who}!"}

    @hookimpl
    def connectory_connectors() -> list[Connector]:
        return [greeter]

The runtime finds the module through the entry-point group ``connectory.connectors``. The element template follows from
the models (`connectory_sdk.template`); tests start from `connectory_sdk.testing`. Neither is imported here.
"""

from connectory_sdk.connector import Connector, Operation
from connectory_sdk.context import JobContext
from connectory_sdk.documents import Document
from connectory_sdk.errors import BpmnError, ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_sdk.hooks import hookimpl
from connectory_sdk.inbound import Event, InboundContext
from connectory_sdk.properties import Group, Property
from connectory_sdk.secrets import SecretContext, SecretProvider

__all__ = [
    "BpmnError",
    "Connector",
    "ConnectorError",
    "ConnectorInputError",
    "ConnectorRetryError",
    "Document",
    "Event",
    "Group",
    "InboundContext",
    "JobContext",
    "Operation",
    "Property",
    "SecretContext",
    "SecretProvider",
    "hookimpl",
]
