"""What passes between the application and the handlers: calls in, replies out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from connectory_engine.gateway.multipart import Part
from connectory_engine.gateway.problems import Problem
from connectory_engine.gateway.shapes import Check
from connectory_feel import to_json

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

    def flag(self, name: str, *, default: bool) -> bool:
        """Read a query parameter that is true or false."""
        written = self.query.get(name)
        if written is None or written == "":
            return default
        if written.lower() not in ("true", "false"):
            raise Problem(400, f"Failed to convert '{name}' with value: '{written}'")
        return written.lower() == "true"

    def exact(self, name: str) -> Any:
        """Give the one value that a search's filter asks of a column, or None when it leaves it open."""
        wanted = self.body.get("filter")
        return None if wanted is None else wanted.exact.get(name)


@dataclass(slots=True)
class Reply:
    """One answer, ready to be sent; `unsent` undoes what it stands for when the client has gone."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    unsent: Callable[[], None] | None = None


NO_CONTENT = Reply(204)

Handler = Callable[["Gateway", Call], "Reply | Awaitable[Reply]"]


@dataclass(slots=True, frozen=True)
class Route:
    """One operation: its method, its path and what answers it.

    `body` is the check of a JSON body and `required` says whether there must be one; `form` asks for multipart.
    The real gateway takes 4 MiB, too.
    """

    method: str
    path: str
    handler: Handler
    body: Check | None = None
    required: bool = False
    form: bool = False
    most_bytes: int = 4 * 1024 * 1024


def answer(document: object, *, status: int = 200) -> Reply:
    """Give a JSON answer."""
    return Reply(status, orjson.dumps(document, default=_plain))


def _plain(value: Any) -> Any:
    """Write what JSON does not know as the engine would: numbers of FEEL, read-only mappings and the like."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, frozenset)):
        return list(value)
    return to_json(value)


def refusal(problem: Problem, path: str) -> Reply:
    """Give the answer that a problem is."""
    headers = tuple((name.encode(), value.encode()) for name, value in problem.headers.items())
    return Reply(problem.status, orjson.dumps(problem.document(path)), PROBLEM, headers)
