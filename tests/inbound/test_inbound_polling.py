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
            head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            writer.write(head % (status, len(content)) + content)
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
