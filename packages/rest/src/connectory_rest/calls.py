"""One call: from a request to the result of the job."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from connectory_rest import policy as policies
from connectory_rest.answers import body_of, result, status_error, whole
from connectory_rest.failures import TIMED_OUT
from connectory_rest.fetching import fetch
from connectory_rest.outgoing import Headers
from connectory_rest.requests import Policy, RestRequest
from connectory_rest.state import Http
from connectory_rest.streams import TOTAL, AnswerStream
from connectory_sdk import ConnectorError, JobContext
from connectory_sdk.documents import DocumentReturn

if TYPE_CHECKING:
    import httpx

NO_POLICY = Policy.model_construct()
"""All defaults; its validators are not built for it, so that importing this stays quick."""

Check = Callable[[dict[str, Any]], dict[str, Any]]
"""Looks at a result that has a body, and returns it or raises."""


async def call(
    request: RestRequest, job: JobContext[Http], *, check: Check = lambda result: result
) -> dict[str, Any] | DocumentReturn:
    """Send a request and return what the answer means for the job.

    Args:
        request: What the model says.
        job: The job.
        check: Called with results that have a body.

    Raises:
        ConnectorError: There is no answer, or its status is 400 or more.
        ConnectorInputError: The request cannot or may not be sent.
        BpmnError: The policy says so for this status.
    """
    policy = request.connectory_policy or NO_POLICY
    policies.check(policy)
    deadline = None
    if policy.total_timeout_in_seconds:
        deadline = asyncio.get_running_loop().time() + policy.total_timeout_in_seconds
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout_at(deadline) as clock:
                added = additions(policy, request.method, job)
                response = await fetch(request, job.state, stack, added=added, limit=policy.max_request_bytes or 0)
                return await meaning(response, request, policy, job, stack=stack, deadline=deadline, check=check)
        except TimeoutError:
            if not clock.expired():
                raise  # somebody else's, a document store's for example
            raise ConnectorError(TIMED_OUT, code="408", hint=TOTAL) from None


async def meaning(
    response: "httpx.Response",
    request: RestRequest,
    policy: Policy,
    job: JobContext[Http],
    *,
    stack: AsyncExitStack,
    deadline: float | None,
    check: Check,
) -> dict[str, Any] | DocumentReturn:
    """Return what an answer means; one that the runtime reads keeps its connection, everything else is read here."""
    own = policy.max_response_bytes or 0
    limit = own or job.state.settings.max_response
    if response.status_code >= 400:
        error = status_error(response, await whole(response, limit))
        raise policies.consequence(error, response, policy, job.state.settings, retries=job.retries)
    choice = request.document_return_format.choice if request.document_return_format else None
    if choice is None and not request.store_response:
        return check(result(response, body=body_of(await whole(response, limit))))
    stream = await AnswerStream.open(response, stack.pop_all(), limit=own, deadline=deadline)
    stack.push_async_callback(stream.aclose)
    if choice is None:
        return await stored(response, stream, job)
    if choice == "JSON" and stream.empty:
        return result(response)
    stack.pop_all()

    def wrap(chosen: str, value: Any) -> dict[str, Any]:
        if chosen == "DOCUMENT":
            return result(response, document=value)
        return check(result(response, body=value))

    return DocumentReturn(content=stream, content_type=response.headers.get("content-type"), wrap=wrap)


async def stored(response: "httpx.Response", stream: AnswerStream, job: JobContext[Http]) -> dict[str, Any]:
    """Return a result whose body is a stored document.

    Raises:
        ConnectorError: It cannot be stored.
    """
    if response.status_code == 204:
        return result(response)
    try:
        document = await job.documents.create(stream, content_type=response.headers.get("content-type"))
    except ConnectorError:
        raise
    except Exception as exc:  # whatever keeps documents may raise anything
        raise ConnectorError(
            f"Error while executing an HTTP request: Failed to create document: {exc}", code="500"
        ) from exc
    return result(response, document=document)


def additions(policy: Policy, method: str, job: JobContext[Http]) -> Headers:
    """Return the headers that a job adds: its trace, and its key for doing nothing twice."""
    added = list(job.trace.items())
    if policy.idempotency_key and method != "GET":
        added.append(("Idempotency-Key", job.idempotency_key))
    return added
