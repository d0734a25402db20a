"""Deployments, and taking deployed processes away."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.problems import Problem
from connectory_engine.gateway.shapes import OPERATION_REFERENCE, Shape, boolean, tenant
from connectory_engine.gateway.wire import Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

DELETION = Shape({"operationReference": OPERATION_REFERENCE, "deleteHistory": boolean})
_TENANT = tenant("Deploy Resources")
_OTHER = ("decisionDefinition", "decisionRequirements", "form", "resource")


def deploy(gateway: "Gateway", call: Call) -> Reply:
    """Deploy the files of a form: all of them, or none when one is refused."""
    files = [(part.file or "", part.data) for part in call.parts if part.name == "resources" and part.file is not None]
    if not files:
        raise Problem(400, "Required part 'resources' is not present.")
    for part in call.parts:
        if part.name == "tenantId":
            _TENANT(part.data.decode("utf-8", "replace"), "tenantId")
    deployment = gateway.engine.deploy(files)
    processes = [
        {
            "processDefinitionId": d.id,
            "processDefinitionVersion": d.version,
            "processDefinitionKey": str(d.key),
            "resourceName": d.resource_name,
            "tenantId": TENANT,
        }
        for d in deployment.definitions
    ]
    return answer(
        {
            "deploymentKey": str(deployment.key),
            "tenantId": TENANT,
            "deployments": [{"processDefinition": p, **dict.fromkeys(_OTHER)} for p in processes],
        }
    )


ROUTES = (Route("POST", "/deployments", deploy, form=True),)
