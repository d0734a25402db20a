"""Against an Apache Kafka of the tests' own: OAUTHBEARER with a real OpenID Connect provider, and a missing topic.

The broker is started here, from the folder of Kafka's jars in ``CONNECTORY_KAFKA_LIB`` (``libs`` of a download from
kafka.apache.org), with ``java`` of the path. The provider is that of ``OIDC_TOKEN_URL``, ``OIDC_JWKS_URL``,
``OIDC_ISSUER``, ``OIDC_CLIENT_ID`` and ``OIDC_CLIENT_SECRET``; a realm of Keycloak will do.
"""

import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectory_kafka.oauth import OAuthToken, fetched
from connectory_sdk import ConnectorRetryError
from connectory_sdk.testing import Operations

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=OAUTH://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},INNER://127.0.0.1:{inner}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INNER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,OAUTH:SASL_PLAINTEXT
listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.oauth.oauthbearer.sasl.jaas.config={java}.OAuthBearerLoginModule required;
listener.name.oauth.oauthbearer.sasl.server.callback.handler.class={java}.OAuthBearerValidatorCallbackHandler
listener.name.oauth.oauthbearer.connections.max.reauth.ms=3600000
sasl.oauthbearer.jwks.endpoint.url={jwks}
sasl.oauthbearer.expected.audience={audience}
sasl.oauthbearer.expected.issuer={issuer}
log.dir={folder}/data
offsets.topic.replication.factor=1
auto.create.topics.enable=false
"""
NEEDED = (
    "CONNECTORY_KAFKA_LIB",
    "OIDC_TOKEN_URL",
    "OIDC_JWKS_URL",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it listens: with tokens, and for all."""

    servers: str
    plain: str


def environment() -> dict[str, str]:
    """Return what the test needs, or skip."""
    if absent := [name for name in NEEDED if not os.environ.get(name)]:
        pytest.skip(f"{absent[0]} is not set")
    if not Path(os.environ["CONNECTORY_KAFKA_LIB"]).is_dir():
        pytest.skip(f"CONNECTORY_KAFKA_LIB: there is no folder {os.environ['CONNECTORY_KAFKA_LIB']}")
    if not shutil.which("java"):
        pytest.skip("there is no java on the path")
    return {name: os.environ[name] for name in NEEDED}


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def a_token() -> tuple[dict[str, Any], float]:
    """Return the claims of a token of the provider, and its life."""
    given = environment()
    source = OAuthToken(
        endpoint=given["OIDC_TOKEN_URL"], client_id=given["OIDC_CLIENT_ID"], client_secret=given["OIDC_CLIENT_SECRET"]
    )
    token, life = await fetched(source)
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))), life


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that takes the provider's tokens, ends a connection when its token does, and has one topic."""
    given = environment()
    folder = tmp_path_factory.mktemp("kafka")
    audience = asyncio.run(a_token())[0]["aud"]
    port, controller, inner = free_ports(3)
    properties = folder / "kafka.properties"
    properties.write_text(
        PROPERTIES.format(
            java="org.apache.kafka.common.security.oauthbearer",
            port=port,
            controller=controller,
            inner=inner,
            jwks=given["OIDC_JWKS_URL"],
            issuer=given["OIDC_ISSUER"],
            audience=audience if isinstance(audience, str) else audience[0],
            folder=folder,
        )
    )
    java = ["java", "-Xmx384m", "-cp", f"{given['CONNECTORY_KAFKA_LIB']}/*"]
    java.append(f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={given['OIDC_JWKS_URL']}")
    cluster = ["--standalone", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(properties)]
    subprocess.run([*java, "kafka.tools.StorageTool", "format", *cluster], check=True, capture_output=True, timeout=120)
    log = folder / "kafka.log"
    with log.open("wb") as out:
        process = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=out, stderr=out)
    try:
        for needed in (port, inner):  # a broker opens its listeners one after the other
            listening(process, needed, log)
        asyncio.run(create_topic(f"127.0.0.1:{inner}"))
        yield Broker(servers=f"127.0.0.1:{port}", plain=f"127.0.0.1:{inner}")
    finally:
        process.kill()
        process.wait()


async def create_topic(servers: str) -> None:
    """Make the topic that the tests write to."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("oauth", 1, 1)])
    await admin.close()


def listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until a broker takes connections."""
    until = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the broker did not start: {log.read_text()[-2000:]}")
            time.sleep(0.2)


def job(servers: str, value: Any, *, secret: str | None = None) -> dict[str, Any]:
    given = environment()
    properties = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.token.endpoint.url": given["OIDC_TOKEN_URL"],
        "max.block.ms": 20000,
    }
    return {
        "authentication": {"username": given["OIDC_CLIENT_ID"], "password": secret or given["OIDC_CLIENT_SECRET"]},
        "topic": {"bootstrapServers": servers, "topicName": "oauth"},
        "message": {"key": "k", "value": value},
        "additionalProperties": properties,
    }


async def test_a_token_opens_the_door_and_may_end(broker: Broker, run: Operations) -> None:
    """The broker takes the token; when it ends, the producer goes on with the next one, and nothing is lost."""
    life = (await a_token())[1]
    if life > 90:
        pytest.skip(f"a token of this provider lives {life:.0f} s, which is too long to wait for its end")
    until = time.monotonic() + life + 5
    offsets = []

    while time.monotonic() < until:
        offsets.append((await run("publish", job(broker.servers, len(offsets))))["offset"])
        await asyncio.sleep(0.5)  # the time of a token is what is tested

    assert offsets == list(range(len(offsets)))
    assert len(run.state.producers.shared) == 1


async def test_a_wrong_secret_is_the_providers_refusal(broker: Broker, run: Operations) -> None:
    """The message names the endpoint and its reason, not the secret."""
    with pytest.raises(ConnectorRetryError, match=r"Authentication failed: token endpoint .* status 401") as raised:
        await run("publish", job(broker.servers, 1, secret="geheim"))

    assert raised.value.retries == 0
    assert "geheim" not in str(raised.value)


async def test_a_topic_that_is_not_there(broker: Broker, run: Operations) -> None:
    """Where brokers make no topics by themselves, the message says that it must be created; by the retry it may be."""
    place = {"bootstrapServers": broker.plain, "topicName": "absent"}
    written = {"topic": place, "message": {"value": "v"}, "additionalProperties": {"max.block.ms": 1500}}

    with pytest.raises(
        ConnectorRetryError, match=r"Topic absent not present in metadata after 1500 ms; create it, or check"
    ) as raised:
        await run("publish", written)

    assert raised.value.retries is None
