"""Bad calls and bad models: the contract's status, a line that a modeller understands, no secret, no stack trace."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

SECRETS = {"KEY": "key-9f3b1c", "WORD": "word-77aa01"}
GUESSES = "guess-5150ef"  # what callers who may not call give
WEBHOOK = {"inbound.type": "io.camunda:webhook:1", "deduplicationMode": "AUTO", "inbound.context": "orders"}
HMAC = {
    "inbound.shouldValidateHmac": "enabled",
    "inbound.hmacSecret": "{{secrets.KEY}}",
    "inbound.hmacHeader": "X-Signature",
}
BASIC = {"inbound.auth.type": "BASIC", "inbound.auth.username": "ann", "inbound.auth.password": "{{secrets.WORD}}"}
API_KEY = {"inbound.auth.type": "APIKEY", "inbound.auth.apiKey": "{{secrets.KEY}}"}
CREDENTIALS = "Reason: INVALID_CREDENTIALS. Details: "
SIGNATURE = "Reason: INVALID_SIGNATURE. Details: HMAC signature check didn't pass"


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of ``/inbound/orders``, the answer, and words of the activity log."""

    settings: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = "/inbound/orders"
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    status: int
    answer: Any = None
    log: str = ""
    waits: bool = False
    starts: int = 0


FAILS = '=assert(request.body.x, false, "no {{secrets.WORD}}")'
ASSERTION = 'assert(request.body.x, false, "no ***")'
FAILED = (
    f"Failed to evaluate the expression '={ASSERTION}'. "
    f"Reason: Assertion failure on evaluate the expression '{ASSERTION}': no ***"
)
CALLS = {
    "unknown path": Call(path="/inbound/nobody", status=404),
    "more than one segment": Call(path="/inbound/orders/1", status=404),
    "another case": Call(path="/inbound/Orders", status=404),
    "method of another": Call(
        settings={"inbound.method": "put"},
        status=405,
        answer={"reason": "Method POST not supported"},
        log="Refused with 405: Method POST not supported",
    ),
    "method of nobody": Call(method="PATCH", status=405),
    "wrong signature": Call(
        settings=HMAC,
        headers={"x-signature": GUESSES},
        status=401,
        answer={"reason": SIGNATURE},
        log=f"Refused with 401: {SIGNATURE}",
    ),
    "no signature": Call(settings=HMAC, status=401, answer={"reason": SIGNATURE}, log="Refused with 401"),
    "wrong signature, no JSON": Call(settings=HMAC, body=b"{", status=401, answer={"reason": SIGNATURE}),
    "nobody": Call(settings=BASIC, status=401, answer={"reason": f"{CREDENTIALS}Basic auth header is missing"}),
    "no such user": Call(
        settings=BASIC,
        headers=basic(f"bob:{SECRETS['WORD']}"),
        status=401,
        answer={"reason": f"{CREDENTIALS}Basic auth header is invalid"},
        log="Basic auth header is invalid",
    ),
    "wrong password": Call(
        settings=BASIC,
        headers=basic(f"ann:{GUESSES}"),
        status=401,
        answer={"reason": f"{CREDENTIALS}Basic auth header is invalid"},
        log="Basic auth header is invalid",
    ),
    "no base64": Call(
        settings=BASIC,
        headers={"authorization": "Basic §".encode().decode("latin-1")},
        status=401,
        answer={"reason": f"{CREDENTIALS}Basic auth header is invalid"},
    ),
    "no key": Call(settings=API_KEY, status=401, answer={"reason": f"{CREDENTIALS}API key is missing"}),
    "wrong key": Call(
        settings=API_KEY,
        headers={"authorization": f"Bearer {GUESSES}"},
        status=401,
        answer={"reason": f"{CREDENTIALS}API key is invalid"},
        log="API key is invalid",
    ),
    "no JSON": Call(
        body=b'{"a": ',
        status=400,
        answer={"reason": "The body (application/json) is not JSON; send JSON, a form or XML with its content type"},
        log="Refused with 400: The body (application/json) is not JSON",
    ),
    "plain text": Call(body=b"hello", kind="text/plain", status=400, log="The body (text/plain) is not JSON"),
    "no multipart": Call(body=b"x", kind="multipart/form-data; boundary=y", status=400, log="no multipart form"),
    "no boundary": Call(body=b"x", kind="multipart/form-data", status=400, log="no multipart form"),
    "too large": Call(body=b"x" * 200_001, status=413, log="The body has more than 200000 bytes"),
    "no condition met": Call(
        settings={"activationCondition": "=request.body.wanted"},
        status=422,
        answer={"consumeUnmatched": False},
        log="Activation condition not met",
    ),
    "condition that fails": Call(
        settings={"activationCondition": '=assert(request.body.x, false, "no x")'}, status=422, log="no x"
    ),
    "condition that is no FEEL": Call(settings={"activationCondition": "=1 +"}, status=422, log="ctivation condition"),
    "result that is no context": Call(settings={"resultExpression": "=5"}, status=422, log="Result expression"),
    "result that fails": Call(settings={"resultExpression": FAILS}, status=422, log="esult expression"),
    "id that fails": Call(
        settings={"messageIdExpression": FAILS, "correlationKeyExpression": '="k"'},
        waits=True,
        status=422,
        log="essage id expression",
    ),
    "no correlation key": Call(
        waits=True,
        settings={"correlationKeyExpression": "=request.body.order"},
        status=422,
        answer={"message": "Wasn't able to obtain correlation key for expression =request.body.order"},
        log="Wasn't able to obtain correlation key for expression =request.body.order",
    ),
    "verification that fails": Call(
        settings={"inbound.verificationExpression": FAILS}, status=422, log="Invalid input"
    ),
    "answer that fails": Call(
        settings={"inbound.responseExpression": FAILS},
        status=422,
        answer={"reason": FAILED, "expression": f"={ASSERTION}"},
        log="Invalid input",
        starts=1,
    ),
    "answer with a status of its own": Call(
        settings={"inbound.responseExpression": "={statusCode: 99999}"}, status=500, starts=1
    ),
    "variables too large": Call(
        settings={"resultExpression": "={big: for n in 1..20 return string(request.body)}"},
        body=json.dumps("x" * 150_000).encode(),
        status=422,
        log="Invalid input",
    ),
    "nobody waits": Call(
        waits=True,
        settings={"correlationKeyExpression": '="k"', "synchronousResponse": "true"},
        status=404,
        log="Zeebe client status error",
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_calls(start: Any, models: Any, caplog: Any, name: str) -> None:
    """Status, answer and log are those of the table, and no secret and no trace is in any of them."""
    call = CALLS[name]
    async with start(secrets=SECRETS, most_body=200_000) as side:
        values = {**WEBHOOK, **call.settings}
        await side.deploy(models.continued("order", values) if call.waits else models.started("order", values))

        answer = await side.http.request(
            call.method,
            call.path,
            content=call.body,
            headers=[(b"content-type", call.kind.encode())]
            + [(key.encode(), value.encode("latin-1")) for key, value in call.headers.items()],
        )
        (logs,) = (
            await side.http.get("/tenants/<default>/inbound/order/" + ("here" if call.waits else "start") + "/logs")
        ).json()
        listed = (await side.http.get("/inbound")).text
        count = len(side.variables("order"))

    assert answer.status_code == call.status, answer.text
    if call.answer is not None:
        assert answer.json() == call.answer
    assert any(call.log in line["message"] for line in logs), [line["message"] for line in logs]
    assert count == call.starts
    assert not any(record.exc_info for record in caplog.records)
    for text in (answer.text, json.dumps(logs), listed, *(record.getMessage() for record in caplog.records)):
        assert not any(secret in text for secret in (*SECRETS.values(), GUESSES, "Traceback", ".py")), text


async def test_two_elements_that_want_one_event(side: Any, models: Any) -> None:
    """The caller gets 422, and both the answer and the log name the elements."""
    model = models.started("order", WEBHOOK, message="ordered").decode()
    end = "</bpmn:startEvent>"
    first = model[model.index("<bpmn:startEvent") : model.index(end) + len(end)]
    second = first.replace('id="start"', 'id="other"').replace('id="m1"', 'id="m2"').replace('"msg"', '"msg2"')
    flow = '<bpmn:sequenceFlow id="f9" sourceRef="other" targetRef="task"/>'
    message = '<bpmn:message id="msg2" name="also ordered"/></bpmn:definitions>'
    both = model.replace(first, first + second + flow).replace("</bpmn:definitions>", message)
    await side.deploy(both.encode())

    answer = await side.http.post("/inbound/orders", json={})

    assert answer.status_code == 422
    text = answer.json()["message"]
    assert text.startswith("Multiple connectors are activated for the same input: elements 'other', 'start'")
    (logs,) = (await side.http.get("/tenants/<default>/inbound/order/start/logs")).json()
    assert f"Invalid input: {text}" in [line["message"] for line in logs]
    assert side.variables("order") == []


MODELS = {
    "no path": ({"inbound.context": "", "inbound.method": "any"}, "inbound.context"),
    "nothing set": ({"inbound.context": ""}, "to compute deduplicationId; fill in inbound.context"),
    "a path with a slash": ({"inbound.context": "a/b"}, "can only contain letters, numbers, or single underscores"),
    "HMAC without a key": ({**HMAC, "inbound.hmacSecret": ""}, "hmacSecret and hmacHeader must not be empty"),
    "HMAC of another kind": ({**HMAC, "inbound.hmacAlgorithm": "md5"}, "hmacAlgorithm"),
    "scopes that sign nothing": ({**HMAC, "inbound.hmacScopes": "parameters"}, "must be [body], [url, body]"),
    "no password": ({**BASIC, "inbound.auth.password": ""}, "inbound.auth.password"),
    "no key address": ({"inbound.auth.type": "JWT"}, "inbound.auth.jwt"),
    "unknown authorization": ({"inbound.auth.type": "DIGEST"}, "inbound, auth"),
    "unknown method": ({"inbound.method": "brew"}, "invalid field: inbound, method"),
    "unknown secret": (
        {**BASIC, "inbound.auth.password": "{{secrets.GONE}}"},
        "Secret with name 'GONE' is not available",
    ),
    "a value that is an object, too": ({"inbound.auth": "x", "inbound.auth.type": "NONE"}, "Duplicate key: auth"),
    "an empty name": ({"inbound..x": "1"}, "empty part in the name 'inbound..x'"),
    "unknown type": ({"inbound.type": "io.example:other:1"}, "Connector io.example:other:1 not registered"),
    "no deduplication id": ({"deduplicationMode": "MANUAL"}, "deduplicationId"),
    "unknown deduplication": ({"deduplicationMode": "SOME"}, "deduplicationMode"),
    "a life that is none": ({"messageTtl": "soon"}, "messageTtl"),
}


@pytest.mark.parametrize("name", MODELS)
async def test_models(start: Any, models: Any, name: str) -> None:
    """The subscription is down and says which property is wrong; nobody can call it, and others work."""
    settings, message = MODELS[name]
    async with start(secrets=SECRETS) as side:
        values = {key: value for key, value in {**WEBHOOK, **settings}.items() if value != ""}
        good = models.started("good", {**WEBHOOK, "inbound.context": "good"})
        await side.deploy(models.started("order", values, message="ordered"), good)

        (item,) = (await side.http.get("/inbound?bpmnProcessId=order")).json()
        answers = [(await side.http.post(f"/inbound/{path}", json={})).status_code for path in ("orders", "good")]

    health = item["health"]
    assert health["status"] == "DOWN"
    assert message in health["error"]["message"]
    assert any(message in line["message"] and line["severity"] == "ERROR" for line in item["logs"])
    assert answers == [404, 200]
    assert not any(secret in json.dumps(item) for secret in (*SECRETS.values(), "Traceback", ".py"))
