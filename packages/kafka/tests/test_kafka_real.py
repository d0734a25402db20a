"""Against Apache Kafka and a real schema registry, where there is one; see the environment variables."""

import asyncio
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from connectory_kafka.registry import unframed
from connectory_sdk import ConnectorRetryError
from connectory_sdk.testing import Operations


def address(name: str) -> str:
    """Return the address in an environment variable, or skip."""
    if not os.environ.get(name):
        pytest.skip(f"{name} is not set")
    return os.environ[name]


def job(servers: str, value: Any = "v", *, topic: str | None = None, **more: Any) -> dict[str, Any]:
    properties = {"max.block.ms": 8000} | more.pop("properties", {})
    place = {"bootstrapServers": servers, "topicName": topic or f"test-{uuid.uuid4()}"}
    return {"topic": place, "message": {"key": "k", "value": value}, "additionalProperties": properties, **more}


async def read(servers: str, topic: str) -> Any:
    """Return the first record of a topic."""
    from aiokafka import AIOKafkaConsumer

    async with AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        return await asyncio.wait_for(consumer.getone(), 20)


def content(path: str) -> str:
    return Path(path).read_text()


ALICE = {"authentication": {"username": "alice", "password": "alice-secret"}}


async def test_a_real_broker_takes_it(run: Operations) -> None:
    """Key, value, headers and the place of the record."""
    servers = address("KAFKA_BOOTSTRAP")
    written = job(servers, {"id": 1}, headers={"a": "b", "z": None})

    result = await run("publish", written)

    record = await read(servers, result["topic"])
    assert (record.key, record.value, record.headers) == (b"k", b'{"id":1}', (("a", b"b"), ("z", None)))
    assert result == {"topic": record.topic, "partition": 0, "offset": 0, "timestamp": record.timestamp}


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_works(run: Operations, compression: str) -> None:
    """What Java's client compresses, this one does as well."""
    servers = address("KAFKA_BOOTSTRAP")

    result = await run("publish", job(servers, "x" * 5000, properties={"compression.type": compression}))

    assert (await read(servers, result["topic"])).value == b"x" * 5000


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_sasl(run: Operations, mechanism: str) -> None:
    """The model's credentials, by each mechanism; and the same in a JAAS configuration."""
    servers = address("KAFKA_SASL_BOOTSTRAP")
    properties = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism}
    jaas = {"sasl.jaas.config": 'Module required username="alice" password="alice-secret";'}

    assert (await run("publish", job(servers, **ALICE, properties=properties)))["offset"] == 0
    assert (await run("publish", job(servers, properties=properties | jaas)))["offset"] == 0


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
async def test_a_wrong_password_is_final(run: Operations, mechanism: str) -> None:
    """The broker's own reason, at once, with the user and without the password."""
    properties = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism}
    wrong = {"authentication": {"username": "alice", "password": "geheim"}}

    with pytest.raises(ConnectorRetryError, match=r"Authentication failed for user 'alice': ") as raised:
        await run("publish", job(address("KAFKA_SASL_BOOTSTRAP"), **wrong, properties=properties))

    assert (raised.value.retries, raised.value.code) == (0, "FAIL")
    assert "alice': Authentication failed: " not in raised.value.message
    assert "geheim" not in raised.value.message


async def test_an_unknown_mechanism_is_final(run: Operations) -> None:
    """The broker says which it has."""
    properties = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.token.endpoint.url": "http://127.0.0.1:1/token",
    }

    with pytest.raises(ConnectorRetryError, match=r"Authentication failed") as raised:
        await run("publish", job(address("KAFKA_SASL_BOOTSTRAP"), **ALICE, properties=properties))

    assert raised.value.retries == 0


async def test_a_user_without_tls_at_the_broker_is_told(run: Operations) -> None:
    """Credentials mean TLS; the message names the property that turns it off."""
    servers = address("KAFKA_SASL_BOOTSTRAP")

    with pytest.raises(
        ConnectorRetryError, match=r"set 'security.protocol' to 'SASL_PLAINTEXT' in additionalProperties"
    ):
        await run("publish", job(servers, **ALICE, properties={"max.block.ms": 500}))


async def test_tls(run: Operations) -> None:
    """With the broker's authority it works; without, the message says what to set."""
    servers = address("KAFKA_TLS_BOOTSTRAP")
    trusted = {"security.protocol": "SSL", "ssl.truststore.location": address("KAFKA_CA"), "ssl.truststore.type": "PEM"}

    assert (await run("publish", job(servers, properties=trusted)))["offset"] == 0
    with pytest.raises(
        ConnectorRetryError, match=r"certificate is not trusted: .*set 'ssl.truststore.location'"
    ) as raised:
        await run("publish", job(servers, properties={"security.protocol": "SSL"}))
    assert raised.value.retries == 0
    with pytest.raises(ConnectorRetryError, match=r"if it encrypts or wants credentials, set 'security.protocol'"):
        await run("publish", job(servers, properties={"max.block.ms": 500}))


async def test_mutual_tls(run: Operations, tmp_path: Any) -> None:
    """The client's certificate as PEM text and as PKCS #12; without one, the message says so."""
    servers, authority = address("KAFKA_MTLS_BOOTSTRAP"), address("KAFKA_CA")
    certificate, key = address("KAFKA_CLIENT_CERT"), address("KAFKA_CLIENT_KEY")
    trusted = {"security.protocol": "SSL", "ssl.truststore.location": authority}
    text = {
        "ssl.keystore.certificate.chain": content(certificate),
        "ssl.keystore.key": content(key),
    }
    store = tmp_path / "client.p12"
    export = [
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        certificate,
        "-inkey",
        key,
        "-passout",
        "pass:changeit",
        "-out",
        store,
    ]
    await asyncio.to_thread(subprocess.run, export, check=True, capture_output=True)

    assert (await run("publish", job(servers, properties=trusted | text)))["offset"] == 0
    file = {"ssl.keystore.location": str(store), "ssl.keystore.password": "changeit", "ssl.keystore.type": "PKCS12"}
    assert (await run("publish", job(servers, properties=trusted | file)))["offset"] == 0
    with pytest.raises(
        ConnectorRetryError, match=r"if it wants a certificate of the client, set 'ssl.keystore.location'"
    ):
        await run("publish", job(servers, properties=trusted | {"max.block.ms": 500}))


async def test_a_message_larger_than_the_broker_takes_is_final(run: Operations) -> None:
    """The client lets it pass, the broker does not; a second attempt could not help."""
    servers = address("KAFKA_BOOTSTRAP")

    with pytest.raises(
        ConnectorRetryError, match="the message is 1500001 bytes when serialized which is larger"
    ) as raised:
        await run("publish", job(servers, "x" * 1500000, properties={"max.request.size": 5000000}))

    assert raised.value.retries == 0


async def test_a_message_too_large_for_its_topic_fails_alone(run: Operations) -> None:
    """The broker refuses the whole batch; the messages that went with the large one are written all the same, once."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    servers, topic = address("KAFKA_BOOTSTRAP"), f"test-{uuid.uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "2000"})])
    await admin.close()
    values = [f"{number:-<300}" for number in range(30)]

    results = await asyncio.gather(
        *(run("publish", job(servers, value, topic=topic)) for value in [*values[:15], "x" * 3000, *values[15:]]),
        return_exceptions=True,
    )

    large = results.pop(15)
    assert isinstance(large, ConnectorRetryError)
    assert large.retries == 0
    assert "larger" in str(large)
    assert [result for result in results if isinstance(result, BaseException)] == []
    assert sorted(result["offset"] for result in results if isinstance(result, dict)) == list(range(30))


@pytest.mark.parametrize("ending", ["{tool} down", "kill -9 $({tool} pid); {tool} down"], ids=["stopped", "killed"])
async def test_a_restart_loses_and_repeats_nothing(run: Operations, ending: str) -> None:
    """Messages under way while the broker restarts are all written, each once, also when it had no time to end."""
    servers, tool = address("KAFKA_BOOTSTRAP"), address("CONNECTORY_KAFKA_TOOL")
    topic = f"test-{uuid.uuid4()}"
    patient = {"request.timeout.ms": 120000, "delivery.timeout.ms": 120000}
    await run("publish", job(servers, "0", topic=topic, properties=patient))

    async def restart() -> None:
        for command in (ending.format(tool=tool), f"{tool} up"):
            process = await asyncio.create_subprocess_shell(
                command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            assert await process.wait() == 0

    restarting = asyncio.ensure_future(restart())
    sent = 1
    while not restarting.done() or sent < 50:
        jobs = [job(servers, str(sent + n), topic=topic, properties=patient) for n in range(10)]
        await asyncio.gather(*(run("publish", each) for each in jobs))
        sent += 10
        await asyncio.sleep(0.2)
    await restarting

    from aiokafka import AIOKafkaConsumer

    async with AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        values = [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(sent)]
        assert sorted(map(int, values)) == list(range(sent))
        assert not any((await consumer.getmany(timeout_ms=300)).values())


NESTED = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "Line", "fields": [{"name": "sku", "type": "string"}]},
            },
        },
    ],
}
ORDER = {"id": 5, "lines": [{"sku": "a"}, {"sku": "b"}], "unknown": True}


async def test_avro_with_a_real_registry(run: Operations) -> None:
    """A reader that knows nothing but the registry gets the record back."""
    servers, url = address("KAFKA_BOOTSTRAP"), address("SCHEMA_REGISTRY_URL")
    strategy = {"type": "schemaRegistry", "schema": NESTED, "schemaType": "avro", "schemaRegistryUrl": url}

    result = await run("publish", job(servers, ORDER, schemaStrategy=strategy))

    from schema_registry.client import AsyncSchemaRegistryClient
    from schema_registry.serializers import AsyncAvroMessageSerializer

    record = await read(servers, result["topic"])
    decoded = await AsyncAvroMessageSerializer(AsyncSchemaRegistryClient(url)).decode_message(record.value)
    assert decoded == {"id": 5, "note": None, "lines": [{"sku": "a"}, {"sku": "b"}]}


async def test_json_schema_with_a_real_registry(run: Operations) -> None:
    """The payload is the JSON text behind the id; an id is found again when schemas may not be registered."""
    servers, url = address("KAFKA_BOOTSTRAP"), address("SCHEMA_REGISTRY_URL")
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"id": {"type": "integer"}},
    }
    strategy = {"type": "schemaRegistry", "schema": schema, "schemaType": "json", "schemaRegistryUrl": url}
    topic = f"test-{uuid.uuid4()}"
    strict = {"auto.register.schemas": "false"}

    with pytest.raises(ConnectorRetryError, match=f"subject '{topic}-value' has no such schema"):
        await run("publish", job(servers, {"id": 1}, topic=topic, schemaStrategy=strategy, properties=strict))
    await run("publish", job(servers, {"id": 1}, topic=topic, schemaStrategy=strategy))
    again = await run("publish", job(servers, {"id": 2}, topic=topic, schemaStrategy=strategy, properties=strict))

    assert again["offset"] == 1
    assert unframed((await read(servers, topic)).value)[1] == b'{"id":1}'


async def test_an_incompatible_schema_is_refused(run: Operations) -> None:
    """The registry's refusal is final, and nothing is written."""
    servers, url = address("KAFKA_BOOTSTRAP"), address("SCHEMA_REGISTRY_URL")
    topic = f"test-{uuid.uuid4()}"
    import httpx

    async with httpx.AsyncClient() as http:
        (await http.put(f"{url}/config/{topic}-value", json={"compatibility": "BACKWARD"})).raise_for_status()
    first = {"type": "schemaRegistry", "schema": NESTED, "schemaType": "avro", "schemaRegistryUrl": url}
    fields = [*NESTED["fields"], {"name": "must", "type": "string"}]  # type: ignore[misc]
    await run("publish", job(servers, ORDER, topic=topic, schemaStrategy=first))

    with pytest.raises(ConnectorRetryError, match=r"refused the schema of subject .*status 409") as raised:
        await run(
            "publish",
            job(
                servers,
                ORDER | {"must": "x"},
                topic=topic,
                schemaStrategy=first | {"schema": NESTED | {"fields": fields}},
            ),
        )

    assert raised.value.retries == 0
