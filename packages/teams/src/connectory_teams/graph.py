"""Calls of Microsoft Graph: the token, the time limit, and what a refusal means for the job.

A call that Graph did not carry out may be made again. One that it may have carried out (a lost answer, 500, 502, 504
after a POST) is not: people would read the message twice.
"""

import email.utils
import json
import time
import urllib.parse
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError, JobContext
from connectory_teams.authentication import Authentication
from connectory_teams.permissions import explained
from connectory_teams.tokens import PUBLIC_GRAPH, Tokens

if TYPE_CHECKING:
    import httpx

VERSION = "/v1.0"
PAGES = 100  # of a list that is followed to its end
PATIENCE = timedelta(seconds=10)  # after a 429 without Retry-After
SERVER_ERRORS = {500, 502, 504}
TEMPORARY = {408, 409, 423, 425, 404}  # may be another in a moment: Teams shows new chats and channels late


class Graph:
    """Microsoft Graph, for all jobs of a runtime.

    Args:
        http: The client; closed by whoever made it.
        tokens: Where tokens come from.
        base: Address with the version, ``https://graph.microsoft.com/v1.0``.
    """

    def __init__(self, http: "httpx.AsyncClient", tokens: Tokens, *, base: str = PUBLIC_GRAPH + VERSION) -> None:
        self.http = http
        self.tokens = tokens
        self.base = base.rstrip("/")

    async def call(
        self,
        method: str,
        path: str,
        authentication: Authentication,
        job: JobContext[Any],
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        operation: str = "",
        repeatable: bool | None = None,
    ) -> Any:
        """Make a call and return its answer; None where there is none.

        Args:
            method: HTTP method.
            path: Path below the version, ids quoted; or a whole link that Graph gave.
            authentication: Who asks.
            job: For whom.
            query: Query options; those without a value are left out.
            body: JSON body.
            operation: What it is, for messages about permissions. Default: that of the job.
            repeatable: Whether doing it twice is the same as doing it once. Default: for GET.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        url = self.address(path, query)
        repeatable = method == "GET" if repeatable is None else repeatable
        reply = await self.send(method, url, content, await self.tokens.get(authentication), repeatable)
        if reply.status_code == 401 and expired(reply):
            old = reply.request.headers["authorization"].removeprefix("Bearer ")
            if self.tokens.refused(authentication, old):
                # It ended on its way or was withdrawn, and Graph did nothing; a new one is fetched by one of all jobs.
                reply = await self.send(method, url, content, await self.tokens.get(authentication), repeatable)
        if not reply.is_success:
            refuse(reply, authentication, job, operation=operation or str(operation_of(job)), repeatable=repeatable)
        return answer(reply)

    async def send(
        self, method: str, url: str, content: bytes | None, token: str, repeatable: bool
    ) -> "httpx.Response":
        """Send a request."""
        import httpx

        headers = {"Authorization": f"Bearer {token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            return await self.http.request(method, url, content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise ConnectorError(f"Graph at '{self.base}' cannot be reached: {detail(exc)}") from exc
        except (httpx.InvalidURL, UnicodeEncodeError, httpx.LocalProtocolError) as exc:
            raise ConnectorInputError("authentication.token has characters that no token has; paste it again") from exc
        except httpx.TransportError as exc:
            if repeatable:
                raise ConnectorError(f"Graph at '{self.base}' did not answer {method}: {detail(exc)}") from exc
            raise undecided(f"the answer of Graph was lost ({detail(exc)})") from exc

    async def pages(
        self, path: str, authentication: Authentication, job: JobContext[Any], *, pages: Any, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return one page of a list, or all of them as one.

        Args:
            path: Path of the list.
            authentication: Who asks.
            job: For whom.
            pages: How much the model wants, a `connectory_teams.requests.Pages`.
            query: Query options of the first page; a link has its own.
        """
        link = pages.next_link
        page = await self.call("GET", link or path, authentication, job, query=None if link else query)
        if not isinstance(page, dict):
            return {"value": []}
        whole = page
        for _ in range(PAGES - 1):
            if not pages.all_pages or not page.get("@odata.nextLink"):
                break
            page = await self.call("GET", page["@odata.nextLink"], authentication, job)
            whole = {**whole, **page, "value": [*whole.get("value", []), *page.get("value", [])]}
            if "@odata.nextLink" not in page:
                whole.pop("@odata.nextLink")
        return whole

    def address(self, path: str, query: Mapping[str, Any] | None) -> str:
        """Return the address of a path or link; a token goes to Graph only."""
        if "://" in path:
            if not path.startswith(f"{self.base}/"):
                raise ConnectorInputError(
                    f"nextLink and deltaLink must begin with '{self.base}/'; take them from a result"
                )
            return path
        options = urllib.parse.urlencode(
            {name: value for name, value in (query or {}).items() if value is not None},
            safe="$,()'",
            quote_via=urllib.parse.quote,
        )
        return f"{self.base}{path}{'?' if options else ''}{options}"


def segment(value: str) -> str:
    """Return an id as one segment of a path."""
    return urllib.parse.quote(value.strip(), safe="")


def operation_of(job: JobContext[Any]) -> Any:
    """Return the operation of a job, for messages."""
    data = job.variables.get("data")
    return data.get("method") if isinstance(data, Mapping) else None


def answer(reply: "httpx.Response") -> Any:
    """Return the body of a success."""
    if not reply.content:
        return None
    try:
        return reply.json()
    except ValueError as exc:
        if reply.request.method == "GET":
            raise ConnectorError(f"Graph answered {reply.status_code} with broken JSON; try again") from exc
        raise done_without_result(reply) from exc


def done_without_result(reply: "httpx.Response") -> ConnectorRetryError:
    """Return the error for something that was done, and whose result is not known."""
    return ConnectorRetryError(
        f"Graph answered {reply.status_code}, so it was done, but with broken JSON, so the result is not known; "
        "not repeated: look at the chat or channel before you retry",
        code="BrokenAnswer",
        variables={"status": reply.status_code},
        retries=0,
    )


def undecided(what: str, **variables: Any) -> ConnectorRetryError:
    """Return the error for something of which nobody here can know whether it was done."""
    return ConnectorRetryError(
        f"{what}: the message may have been posted, so it is not sent again; "
        "look at the chat or channel and retry the incident if it is not there",
        code=str(variables.get("status", "NoAnswer")),
        variables=variables or None,
        retries=0,
    )


def refuse(
    reply: "httpx.Response", authentication: Authentication, job: JobContext[Any], *, operation: str, repeatable: bool
) -> NoReturn:
    """Raise what a refusal means."""
    code, text = error_of(reply)
    status = reply.status_code
    variables = {"status": status, "error": {"code": code, "message": text}}
    if status == 429 or (status == 503 and "retry-after" in reply.headers):
        wait = retry_after(reply.headers.get("retry-after")) or PATIENCE
        trouble = "limits the calls of this app" if status == 429 else "is not available"
        limit = f"Graph {trouble} ({status}): {text}; next attempt in {wait.total_seconds():.0f} s"
        retries = job.retries if status == 429 else None
        raise ConnectorRetryError(limit, code=code or str(status), variables=variables, retries=retries, backoff=wait)
    if status in SERVER_ERRORS and not repeatable:
        raise undecided(f"Graph answered {status} ({text})", **variables)
    message = explained(f"{text}", status=status, code=code, operation=operation, authentication=authentication)
    if status >= 500 or status in TEMPORARY:
        raise ConnectorError(message, code=code or str(status), variables=variables)
    raise ConnectorRetryError(message, code=code or str(status), variables=variables, retries=0)


def error_of(reply: "httpx.Response") -> tuple[str, str]:
    """Return code and message of a refusal, however it is written."""
    try:
        body = reply.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), one_line(str(error.get("message") or error.get("code") or ""))
    return "", one_line(
        error if isinstance(error, str) else ""
    ) or f"status {reply.status_code} {reply.reason_phrase}".rstrip()


def expired(reply: "httpx.Response") -> bool:
    """Tell whether a 401 is about the token, not about what it allows."""
    code, text = error_of(reply)
    return "application-only" not in text and code in {
        "",
        "InvalidAuthenticationToken",
        "Unauthorized",
        "unauthenticated",
    }


def retry_after(value: str | None) -> timedelta | None:
    """Return the wait that a header asks for: seconds, or a date."""
    if not value:
        return None
    try:
        return timedelta(seconds=max(0.0, float(value)))
    except ValueError:
        pass
    try:
        return timedelta(seconds=max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time()))
    except ValueError:
        return None


def one_line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def detail(exc: BaseException) -> str:
    """Return an exception in one line."""
    return one_line(str(exc)) or type(exc).__name__
