"""The HTTP service."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from connectory_sandbox.asgi import Answer, Request, application
from connectory_sandbox.control import controlled
from connectory_sandbox.faults import Faults, suffer
from connectory_sandbox.http.answers import Answers, CannedAnswer
from connectory_sandbox.http.endpoints import TokenEndpoint, echo, endpoint, readable
from connectory_sandbox.masking import masked, masked_headers, masked_url
from connectory_sandbox.server import Server
from connectory_sandbox.service import Journal
from connectory_sdk.sandbox import ADDRESS, ORIGINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came, credentials included.

    Args:
        method: In capitals.
        url: Where it was going: for a redirected request the address in the model.
        headers: Names in small letters, without the one that redirected.
        body: JSON, the fields of a form, text, or base64 of other content; None without a body.
        content: The bytes of the body.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    content: bytes

    def entry(self) -> dict[str, Any]:
        """Return it as shown, without credentials."""
        return {
            "service": "http",
            "method": self.method,
            "url": masked_url(self.url),
            "headers": masked_headers(self.headers),
            "body": masked(self.body),
        }


class HttpService:
    """Answers HTTP requests; an operation, for faults, is ``METHOD URL``: ``POST https://shop.example.com/*``."""

    name: ClassVar[str] = "http"

    def __init__(self) -> None:
        self.answers = Answers.of(None)
        self.received: list[HttpRequest] = []
        self.faults = Faults()
        self.tokens = TokenEndpoint()
        self.journal = Journal()
        self.server = Server(application(controlled(self, self.handle)))

    @property
    def url(self) -> str:
        """The service's address."""
        return self.server.base

    @property
    def environ(self) -> Mapping[str, str]:
        """Let the REST connector redirect its requests here, and those that ask `connectory_sdk.sandbox`."""
        return {"CONNECTORY_REST_SANDBOX_URL": self.url, ADDRESS: self.url}

    async def start(self, journal: Journal, *, port: int = 0) -> None:
        """Begin to listen."""
        self.journal = journal
        await self.server.start(port=port)

    async def stop(self) -> None:
        """Stop listening."""
        await self.server.stop()

    def reset(self) -> None:
        """Forget what came, the tokens and all faults."""
        self.received.clear()
        self.faults.clear()
        self.tokens.expire()
        self.answers.reset()

    async def handle(self, request: Request) -> Answer:
        """Write a request down and answer it."""
        query = f"?{request.query_string}" if request.query_string else ""
        original = request.headers.get(ORIGINAL)
        received = HttpRequest(
            method=request.method,
            url=original or f"{request.base}{request.path}{query}",
            headers={name: value for name, value in request.headers.items() if name != ORIGINAL},
            body=readable(request),
            content=request.content,
        )
        self.received.append(received)
        self.journal.add(received)

        async def usual() -> Answer:
            if canned := self.answers.find(received.method, received.url):
                return await written(canned)
            if original is None:
                return await endpoint(request, self.tokens, received.url)
            if isinstance(received.body, Mapping) and "grant_type" in received.body:
                return self.tokens.answer(request)
            return echo(request, received.url)

        return await suffer(self.faults.take(f"{received.method} {received.url}"), usual)


async def written(canned: CannedAnswer) -> Answer:
    """Return a canned answer when its time has come."""
    await asyncio.sleep(canned.delay)
    if canned.body is None:
        return Answer(status=canned.status, headers=canned.headers)
    if isinstance(canned.body, str):
        return Answer.text(canned.body, status=canned.status, headers=lowered(canned.headers))
    content = json.dumps(canned.body, ensure_ascii=False).encode()
    headers = {"content-type": "application/json; charset=utf-8", **lowered(canned.headers)}
    return Answer(status=canned.status, headers=headers, content=content)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return header fields with names in small letters, so that a given one replaces the usual one."""
    return {name.lower(): value for name, value in headers.items()}
