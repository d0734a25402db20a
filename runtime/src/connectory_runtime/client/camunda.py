"""Calls of the REST API: one method each, plain values in and out."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from connectory_runtime.client.authentication import Authentication, NoAuthentication
from connectory_runtime.client.problems import problem
from connectory_runtime.client.transport import Answer, Tls, Transport
from connectory_runtime.client.versions import Version, parse_version
from connectory_runtime.encoding import dumps, loads

JSON = {"content-type": "application/json"}
COMMAND_TIMEOUT = 20.0
TRANSFER_TIMEOUT = 600.0
"""Seconds for all of a document, in either direction."""
POLL_SLACK = 10.0
"""Seconds that a long poll may take longer than asked before the connection counts as dead."""


class CamundaClient:
    """Talks to one cluster.

    Args:
        address: The REST address; ``/v2`` is appended when missing.
        authentication: Gives the header of each request.
        tls: Private certificates.
    """

    def __init__(self, address: str, *, authentication: Authentication | None = None, tls: Tls | None = None) -> None:
        address = address.rstrip("/")
        self.address = address.removesuffix("/v2")
        self.authentication = authentication or NoAuthentication()
        self.version = Version()
        self.command_timeout = COMMAND_TIMEOUT
        self._transport = Transport(address if address.endswith("/v2") else f"{address}/v2", tls=tls)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.authentication.close()
        await self._transport.__aexit__(kind, exc, trace)

    async def call(self, method: str, path: str, *, body: bytes | None = None, timeout: float | None = None) -> Answer:
        """Send a request and return its successful answer; a 401 is tried once more with another token.

        Raises:
            GatewayError: Camunda refused, or did not answer.
        """
        timeout = self.command_timeout if timeout is None else timeout
        header = await self.authentication.header()
        answer = await self._send(method, path, body, timeout, header)
        if answer.status == 401 and self.authentication.refused(header):
            header = await self.authentication.header()
            answer = await self._send(method, path, body, timeout, header)
        if answer.status >= 300:
            raise problem(answer.status, answer.json(), answer.headers)
        return answer

    async def _send(
        self, method: str, path: str, body: bytes | None, timeout: float, authorization: str | None
    ) -> Answer:
        headers = JSON if authorization is None else {**JSON, "authorization": authorization}
        return await self._transport.request(method, path, body=body, headers=headers, timeout=timeout)

    async def post(self, path: str, value: Any, *, timeout: float | None = None) -> Any:
        """Send JSON and return the JSON of the answer, None where it has none."""
        answer = await self.call("POST", path, body=dumps(value), timeout=timeout)
        return loads(answer.body) if len(answer.body) else None

    async def get(self, path: str) -> Any:
        """Return the JSON of an answer, None where it has none."""
        answer = await self.call("GET", path)
        return loads(answer.body) if len(answer.body) else None

    async def get_text(self, path: str) -> str:
        """Return the text of an answer."""
        return bytes((await self.call("GET", path)).body).decode()

    async def activate(
        self,
        type: str,
        *,
        timeout: int,
        most: int,
        worker: str,
        request_timeout: int,
        variables: Sequence[str] = (),
        tenants: Sequence[str] = (),
        tenant_filter: str | None = None,
        lease: bool = False,
    ) -> bytes | memoryview:
        """Wait for jobs of a type; return the answer's JSON text, ``{"jobs": [...]}``.

        Args:
            type: The job type.
            timeout: Milliseconds that the jobs stay locked.
            most: How many jobs at most.
            worker: Name of the worker.
            request_timeout: Milliseconds to wait for the first job.
            variables: Variables to fetch; none means all.
            tenants: Tenants whose jobs are wanted.
            tenant_filter: ``PROVIDED`` for those, ``ASSIGNED`` for those of the login; from 8.9 on.
            lease: Ask for lease tokens.
        """
        asked: dict[str, Any] = {
            "type": type,
            "timeout": timeout,
            "maxJobsToActivate": most,
            "worker": worker,
            "requestTimeout": request_timeout,
        }
        if variables:
            asked["fetchVariable"] = list(variables)
        if tenants:
            asked["tenantIds"] = list(tenants)
        if tenant_filter and self.version.tenant_filter:
            asked["tenantFilter"] = tenant_filter
        if lease and self.version.leases:
            asked["withLease"] = True
        patience = max(request_timeout, 0) / 1000 + POLL_SLACK
        answer = await self.call("POST", "/jobs/activation", body=dumps(asked), timeout=patience)
        return answer.body

    async def topology(self) -> Mapping[str, Any]:
        """Return the cluster's brokers and versions; learns what the cluster can do."""
        value = await self.get("/topology")
        self.version = parse_version(value.get("gatewayVersion"))
        return value  # type: ignore[no-any-return]

    async def evaluate(self, expression: str, *, tenant: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression, which may read the cluster's variables; from 8.9 on.

        Raises:
            GatewayError: It fails, or the cluster has no such call, or does not answer.
        """
        # Variables go along as they are: clusters before 8.10 take no scope.
        body = {"expression": expression, "tenantId": tenant, "variables": variables or {}}
        return (await self.post("/expression/evaluation", body)).get("result")

    async def search(self, path: str, filter: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield all items of a search, page by page."""
        cursor = None
        while True:
            page = {"limit": 100, **({"after": cursor} if cursor else {})}
            found = await self.post(path, {"filter": filter, "page": page})
            for item in found["items"]:
                yield item
            cursor = found.get("page", {}).get("endCursor")
            if not cursor or len(found["items"]) < 100:
                return

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give the content behind a path as it comes.

        Raises:
            GatewayError: There is none.
        """
        for last in (False, True):
            header = await self.authentication.header()
            async with self._transport.stream(path, timeout=TRANSFER_TIMEOUT, headers=authorized(header)) as (
                response,
                content,
            ):
                if response.status < 300:
                    yield content
                    return
                body = b"".join([chunk async for chunk in content])
                if last or response.status != 401 or not self.authentication.refused(header):
                    raise problem(response.status, Answer(0, {}, body).json(), response.headers)

    async def upload(
        self, path: str, form: Callable[[], Any], *, again: bool = True, timeout: float = TRANSFER_TIMEOUT
    ) -> Any:
        """Send a multipart form of the HTTP library and return the JSON of the answer.

        Args:
            path: Where to.
            form: Makes the form.
            again: It can be made once more, which a 401 asks for.
            timeout: Seconds for all of it.

        Raises:
            GatewayError: Camunda refused, or did not answer.
        """
        while True:
            header = await self.authentication.header()
            request = self._transport.builder("POST", path, authorized(header), timeout).multipart(form()).build()
            answer = await self._transport.send(request)
            if answer.status < 300:
                return answer.json()
            if answer.status != 401 or not self.authentication.refused(header) or not again:
                raise problem(answer.status, answer.json(), answer.headers)
            again = False


def authorized(header: str | None) -> dict[str, str]:
    """Return the headers of a request that has no JSON."""
    return {} if header is None else {"authorization": header}
