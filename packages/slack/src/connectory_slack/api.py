"""Calls of Slack's Web API."""

import json
import logging
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from connectory_sdk import Document, JobContext
from connectory_sdk.waits import retry_after
from connectory_slack.limits import Limits
from connectory_slack.names import Directories
from connectory_slack.refusals import PASSING, UNCERTAIN, failed, limited, refusal, upload_failed

READS = {"users.list", "users.lookupByEmail", "conversations.list", "files.getUploadURLExternal"}
"""Methods that take their arguments as a form."""

ONCE = {"chat.postMessage", "chat.postEphemeral", "chat.scheduleMessage"}
"""Methods that do it again when called again; the others find it done."""

SILENT = logging.getLogger("connectory_slack.slack_sdk")
"""For slack-sdk, which otherwise writes out every message for a log that nobody reads: 0.1 ms a call."""
SILENT.setLevel(logging.INFO)

USUAL = 30.0
"""Seconds to wait where Slack does not say how long."""

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
"""Waiting for a free connection of the pool does not count."""


@asynccontextmanager
async def open_api(base: str | None) -> "AsyncIterator[SlackApi]":
    """Open the connection pool, at another base address than Slack's if one is given."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, json_serialize=serialized, trust_env=base is None) as session:
        # slack-sdk by itself repeats calls whose connection broke, which would post twice
        client = AsyncWebClient(
            base_url=base or AsyncWebClient.BASE_URL, session=session, retry_handlers=[], logger=SILENT
        )
        client.proxy = None  # the pool reads the environment itself, and heeds NO_PROXY
        yield SlackApi(client, session)


def serialized(value: Any) -> str:
    """Return JSON in which a document is its reference."""
    return json.dumps(value, ensure_ascii=False, default=reference)


def reference(value: Any) -> Any:
    """Return what JSON can say of a document."""
    if isinstance(value, Document):
        return value.reference
    raise TypeError(f"{type(value).__name__} is no JSON")


class SlackApi:
    """Calls Slack for all jobs and tokens."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self.client = client
        self.session = session
        self.limits = Limits()
        self.directories = Directories()

    async def call(
        self, job: JobContext[Any], token: str, method: str, arguments: Mapping[str, Any], *, prefix: str = ""
    ) -> Mapping[str, Any]:
        """Call a method and return Slack's answer.

        Args:
            job: The job that wants it.
            token: Who calls.
            method: Its name.
            arguments: Its arguments; None is left out.
            prefix: What goes before Slack's word if it refuses.

        Raises:
            ConnectorError: Slack refused, or did not answer properly.
        """
        key = (token, method, arguments.get("channel") if method in ONCE else None)
        if wait := self.limits.wait(key):
            raise limited(method, wait, retries=job.retries)
        given = {name: value for name, value in arguments.items() if value is not None}
        content: dict[str, Any] = {"data": given} if method in READS else {"json": given}
        once = method in ONCE
        try:
            answer = await self.client.api_call(method, headers={"Authorization": f"Bearer {token}"}, **content)
        except SlackApiError as exc:
            response: Any = exc.response
            status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
            data = response.data if isinstance(getattr(response, "data", None), dict) else {}
            error = data.get("error")
            if status == 429 or error in {"ratelimited", "rate_limited"}:
                asked = retry_after(response.headers.get("Retry-After"))
                wait = self.limits.refused(key, USUAL if asked is None else asked.total_seconds())
                raise limited(method, wait, retries=job.retries) from None
            if error and status < 500 and error not in PASSING | UNCERTAIN:
                raise refusal(prefix, data, named=once) from None
            reason = str(error or "no JSON in the answer") + f" (status {status})"
            untouched = error in PASSING or status == 503 or 400 <= status < 500
            raise failed(method, reason, happened=once and not untouched) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            raise failed(method, f"no connection to {self.client.base_url}", happened=False) from exc
        except (aiohttp.ClientError, TimeoutError) as exc:
            reason = "no answer in time" if isinstance(exc, TimeoutError) else "the connection was lost"
            raise failed(method, reason, happened=once) from exc
        self.limits.passed(key)
        found: Mapping[str, Any] = answer.data  # type: ignore[assignment]
        return found

    async def send(self, url: str, content: AsyncIterable[bytes], size: int) -> None:
        """Send the bytes of a file to the place that Slack gave for them.

        Raises:
            ConnectorError: They were not taken.
        """
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        try:
            async with self.session.post(url, data=content, headers=headers) as reply:
                text = await reply.text()
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise upload_failed(str(exc) or type(exc).__name__) from exc
        if reply.status != 200:
            raise upload_failed(f"status {reply.status}: {text[:200]}")
