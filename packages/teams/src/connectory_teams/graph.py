"""Calls of Microsoft Graph: the token, the time limit, and what a refusal means for the job.

A call that Graph did not carry out may be made again. One that it may have carried out (a lost answer, 500, 502, 504
after a POST) is not: people would read the message twice.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError, JobContext
from connectory_sdk.waits import retry_after
from connectory_teams.authentication import Call
from connectory_teams.connector import Teams
from connectory_teams.permissions import advice

if TYPE_CHECKING:
    import httpx

    from connectory_teams.requests import Pages

PAGES = 100  # of a list that is followed to its end
PATIENCE = timedelta(seconds=10)  # after a 429 without Retry-After
UNDECIDED = {500, 502, 504}
TEMPORARY = {408, 409, 423, 425, 404}  # may be another in a moment: Teams shows new chats and channels late
EXPIRED = {"", "InvalidAuthenticationToken", "Unauthorized", "unauthenticated"}


class Graph:
    """Microsoft Graph, for one job.

    Args:
        request: Says who asks.
        job: For whom.
        operation: What it is, for advice about permissions.
    """

    def __init__(self, request: Call[Any], job: JobContext[Teams], operation: str) -> None:
        self.authentication = request.authentication
        self.job = job
        self.operation = operation
        self.http, self.tokens, self.base = job.state.http, job.state.tokens, job.state.graph

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        repeatable: bool | None = None,
    ) -> Any:
        """Make a call and return its answer; None where there is none.

        Args:
            method: HTTP method.
            path: Path below the version, ids quoted; or a whole link that Graph gave.
            query: Query options; those without a value are left out.
            body: JSON body.
            repeatable: Whether doing it twice is the same as doing it once. Default: for GET.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        url = self.address(path, query or {})
        repeatable = method == "GET" if repeatable is None else repeatable
        token = await self.tokens.get(self.authentication)
        reply = await self.send(method, url, content, token, repeatable=repeatable)
        if reply.status_code == 401 and expired(reply) and self.tokens.refused(self.authentication, token):
            # It ended on its way or was withdrawn, and Graph did nothing; a new one is fetched by one of all jobs.
            token = await self.tokens.get(self.authentication)
            reply = await self.send(method, url, content, token, repeatable=repeatable)
        if not reply.is_success:
            raise self.refusal(reply, repeatable=repeatable)
        if not reply.content:
            return None
        try:
            return reply.json()
        except ValueError as exc:
            if method == "GET":
                raise ConnectorError(f"Graph answered {reply.status_code} with broken JSON; try again") from exc
            raise ConnectorRetryError(
                f"Graph answered {reply.status_code}, so it was done, but with broken JSON, so the result is not known",
                code="BrokenAnswer",
                variables={"status": reply.status_code},
                hint="it is not repeated; look at the chat or channel before you retry",
                retries=0,
            ) from exc

    async def send(
        self, method: str, url: str, content: bytes | None, token: str, *, repeatable: bool
    ) -> "httpx.Response":
        """Send a request."""
        headers = {"Authorization": f"Bearer {token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        place, wrong = (
            f"Graph at '{self.base}'",
            "authentication.token has characters that no token has; paste it again",
        )
        return await sent(
            self.http, method, url, place=place, wrong=wrong, repeatable=repeatable, content=content, headers=headers
        )

    async def pages(self, path: str, pages: "Pages", *, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return one page of a list, or all of them as one.

        Args:
            path: Path of the list.
            pages: How much the model wants.
            query: Query options of the first page; a link has its own.
        """
        link = pages.next_link
        page = await self.call("GET", link or path, query=None if link else query)
        if not isinstance(page, dict):
            return {"value": []}
        whole = page
        for _ in range(PAGES - 1):
            if not pages.all_pages or not page.get("@odata.nextLink"):
                break
            page = await self.call("GET", page["@odata.nextLink"])
            whole = {**whole, **page, "value": [*whole.get("value", []), *page.get("value", [])]}
            if "@odata.nextLink" not in page:
                whole.pop("@odata.nextLink")
        return whole

    def address(self, path: str, query: Mapping[str, Any]) -> str:
        """Return the address of a path or link; a token goes to Graph only."""
        if "://" in path:
            if not path.startswith(f"{self.base}/"):
                raise ConnectorInputError(
                    f"nextLink and deltaLink must begin with '{self.base}/'; take them from a result"
                )
            return path
        given = {name: value for name, value in query.items() if value is not None}
        options = urlencode(given, safe="$,()'", quote_via=quote)
        return f"{self.base}{path}{'?' if options else ''}{options}"

    def refusal(self, reply: "httpx.Response", *, repeatable: bool) -> ConnectorError:
        """Return what a refusal means: Graph's own message, and beside it what to do."""
        code, text = error_of(reply)
        status = reply.status_code
        facts: dict[str, Any] = {
            "code": code or str(status),
            "variables": {"status": status, "error": {"code": code, "message": text}},
        }
        wait = retry_after(reply.headers.get("retry-after"))
        if status == 429:
            return limited(text, "Graph limits the calls of this app", wait, retries=self.job.retries, **facts)
        if status == 503 and wait is not None:
            hint = f"Graph is not available (503); next attempt in {wait.total_seconds():.0f} s"
            return ConnectorRetryError(text, hint=hint, backoff=wait, **facts)
        if status in UNDECIDED and not repeatable:
            return undecided(text, answer=f"Graph answered {status}", **facts)
        hint = advice(status, code, self.operation, self.authentication)
        if status >= 500 or status in TEMPORARY:
            return ConnectorError(text, hint=hint, **facts)
        return ConnectorRetryError(text, hint=hint, retries=0, **facts)


async def sent(
    http: "httpx.AsyncClient", method: str, url: str, *, place: str, wrong: str, repeatable: bool, **parts: Any
) -> "httpx.Response":
    """Send a request and return the answer, whatever its status.

    Args:
        http: The connections.
        method: HTTP method.
        url: Address; may be a secret.
        place: What is called, for messages.
        wrong: What to say where the request cannot be written.
        repeatable: Whether doing it twice is the same as doing it once.
        parts: Further arguments of `httpx.AsyncClient.request`.

    Raises:
        ConnectorError: There is no answer.
        ConnectorInputError: The address or a header has characters that it cannot have.
    """
    import httpx

    try:
        return await http.request(method, url, **parts)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
        raise ConnectorError(f"{place} cannot be reached: {detail(exc)}") from exc
    except (httpx.InvalidURL, UnicodeEncodeError, httpx.LocalProtocolError) as exc:
        raise ConnectorInputError(wrong) from exc
    except httpx.TransportError as exc:
        if repeatable:
            raise ConnectorError(f"{place} did not answer {method}: {detail(exc)}") from exc
        raise undecided(f"the answer of {place} was lost ({detail(exc)})") from exc


def path(template: str, data: BaseModel) -> str:
    """Return a path; each field of a model that it names becomes one segment, whatever stands in it."""
    return template.format_map({name: quote(value, safe="") for name, value in data if isinstance(value, str)})


def undecided(
    message: str, *, answer: str = "", code: str = "NoAnswer", variables: Mapping[str, Any] | None = None
) -> ConnectorRetryError:
    """Return the error for something of which nobody here can know whether it was done."""
    hint = (
        "it may have been carried out, so it is not repeated; look at the chat or channel, and retry if it is not there"
    )
    hint = f"{answer}: {hint}" if answer else hint
    return ConnectorRetryError(message, code=code, variables=variables, hint=hint, retries=0)


def limited(message: str, what: str, wait: timedelta | None, **facts: Any) -> ConnectorRetryError:
    """Return the error for a call that has to wait; it costs no retry."""
    wait = PATIENCE if wait is None else wait
    hint = f"{what} (429); next attempt in {wait.total_seconds():.0f} s"
    return ConnectorRetryError(message, hint=hint, backoff=wait, **facts)


def error_of(reply: "httpx.Response") -> tuple[str, str]:
    """Return code and message of a refusal, however it is written."""
    try:
        body = reply.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    code, text = "", error if isinstance(error, str) else ""
    if isinstance(error, dict):
        code, text = str(error.get("code") or ""), str(error.get("message") or error.get("code") or "")
    return code, one_line(text) or f"status {reply.status_code} {reply.reason_phrase}".rstrip()


def expired(reply: "httpx.Response") -> bool:
    """Tell whether a 401 is about the token, not about what it allows."""
    code, text = error_of(reply)
    return code in EXPIRED and "application-only" not in text


def one_line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def detail(exc: BaseException) -> str:
    """Return an exception in one line."""
    return one_line(str(exc)) or type(exc).__name__
