"""Every kind of element on the local engine, the real engine of 8.8, and a real Camunda 8.6 with models from files."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import SESSION, Engine, Service, running

CLUSTERS = {"local": None, "8.8": "CONNECTORY_ZEEBE_ENGINE", "8.6": "CONNECTORY_TEST_CAMUNDA"}
DEFINE = '<bpmn:messageEventDefinition id="define" messageRef="message"/>'
WAITS = ("intermediate", "boundary", "receive", "event-subprocess")
OUT = "<bpmn:outgoing>then</bpmn:outgoing>"  # 8.6 looks for it at boundary events


def model(head: str, properties: str, process: str, kind: str) -> bytes:
    """A process with an element of a kind; when its event comes, a job of the process's name is there to be done."""
    done = (
        f'<bpmn:serviceTask id="done"><bpmn:extensionElements><zeebe:taskDefinition type="{process}"/>'
        '</bpmn:extensionElements></bpmn:serviceTask><bpmn:endEvent id="end"/>'
        '<bpmn:sequenceFlow id="last" sourceRef="done" targetRef="end"/>'
    )
    never = (
        f'<bpmn:startEvent id="begin"/><bpmn:serviceTask id="never"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="never-{process}"/></bpmn:extensionElements></bpmn:serviceTask>'
        '<bpmn:sequenceFlow id="first" sourceRef="begin" targetRef="never"/>'
    )
    begin = '<bpmn:startEvent id="begin"/><bpmn:sequenceFlow id="first" sourceRef="begin" targetRef="here"/>'
    flow = '<bpmn:sequenceFlow id="then" sourceRef="here" targetRef="done"/>'
    content = {
        "start": f'<bpmn:startEvent id="here">{properties}</bpmn:startEvent>{flow}{done}',
        "message-start": f'<bpmn:startEvent id="here">{properties}{DEFINE}</bpmn:startEvent>{flow}{done}',
        "intermediate": f'{begin}<bpmn:intermediateCatchEvent id="here">{properties}{DEFINE}'
        f"</bpmn:intermediateCatchEvent>{flow}{done}",
        "receive": f'{begin}<bpmn:receiveTask id="here" messageRef="message">{properties}</bpmn:receiveTask>'
        f"{flow}{done}",
        "boundary": f'{never}<bpmn:boundaryEvent id="here" attachedToRef="never">{properties}{OUT}{DEFINE}'
        f"</bpmn:boundaryEvent>{flow}{done}",
        "event-subprocess": f'{never}<bpmn:subProcess id="sub" triggeredByEvent="true"><bpmn:startEvent id="here">'
        f"{properties}{DEFINE}</bpmn:startEvent>{flow}{done}</bpmn:subProcess>",
    }[kind]
    return (
        f'{head}<bpmn:process id="{process}" isExecutable="true">{content}</bpmn:process>'
        f'<bpmn:message id="message" name="{process}"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message></bpmn:definitions>'
    ).encode()


@dataclass
class Cluster:
    """A cluster with a runtime beside it."""

    http: httpx.AsyncClient
    service: Service
    folder: Path
    head: str
    properties: Any

    async def call(self, path: str, body: Any = None, **more: Any) -> Any:
        """Call the cluster; a busy one takes the command a moment later."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.http.post(f"/v2{path}", json=body, **more)
                if answer.status_code != 503:
                    break
                await asyncio.sleep(0.2)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    async def deploy(self, process: str, kind: str, values: dict[str, str]) -> None:
        """Deploy a process, and put its file where a runtime without search looks."""
        content = model(self.head, self.properties(values), process, kind)
        await self.call("/deployments", files={"resources": (f"{process}.bpmn", content)})
        (self.folder / f"{process}.bpmn").write_bytes(content)

    async def create(self, process: str, **variables: Any) -> None:
        """Start an instance that waits."""
        await self.call("/process-instances", {"processDefinitionId": process, "variables": variables})

    async def done(self, process: str, *, seconds: float = 30) -> dict[str, Any] | None:
        """Wait for the job behind the element, complete it, and return its variables; None where none comes."""
        wanted = {"type": process, "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": int(seconds * 1000)}
        jobs = (await self.call("/jobs/activation", wanted))["jobs"]
        if not jobs:
            return None
        await self.call(f"/jobs/{jobs[0].get('jobKey') or jobs[0]['key']}/completion", {})
        return dict(jobs[0]["variables"])


@pytest.fixture(params=CLUSTERS)
async def cluster(request: pytest.FixtureRequest, tmp_path: Path, models: Any) -> AsyncIterator[Cluster]:
    variable = CLUSTERS[request.param]
    if variable is not None and not os.environ.get(variable):
        pytest.skip(f"{variable} is not set")
    engine = Engine(tmp_path)
    address = engine.address if variable is None else os.environ[variable]
    folder = tmp_path / "processes"
    folder.mkdir()
    options = ("--processes", folder) if request.param == "8.6" else ()
    service = Service(address, tmp_path, "service", *options)
    async with (
        running(*([engine] if variable is None else []), service),
        httpx.AsyncClient(base_url=address, timeout=90) as http,
    ):
        yield Cluster(http, service, folder, models.head, models.properties)
    await engine.http.aclose()


def webhook(path: str, **more: str) -> dict[str, str]:
    return {
        "inbound.type": "io.camunda:webhook:1",
        "inbound.context": path,
        "deduplicationMode": "AUTO",
        "correlationKeyExpression": "=request.body.order",
        "resultExpression": "={got: request.body.n}",
        **more,
    }


async def test_events_reach_every_kind_of_element(cluster: Cluster) -> None:
    """A copy of an event changes nothing; a caller may also wait for the process, and hears when nobody waits."""
    await asyncio.gather(*(reaches(cluster, kind) for kind in ("start", "message-start", *WAITS)))


async def reaches(cluster: Cluster, kind: str) -> None:
    """Publish an event to an element of a kind, and correlate one with another."""
    mark = f"{kind[:3]}{uuid.uuid4().hex[:8]}"
    published, correlated = f"p{mark}", f"c{mark}"
    answer = "={body: {key: correlation.processInstanceKey, got: correlation.variables.got}}"
    await cluster.deploy(published, kind, webhook(published, messageIdExpression="=request.body.id"))
    more = {"synchronousResponse": "true", "inbound.responseExpression": answer}
    await cluster.deploy(correlated, kind, webhook(correlated, **more))
    await cluster.service.up(published, correlated)
    call = cluster.service.http.post
    if kind in WAITS:
        nobody = await call(f"/inbound/{correlated}", json={"order": "nobody", "n": 0})
        assert (nobody.status_code, nobody.json()["status"]) == (404, "NOT_FOUND"), kind
        for process in (published, correlated):
            await cluster.create(process, orderId=mark)

    event = {"order": mark, "n": 42, "id": "e-1"}
    copies = [await call(f"/inbound/{published}", json=event) for _ in range(1 if kind == "start" else 3)]
    first = await cluster.done(published)
    second = await cluster.done(published, seconds=0.5)

    async def waited() -> httpx.Response:
        """Correlation reaches an instance only when its subscription is open, which takes a moment."""
        async with asyncio.timeout(30):
            while True:
                found = await call(f"/inbound/{correlated}", json=event)
                if found.status_code != 404:
                    return found
                await asyncio.sleep(0.1)

    waiting = asyncio.create_task(waited())
    third = await cluster.done(correlated)
    reply = await waiting

    assert [copy.status_code for copy in copies] == [200] * len(copies), kind
    assert [done and done["got"] for done in (first, second, third)] == [42, None, 42], kind
    assert reply.status_code == 200, (kind, reply.text)
    assert isinstance(reply.json()["key"], int), kind
    assert reply.json()["got"] == (42 if kind == "start" else None), kind


async def test_records_start_and_continue_processes(cluster: Cluster) -> None:
    """Kafka's records do the same."""
    servers = os.environ.get("KAFKA_BOOTSTRAP")
    if not servers:
        pytest.skip("KAFKA_BOOTSTRAP is not set")
    from aiokafka import AIOKafkaProducer

    mark = uuid.uuid4().hex[:8]
    values = {
        "inbound.type": "io.camunda:connector-kafka-inbound:1",
        "deduplicationMode": "AUTO",
        "topic.bootstrapServers": servers,
        "topic.topicName": f"real-{mark}",
        "autoOffsetReset": "earliest",
        "additionalProperties": json.dumps(SESSION),
        "correlationKeyExpression": "=value.order",
        "resultExpression": "={got: value.n}",
    }
    starts, continues = f"s{mark}", f"k{mark}"
    await cluster.deploy(starts, "message-start", {**values, "groupId": starts})
    await cluster.deploy(continues, "intermediate", {**values, "groupId": continues})
    await cluster.create(continues, orderId=mark)
    await cluster.service.up(starts, continues)

    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        await producer.send_and_wait(f"real-{mark}", json.dumps({"order": mark, "n": 7}).encode())
    results = [await cluster.done(starts), await cluster.done(continues)]

    assert [result and result["got"] for result in results] == [7, 7]


@pytest.mark.parametrize("kind", ["intermediate", "boundary"])
async def test_a_service_is_asked_for_each_instance(cluster: Cluster, service: str, kind: str) -> None:
    """Each waiting instance asks for what its own variables say, until the answer meets the condition."""
    if cluster.service.arguments[1:]:
        pytest.skip("waiting instances cannot be searched on 8.6")
    mark = f"a{kind[:3]}{uuid.uuid4().hex[:8]}"
    values = {
        "inbound.type": "io.camunda:http-polling:1",
        "deduplicationMode": "AUTO",
        "method": "GET",
        "url": f'="{service}/counter/" + orderId',
        "httpRequestInterval": "PT0.2S",
        "processPollingInterval": "PT0.5S",
        "activationCondition": "=body.count >= 3",
        "correlationKeyExpression": f'="{mark}-1"',
        "resultExpression": "={got: body.count}",
    }
    await cluster.deploy(mark, kind, values)
    await cluster.create(mark, orderId=f"{mark}-1")
    await cluster.create(mark, orderId=f"{mark}-2")

    first = await cluster.done(mark)
    second = await cluster.done(mark, seconds=0.5)

    assert first is not None
    assert (first["orderId"], first["got"]) == (f"{mark}-1", 3)
    assert second is None, "the other instance's key is another one"
