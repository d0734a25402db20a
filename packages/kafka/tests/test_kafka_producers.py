"""Publishing to the sandbox's broker: producers are shared, closed when unused, replaced when they fail."""

import asyncio
import gc
import socket
from typing import Any

import pytest

from connectory_kafka import kafka
from connectory_kafka.producers import Producers, configuration
from connectory_sandbox import Fault, Sandbox
from connectory_sandbox.kafka import KafkaService
from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_sdk.testing import Operations, operations

AVRO = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}


def job(servers: str, value: Any = "v", *, topic: str = "orders", key: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"max.block.ms": 3000, "delivery.timeout.ms": 5000} | more.pop("properties", {})
    place = {"bootstrapServers": servers, "topicName": topic}
    return {"topic": place, "message": {"key": key, "value": value}, "additionalProperties": properties, **more}


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_message_arrives_as_it_was_given(broker: KafkaService, run: Operations) -> None:
    """Key, value, headers; the result says where it went."""
    result = await run("publish", job(broker.servers, {"id": 1}, key="k", headers={"n": 5, "z": None}))

    record = broker.received[0]
    assert (record.topic, record.key, record.value) == ("orders", b"k", b'{"id":1}')
    assert record.headers == (("n", b"5"), ("z", None))
    assert result == {
        "topic": "orders",
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
    }


async def test_jobs_of_one_configuration_share_a_producer(broker: KafkaService, run: Operations) -> None:
    """A hundred jobs at once make one producer; another configuration makes another."""
    results = await asyncio.gather(*(run("publish", job(broker.servers, {"id": n})) for n in range(100)))
    producers = run.state.producers.shared

    assert len(producers) == 1
    assert sorted(result["offset"] for result in results) == list(range(100))
    await run("publish", job(broker.servers, properties={"linger.ms": 1}))
    assert len(producers) == 2


async def test_without_acknowledgement_nothing_is_known(broker: KafkaService, run: Operations) -> None:
    """With acks=0 the message is sent, and the result has Java's numbers for "unknown"."""
    result = await run("publish", job(broker.servers, "v", properties={"acks": 0}))

    assert (result["topic"], result["offset"], result["partition"]) == ("orders", -1, -1)
    await run("publish", job(broker.servers, "w"))
    assert sorted(record.json for record in broker.received) == ["v", "w"]


async def test_an_unused_producer_is_closed_and_made_again(broker: KafkaService) -> None:
    """After the idle time nothing is left; the next message works."""
    producers = Producers(idle=0)
    chosen = configuration(broker.servers, username=None, password=None, properties={})

    first = producers.acquire(chosen)
    await (await first.started()).send_and_wait("orders", b"1")
    producers.release(first)
    await asyncio.sleep(0.01)
    await asyncio.gather(*producers.background)
    assert producers.shared == {}
    second = producers.acquire(chosen)
    await (await second.started()).send_and_wait("orders", b"2")
    producers.release(second)
    await producers.close()

    assert first is not second
    assert first.producer._closed
    assert second.producer._closed
    assert [record.value for record in broker.received] == [b"1", b"2"]


async def test_a_broker_that_comes_back_costs_nothing(broker: KafkaService, run: Operations) -> None:
    """Messages that are under way while the broker restarts are written once, in order of their keys."""
    await run("publish", job(broker.servers, "first"))
    await broker.down()

    waiting = [asyncio.ensure_future(run("publish", job(broker.servers, f"v{n}", key="k"))) for n in range(20)]
    await asyncio.sleep(0.3)
    await broker.up()
    await asyncio.gather(*waiting)

    assert sorted(record.json for record in broker.received) == sorted(["first", *(f"v{n}" for n in range(20))])


async def test_a_broker_that_is_late_is_waited_for(broker: KafkaService, run: Operations) -> None:
    """The first message, too, tries until the time limit."""
    await broker.down()

    waiting = asyncio.ensure_future(run("publish", job(broker.servers, "late")))
    await asyncio.sleep(0.3)
    await broker.up()

    assert (await waiting)["offset"] == 0


async def test_a_broker_that_is_not_there(run: Operations) -> None:
    """All who wait get one clear line after the time limit, and the job may be retried."""
    servers = f"127.0.0.1:{closed_port()}"
    jobs = [run("publish", job(servers, n, properties={"max.block.ms": 400})) for n in range(5)]

    results = await asyncio.gather(*jobs, return_exceptions=True)

    for error in results:
        assert isinstance(error, ConnectorRetryError)
        assert error.code == "FAIL"
        assert error.retries is None
        assert error.message.startswith(
            f"Error during Kafka Producer execution; error message: [no broker at '{servers}' could be used: "
        )
        assert "check topic.bootstrapServers, and that the broker runs" in error.message
    assert run.state.producers.shared == {}


async def test_a_broker_that_goes_and_does_not_come_back(broker: KafkaService, run: Operations) -> None:
    """The delivery time limit ends the wait; the message says that it may have been written."""
    await run("publish", job(broker.servers, "first", properties={"delivery.timeout.ms": 500}))
    await broker.down()

    with pytest.raises(
        ConnectorRetryError, match=r"Timeout after waiting for 500 ms: .*it may have been written"
    ) as raised:
        await run("publish", job(broker.servers, "second", properties={"delivery.timeout.ms": 500}))

    assert raised.value.retries is None
    await broker.up()
    assert (await run("publish", job(broker.servers, "third", properties={"delivery.timeout.ms": 500})))["offset"] >= 1


async def test_a_message_that_is_too_large(broker: KafkaService, run: Operations) -> None:
    """No retry can help; the size is named, and the producer stays good for others."""
    with pytest.raises(
        ConnectorRetryError, match=r"the message is 2000 bytes when serialized which is larger"
    ) as raised:
        await run("publish", job(broker.servers, "x" * 2000, properties={"max.request.size": 1000}))

    assert (raised.value.retries, raised.value.code) == (0, "FAIL")
    assert len(run.state.producers.shared) == 1


async def test_brokers_that_lost_the_producer_get_another(box: Sandbox, run: Operations) -> None:
    """Sequence numbers that the broker does not know any more are no failure of the job."""
    servers = box.kafka.servers
    await run("publish", job(servers, "first"))
    await run("publish", job(servers, "second"))
    box.reset()

    assert (await run("publish", job(servers, "third")))["offset"] == 0


async def test_a_job_that_is_given_up_takes_nobody_along(broker: KafkaService, run: Operations) -> None:
    """Cancelling the job that starts a producer leaves the start to the others."""
    await broker.down()
    first = asyncio.ensure_future(run("publish", job(broker.servers, "first")))
    second = asyncio.ensure_future(run("publish", job(broker.servers, "second")))
    await asyncio.sleep(0.1)

    first.cancel()
    await broker.up()

    assert (await second)["offset"] == 0
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_wrong_settings_are_errors_of_the_model(run: Operations) -> None:
    """They are known before any connection, and never retried."""
    with pytest.raises(ConnectorInputError, match=r"topic\.bootstrapServers: 'localhost' must be host:port"):
        await run("publish", job("localhost"))
    with pytest.raises(ConnectorInputError, match=r"topic\.bootstrapServers: 'kafka://b:9092' must be host:port"):
        await run("publish", job("kafka://b:9092"))
    with pytest.raises(ConnectorInputError, match=r"'linger\.ms' must be a whole number"):
        await run("publish", job("b:9092", properties={"linger.ms": "x"}))
    gc.collect()


async def test_the_sandbox_is_reached_whatever_the_model_names(box: Sandbox) -> None:
    """Servers, credentials, encryption and registry of the model are not used."""
    written = job(
        "broker.example.com:9093",
        {"id": 7},
        authentication={"username": "alice", "password": "geheim"},
        schemaStrategy={"type": "schemaRegistry", "schema": AVRO, "schemaRegistryUrl": "https://registry.example.com"},
        properties={"bootstrap.servers": "other.example.com:1", "security.protocol": "SSL"},
    )

    async with operations(kafka, environ=box.environ) as run:
        await run("publish", written)

    assert box.kafka.received[0].json == {"id": 7}
    assert box.entries() == [{"service": "kafka", "topic": "orders", "key": None, "value": {"id": 7}, "headers": {}}]


@pytest.mark.parametrize("kind", ["avro", "json"])
async def test_a_schema_is_registered_once(
    monkeypatch: pytest.MonkeyPatch, box: Sandbox, run: Operations, kind: str
) -> None:
    """Many jobs ask the registry once, on loopback without a proxy; what they wrote can be read by the id in front."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    schema: Any = AVRO if kind == "avro" else {"type": "object", "properties": {"id": {"type": "integer"}}}
    strategy = {
        "type": "schemaRegistry",
        "schema": schema,
        "schemaType": kind,
        "schemaRegistryUrl": box.kafka.registry_url,
    }
    box.kafka.faults.add(Fault(operation="POST /subjects/*", status=0, delay=0.05))

    await asyncio.gather(
        *(run("publish", job(box.kafka.servers, {"id": n}, schemaStrategy=strategy)) for n in range(20))
    )

    assert box.kafka.registry.subjects == {"orders-value": [1]}
    assert box.kafka.registry.schema(1) == (kind.upper(), schema)
    assert sorted(record.json["id"] for record in box.kafka.received) == list(range(20))
    assert {record.value[:5] for record in box.kafka.received if record.value} == {b"\0\0\0\0\1"}


async def test_a_registry_that_refuses(box: Sandbox, run: Operations) -> None:
    """Missing schema, refusal and trouble are told apart, and a second attempt is made only where it can help."""
    strategy = {"type": "schemaRegistry", "schema": AVRO, "schemaRegistryUrl": box.kafka.registry_url}
    servers = box.kafka.servers

    with pytest.raises(ConnectorRetryError, match="subject 'orders-value' has no such schema; register it") as raised:
        await run(
            "publish", job(servers, {"id": 1}, schemaStrategy=strategy, properties={"auto.register.schemas": False})
        )
    assert raised.value.retries == 0
    box.kafka.faults.add(Fault(operation="POST /subjects/*/versions", status=409))
    with pytest.raises(ConnectorRetryError, match=r"status 409.*earlier versions are not compatible") as raised:
        await run("publish", job(servers, {"id": 1}, schemaStrategy=strategy))
    assert raised.value.retries == 0
    box.kafka.faults.add(Fault(operation="POST /subjects/*/versions", status=500))
    with pytest.raises(ConnectorRetryError, match="status 500") as raised:
        await run("publish", job(servers, {"id": 1}, schemaStrategy=strategy))
    assert raised.value.retries is None
    await run("publish", job(servers, {"id": 1}, schemaStrategy=strategy))
    assert [record.json for record in box.kafka.received] == [{"id": 1}]


async def test_a_registry_that_is_not_there(run: Operations) -> None:
    """The address is named; an address that is none is a mistake of the model."""
    strategy = {"type": "schemaRegistry", "schema": AVRO, "schemaRegistryUrl": f"http://127.0.0.1:{closed_port()}"}

    with pytest.raises(ConnectorError, match=r"schema registry 'http://127\.0\.0\.1:\d+' cannot be reached"):
        await run("publish", job("b:9092", {"id": 1}, schemaStrategy=strategy))
    with pytest.raises(ConnectorInputError, match="schemaRegistryUrl must begin with https://"):
        await run("publish", job("b:9092", {"id": 1}, schemaStrategy=strategy | {"schemaRegistryUrl": "registry:8081"}))
