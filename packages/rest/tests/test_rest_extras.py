"""What goes beyond Camunda's connector: policies, waiting, idempotency keys, traces."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectory_sdk import BpmnError, ConnectorError, ConnectorInputError, ConnectorRetryError


def status(code: int, *headers: tuple[str, str], body: str = '{"e": 1}') -> dict[str, Any]:
    return {"status": code, "headers": headers, "body": body, "reason": "Why"}


async def caught(send: Any, url: str, **variables: Any) -> Any:
    with pytest.raises((ConnectorError, BpmnError)) as info:
        await send(url, **variables)
    return info.value


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Retry-After", "7"),
        ("retry-after", format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)),
        ("RateLimit-Reset", "7"),
        ("X-RateLimit-Reset", "7.5"),
        ("X-Rate-Limit-Reset", str(int(datetime.now(UTC).timestamp()) + 8)),
    ],
)
async def test_a_server_says_when_to_try_again(send: Any, peer: Any, code: int, header: str, value: str) -> None:
    """The job waits as long and keeps its retries; code and variables stay for error expressions."""
    peer.on("/", status(code, (header, value)))

    error = await caught(send, peer.base, job={"retries": 2})

    assert isinstance(error, ConnectorRetryError)
    assert error.retries == 2
    assert timedelta(0) <= error.backoff <= timedelta(seconds=8)
    assert (error.message, error.code, error.variables["response"]["body"]) == ("Why", str(code), {"e": 1})


@pytest.mark.parametrize(
    "headers", [(), (("Retry-After", "soon"),), (("Retry-After", "3601"),), (("Retry-After", "9" * 400),)]
)
async def test_without_a_sensible_wait_the_back_off_of_the_job_counts(send: Any, peer: Any, headers: Any) -> None:
    """Nothing said, nothing understood, or longer than an hour: an ordinary failure."""
    peer.on("/", status(429, *headers))

    assert type(await caught(send, peer.base)) is ConnectorError


async def test_other_statuses_do_not_wait(send: Any, peer: Any) -> None:
    """Retry-After of a 500 says nothing about rate limits."""
    peer.on("/", status(500, ("Retry-After", "7")))

    assert type(await caught(send, peer.base)) is ConnectorError


@pytest.mark.parametrize(
    ("environ", "model", "waits"), [("true", False, False), ("false", True, True), ("false", None, False)]
)
async def test_waiting_is_switched_by_operator_and_model(
    start: Any, peer: Any, environ: str, model: Any, waits: bool
) -> None:
    """The element's choice counts more than the environment's."""
    send = await start(CONNECTORY_REST_RETRY_AFTER=environ)
    peer.on("/", status(429, ("Retry-After", "7")))

    error = await caught(send, peer.base, connectoryPolicy={"retryAfter": model})

    assert isinstance(error, ConnectorRetryError) is waits


@pytest.mark.parametrize(
    ("policy", "code", "kind", "retries"),
    [
        ({"retryOn": "5xx, 429"}, 404, ConnectorRetryError, 0),
        ({"retryOn": "5xx, 429"}, 502, ConnectorError, None),
        ({"retryOn": "429"}, 429, ConnectorError, None),
        ({"failOn": "400-499"}, 422, ConnectorRetryError, 0),
        ({"failOn": "400 - 499"}, 500, ConnectorError, None),
        ({"bpmnErrorOn": "404", "failOn": "4xx"}, 404, BpmnError, None),
        ({"retryOn": "  "}, 404, ConnectorError, None),
    ],
)
async def test_a_policy_says_what_a_status_means(
    send: Any, peer: Any, policy: Any, code: int, kind: type, retries: int | None
) -> None:
    """A status is retried, an incident at once, or a BPMN error."""
    peer.on("/", status(code))

    error = await caught(send, peer.base, connectoryPolicy=policy)

    assert type(error) is kind
    assert error.code == str(code)
    assert error.variables["response"]["body"] == {"e": 1}
    assert retries is None or error.retries == retries


async def test_a_policy_says_nothing_of_successes(send: Any, peer: Any) -> None:
    """Statuses below 400 stay results."""
    peer.on("/", status(201))

    assert (await send(peer.base, connectoryPolicy={"failOn": "201, 4xx", "bpmnErrorOn": "2xx"}))["status"] == 201


@pytest.mark.parametrize("text", ["often", "99", "4x", "404;500", "600-"])
async def test_a_policy_that_cannot_be_read(send: Any, peer: Any, text: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(
        ConnectorInputError, match=r"connectoryPolicy\.failOn: '.*' is no status; write for example 404"
    ):
        await send(peer.base, connectoryPolicy={"failOn": text})

    assert peer.received == []


async def test_all_retries_of_a_job_have_the_same_idempotency_key(send: Any, peer: Any) -> None:
    """The key comes from the job, not from the attempt; GET needs none."""
    job = {"key": "42", "process_instance_key": "7"}

    for method in ("POST", "POST", "GET"):
        await send(peer.base, method, job=job, connectoryPolicy={"idempotencyKey": "true"}, body={})
    await send(
        peer.base, "POST", job=job, connectoryPolicy={"idempotencyKey": True}, headers={"idempotency-key": "own"}
    )
    await send(peer.base, "POST", job=job)

    assert [request.all("idempotency-key") for request in peer.received] == [["7-42"], ["7-42"], [], ["own"], []]


async def test_traces_are_handed_on(send: Any, peer: Any) -> None:
    """The service sees the trace of the process, unless the model sends its own."""
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=b"}

    await send(peer.base, job={"trace": trace})
    await send(peer.base, job={"trace": trace}, headers={"Traceparent": "own"})

    assert [peer.received[0].header(name) for name in trace] == ["00-1-2-01", "a=b"]
    assert peer.received[1].all("traceparent") == ["own"]


@pytest.mark.parametrize("own", ["P-123", {"retryOn": 1, "number": 7}, [1, 2]])
async def test_a_process_may_have_a_policy_of_its_own(send: Any, peer: Any, own: Any) -> None:
    """A job sees all variables of its process, so a name that is common there must mean nothing here."""
    assert (await send(peer.base, policy=own))["status"] == 200
