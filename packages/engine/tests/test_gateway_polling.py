"""Long polling and waiting for completion, over HTTP in one loop with the engine."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectory_engine import Engine, serve
from connectory_engine.gateway.polling import Waiters

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="polled" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>
    <serviceTask id="work"><extensionElements>
      <zeebe:taskDefinition type="polled"/>
      <zeebe:taskHeaders><zeebe:header key="h" value="v"/></zeebe:taskHeaders>
    </extensionElements></serviceTask>
    <sequenceFlow id="b" sourceRef="work" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""


class Client:
    """A connection of its own for each request, so that a request can be left."""

    def __init__(self, address: str) -> None:
        self.host, _, port = urlsplit(address).netloc.rpartition(":")
        self.port = int(port)

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            content = json.dumps(body).encode()
            head = f"POST /v2{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
            writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
            answer = await reader.read()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        head_, _, document = answer.partition(b"\r\n\r\n")
        return int(head_[9:12]), json.loads(document) if document else None

    async def poll(self, wait: int = 10_000, most: int = 1, **more: Any) -> list[Any]:
        body = {"type": "polled", "timeout": 60_000, "maxJobsToActivate": most, "worker": "w", "requestTimeout": wait}
        status, document = await self.post("/jobs/activation", {**body, **more})
        assert status == 200, document
        return list(document["jobs"])

    async def create(self, **more: Any) -> tuple[int, Any]:
        return await self.post("/process-instances", {"processDefinitionId": "polled", **more})


@pytest.fixture
async def engine() -> Engine:
    engine = Engine()
    engine.deploy([("polled.bpmn", MODEL.encode())])
    return engine


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[Client]:
    async with serve(engine) as address:
        yield Client(address)


async def waiting(count: int = 1) -> None:
    """Let requests that were just started arrive and begin to wait."""
    await asyncio.sleep(0.05 * count)


async def test_a_poll_that_waits_is_answered_when_a_job_comes(client: Client) -> None:
    poll = asyncio.create_task(client.poll())
    await waiting()
    begin = time.perf_counter()
    _, instance = await client.create(variables={"a": 1, "b": "x"}, tags=["t1"])

    (job,) = await poll

    assert time.perf_counter() - begin < 1
    assert job["processInstanceKey"] == instance["processInstanceKey"]
    assert (job["elementId"], job["customHeaders"], job["variables"]) == ("work", {"h": "v"}, {"a": 1, "b": "x"})
    assert (job["worker"], job["retries"], job["tags"], job["tenantId"]) == ("w", 3, ["t1"], "<default>")
    assert isinstance(job["jobKey"], str)


async def test_one_job_wakes_one_poll_and_the_others_wait_on(client: Client) -> None:
    polls = [asyncio.create_task(client.poll(1_000)) for _ in range(3)]
    await waiting()

    await client.create()
    answers = await asyncio.gather(*polls)

    assert sorted(len(jobs) for jobs in answers) == [0, 0, 1]


async def test_each_of_several_jobs_goes_to_another_poll(client: Client) -> None:
    polls = [asyncio.create_task(client.poll()) for _ in range(3)]
    await waiting()

    await asyncio.gather(*(client.create() for _ in range(3)))
    answers = await asyncio.gather(*polls)

    assert len({jobs[0]["jobKey"] for jobs in answers}) == 3


async def test_without_long_polling_the_answer_comes_at_once(client: Client) -> None:
    begin = time.perf_counter()

    assert await client.poll(-1) == []
    assert time.perf_counter() - begin < 0.5


async def test_a_poll_ends_empty_when_its_time_is_over(client: Client) -> None:
    begin = time.perf_counter()

    assert await client.poll(200) == []
    assert 0.19 < time.perf_counter() - begin < 2


async def test_a_client_that_left_takes_no_job_with_it(client: Client) -> None:
    left = asyncio.create_task(client.poll())
    stays = asyncio.create_task(client.poll(3_000))
    await waiting(2)
    left.cancel()
    with suppress(asyncio.CancelledError):
        await left
    await waiting()

    await client.create()

    assert len(await stays) == 1


async def test_only_the_variables_asked_for_are_given(client: Client) -> None:
    await client.create(variables={"a": 1, "b": 2})

    (job,) = await client.poll(fetchVariable=["b", "none"])

    assert job["variables"] == {"b": 2}


async def test_creation_waits_for_completion_and_gives_the_variables(client: Client) -> None:
    created = asyncio.create_task(client.create(awaitCompletion=True, variables={"a": 1}, fetchVariables=["a", "r"]))
    (job,) = await client.poll()
    await client.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"r": [1], "s": 2}})

    status, answer = await created

    assert (status, answer["variables"]) == (200, {"a": 1, "r": [1]})


async def test_creation_that_waits_too_short_is_a_504_and_the_instance_goes_on(client: Client) -> None:
    status, problem = await client.create(awaitCompletion=True, requestTimeout=100)
    (job,) = await client.poll()
    completed, _ = await client.post(f"/jobs/{job['jobKey']}/completion", {})

    assert (status, problem["title"]) == (504, "DEADLINE_EXCEEDED")
    assert problem["detail"] == "Expected to handle request, but request timed out between gateway and broker"
    assert completed == 204


async def test_a_failed_job_comes_back_to_a_waiting_poll_after_its_back_off(client: Client) -> None:
    await client.create()
    (job,) = await client.poll()
    begin = time.perf_counter()
    await client.post(f"/jobs/{job['jobKey']}/failure", {"retries": 2, "retryBackOff": 200, "errorMessage": "no"})

    (again,) = await client.poll()

    assert (again["jobKey"], again["retries"]) == (job["jobKey"], 2)
    assert time.perf_counter() - begin > 0.19


async def test_a_job_whose_time_is_over_comes_back_to_a_waiting_poll(client: Client) -> None:
    await client.create()
    (job,) = await client.poll(timeout=100)

    (again,) = await client.poll()

    assert again["jobKey"] == job["jobKey"]


async def test_a_server_that_stops_answers_those_who_wait(engine: Engine) -> None:
    async with serve(engine) as address:
        poll = asyncio.create_task(Client(address).poll())
        await waiting()
        begin = time.perf_counter()

    assert await poll == []
    assert time.perf_counter() - begin < 1


async def test_an_occupied_port_is_said_in_one_line(engine: Engine) -> None:
    async with serve(engine) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(OSError, match=rf"^cannot listen at 127.0.0.1:{port}: .*choose another port$"):
            async with serve(Engine(), port=port):
                pass


async def test_a_poll_that_is_cancelled_after_it_was_woken_wakes_the_next() -> None:
    waiters = Waiters()
    things: list[str] = []

    def take() -> list[str]:
        return [things.pop()] if things else []

    first = asyncio.create_task(waiters.wait("t", take, 5))
    second = asyncio.create_task(waiters.wait("t", take, 5))
    await asyncio.sleep(0)
    things.append("thing")
    waiters.wake("t")
    first.cancel()

    assert await second == ["thing"]


async def test_what_comes_before_the_wait_has_begun_is_not_missed() -> None:
    waiters = Waiters()
    things: list[str] = []

    def take() -> list[str]:
        return [things.pop()] if things else []

    waiting_ = asyncio.create_task(waiters.wait("t", take, 5))
    things.append("thing")
    waiters.wake("t")

    assert await asyncio.wait_for(waiting_, 1) == ["thing"]
