"""Inbound connectors that are called over HTTP: request, answer, and what they have in common.

A subscription offers itself under a path with ``await inbound.serve(path, answer)``; the runtime owns the server, the
routes and the limits. Rules: ``/inbound/<path>`` of Camunda's connector runtime.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from pydantic_core import from_json

from connectory_sdk.inbound import Correlation

FORM = "application/x-www-form-urlencoded"
NOTHING: Mapping[str, Any] = MappingProxyType({})


@lru_cache(maxsize=64)  # callers send few, and each several times a call is looked at
def media_type(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.split(";")[0].strip().lower()


class Part(NamedTuple):
    """One part of a multipart request; a plain field has no file name."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


class HttpRequest(NamedTuple):
    """A call of a webhook; a tuple, which is made in a third of the time of a dataclass.

    Args:
        method: In capitals.
        url: Scheme, host and path as the caller sees them, without the query.
        query: The query as it was sent.
        headers: Names in lower case, one value each.
        params: The query's pairs; the first value of a name counts.
        body: The raw body; empty for multipart requests.
        parts: The parts of a multipart request.
    """

    method: str
    url: str
    query: str = ""
    headers: Mapping[str, str] = NOTHING
    params: Mapping[str, str] = NOTHING
    body: bytes = b""
    parts: Sequence[Part] = ()

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return media_type(self.headers.get("content-type", ""))


class HttpResponse(NamedTuple):
    """What the caller gets: bytes and text as they are, None as nothing, everything else as JSON."""

    status: int = 200
    headers: Mapping[str, str] = NOTHING
    body: Any = None


class HttpError(Exception):
    """Refuse a call.

    Args:
        status: The HTTP status.
        reason: For the caller below 500, and for the activity log. No secrets.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


Answer = Callable[[HttpRequest], Awaitable[HttpResponse]]


def parsed_body(request: HttpRequest) -> Any:
    """Return a request's body as FEEL sees it: a map for forms, text for XML, else the JSON value; nothing is ``{}``.

    Raises:
        HttpError: The body is neither.
    """
    if not request.body:
        return {}
    kind = request.media_type
    if kind == FORM:
        return form(request.body)
    if "application/xml" in kind or "text/xml" in kind:
        return request.body.decode(errors="replace")
    try:
        return from_json(request.body)
    except ValueError:
        kind = kind or "no content type"
        raise HttpError(400, f"The body ({kind}) is not JSON; send JSON, a form or XML with its content type") from None


def form(body: bytes) -> dict[str, str]:
    """Return the pairs of a form; the first value of a name counts."""
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def refusal(correlation: Correlation) -> HttpResponse | None:
    """Return the answer to an event that was not accepted; None when it was."""
    if correlation.accepted:
        return None
    if correlation.kind == "ActivationConditionNotMet":
        return HttpResponse(status=422, body={"consumeUnmatched": False})
    if correlation.kind == "InvalidInput":
        return HttpResponse(status=422, body={"message": correlation.message})
    if correlation.status:
        body = {"status": correlation.status, "message": correlation.message}
        return HttpResponse(status=STATUSES.get(correlation.status, 422), body=body)
    return HttpResponse(status=500)


STATUSES = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INTERNAL": 500,
    "DATA_LOSS": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 412,
    "OUT_OF_RANGE": 416,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "UNAUTHENTICATED": 401,
}
"""HTTP status for each status of the engine."""


def shaped(result: Any) -> HttpResponse:
    """Return the answer that a response expression describes with ``statusCode``, ``headers`` and ``body``.

    Text is escaped for HTML unless it is declared to be XML: it may repeat what a stranger sent.
    """
    if not isinstance(result, Mapping):
        return HttpResponse()
    given = result.get("headers")
    headers = {str(name): str(value) for name, value in given.items()} if given else NOTHING
    body = result.get("body")
    if isinstance(body, str):
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
        if not ("application/xml" in kind or "text/xml" in kind):
            import html  # with a table of all entities, so only for such an answer

            body = html.escape(body).replace("&#x27;", "&#39;")
    status = result.get("statusCode")
    return HttpResponse(status=int(status) if status is not None else 200, headers=headers, body=body)
