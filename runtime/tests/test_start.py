"""``connectory start`` as a process: what is wrong is said in one line that names the setting; nothing crash-loops."""

import asyncio
import datetime
import ipaddress
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

OWN = ("CAMUNDA_", "CONNECTOR", "ZEEBE_", "SERVER_", "LOGGING_")


class Service:
    """A running ``connectory start`` and what it has written."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.lines: list[str] = []

    async def read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode().rstrip())

    def said(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    async def status(self, path: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def started(**environ: str) -> AsyncIterator[Service]:
    """Run the service with a connector that counts calls, in an environment with these settings alone."""
    port = free_port()
    variables = {
        **{key: value for key, value in os.environ.items() if not key.startswith(OWN)},
        "PYTHONPATH": str(Path(__file__).parent / "services"),
        "CONNECTOR_COUNT_FUNCTION": "counting_connector:connector",
        "COUNTING_SERVER": "127.0.0.1:1",
        "CONNECTORY_FINISH_POLL": "false",
        "SERVER_ADDRESS": "127.0.0.1",
        "SERVER_PORT": str(port),
        **environ,
    }
    command = [sys.executable, "-m", "connectory_runtime", "start"]
    process = await asyncio.create_subprocess_exec(*command, env=variables, stderr=asyncio.subprocess.PIPE)
    service = Service(process, port)
    reading = asyncio.create_task(service.read())
    try:
        yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


def expired_certificate(folder: Path) -> Path:
    """Write key and certificate of 127.0.0.1, which ended last year, into one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "expired")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=800))
        .not_valid_after(now - datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "expired.pem"
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path


async def test_a_wrong_address_is_waited_for(gateway: Any, eventually: Callable[..., Any]) -> None:
    """The service is alive, not ready, and says so once; it is ready when the cluster comes."""
    await gateway.stop()

    async with started(CAMUNDA_REST_ADDRESS=gateway.address) as service:
        await eventually(lambda: service.said("cannot be reached"), timeout=60)
        assert (await service.status("/actuator/health/liveness"), await service.status("/actuator/health")) == (
            200,
            503,
        )
        await gateway.start()
        await eventually(lambda: service.said("answers again"), timeout=30)
        async with asyncio.timeout(30):  # the models are read at the next poll
            while await service.status("/actuator/health/readiness") != 200:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)

        (line,) = service.said("cannot be reached")
    assert gateway.address in line
    assert "check CAMUNDA_REST_ADDRESS" in line


async def test_a_refused_login(gateway: Any, eventually: Callable[..., Any]) -> None:
    """The line names the settings of the login, not their values."""
    gateway.required = lambda header: False
    environ = {"CAMUNDA_BASIC_AUTH_USERNAME": "demo", "CAMUNDA_BASIC_AUTH_PASSWORD": "wrong-secret"}

    async with started(CAMUNDA_REST_ADDRESS=gateway.address, **environ) as service:
        await eventually(lambda: sum(call.path == "/topology" for call in gateway.calls) > 2, timeout=60)
        assert service.process.returncode is None

        (line,) = service.said("refused the login")
    assert "check CAMUNDA_AUTH_STRATEGY and its credentials" in line
    assert not service.said("wrong-secret")


async def test_an_expired_certificate(tmp_path: Path, eventually: Callable[..., Any]) -> None:
    """The line says that it has expired, and which settings are about certificates."""
    path = expired_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async with started(CAMUNDA_REST_ADDRESS=address, CAMUNDA_MTLS_CA_PATH=str(path)) as service:
        await eventually(lambda: service.said("cannot be reached"), timeout=60)
        assert service.process.returncode is None
    server.close()

    (line,) = service.said("cannot be reached")
    assert "expired" in line.lower()
    assert "CAMUNDA_MTLS_CA_PATH" in line


async def test_an_unknown_tenant(gateway: Any, eventually: Callable[..., Any]) -> None:
    """The cluster is fine, so the service is ready; why it gets no jobs is said once."""
    refusal = {"title": "INVALID_ARGUMENT", "status": 400, "detail": "Expected tenants ['nope'] to be known"}
    gateway.faults["activation"].extend([lambda call: (400, refusal)] * 50)

    async with started(CAMUNDA_REST_ADDRESS=gateway.address, CAMUNDA_TENANT_IDS="nope") as service:
        await eventually(lambda: sum(call.path == "/jobs/activation" for call in gateway.calls) > 3, timeout=60)

        (line,) = service.said("cannot fetch jobs")
    assert "Expected tenants ['nope']" in line
    assert "CAMUNDA_TENANT_IDS" in line


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CAMUNDA_REST_ADDRESS": "localhost:8080"}, "CAMUNDA_REST_ADDRESS: 'localhost:8080' is no address"),
        ({"CAMUNDA_WORKER_TIMEOUT": "soon"}, "CAMUNDA_WORKER_TIMEOUT"),
        ({"CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE": "-1"}, "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE"),
        ({"CAMUNDA_AUTH_STRATEGY": "BASIC"}, "set CAMUNDA_BASIC_AUTH_USERNAME and CAMUNDA_BASIC_AUTH_PASSWORD"),
        ({"CAMUNDA_AUTH_STRATEGY": "OAUTH", "CAMUNDA_CLIENT_ID": "x"}, "CAMUNDA_CLIENT_SECRET and CAMUNDA_OAUTH_URL"),
        ({"CAMUNDA_MTLS_CA_PATH": "/nowhere/ca.pem"}, "CAMUNDA_MTLS_CA_PATH: '/nowhere/ca.pem' cannot be read"),
        ({"CONNECTORY_SECRETS_DIR": "/nowhere"}, "CONNECTORY_SECRETS_DIR: '/nowhere' is no folder"),
        ({"SERVER_PORT": "many"}, "SERVER_PORT: 'many' is no port"),
        ({"CONNECTOR_COUNT_TIMEOUT": "5s"}, "CONNECTOR_COUNT_TIMEOUT: '5s' is no number of milliseconds"),
        ({"CONNECTOR_OUTBOUND_ENABLED": "a", "CONNECTOR_OUTBOUND_DISABLED": "b"}, "are both set; keep one"),
    ],
)
async def test_a_wrong_setting_ends_it_with_one_line(environ: dict[str, str], said: str) -> None:
    """Exit code 2, the name of the setting, and nothing else: no traceback."""
    async with started(**environ) as service:
        code = await asyncio.wait_for(service.process.wait(), 60)

    assert code == 2
    assert len(service.lines) == 1, service.lines
    assert said in service.lines[0]


async def test_a_port_that_is_taken() -> None:
    """The line says which one, and which setting takes another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with started(SERVER_PORT=str(taken.getsockname()[1])) as service:
            code = await asyncio.wait_for(service.process.wait(), 60)

    assert code == 2
    assert len(service.said("set SERVER_PORT")) == len(service.lines) == 1
