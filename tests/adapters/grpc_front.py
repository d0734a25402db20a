"""The part of Zeebe's gRPC that pyzeebe's workers use, in front of an engine that speaks REST."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
from pyzeebe.proto import gateway_pb2 as messages
from pyzeebe.proto import gateway_pb2_grpc as services

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.FAILED_PRECONDITION,
}


class Front(services.GatewayServicer):
    """Passes each call on; real Zeebe gateways do the same with the same messages."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ActivateJobs(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        wanted = {
            "type": request.type,
            "worker": request.worker,
            "timeout": request.timeout,
            "maxJobsToActivate": request.maxJobsToActivate,
            "requestTimeout": request.requestTimeout or 2_000,
            "fetchVariable": list(request.fetchVariable),
        }
        answer = await self.client.post("/jobs/activation", json=wanted, timeout=30)
        yield messages.ActivateJobsResponse(
            jobs=[
                messages.ActivatedJob(
                    key=int(job["jobKey"]),
                    type=job["type"],
                    processInstanceKey=int(job["processInstanceKey"]),
                    bpmnProcessId=job["processDefinitionId"],
                    processDefinitionVersion=job["processDefinitionVersion"],
                    processDefinitionKey=int(job["processDefinitionKey"]),
                    elementId=job["elementId"],
                    elementInstanceKey=int(job["elementInstanceKey"]),
                    customHeaders=json.dumps(job["customHeaders"]),
                    worker=job["worker"],
                    retries=job["retries"],
                    deadline=job["deadline"],
                    variables=json.dumps(job["variables"]),
                    tenantId=job["tenantId"],
                )
                for job in answer.json()["jobs"]
            ]
        )

    async def told(self, context: Any, method: str, path: str, body: dict[str, Any]) -> None:
        answer = await self.client.request(method, path, json=body)
        if answer.is_error:
            code = CODES.get(answer.status_code, grpc.StatusCode.UNAVAILABLE)
            await context.abort(code, answer.json()["detail"])

    async def CompleteJob(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {"variables": json.loads(request.variables)}
        await self.told(context, "POST", f"/jobs/{request.jobKey}/completion", body)
        return messages.CompleteJobResponse()

    async def FailJob(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {
            "retries": request.retries,
            "errorMessage": request.errorMessage,
            "retryBackOff": request.retryBackOff,
            "variables": json.loads(request.variables or "{}"),
        }
        await self.told(context, "POST", f"/jobs/{request.jobKey}/failure", body)
        return messages.FailJobResponse()

    async def ThrowError(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {
            "errorCode": request.errorCode,
            "errorMessage": request.errorMessage,
            "variables": json.loads(request.variables or "{}"),
        }
        await self.told(context, "POST", f"/jobs/{request.jobKey}/error", body)
        return messages.ThrowErrorResponse()

    async def UpdateJobTimeout(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.told(context, "PATCH", f"/jobs/{request.jobKey}", {"changeset": {"timeout": request.timeout}})
        return messages.UpdateJobTimeoutResponse()


@asynccontextmanager
async def grpc_front(address: str) -> AsyncIterator[str]:
    """Serve an engine's jobs over gRPC; give the address."""
    async with httpx.AsyncClient(base_url=f"{address}/v2") as client:
        server = grpc.aio.server()
        services.add_GatewayServicer_to_server(Front(client), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop(0.1)
