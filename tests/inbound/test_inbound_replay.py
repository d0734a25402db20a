"""Dead letters: kept with a reason, replayed by one command, nothing twice and nothing lost."""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from connectory_rest import polling
from connectory_slack import slack

STRICT = '{"type": "object", "required": ["id"]}'
LENIENT = '{"type": "object"}'
ORDERS = {
    "inbound.context": "orders",
    "deduplicationMode": "AUTO",
    "resultExpression": "={body: request.body}",
    "eventSchema": STRICT,
}


def letters(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json"))


async def replayed(side: Any, *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the command beside the runtime."""
    command = ["-m", "connectory_runtime", "replay", "--url", str(side.runtime.address), "--json", *more]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert not err, err.decode()
    return process.returncode or 0, json.loads(out)


async def test_events_that_cannot_be_taken_are_kept_and_replayed_in_order(
    start: Any, models: Any, tmp_path: Path
) -> None:
    """They stay until the model takes them; then each starts one process, and none is left."""
    async with start(dead_letters=tmp_path, secrets={"KEY": "s3cret-of-ours"}) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}, message="order"))
        for n in range(3):
            headers = {"Authorization": "Bearer s3cret-of-callers", "webhook-id": f"m-{n}"}
            for _ in range(2):  # the sender tries again
                refused = await side.http.post("/inbound/orders?token=t0ken", json={"n": n}, headers=headers)
                assert refused.status_code == 422

        files = letters(tmp_path)
        texts = [path.read_text() for path in files]
        assert len(files) == 3
        assert all(json.loads(text)["attempts"] == 2 for text in texts)
        assert all("does not fit its JSON Schema" in json.loads(text)["reason"] for text in texts)
        assert not any("s3cret" in text or "t0ken" in text for text in texts)
        assert all(path.stat().st_mode & 0o077 == 0 for path in files)

        code, (one,) = await replayed(side)
        assert (code, one["taken"], one["failed"]) == (1, 0, 3)

        await side.deploy(
            models.started("orders", {**models.webhook, **ORDERS, "eventSchema": LENIENT}, message="order")
        )
        code, (one,) = await replayed(side, "--process", "orders")
        assert (code, one["taken"], one["failed"], one["problem"]) == (0, 3, 0, None)
        code, (one,) = await replayed(side)
        assert (code, one["taken"]) == (0, 0)

    assert [one["body"]["n"] for one in side.variables("orders")] == [0, 1, 2]
    assert letters(tmp_path) == []


async def test_a_replay_stops_while_camunda_is_away(start: Any, models: Any, tmp_path: Path) -> None:
    """What is left waits for the next time."""
    async with start(dead_letters=tmp_path) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}, message="order"))
        await side.http.post("/inbound/orders", json={})
        await side.deploy(
            models.started("orders", {**models.webhook, **ORDERS, "eventSchema": LENIENT}, message="order")
        )
        post = side.runtime.client.post

        async def away(path: str, value: Any, **more: Any) -> Any:
            from connectory_runtime.client.problems import UnreachableError

            raise UnreachableError("cluster away")

        side.runtime.client.post = away
        code, (one,) = await replayed(side)
        side.runtime.client.post = post

        assert (code, one["taken"], one["failed"]) == (1, 0, 0)
        assert one["problem"]
        assert len(letters(tmp_path)) == 1


async def test_slack_s_events_are_replayed_once(start: Any, models: Any, tmp_path: Path) -> None:
    """An event that Slack sent three times is one letter, and one process when the model takes it."""
    values = {
        "inbound.type": "io.camunda:slack-webhook:1",
        "deduplicationMode": "AUTO",
        "inbound.context": "slack",
        "inbound.slackSigningSecret": "{{secrets.SLACK}}",
        "resultExpression": "={said: request.body.event.text}",
    }
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "hi"}})
    async with start((slack,), dead_letters=tmp_path, secrets={"SLACK": "signing-key"}) as side:

        async def sent() -> int:
            stamp = str(int(time.time()))
            signature = hmac.new(b"signing-key", f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
            headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
            return int((await side.http.post("/inbound/slack", content=body, headers=headers)).status_code)

        await side.deploy(models.started("chat", {**values, "eventSchema": STRICT}, message="said"))
        assert [await sent() for _ in range(3)] == [422, 422, 422]
        (letter,) = [path.read_text() for path in letters(tmp_path)]
        assert json.loads(letter)["messageId"] == "Ev1"
        assert "signing-key" not in letter

        await side.deploy(models.started("chat", {**values, "eventSchema": LENIENT}, message="said"))
        code, (one,) = await replayed(side)
        again = await sent()  # Slack's last try comes after the replay

        assert (code, one["taken"], one["failed"], again) == (0, 1, 0, 200)
        assert side.variables("chat") == [{"said": "hi"}]
        assert letters(tmp_path) == []


async def test_an_answer_of_a_polled_service_is_replayed(start: Any, models: Any, tmp_path: Path) -> None:
    """It reaches the instance that waits for it in the mended process, also when the service is gone meanwhile."""
    values = {
        "inbound.type": "io.camunda:http-polling:1",
        "deduplicationMode": "AUTO",
        "httpRequestInterval": "PT0.05S",
        "processPollingInterval": "PT0.1S",
        "correlationKeyExpression": "=body.order",
        "resultExpression": '={parcel: assert(body.parcel, false, "no parcel")}',
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        content = b'{"order": "o-1", "parcel": "DHL-7"}'
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
        writer.close()

    service = await asyncio.start_server(answer, "127.0.0.1", 0)
    values["url"] = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}/parcel"
    async with start((polling,), dead_letters=tmp_path) as side:
        await side.deploy(models.continued("wait", values))
        first = side.engine.create_instance("wait", variables={"orderId": "o-1"})
        async with asyncio.timeout(20):
            while not letters(tmp_path):  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.05)
        service.close()
        (path,) = letters(tmp_path)
        assert "no parcel" in json.loads(path.read_text())["reason"]

        side.engine.cancel_instance(first.key)
        await side.deploy(models.continued("wait", {**values, "resultExpression": "={parcel: body.parcel}"}))
        instance = side.engine.create_instance("wait", variables={"orderId": "o-1"})
        code, found = await replayed(side)

        assert (code, sum(one["taken"] for one in found)) == (0, 1)
        assert instance.variables["parcel"] == "DHL-7"
        assert letters(tmp_path) == []


async def test_a_subscription_that_does_not_work_holds_up_no_other(start: Any, models: Any, tmp_path: Path) -> None:
    """It is said, and only where it has letters; the others' letters are replayed."""

    def named(name: str, **more: str) -> bytes:
        values = {**models.webhook, **ORDERS, "inbound.context": name, **more}
        return bytes(models.started(name, values, message=name))

    broken = {"inbound.auth.type": "APIKEY", "inbound.auth.apiKey": "{{secrets.GONE}}"}
    async with start(dead_letters=tmp_path) as side:
        await side.deploy(named("a"), named("b"), named("c", **broken))
        for name in "ab":
            assert (await side.http.post(f"/inbound/{name}", json={})).status_code == 422

        await side.deploy(named("a", **broken), named("b", eventSchema=LENIENT))
        code, found = await replayed(side)

    results = {one["process"]: (one["taken"], one["problem"]) for one in found}
    assert code == 1
    refused = "A subscription that is FailedToActivate takes no events"
    assert results == {"a": (0, refused), "b": (1, None), "c": (0, None)}
    assert len(letters(tmp_path)) == 1


async def test_without_a_folder_nothing_is_kept(side: Any, models: Any) -> None:
    """The caller is told, as ever; there is nothing to replay."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))

    refused = await side.http.post("/inbound/orders", json={})
    code, (one,) = await replayed(side, "--type", "io.camunda:webhook:1")

    assert refused.status_code == 422
    assert (code, one["taken"], one["failed"], one["elements"]) == (0, 0, 0, ["start"])


async def test_a_runtime_that_is_not_there_is_one_line() -> None:
    """Wrong use, with what to do."""
    command = ["-m", "connectory_runtime", "replay", "--url", "http://127.0.0.1:9"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()

    assert process.returncode == 2
    assert b"cannot be asked" in err
    assert err.count(b"\n") == 1


@pytest.mark.parametrize("name", ["../../etc", "a/b"])
async def test_names_of_processes_are_no_paths(start: Any, models: Any, tmp_path: Path, name: str) -> None:
    """A letter is below the folder whatever a model is called."""
    from connectory_runtime.inbound.dead_letters import DeadLetters
    from connectory_runtime.inbound.elements import Definition, Element
    from connectory_runtime.inbound.grouping import Group
    from connectory_runtime.secrets import Masked

    element = Element(
        definition=Definition(id=name, key="1"),
        process_name=None,
        id="e",
        name=None,
        kind="startEvent",
        point="start",
        message_name=None,
        properties={"inbound.type": "t"},
    )

    said = await DeadLetters(tmp_path).keep(Group(id="g", elements=(element,)), {"a": 1}, None, "why", Masked())

    assert "is kept as dead letter" in str(said)
    (path,) = letters(tmp_path)
    assert path.parent.parent == tmp_path
