"""Logging in: passwords, tokens, certificates, proxies."""

import asyncio
import datetime
import ipaddress
import json
import os
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectory_runtime.client import authentication
from connectory_runtime.client.authentication import LoginError, TokenAuthentication
from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError, UnreachableError
from connectory_runtime.client.transport import SettingError, Tls
from connectory_runtime.cluster import advice


class Server:
    """A small HTTP server: each request is answered by a function of head and body."""

    def __init__(self, answer: Callable[[str, bytes], tuple[int, Any]]) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                length = next((int(x[15:]) for x in head.lower().split("\r\n") if x.startswith("content-length:")), 0)
                status, value = self.answer(head, await reader.readexactly(length))
                data = json.dumps(value).encode()
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Callable[..., Any]]:
    """Starts servers."""
    running: list[asyncio.Server] = []

    async def start(answer: Callable[[str, bytes], tuple[int, Any]], tls: ssl.SSLContext | None = None) -> Server:
        made = Server(answer)
        listening = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
        running.append(listening)
        made.address = f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        return made

    yield start
    for one in running:
        one.close()


def tokens(lifetime: Any) -> tuple[list[bytes], Callable[[str, bytes], tuple[int, Any]]]:
    """Return an identity provider that counts, and the requests it got."""
    requests: list[bytes] = []

    def answer(head: str, body: bytes) -> tuple[int, Any]:
        requests.append(body)
        token = {"access_token": f"t{len(requests)}", "token_type": "Bearer"}
        return 200, token if lifetime is None else {**token, "expires_in": lifetime}

    return requests, answer


async def test_many_waiters_cause_one_request(server: Any) -> None:
    """All get the same token, and what the provider needs is sent."""
    requests, answer = tokens(300)
    provider = await server(answer)
    login = TokenAuthentication(f"{provider.address}/token", "id", "s&cret", audience="aud", scope="a b")

    headers = await asyncio.gather(*(login.header() for _ in range(50)))
    await login.close()

    assert set(headers) == {"Bearer t1"}
    assert requests == [b"grant_type=client_credentials&client_id=id&client_secret=s%26cret&audience=aud&scope=a+b"]


@pytest.mark.parametrize("lifetime", [None, 60, "60", "soon", -1])
async def test_a_token_is_kept(server: Any, lifetime: Any) -> None:
    """Also when the provider does not say how long it lives."""
    requests, answer = tokens(lifetime)
    provider = await server(answer)
    login = TokenAuthentication(f"{provider.address}/token", "id", "s")

    await login.header()
    await login.header()
    await login.close()

    assert len(requests) == 1


async def test_a_token_is_renewed_before_it_expires(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of a minute is replaced after 48 seconds; the old one bridges an outage of the provider."""
    moment = 0.0
    monkeypatch.setattr(authentication, "time", SimpleNamespace(monotonic=lambda: moment))
    _, answer = tokens(60)
    failing: list[int] = []
    provider = await server(lambda head, body: (503, {}) if failing else answer(head, body))
    login = TokenAuthentication(f"{provider.address}/token", "id", "s")

    seen = [await login.header()]
    moment = 47
    seen.append(await login.header())
    moment = 49
    seen.append(await login.header())
    failing.append(1)
    moment = 108
    still = await login.header()
    moment = 110
    with pytest.raises(LoginError, match="refused the login"):
        await login.header()
    await login.close()

    assert seen == ["Bearer t1", "Bearer t1", "Bearer t2"]
    assert still == "Bearer t2"


async def test_a_refused_token_is_replaced_once(server: Any, gateway: Any) -> None:
    """A 401 drops the token and the call is tried again; a second 401 is told."""
    requests, answer = tokens(300)
    provider = await server(answer)
    gateway.required = lambda header: header == "Bearer t2"
    login = TokenAuthentication(f"{provider.address}/token", "id", "s")

    async with CamundaClient(gateway.address, authentication=login) as client:
        await client.topology()
        gateway.required = lambda header: False
        with pytest.raises(GatewayError) as refused:
            await client.topology()

    assert len(requests) == 3
    assert refused.value.status == 401
    assert "CAMUNDA_AUTH_STRATEGY" in advice(client.address, refused.value)


async def test_jobs_run_with_a_password(gateway: Any, start_runtime: Any) -> None:
    """The header of basic authentication is on every call."""
    gateway.required = lambda header: header == "Basic dTpw"
    gateway.add({"text": 1})

    environ = {"CAMUNDA_BASIC_AUTH_USERNAME": "u", "CAMUNDA_BASIC_AUTH_PASSWORD": "p"}
    async with start_runtime(gateway, environ=environ):
        await gateway.told()


async def test_an_unreachable_provider_is_said(gateway: Any, start_runtime: Any, caplog: Any, eventually: Any) -> None:
    """The runtime starts, is not ready, says once which setting to look at, and no secret."""
    environ = {
        "CAMUNDA_CLIENT_ID": "i",
        "CAMUNDA_CLIENT_SECRET": "s3cret",
        "CAMUNDA_OAUTH_URL": "http://127.0.0.1:1/token",
    }
    async with start_runtime(gateway, environ=environ) as runtime:
        await eventually(lambda: runtime.cluster.problem and "identity provider" in runtime.cluster.problem)
        assert not runtime.cluster.up

    said = [record.message for record in caplog.records if "identity provider" in record.message]
    assert len(said) == 1
    assert "CAMUNDA_OAUTH_URL" in said[0]
    assert "s3cret" not in caplog.text


@pytest.mark.skipif("OIDC_TOKEN_URL" not in os.environ, reason="OIDC_TOKEN_URL is not set")
async def test_a_real_identity_provider(gateway: Any) -> None:
    """Keycloak gives tokens, one for many calls; a wrong secret is refused with its words."""
    login = TokenAuthentication(
        os.environ["OIDC_TOKEN_URL"], os.environ["OIDC_CLIENT_ID"], os.environ["OIDC_CLIENT_SECRET"]
    )
    wrong = TokenAuthentication(os.environ["OIDC_TOKEN_URL"], os.environ["OIDC_CLIENT_ID"], "wrong")
    gateway.required = lambda header: bool(header) and header.startswith("Bearer ey")

    async with CamundaClient(gateway.address, authentication=login) as client:
        await asyncio.gather(*(client.topology() for _ in range(20)))
    with pytest.raises(LoginError, match="401"):
        await wrong.header()
    await wrong.close()

    assert login.requests == 1


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private CA, a server's and a client's certificate, the client's key also with a passphrase."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    now = datetime.datetime.now(datetime.UTC)
    plain = serialization.NoEncryption()

    def write(name: str, certificate: Any, key: Any, encryption: Any = plain) -> None:
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        (folder / f"{name}.key").write_bytes(key.private_bytes(*pem, encryption))

    def made(name: str, issuer: Any = None, issuer_key: Any = None) -> tuple[Any, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        )
        return builder.sign(issuer_key or key, hashes.SHA256()), key

    ca, ca_key = made("ca")
    write("ca", ca, ca_key)
    write("server", *made("server", ca, ca_key))
    client, client_key = made("client", ca, ca_key)
    write("client", client, client_key)
    write("locked", client, client_key, serialization.BestAvailableEncryption(b"open sesame"))
    return folder


def context(certificates: Path, *, client: bool) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    if client:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(certificates / "ca.crt")
    return made


TOPOLOGY = {"brokers": [], "gatewayVersion": "8.8.0"}


async def test_a_private_ca(server: Any, certificates: Path) -> None:
    """It is trusted when its file is named; without, the advice names the setting."""
    running = await server(lambda head, body: (200, TOPOLOGY), context(certificates, client=False))

    async with CamundaClient(running.address, tls=Tls(ca=certificates / "ca.crt")) as client:
        assert (await client.topology())["gatewayVersion"] == "8.8.0"
    async with CamundaClient(running.address) as client:
        with pytest.raises(UnreachableError) as refused:
            await client.topology()

    assert refused.value.tls
    assert "CAMUNDA_MTLS_CA_PATH" in advice(client.address, refused.value)


@pytest.mark.parametrize(("key", "passphrase"), [("client", None), ("locked", "open sesame")])
async def test_a_client_certificate(server: Any, certificates: Path, key: str, passphrase: str | None) -> None:
    """The server knows the client by it, also when its key has a passphrase."""
    running = await server(lambda head, body: (200, TOPOLOGY), context(certificates, client=True))
    tls = Tls(
        ca=certificates / "ca.crt",
        certificate=certificates / "client.crt",
        key=certificates / f"{key}.key",
        passphrase=passphrase,
    )

    async with CamundaClient(running.address, tls=tls) as client:
        await client.topology()
    async with CamundaClient(running.address, tls=Tls(ca=certificates / "ca.crt")) as client:
        with pytest.raises(UnreachableError):
            await client.topology()


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        (Tls(ca=Path("/nowhere.pem")), "CAMUNDA_MTLS_CA_PATH: '/nowhere.pem' cannot be read"),
        (Tls(certificate=Path("/a")), "belong together"),
    ],
)
async def test_wrong_certificate_files_are_named(tls: Tls, said: str) -> None:
    """One line that says which setting."""
    with pytest.raises(SettingError, match=said):
        await CamundaClient("https://127.0.0.1:1", tls=tls).__aenter__()


async def test_a_wrong_passphrase_is_said(certificates: Path) -> None:
    """The passphrase itself is not."""
    tls = Tls(certificate=certificates / "client.crt", key=certificates / "locked.key", passphrase="abracadabra")

    with pytest.raises(SettingError, match="CAMUNDA_MTLS_KEY_PASSPHRASE does not open") as error:
        await CamundaClient("https://127.0.0.1:1", tls=tls).__aenter__()

    assert "abracadabra" not in str(error.value)


async def test_a_proxy_from_the_environment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls go through it, unless the host is excepted."""
    proxy = await server(lambda head, body: (200, TOPOLOGY))
    monkeypatch.setenv("HTTP_PROXY", proxy.address)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async with CamundaClient("http://cluster.test:8080") as client:
        await client.topology()
    monkeypatch.setenv("NO_PROXY", "cluster.test")
    async with CamundaClient("http://cluster.test:8080") as client:
        with pytest.raises(UnreachableError):
            await client.topology()

    assert [head.split("\r\n")[0] for head in proxy.heads] == ["GET http://cluster.test:8080/v2/topology HTTP/1.1"]
