"""Servers and proxies that we did not write: nginx with TLS, client certificates and HTTP/2, proxy.py, Keycloak."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from connectory_rest import rest
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.testing import operations

trustme = pytest.importorskip("trustme", reason="trustme is not installed")

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")

CONFIG = """
daemon off; pid {folder}/pid; error_log stderr warn;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; client_max_body_size 0;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{plain};
    location /slow {{ limit_rate 200k; root {folder}; }}
    location /files {{ root {folder}; }}
    location / {{ return 200 '{{"protocol": "$server_protocol", "uri": "$request_uri"}}'; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl http2;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
    location / {{ return 200 '{{"protocol": "$server_protocol", "uri": "$request_uri"}}'; }}
  }}
  server {{
    listen 127.0.0.1:{mutual} ssl;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
    ssl_client_certificate {folder}/ca.pem; ssl_verify_client on;
    location / {{ return 200 '{{"subject": "$ssl_client_s_dn"}}'; }}
  }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    folder: Path
    plain: int
    tls: int
    mutual: int
    ca: str
    certificate: str
    key: bytes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}: {process.stderr.read() if process.stderr else ''!r}")


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    if NGINX is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    ca = trustme.CA()
    server = ca.issue_cert("localhost", "127.0.0.1")
    client = ca.issue_cert("robot@example.com", common_name="robot")
    server.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in ("files", "slow"):
        (folder / name).mkdir()
        (folder / name / "blob").write_bytes(b"0123456789abcdef" * 65_536)
    ports = [free_port() for _ in range(3)]
    (folder / "conf").write_text(CONFIG.format(folder=folder, plain=ports[0], tls=ports[1], mutual=ports[2]))
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "conf"), "-g", "user root;" if os.getuid() == 0 else ""],
        stderr=subprocess.PIPE,
    )
    try:
        until_listening(process, ports[0])
        chain = b"".join(each.bytes() for each in client.cert_chain_pems).decode()
        yield Nginx(folder, *ports, ca.cert_pem.bytes().decode(), chain, client.private_key_pem.bytes())
    finally:
        process.terminate()
        process.communicate(timeout=10)


async def test_a_private_authority_is_trusted_when_the_model_gives_it(send: Any, nginx: Nginx) -> None:
    """The certificate in the model decides; without it the handshake fails with a code of its own."""
    url = f"https://localhost:{nginx.tls}/a/../b?x=&y=1%2C2"

    result = await send(url, clientTls={"trustedCertificate": nginx.ca})
    with pytest.raises(ConnectorError) as caught:
        await send(url)

    assert result["body"]["uri"] == "/a/../b?x&y=1%2C2"
    assert caught.value.code == "SSL_HANDSHAKE_FAILED"
    assert caught.value.message.startswith("TLS handshake failed: ")
    assert "clientTls.trustedCertificate" in caught.value.message


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
async def test_a_checked_address_is_still_a_server_with_a_name(start: Any, nginx: Nginx, transport: str) -> None:
    """With host rules the connection goes to the checked address, and the certificate is that of the name."""
    rules = {f"CAMUNDA_CONNECTOR_VALIDATION_HOSTS_{key}": "true" for key in ("ENABLED", "UNSAFE_ALLOW_LOOPBACK")}
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **rules)

    result = await send(f"https://localhost:{nginx.tls}/", clientTls={"trustedCertificate": nginx.ca})

    assert result["status"] == 200


async def test_the_name_of_the_server_is_checked(send: Any, nginx: Nginx) -> None:
    """A certificate of the right authority for another name is not enough."""
    with pytest.raises(ConnectorError) as caught:
        await send(f"https://ip6-localhost.localhost:{nginx.tls}/", clientTls={"trustedCertificate": nginx.ca})

    assert caught.value.code in {"SSL_HANDSHAKE_FAILED", "408"}  # 408 where the resolver knows no such name


def keys(key: bytes) -> list[Any]:
    loaded: Any = serialization.load_pem_private_key(key, None)
    locked = BestAvailableEncryption(b"geheim")
    return [
        loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        loaded.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        loaded.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked),
    ]


@pytest.mark.parametrize("kind", [0, 1, 2, 3])
async def test_client_certificates(send: Any, nginx: Nginx, kind: int) -> None:
    """Keys in either notation, encrypted or not, are offered; the server sees whose they are."""
    tls = {
        "trustedCertificate": nginx.ca,
        "clientCertificate": nginx.certificate,
        "clientPrivateKey": keys(nginx.key)[kind].decode(),
        "privateKeyPassword": "geheim" if kind > 1 else "",
    }

    result = await send(f"https://localhost:{nginx.mutual}/", clientTls=tls)

    assert "robot" in result["body"]["subject"]


@pytest.mark.parametrize("damage", [lambda pem: pem.replace("\n", " "), lambda pem: pem.replace("\n", "\\n")])
async def test_certificates_that_lost_their_lines(send: Any, nginx: Nginx, damage: Any) -> None:
    """Forms and secret stores turn line breaks into blanks or backslashes; that is undone."""
    tls = {
        "trustedCertificate": damage(nginx.ca),
        "clientCertificate": damage(nginx.certificate),
        "clientPrivateKey": damage(nginx.key.decode()),
    }

    assert (await send(f"https://localhost:{nginx.mutual}/", clientTls=tls))["status"] == 200


@pytest.mark.parametrize(
    "change",
    [
        {"clientPrivateKey": "nonsense"},
        {"clientCertificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
        {"trustedCertificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
        {"privateKeyPassword": "wrong", "locked": True},
        {"privateKeyPassword": None, "locked": True},
    ],
)
async def test_certificates_that_cannot_be_used(send: Any, nginx: Nginx, change: dict[str, Any]) -> None:
    """The model's mistake is said at once, without key or password."""
    key = keys(nginx.key)[2 if change.get("locked") else 0].decode()
    tls = {
        "trustedCertificate": nginx.ca,
        "clientCertificate": nginx.certificate,
        "clientPrivateKey": key,
        **change,
    }

    with pytest.raises(ConnectorInputError, match="Failed to build SSL context for mTLS from the provided") as caught:
        await send(f"https://localhost:{nginx.mutual}/", clientTls=tls)

    assert key.splitlines()[1] not in str(caught.value)
    assert "wrong" not in str(caught.value)


async def test_different_certificates_use_different_connections(send: Any, nginx: Nginx) -> None:
    """A connection of one client certificate is never used for a job without it."""
    tls = {
        "trustedCertificate": nginx.ca,
        "clientCertificate": nginx.certificate,
        "clientPrivateKey": nginx.key.decode(),
    }
    url = f"https://localhost:{nginx.mutual}/"

    first = await send(url, clientTls=tls)
    with pytest.raises(ConnectorError) as caught:
        await send(url, clientTls={"trustedCertificate": nginx.ca})

    assert first["status"] == 200
    assert caught.value.code == "400"  # nginx's answer to a request without certificate


@pytest.mark.parametrize(("switch", "protocol"), [("true", "HTTP/2.0"), ("false", "HTTP/1.1")])
async def test_http2_where_the_operator_switches_it_on(start: Any, nginx: Nginx, switch: str, protocol: str) -> None:
    """The server offers it; only the switch makes us take it."""
    pytest.importorskip("h2", reason="h2 is not installed (connectory-rest[http2])")
    send = await start(CONNECTORY_REST_HTTP2=switch)

    result = await send(
        f"https://localhost:{nginx.tls}/x", "POST", body={"a": 1}, clientTls={"trustedCertificate": nginx.ca}
    )

    assert result["body"] == {"protocol": protocol, "uri": "/x"}
    assert result["reason"] == ("" if switch == "true" else "OK")


async def test_a_slow_answer_is_no_timeout(send: Any, nginx: Nginx) -> None:
    """The read timeout is for silence, not for the whole answer, which takes about five seconds here."""
    result = await send(f"http://127.0.0.1:{nginx.plain}/slow/blob", readTimeoutInSeconds=2)

    assert len(result["body"]) == 1024 * 1024


async def test_many_at_once(send: Any, nginx: Nginx) -> None:
    """A hundred jobs at the same time get each its own answer."""
    results = await asyncio.gather(*[send(f"http://127.0.0.1:{nginx.plain}/{number}") for number in range(100)])

    assert [result["body"]["uri"] for result in results] == [f"/{number}" for number in range(100)]


@pytest.fixture(scope="module")
def proxy() -> Iterator[int]:
    pytest.importorskip("proxy", reason="proxy.py is not installed")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "proxy", "--hostname", "127.0.0.1", "--port", str(port),
         "--basic-auth", "user:p@ss", "--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR"],
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        until_listening(process, port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def through(port: int, user: str | None = "user", password: str = "p@ss", **more: str) -> dict[str, str]:
    given = {"HOST": "127.0.0.1", "PORT": str(port), **({"USER": user, "PASSWORD": password} if user else {})}
    environ = {f"CONNECTOR_{kind}_PROXY_{key}": text for kind in ("HTTP", "HTTPS") for key, text in given.items()}
    return {**environ, **more}


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_is_used(start: Any, nginx: Nginx, proxy: int, transport: str, scheme: str) -> None:
    """Requests of both schemes go through it, with its credentials, and arrive unchanged."""
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **through(proxy))
    port = nginx.tls if scheme == "https" else nginx.plain

    result = await send(f"{scheme}://localhost:{port}/x?a=1%2C2", clientTls={"trustedCertificate": nginx.ca})

    assert result["body"]["uri"].endswith("/x?a=1%2C2")


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("user", [None, "other"])
async def test_a_proxy_that_wants_other_credentials(
    start: Any, nginx: Nginx, proxy: int, transport: str, scheme: str, user: str | None
) -> None:
    """The job fails with the proxy's status; neither user nor password is shown."""
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **through(proxy, user, "s3cret"))
    port = nginx.tls if scheme == "https" else nginx.plain

    with pytest.raises(ConnectorError) as caught:
        await send(f"{scheme}://localhost:{port}/")

    assert caught.value.code == "407"
    assert "Proxy Authentication Required" in caught.value.message
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}{caught.value.variables}"


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
async def test_some_hosts_need_no_proxy(start: Any, nginx: Nginx, transport: str) -> None:
    """Names with wildcards go directly, even where the proxy is dead."""
    send = await start(
        CONNECTORY_REST_TRANSPORT=transport, **through(1, CONNECTOR_HTTP_NON_PROXY_HOSTS="*.internal|local*")
    )

    assert (await send(f"http://localhost:{nginx.plain}/"))["status"] == 200
    with pytest.raises(ConnectorError) as caught:
        await send(f"http://127.0.0.1:{nginx.plain}/")
    assert caught.value.code == "408"


async def test_a_proxy_port_that_is_no_number(start: Any) -> None:
    """The message names the variable."""
    send = await start(CONNECTOR_HTTP_PROXY_HOST="h", CONNECTOR_HTTP_PROXY_PORT="many")

    with pytest.raises(ConnectorInputError, match="CONNECTOR_HTTP_PROXY_PORT is 'many'"):
        await send("http://example.invalid/")


async def test_proxies_of_other_programs_are_not_used(
    start: Any, nginx: Nginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY and its relatives mean nothing here."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    send = await start()

    assert (await send(f"http://127.0.0.1:{nginx.plain}/"))["status"] == 200


TOKEN_URL = os.environ.get("OIDC_TOKEN_URL")
keycloak = pytest.mark.skipif(not TOKEN_URL, reason="OIDC_TOKEN_URL is not set: no identity provider to ask")


def oidc(**more: Any) -> dict[str, Any]:
    return {
        "oauthTokenEndpoint": TOKEN_URL,
        "clientId": os.environ.get("OIDC_CLIENT_ID"),
        "clientSecret": os.environ.get("OIDC_CLIENT_SECRET"),
        **more,
    }


@keycloak
@pytest.mark.parametrize("how", ["basicAuthHeader", "credentialsBody"])
async def test_client_credentials_of_a_real_provider(start: Any, peer: Any, how: str) -> None:
    """Keycloak gives a token either way; one is enough for several jobs."""
    send = await start()
    grant = oidc(type="oauth-client-credentials-flow", clientAuthentication=how, scopes="openid")

    for _ in range(3):
        await send(peer.base, authentication=grant)

    headers = {request.header("authorization") for request in peer.received}
    assert len(headers) == 1
    assert headers.pop().startswith("Bearer ey")


@keycloak
async def test_a_wrong_secret_of_a_real_provider(start: Any, peer: Any) -> None:
    """Keycloak's refusal is the error; the hint names the token endpoint."""
    send = await start()
    grant = oidc(type="oauth-client-credentials-flow", clientAuthentication="credentialsBody", clientSecret="wr0ng")

    with pytest.raises(ConnectorError) as caught:
        await send(peer.base, authentication=grant)

    assert (caught.value.code, caught.value.variables["response"]["body"]["error"]) == ("401", "unauthorized_client")
    assert "token endpoint" in caught.value.hint
    assert peer.received == []


@keycloak
async def test_refresh_tokens_of_a_real_provider(peer: Any, stack: Any) -> None:
    """A refresh token gives access tokens; a broken one is known as expired, though Keycloak answers 400."""
    call = await stack.enter_async_context(operations(rest))
    client = {"client_id": os.environ["OIDC_CLIENT_ID"], "client_secret": os.environ["OIDC_CLIENT_SECRET"]}
    password = {"grant_type": "password", "username": "ann", "password": "ann-secret", **client}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    given = await call("request", {"url": TOKEN_URL, "method": "POST", "headers": form, "body": password})
    grant = oidc(type="oauth-refresh-token", refreshToken=given["body"]["refresh_token"])

    await call("request", {"url": peer.base, "method": "GET", "authentication": grant})
    with pytest.raises(ConnectorError) as caught:
        await call("request", {"url": peer.base, "method": "GET", "authentication": {**grant, "refreshToken": "x"}})

    assert peer.received[0].header("authorization").startswith("Bearer ey")
    assert caught.value.code == "OAUTH_REFRESH_TOKEN_EXPIRED"
