"""HTTP polling: a service is asked for each waiting instance until its answer fits."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectory_rest import polling

POLL = {
    "inbound.type": "io.camunda:http-polling:1",
    "httpRequestInterval": "PT0.1S",
    "processPollingInterval": "PT0.2S",
    "method": "get",
}


class Shop:
    """A server that says of an order that it is packed, and after some questions that it is sent."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            path = line.split()[1].decode()
            while (await reader.readline()).strip():
                pass
            self.asked.append(path)
            if self.asked.count(path) == 1:
                content, status = b"{}", b"500 Internal Server Error"
            else:
                sent = self.asked.count(path) > 3
                content, status = json.dumps({"state": "sent" if sent else "packed"}).encode(), b"200 OK"
            head = b"HTTP/1.1 %s\r\nx: %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            writer.write(head % (status, path.encode(), len(content)) + content)
        writer.close()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    one = Shop()
    server = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    one.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield one
    server.close()


@pytest.mark.parametrize("kind", ["catch", "boundary"])
async def test_each_waiting_instance_is_asked_for(start: Any, models: Any, shop: Shop, kind: str) -> None:
    """The address has the instance's variable; the fitting answer continues it, and then nobody asks any more."""
    values = {
        **POLL,
        "url": f'="{shop.address}/orders/" + orderId',
        "activationCondition": '=body.state = "sent"',
        "correlationKeyExpression": '=if status = 200 then "o-1" else null',
        "resultExpression": "={state: body.state}",
    }
    async with start((polling,)) as side:
        await side.deploy(models.continued("wait", values, kind=kind))
        instance = side.engine.create_instance("wait", variables={"orderId": "o-1"})

        async with asyncio.timeout(20):
            while instance.ended is None:  # noqa: ASYNC110 - the engine tells nobody else
                await asyncio.sleep(0.05)
            subscription = side.inbound.registry.all()[0]
            while subscription.journal.health.details != {"Process instances": 0}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        count = len(shop.asked)
        await asyncio.sleep(0.3)

        assert instance.variables["state"] == "sent"
        assert set(shop.asked) == {"/orders/o-1"}
        assert len(shop.asked) == count
        assert any("failed" in line.message for line in subscription.journal.lines)


SEVERAL = """<bpmn:process id="several" isExecutable="true"><bpmn:startEvent id="start"/>
<bpmn:subProcess id="each"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>
<zeebe:loopCharacteristics inputCollection="=orders" inputElement="order"/></bpmn:extensionElements>
</bpmn:multiInstanceLoopCharacteristics><bpmn:startEvent id="begin"/>
<bpmn:subProcess id="inner"><bpmn:startEvent id="first"/>
<bpmn:receiveTask id="here" messageRef="msg">{properties}</bpmn:receiveTask><bpmn:endEvent id="last"/>
<bpmn:sequenceFlow id="f1" sourceRef="first" targetRef="here"/>
<bpmn:sequenceFlow id="f2" sourceRef="here" targetRef="last"/></bpmn:subProcess>
<bpmn:endEvent id="done"/><bpmn:sequenceFlow id="f3" sourceRef="begin" targetRef="inner"/>
<bpmn:sequenceFlow id="f4" sourceRef="inner" targetRef="done"/></bpmn:subProcess>
<bpmn:endEvent id="end"/><bpmn:sequenceFlow id="f5" sourceRef="start" targetRef="each"/>
<bpmn:sequenceFlow id="f6" sourceRef="each" targetRef="end"/></bpmn:process>
<bpmn:message id="msg" name="sent"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>
</bpmn:extensionElements></bpmn:message></bpmn:definitions>"""


async def test_each_of_several_sees_its_own_variables(start: Any, models: Any, shop: Shop) -> None:
    """In a multi-instance sub-process each element asks for its own item, not for that of its neighbour."""
    values = {
        **POLL,
        "url": f'="{shop.address}/" + shop + "/" + order',
        "activationCondition": '=body.state = "sent"',
        "correlationKeyExpression": '=substring after(headers.x, "/main/")',
    }
    model = models.head + SEVERAL.format(properties=models.properties(values))
    async with start((polling,)) as side:
        await side.deploy(model.encode())
        variables = {"orders": ["o-1", "o-2"], "shop": "main"}
        instance = side.engine.create_instance("several", variables=variables)

        async with asyncio.timeout(20):
            while instance.ended is None:  # noqa: ASYNC110 - the engine tells nobody else
                await asyncio.sleep(0.05)

    assert set(shop.asked) == {"/main/o-1", "/main/o-2"}


async def test_variables_that_change_are_seen(start: Any, models: Any, shop: Shop) -> None:
    """Each request says what the instance knows when it is sent."""
    values = {**POLL, "url": f'="{shop.address}/" + place', "activationCondition": "=false"}
    async with start((polling,)) as side:
        await side.deploy(models.continued("wait", {**values, "correlationKeyExpression": '="o-1"'}))
        instance = side.engine.create_instance("wait", variables={"orderId": "o-1", "place": "here"})
        async with asyncio.timeout(20):
            while "/here" not in shop.asked:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            side.engine.set_variables(instance.key, {"place": "there"})

            while "/there" not in shop.asked:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
