"""What callers of a webhook see."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

import connectory_feel
from connectory_sdk import ConnectorInputError
from connectory_sdk.binding import bind
from connectory_sdk.http import HttpError, HttpRequest, HttpResponse, Part
from connectory_sdk.inbound import Correlation
from connectory_sdk.testing import ACCEPTED, ConnectorTests, Subscription, subscribed
from connectory_webhook import webhook

INBOUND = webhook.inbounds["io.camunda:webhook:1"]


class TestWebhook(ConnectorTests):
    connector = webhook
    templates = Path(__file__).parents[1] / "src" / "connectory_webhook" / "templates"
    inbound_example: ClassVar = {
        "io.camunda:webhook:1": {
            "inbound": {
                "context": "orders",
                "method": "post",
                "shouldValidateHmac": "enabled",
                "hmacSecret": "hmac-key-1",
                "hmacHeader": "X-Signature",
                "auth": {"type": "BASIC", "username": "ann", "password": "passw0rd"},
            }
        }
    }


def evaluate(expression: str, context: Any) -> Any:
    try:
        return connectory_feel.to_json(connectory_feel.compile(expression.removeprefix("=")).evaluate(context))
    except connectory_feel.FeelError as exc:
        raise ConnectorInputError(str(exc)) from exc


async def call(
    settings: dict[str, Any], request: HttpRequest, *, result: Correlation = ACCEPTED
) -> tuple[HttpResponse, Subscription]:
    properties = {"inbound": {"context": "orders", **settings}}
    async with subscribed(INBOUND, Subscription(properties, evaluate=evaluate, result=result)) as subscription:
        return await subscription.routes["orders"](request), subscription


def post(body: Any, **headers: str) -> HttpRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(
        method="POST",
        url="https://hooks.example.com/inbound/orders",
        headers={"content-type": "application/json", **named},
        body=data,
    )


async def test_a_call_is_correlated_with_body_headers_and_params() -> None:
    """FEEL sees the request; the caller gets 200 without a body."""
    request = HttpRequest(
        method="GET", url="http://h/inbound/orders", headers={"x-a": "1"}, params={"q": "2"}, query="q=2"
    )

    response, subscription = await call({}, request)

    assert response == HttpResponse()
    assert subscription.events[0].payload == {
        "request": {"body": {}, "headers": {"x-a": "1"}, "params": {"q": "2"}},
        "connectorData": {},
        "documents": [],
    }


@pytest.mark.parametrize(
    ("kind", "body", "seen"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("application/x-www-form-urlencoded", b"a=1&b=x%26y&c=", {"a": "1", "b": "x&y", "c": ""}),
        ("application/x-www-form-urlencoded; charset=UTF-8", b"a=1", {"a": "1"}),
        ("application/xml", b"<a/>", "<a/>"),
        ("", b"[]", []),
    ],
)
async def test_bodies_are_read_by_their_content_type(kind: str, body: bytes, seen: Any) -> None:
    """Forms are maps, XML is text, everything else is JSON."""
    _, subscription = await call({}, post(body, content_type=kind))

    assert subscription.events[0].payload["request"]["body"] == seen


@pytest.mark.parametrize(
    ("query", "body", "parts", "params"),
    [
        ("", b"a=1&b=2%26c", (), {"a": "1", "b": "2&c"}),
        ("x=1", b"a=1", (), {"x": "1"}),
        (
            "",
            b"",
            (
                Part(name="note", filename=None, content_type=None, content=b"hi"),
                Part(name="file", filename="a.txt", content_type="text/plain", content=b"."),
            ),
            {"note": "hi"},
        ),
    ],
)
async def test_the_fields_of_a_form_are_params_where_there_is_no_query(
    query: str, body: bytes, parts: tuple[Part, ...], params: dict[str, str]
) -> None:
    """As the reference does it; a query alone counts where there is one."""
    request = HttpRequest(
        method="POST",
        url="https://hooks.example.com/inbound/orders",
        query=query,
        headers={"content-type": "multipart/form-data" if parts else "application/x-www-form-urlencoded"},
        params={"x": "1"} if query else {},
        body=body,
        parts=parts,
    )

    _, subscription = await call({}, request)

    assert subscription.events[0].payload["request"]["params"] == params


async def test_a_body_that_is_nothing_known_is_refused() -> None:
    """The reason says what to send."""
    with pytest.raises(HttpError, match=r"The body \(text/plain\) is not JSON") as refused:
        await call({}, post(b"hello", content_type="text/plain"))

    assert refused.value.status == 400


async def test_another_method_is_refused() -> None:
    """405, with the method in the reason."""
    with pytest.raises(HttpError, match="Method POST not supported") as refused:
        await call({"method": "get"}, post({}))

    assert refused.value.status == 405


def signed(request: HttpRequest, content: bytes, *, algorithm: str = "sha256") -> list[str]:
    digest = hmac.new(b"key", content, getattr(hashlib, algorithm)).digest()
    return [digest.hex(), f"{algorithm}={digest.hex()}", base64.b64encode(digest).decode()]


HMAC = {"shouldValidateHmac": "enabled", "hmacSecret": "key", "hmacHeader": "X-Signature"}


@pytest.mark.parametrize("form", [0, 1, 2])
async def test_signatures_of_the_body(form: int) -> None:
    """Hex, tagged hex and base64 are accepted."""
    request = post({"a": 1})
    signature = signed(request, request.body)[form]

    response, _ = await call(HMAC, post({"a": 1}, x_signature=signature))

    assert response.status == 200


async def test_signatures_of_url_and_form() -> None:
    """Names and values sorted and joined, as Twilio signs."""
    body = b"To=%2B49&From=%2B48"
    content = b"https://hooks.example.com/inbound/ordersFrom+48To+49"
    signature = signed(post(body), content, algorithm="sha1")[2]

    response, _ = await call(
        {**HMAC, "hmacAlgorithm": "sha_1", "hmacScopes": ["url", "body"]},
        post(body, content_type="application/x-www-form-urlencoded", x_signature=signature),
    )

    assert response.status == 200


@pytest.mark.parametrize("given", ["", "00", "sha256=00", None])
async def test_wrong_and_missing_signatures_are_the_same_refusal(given: str | None) -> None:
    """401, nothing is correlated."""
    with pytest.raises(HttpError, match="INVALID_SIGNATURE") as refused:
        await call(HMAC, post({}, **({} if given is None else {"x_signature": given})))

    assert refused.value.status == 401


BASIC = {"auth": {"type": "BASIC", "username": "ann", "password": "pass"}}
KEY = {"auth": {"type": "APIKEY", "apiKey": "k-1"}}


@pytest.mark.parametrize(
    ("settings", "header", "reason"),
    [
        (BASIC, None, "Basic auth header is missing"),
        (BASIC, "Basic " + base64.b64encode(b"ann:wrong").decode(), "Basic auth header is invalid"),
        (BASIC, "Basic " + base64.b64encode(b"bob:pass").decode(), "Basic auth header is invalid"),
        (BASIC, "Basic !!", "Basic auth header is invalid"),
        (KEY, None, "API key is missing"),
        (KEY, "Bearer k-2", "API key is invalid"),
    ],
)
async def test_callers_who_are_not_known(settings: dict[str, Any], header: str | None, reason: str) -> None:
    """401 with the same reason for a wrong name and a wrong password."""
    with pytest.raises(HttpError) as refused:
        await call(settings, post({}, **({"authorization": header} if header else {})))

    assert (refused.value.status, refused.value.reason) == (401, f"Reason: INVALID_CREDENTIALS. Details: {reason}")


@pytest.mark.parametrize(
    ("settings", "header"), [(BASIC, "bAsIc " + base64.b64encode(b"ann:pass").decode()), (KEY, "Bearer k-1")]
)
async def test_callers_who_are_known(settings: dict[str, Any], header: str) -> None:
    """The scheme's capitals do not matter; the key's place is the template's default."""
    response, _ = await call(settings, post({}, authorization=header))

    assert response.status == 200


async def test_a_handshake_is_answered_before_anything_else() -> None:
    """The verification expression's result is the answer, even without a signature."""
    expression = (
        "=if request.body.challenge != null then {statusCode: 202, body: {c: request.body.challenge}} else null"
    )

    response, subscription = await call({**HMAC, "verificationExpression": expression}, post({"challenge": "x"}))

    assert (response.status, response.body, subscription.events) == (202, {"c": "x"}, [])


async def test_the_element_that_took_the_event_shapes_the_answer() -> None:
    """Status, headers and body of its response expression; text is escaped."""
    result = Correlation(
        accepted=True,
        kind="ProcessInstanceCreated",
        facts={"processInstanceKey": 5},
        properties={
            "inbound": {
                "responseExpression": '={statusCode: 201, headers: {"X-Key": string(correlation.processInstanceKey)},'
                ' body: "<" + request.body.who + ">"}'
            }
        },
    )

    response, _ = await call({}, post({"who": "Ann"}), result=result)

    assert (response.status, response.headers, response.body) == (201, {"X-Key": "5"}, "&lt;Ann&gt;")


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        (Correlation(accepted=False, kind="ActivationConditionNotMet"), 422, {"consumeUnmatched": False}),
        (Correlation(accepted=False, kind="InvalidInput", message="no key"), 422, {"message": "no key"}),
        (
            Correlation(accepted=False, kind="ZeebeClientStatus", status="UNAVAILABLE", message="away", retry=True),
            503,
            {"status": "UNAVAILABLE", "message": "away"},
        ),
        (Correlation(accepted=False, kind="Other", message="secret internals"), 500, None),
    ],
)
async def test_events_that_are_not_accepted(result: Correlation, status: int, body: Any) -> None:
    """The status says whether calling again may help."""
    response, _ = await call({}, post({}), result=result)

    assert (response.status, response.body) == (status, body)


async def test_parts_become_documents_only_when_an_element_wants_them() -> None:
    """Nothing is stored for an event that nobody takes."""
    request = HttpRequest(
        method="POST",
        url="http://h/inbound/orders",
        headers={"content-type": "multipart/form-data; boundary=x"},
        parts=(Part(name="file", filename="a.txt", content_type="text/plain", content=b"hi"),),
    )

    _, wanted = await call({}, request)
    _, unwanted = await call({}, request, result=Correlation(accepted=False, kind="ActivationConditionNotMet"))

    assert wanted.events[0].payload["documents"][0]["metadata"]["fileName"] == "a.txt"
    assert unwanted.documents.content == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": "a/b"}, "inbound.context: Validation failed. Original message: can only contain letters"),
        ({"shouldValidateHmac": "enabled"}, "hmacSecret and hmacHeader must not be empty"),
        ({**HMAC, "hmacScopes": ["parameters"]}, "must be [body], [url, body], [url, parameters]"),
        ({"auth": {"type": "BASIC", "username": "ann"}}, "inbound.auth.password"),
        ({"auth": {"type": "DIGEST"}}, "invalid field: inbound, auth"),
    ],
)
async def test_wrong_settings_are_found_when_the_subscription_starts(settings: dict[str, Any], message: str) -> None:
    """The message names the property."""
    with pytest.raises(ConnectorInputError) as refused:
        await bind(INBOUND.config, {"inbound": {"context": "orders", **settings}})

    assert message in refused.value.message


@pytest.mark.parametrize(
    "settings",
    [
        {"authorizationType": "JWT", "jwt": {"jwkUrl": "http://k", "jwtRoleExpression": "=roles"}},
        {"auth": {"type": "JWT", "jwt": {"jwkUrl": "http://k", "jwtRoleExpression": "=roles"}}},
        {"inbound": {"context": "c"}, "auth": {"type": "JWT", "jwt": {"jwkUrl": "http://k"}}},
    ],
)
async def test_older_templates_stay_protected(settings: dict[str, Any]) -> None:
    """What they wrote for tokens is read as today's properties."""
    config: Any = await bind(INBOUND.config, {"inbound": {"context": "orders", **settings}})

    assert config.inbound.auth.type == "JWT"
