"""A connector whose jobs go as the model asks, and a secret provider; installed for the tests of the adapters.

What happened in this process is kept in `seen` and `lifespans`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from connectory_sdk import (
    BpmnError,
    Connector,
    ConnectorError,
    ConnectorInputError,
    ConnectorRetryError,
    JobContext,
    SecretContext,
    SecretProvider,
    hookimpl,
)

seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
"""The attempts of each case."""

lifespans: list[str] = []
working = asyncio.Event()


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[str]:
    lifespans.append("entered")
    yield "state"
    lifespans.append("left")


probe: Connector[str] = Connector(
    id="acme.probe.outbound", name="Probe", type="acme:probe:1", version=1, select="how", lifespan=lifespan
)


class Request(BaseModel):
    """What all operations are asked."""

    case: str = Field(title="Case")
    how: str
    token: SecretStr | None = None
    number: int = 0
    hint: Any = None


def attempt(request: Request, job: JobContext[str]) -> int:
    """Keep what an attempt saw; return its number."""
    attempts = seen[request.case]
    left = job.deadline - time.time()
    attempts.append({"retries": job.retries, "hint": request.hint, "state": job.state, "lock": left})
    attempts[-1]["time"] = time.monotonic()
    return len(attempts)


@probe.operation("succeed")
async def succeed(request: Request, job: JobContext[str]) -> dict[str, Any]:
    """Give the number back."""
    attempt(request, job)
    return {"number": request.number, "key": job.key, "process": job.process_definition_id, "element": job.element_id}


@probe.operation("flaky")
async def flaky(request: Request, job: JobContext[str]) -> dict[str, Any]:
    """Fail once."""
    if attempt(request, job) == 1:
        raise ConnectorError("not today", code="BUSY")
    return {"attempts": len(seen[request.case])}


@probe.operation("later")
async def later(request: Request, job: JobContext[str]) -> dict[str, Any]:
    """Ask once to be called later, which costs no retry."""
    if attempt(request, job) == 1:
        raise ConnectorRetryError("slow down", retries=job.retries, backoff=timedelta(seconds=1))
    return {"attempts": len(seen[request.case])}


@probe.operation("refuse")
async def refuse(request: Request, job: JobContext[str]) -> None:
    """Fail always, and say too much."""
    attempt(request, job)
    token = request.token.get_secret_value() if request.token else ""
    raise ConnectorError(f"refused with {token}", code="BAD")


@probe.operation("throw")
async def throw(request: Request, job: JobContext[str]) -> None:
    """Throw a BPMN error."""
    attempt(request, job)
    raise BpmnError("E", "thrown", variables={"reason": "thrown", "number": request.number})


@probe.operation("misuse")
async def misuse(request: Request, job: JobContext[str]) -> None:
    """Find the input wrong."""
    attempt(request, job)
    raise ConnectorInputError("the number is odd")


@probe.operation("wait")
async def wait(request: Request, job: JobContext[str]) -> dict[str, Any]:
    """Take long at the first attempt."""
    if attempt(request, job) == 1:
        working.set()
        await asyncio.sleep(3600)
    return {"attempts": len(seen[request.case])}


@probe.operation("store")
async def store(request: Request, job: JobContext[str]) -> dict[str, Any]:
    """Store a document and read it again."""
    attempt(request, job)
    document = await job.documents.create(b"content", name="file.txt", content_type="text/plain")
    return {"document": document, "content": (await document.read()).decode()}


class BrokenVault:
    """Cannot be reached at the first time."""

    def __init__(self) -> None:
        self.asked = 0

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Fail once for the secret VAULTED."""
        if name != "VAULTED":
            return None
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("password of the vault: hunter2")
        return "from the vault"


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the connector."""
    return [probe]


@hookimpl
def connectory_secret_providers() -> list[SecretProvider]:
    """Return the provider."""
    return [BrokenVault()]
