"""Calls of a webhook, from HTTP to the engine."""

import asyncio
import hashlib
import hmac
import json
from typing import Any

import pytest

from connectory_runtime.secrets import MappingSecrets

START = {"inbound.type": "io.camunda:webhook:1", "inbound.context": "orders", "deduplicationMode": "AUTO"}


async def answered(side: Any, **more: Any) -> None:
    """Call until somebody answers with success."""
    async with asyncio.timeout(10):
        while (await side.http.post("/inbound/orders", json={}, **more)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_call_starts_a_process_with_what_the_result_expression_takes(side: Any, models: Any) -> None:
    """The caller gets 200 without a body; the instance has the mapped variables and nothing else."""
    await side.deploy(models.started("order", {**START, "resultExpression": "={id: request.body.id}"}))

    answer = await side.http.post("/inbound/orders", json={"id": 7, "more": True})

    assert (answer.status_code, answer.content) == (200, b"")
    assert side.variables("order") == [{"id": 7}]


async def test_the_first_template_called_it_variable_mapping(side: Any, models: Any) -> None:
    """Version 1 of the official webhook template still works."""
    await side.deploy(models.started("order", {**START, "inbound.variableMapping": "={id: request.body.id}"}))

    await side.http.post("/inbound/orders", json={"id": 7})

    assert side.variables("order") == [{"id": 7}]


async def test_a_listener_can_have_a_type_of_its_own(start: Any, models: Any) -> None:
    """A hybrid template names a type that the environment gives to the connector; the usual one is not its own then."""
    own = {**START, "inbound.type": "acme:webhook:1", "resultExpression": "={id: request.body.id}"}
    async with start(environ={"CONNECTOR_WEBHOOK_TYPE": "acme:webhook:1"}) as side:
        await side.deploy(models.started("order", own), models.started("other", {**START, "inbound.context": "other"}))

        taken = await side.http.post("/inbound/orders", json={"id": 7})
        unknown = await side.http.post("/inbound/other", json={"id": 7})

        assert (taken.status_code, unknown.status_code) == (200, 404)
        assert side.variables("order") == [{"id": 7}]


async def test_no_result_settings_give_no_variables(side: Any, models: Any) -> None:
    """Without result variable and expression the process starts empty."""
    await side.deploy(models.started("order", START))

    await side.http.post("/inbound/orders", json={"id": 7})

    assert side.variables("order") == [{}]


async def test_the_response_expression_sees_the_correlation(side: Any, models: Any) -> None:
    """Status, headers and body come from the element that took the event."""
    expression = (
        '={statusCode: 201, headers: {"x-key": string(correlation.processInstanceKey)}, '
        "body: {element: correlation.activatedElement.elementId, got: request.body.id}}"
    )
    await side.deploy(models.started("order", {**START, "inbound.responseExpression": expression}))

    answer = await side.http.post("/inbound/orders", json={"id": 7})

    assert answer.status_code == 201
    assert answer.json() == {"element": "start", "got": 7}
    (instance,) = side.engine.instances()
    assert answer.headers["x-key"] == str(instance.key)


@pytest.mark.parametrize("kind", ["catch", "receive", "boundary"])
async def test_a_call_continues_a_waiting_process(side: Any, models: Any, kind: str) -> None:
    """The correlation key of the event finds the instance; the message ends its wait."""
    values = {
        **START,
        "correlationKeyExpression": "=request.body.order",
        "resultExpression": "={answer: request.body.answer}",
    }
    await side.deploy(models.continued("wait", values, kind=kind))
    instance = side.engine.create_instance("wait", variables={"orderId": "o-1"})

    answer = await side.http.post("/inbound/orders", json={"order": "o-1", "answer": "yes"})

    assert answer.status_code == 200
    assert instance.ended is not None
    assert instance.variables["answer"] == "yes"


async def test_a_message_id_is_taken_once(side: Any, models: Any) -> None:
    """Copies of an event, also parallel ones, are answered with success and start nothing."""
    values = {**START, "messageIdExpression": "=request.body.id"}
    await side.deploy(models.started("order", values, message="ordered"))

    answers = await asyncio.gather(*(side.http.post("/inbound/orders", json={"id": "e-1"}) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(side.variables("order")) == 1


async def test_conditions_choose_the_element(side: Any, models: Any) -> None:
    """The element whose condition is true takes the event; none gives 422; text is not true."""
    await side.deploy(models.started("order", {**START, "activationCondition": "=request.body.kind"}))

    refused = await side.http.post("/inbound/orders", json={"kind": "true"})
    taken = await side.http.post("/inbound/orders", json={"kind": True})

    assert (refused.status_code, refused.json()) == (422, {"consumeUnmatched": False})
    assert taken.status_code == 200
    assert len(side.variables("order")) == 1


async def test_unmatched_events_can_be_acknowledged(side: Any, models: Any) -> None:
    """With consumeUnmatchedEvents the caller gets 200 and nothing starts."""
    values = {**START, "activationCondition": "=false", "consumeUnmatchedEvents": "true"}
    await side.deploy(models.started("order", values))

    answer = await side.http.post("/inbound/orders", json={})

    assert answer.status_code == 200
    assert side.variables("order") == []


async def test_synchronous_calls_wait_for_the_process(side: Any, models: Any) -> None:
    """The response expression reads the variables of the finished process."""
    values = {
        **START,
        "synchronousResponse": "true",
        "resultExpression": "={twice: 2 * request.body.n}",
        "inbound.responseExpression": "={body: correlation.variables}",
    }
    await side.deploy(models.started("order", values, task=False))

    answer = await side.http.post("/inbound/orders", json={"n": 21})

    assert answer.json() == {"twice": 42}


async def test_signed_calls(start: Any, models: Any) -> None:
    """The secret comes from a secret provider; a wrong or missing signature is refused and starts nothing."""
    values = {
        **START,
        "inbound.shouldValidateHmac": "enabled",
        "inbound.hmacSecret": "{{secrets.KEY}}",
        "inbound.hmacHeader": "X-Signature",
    }
    body = json.dumps({"id": 1}).encode()
    signature = hmac.new(b"s3cret-key", body, hashlib.sha256).hexdigest()
    async with start(secrets={"KEY": "s3cret-key"}) as side:
        await side.deploy(models.started("order", values))

        good = await side.http.post("/inbound/orders", content=body, headers={"x-signature": f"sha256={signature}"})
        bad = await side.http.post("/inbound/orders", content=body, headers={"x-signature": signature[::-1]})
        missing = await side.http.post("/inbound/orders", content=body)

        assert [good.status_code, bad.status_code, missing.status_code] == [200, 401, 401]
        assert len(side.variables("order")) == 1
        listed = (await side.http.get("/inbound")).text
        assert "s3cret-key" not in listed
        assert "{{secrets.KEY}}" in listed


async def test_a_missing_secret_is_said_and_healed(start: Any, models: Any) -> None:
    """The subscription is down with the reason, and comes up when the secret is there."""
    secrets: dict[str, str] = {}
    values = {**START, "inbound.auth.type": "BASIC", "inbound.auth.username": "u"}
    async with start(secrets=secrets) as side:
        await side.deploy(models.started("order", {**values, "inbound.auth.password": "{{secrets.PW}}"}))
        (item,) = (await side.http.get("/inbound")).json()

        assert item["health"]["error"]["message"] == "Secret with name 'PW' is not available"
        assert (await side.http.post("/inbound/orders", json={})).status_code == 404

        side.runtime.secrets[0] = MappingSecrets({"PW": "p"})
        await answered(side, auth=("u", "p"))
        assert len(side.variables("order")) == 1


async def test_two_processes_with_one_path(side: Any, models: Any) -> None:
    """The second stands by with the reason, and takes over without a gap when the first one goes."""
    await side.deploy(models.started("first", START), models.started("second", START))
    states = {item["elements"][0]["bpmnProcessId"]: item["health"] for item in (await side.http.get("/inbound")).json()}

    assert states["first"]["status"] == "UP"
    assert states["second"]["error"]["message"] == "Context: orders already in use by: process first(start)"

    await side.deploy(models.started("first", {**START, "inbound.context": "other"}))
    await side.http.post("/inbound/orders", json={})

    assert len(side.variables("second")) == 1


async def test_a_new_version_takes_over(side: Any, models: Any) -> None:
    """Calls start the latest version; a path that is gone is 404; a version without webhook ends it."""
    await side.deploy(models.started("order", START))
    await side.deploy(models.started("order", {**START, "resultExpression": "={v: 2}"}))
    await side.http.post("/inbound/orders", json={})
    await side.deploy(models.started("order", {**START, "inbound.context": "elsewhere"}))

    assert side.variables("order") == [{"v": 2}]
    assert (await side.http.post("/inbound/orders", json={})).status_code == 404
    assert (await side.http.post("/inbound/elsewhere", json={})).status_code == 200


async def test_an_old_version_is_served_while_its_instances_wait(side: Any, models: Any) -> None:
    """An instance of an old version still gets its message; when none waits any more, the old path ends."""
    values = {**START, "correlationKeyExpression": "=request.body.order"}
    await side.deploy(models.continued("wait", values))
    instance = side.engine.create_instance("wait", variables={"orderId": "o-1"})
    await side.deploy(models.started("wait", {"inbound.type": "io.camunda:webhook:1", "inbound.context": "new"}))

    old = next(one for one in (await side.http.get("/inbound")).json() if one["data"]["inbound.context"] == "orders")
    answer = await side.http.post("/inbound/orders", json={"order": "o-1"})

    assert answer.status_code == 200
    assert [element["version"] for element in old["elements"]] == [1]
    assert instance.ended is not None
    await side.inbound.importer.look()
    assert (await side.http.post("/inbound/orders", json={"order": "o-1"})).status_code == 404


async def test_methods_queries_forms_and_parts(side: Any, models: Any) -> None:
    """Queries, forms and files reach the expressions; a document is stored for each part."""
    values = {**START, "resultExpression": "={q: request.params, b: request.body, n: count(documents)}"}
    await side.deploy(models.started("order", values))

    await side.http.get("/inbound/orders?x=1&x=2&y&z=&a=b%2Bc+d")
    await side.http.post("/inbound/orders", data={"a": "1&2", "b": "x=y"})
    await side.http.post("/inbound/orders", files={"f": ("a.txt", b"hello", "text/plain")}, data={"p": "v"})
    statuses = [(await side.http.request(verb, "/inbound/orders")).status_code for verb in ("PATCH", "OPTIONS")]

    query, form, multipart = side.variables("order")
    assert query == {"q": {"x": "1", "y": "", "z": "", "a": "b+c d"}, "b": {}, "n": 0}
    assert form["b"] == {"a": "1&2", "b": "x=y"}
    assert multipart["n"] == 2
    assert statuses == [405, 200]


async def test_refusals(start: Any, models: Any) -> None:
    """Unknown paths, large and broken bodies get their status; nothing starts."""
    async with start(most_body=1000) as side:
        await side.deploy(models.started("order", START))

        unknown = await side.http.post("/inbound/nobody", json={})
        deep = await side.http.post("/inbound/orders/more", json={})
        large = await side.http.post("/inbound/orders", content=b"x" * 5000)

        async def chunks() -> Any:
            for _ in range(50):
                yield b"x" * 100

        streamed = await side.http.post("/inbound/orders", content=chunks())
        broken = await side.http.post("/inbound/orders", content=b"{no json")

        assert [unknown.status_code, deep.status_code] == [404, 404]
        assert [large.status_code, streamed.status_code] == [413, 413]
        assert broken.status_code == 400
        assert side.variables("order") == []


async def test_bad_expressions_are_told(side: Any, models: Any) -> None:
    """A failing condition, key or result is 422 with the reason, and a line in the activity log."""
    await side.deploy(
        models.started(
            "a", {**START, "inbound.context": "a", "activationCondition": '=assert(request.x, false, "no")'}
        ),
        models.continued("b", {**START, "inbound.context": "b", "correlationKeyExpression": "=request.body.k"}),
        models.started("c", {**START, "inbound.context": "c", "resultExpression": "=5"}),
    )

    answers = [await side.http.post(f"/inbound/{path}", json={}) for path in "abc"]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert answers[1].json() == {"message": "Wasn't able to obtain correlation key for expression =request.body.k"}
    logs = (await side.http.get("/tenants/<default>/inbound/c/start/logs")).json()
    assert any(line["severity"] == "ERROR" and "Result expression" in line["message"] for line in logs[0])


async def test_the_cluster_away_is_503_and_nothing_is_acknowledged(start: Any, models: Any) -> None:
    """While the engine cannot be reached callers are asked to come again."""
    import connectory_engine

    engine = connectory_engine.Engine()
    async with start(engine=engine) as side:
        await side.deploy(models.started("order", START))
        side.runtime.client._transport.base = "http://127.0.0.1:9/v2"  # nobody listens at the discard port

        answer = await side.http.post("/inbound/orders", json={})

        assert answer.status_code == 503
        assert answer.json()["status"] == "UNAVAILABLE"
        assert side.variables("order") == []


async def test_pause_and_resume(side: Any, models: Any) -> None:
    """An operator can stop one subscription and start it again."""
    await side.deploy(models.started("order", START))
    (item,) = (await side.http.get("/inbound")).json()
    address = f"/inbound-instances/executables/{item['executableId']}"

    paused = await side.http.post(f"{address}/pause")
    away = await side.http.post("/inbound/orders", json={})
    resumed = await side.http.post(f"{address}/resume")

    assert paused.json()["state"] == "Paused"
    assert (away.status_code, away.headers["retry-after"]) == (503, "1")
    assert resumed.status_code == 200
    await answered(side)


async def test_a_paused_subscription_that_is_gone_is_unknown(side: Any, models: Any) -> None:
    """Its callers are asked to come again only while there is something to come back to."""
    await side.deploy(models.started("order", START))
    (item,) = (await side.http.get("/inbound")).json()
    await side.http.post(f"/inbound-instances/executables/{item['executableId']}/pause")

    await side.deploy(models.started("order", {}))

    assert (await side.http.post("/inbound/orders", json={})).status_code == 404


async def test_other_settings_refuse_nobody(side: Any, models: Any) -> None:
    """With an id of the modeller's own a new version's subscription replaces the old one without a gap."""
    own = {**START, "deduplicationMode": "MANUAL", "deduplicationId": "orders"}
    await side.deploy(models.started("order", own))
    deployed = asyncio.Event()

    async def calls() -> set[int]:
        codes = set()
        while not deployed.is_set():
            codes.add((await side.http.post("/inbound/orders", json={})).status_code)
        return codes

    async def deploy() -> None:
        for method in ("post", "any", "post"):
            await side.deploy(models.started("order", {**own, "inbound.method": method}))
        deployed.set()

    codes, _ = await asyncio.gather(calls(), deploy())

    assert codes == {200}
    (item,) = (await side.http.get("/inbound")).json()
    assert (item["data"]["inbound.method"], item["health"]["status"]) == ("post", "UP")


async def test_a_reset_refuses_nobody(side: Any, models: Any) -> None:
    """Calls while a subscription begins anew are taken, or asked to come again."""
    await side.deploy(models.started("order", START))
    (item,) = (await side.http.get("/inbound")).json()

    async def calls() -> set[int]:
        return {(await side.http.post("/inbound/orders", json={})).status_code for _ in range(60)}

    async def resets() -> None:
        for what in ["reset", "reset", "pause", "resume"] * 5:
            answer = await side.http.post(f"/inbound-instances/executables/{item['executableId']}/{what}")
            assert answer.status_code in (200, 409)  # what begins cannot be paused

    codes, _ = await asyncio.gather(calls(), resets())

    assert codes <= {200, 503}
    await answered(side)


async def test_what_the_endpoints_say(side: Any, models: Any) -> None:
    """Executables, groups, metrics and health under the reference's names."""
    await side.deploy(models.started("order", START))
    await side.http.post("/inbound/orders", json={})

    (item,) = (await side.http.get("/inbound?bpmnProcessId=order")).json()
    (group,) = (await side.http.get("/inbound-instances")).json()
    (counts,) = (await side.http.get("/inbound-instances/metrics")).json()
    one = await side.http.get(f"/inbound-instances/executables/{item['executableId']}/health")
    text = (await side.http.get("/actuator/prometheus")).text

    assert item["type"] == group["connectorId"] == counts["type"] == "io.camunda:webhook:1"
    assert item["data"] == {"inbound.context": "orders"}
    assert item["elements"][0]["physicalTenantId"] == item["physicalTenantId"] == "default"
    assert counts["trigger"]["correlated"] == 1
    assert one.json()[0]["status"] == "UP"
    assert 'camunda_connector_inbound_triggers_total{action="correlated",type="io.camunda:webhook:1"' in text
    assert (await side.http.get("/inbound?type=other")).json() == []
    assert (await side.http.get("/inbound-instances/other")).status_code == 404
    health = (await side.http.get("/actuator/health")).json()
    assert health["components"]["processDefinitionImport"]["status"] == "UP"
