"""What passes between the application and the handlers: calls in, replies out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from connectory_engine.gateway.multipart import Part
from connectory_engine.gateway.problems import Problem
from connectory_engine.gateway.shapes import Check

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

JSON = b"application/json"
PROBLEM = b"application/problem+json"


@dataclass(slots=True)
class Call:
    """One request, read and checked: keys are numbers, the body has passed its shape."""

    method: str
    path: str
    arguments: dict[str, Any]
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    host: str = ""

    @property
    def key(self) -> int:
        """The key that the path names."""
        return int(next(iter(self.arguments.values())))


@dataclass(slots=True, frozen=True)
class Reply:
    """One answer, ready to be sent."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


NO_CONTENT = Reply(204)

Handler = Callable[["Gateway", Call], "Reply | Awaitable[Reply]"]


@dataclass(slots=True, frozen=True)
class Route:
    """One operation: its method, its path and what answers it.

    `body` is the check of a JSON body and `required` says whether there must be one; `form` asks for multipart.
    """

    method: str
    path: str
    handler: Handler
    body: Check | None = None
    required: bool = False
    form: bool = False


def answer(document: object, *, status: int = 200) -> Reply:
    """Give a JSON answer."""
    return Reply(status, orjson.dumps(document))


def refusal(problem: Problem, path: str) -> Reply:
    """Give the answer that a problem is."""
    headers = tuple((name.encode(), value.encode()) for name, value in problem.headers.items())
    return Reply(problem.status, orjson.dumps(problem.document(path)), PROBLEM, headers)
