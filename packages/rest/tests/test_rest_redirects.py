"""Redirects, hop by hop, and where requests may not go."""

from typing import Any

import pytest

from connectory_sdk import ConnectorError, ConnectorInputError


def to(location: str, status: int = 302) -> dict[str, Any]:
    return {"status": status, "headers": (("Location", location),)}


async def test_a_redirect_is_followed_when_the_model_says_so(send: Any, peer: Any) -> None:
    """The result is that of the last hop; a relative location is one of the same server."""
    peer.on("/x", to("y/../z?q=1%2C#frag"))
    peer.on("/z", {"body": '{"at": "z"}'})

    result = await send(f"{peer.base}/x", followRedirects="true")

    assert result["body"] == {"at": "z"}
    assert [request.target for request in peer.received] == ["/x", "/z?q=1%2C"]


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_a_post_becomes_a_get_or_is_sent_again(send: Any, peer: Any, status: int, method: str) -> None:
    """307 and 308 keep method and body, the others drop both."""
    peer.on("/x", to("/y", status))

    await send(f"{peer.base}/x", "POST", followRedirects=True, body={"a": 1})

    last = peer.received[-1]
    assert (last.method, last.target) == (method, "/y")
    assert last.body == (b'{"a":1}' if method == "POST" else b"")
    assert last.header("content-type") == ("application/json" if method == "POST" else None)


async def test_a_put_stays_a_put(send: Any, peer: Any) -> None:
    """Only POST is turned into GET by 301 and 302."""
    peer.on("/x", to("/y", 301))

    await send(f"{peer.base}/x", "PUT", followRedirects=True, body={"a": 1})

    assert (peer.received[-1].method, peer.received[-1].body) == ("PUT", b'{"a":1}')


@pytest.mark.parametrize("headers", [{"Authorization": "x"}, {"cookie": "a=1"}])
async def test_credentials_go_to_no_other_server(send: Any, peer: Any, other: Any, headers: dict[str, str]) -> None:
    """Then the redirect itself is the result."""
    peer.on("/x", to(f"{other.base}/y"))

    result = await send(f"{peer.base}/x", followRedirects=True, headers=headers)

    assert result["status"] == 302
    assert other.received == []


async def test_another_server_is_followed_without_credentials(send: Any, peer: Any, other: Any) -> None:
    """Nothing speaks against it then."""
    peer.on("/x", to(f"{other.base}/y"))

    await send(f"{peer.base}/x", followRedirects=True)

    assert other.received[0].target == "/y"


@pytest.mark.parametrize("location", ["/x", "ftp://h/", "http://:0/"])
async def test_circles_and_dead_ends_are_errors(send: Any, peer: Any, location: str) -> None:
    """The code is that of a protocol fault."""
    peer.on("/x", to(location))

    with pytest.raises(ConnectorError, match="An error with the HTTP protocol occurred") as caught:
        await send(f"{peer.base}/x", followRedirects=True)

    assert caught.value.code == "500"


async def test_fifty_hops_are_the_most(send: Any, peer: Any) -> None:
    """The fifty-first redirect is an error, the fiftieth is not."""
    for number in range(51):
        peer.on(f"/{number}", to(f"/{number + 1}"))

    assert (await send(f"{peer.base}/1", followRedirects=True))["status"] == 200
    with pytest.raises(ConnectorError, match="protocol"):
        await send(f"{peer.base}/0", followRedirects=True)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"CAMUNDA_CONNECTOR_HTTP_BLOCK_URL": "/secret"}, "The provided URL is not allowed"),
        ({"CAMUNDA_CONNECTOR_HTTP_BLOCK_URL_Vault": "/secret"}, r"not allowed \(Block Name: Vault\)"),
        ({"CAMUNDA_CONNECTOR_HTTP_BLOCK_REGEX_R": "http://.*/sec[a-z]+"}, r"URL is not allowed \(Block Name: R\)"),
        ({"CAMUNDA_CONNECTOR_HTTP_BLOCK_PORT_P": "1, {port}"}, r"The provided port is not allowed \(Block Name: P\)"),
    ],
)
@pytest.mark.parametrize("hops", [False, True])
async def test_forbidden_addresses(start: Any, peer: Any, other: Any, rule: Any, message: str, hops: bool) -> None:
    """The block list counts for the address of the model and for each redirect."""
    port = other.base.rpartition(":")[2]
    send = await start(**{key: value.replace("{port}", port) for key, value in rule.items()})
    peer.on("/x", to(f"{other.base}/secret"))

    with pytest.raises(ConnectorInputError, match=message):
        await (send(f"{peer.base}/x", followRedirects=True) if hops else send(f"{other.base}/secret"))

    assert other.received == []


async def test_a_port_of_the_scheme_counts(start: Any) -> None:
    """An address without port has the one of its scheme."""
    send = await start(CAMUNDA_CONNECTOR_HTTP_BLOCK_PORT="443")

    with pytest.raises(ConnectorInputError, match="port is not allowed"):
        await send("https://example.invalid/")


ON = {"CAMUNDA_CONNECTOR_VALIDATION_HOSTS_ENABLED": "true"}
LOOPBACK = {**ON, "CAMUNDA_CONNECTOR_VALIDATION_HOSTS_UNSAFE_ALLOW_LOOPBACK": "true"}


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:9/", "Host '127.0.0.1' resolved to '127.0.0.1' was denied: DENY_NOT_GLOBAL_UNICAST"),
        ("http://localhost:9/", "Host 'localhost' resolved to '.*' was denied: DENY_NOT_GLOBAL_UNICAST"),
        ("http://[::1]:9/", "DENY_NOT_GLOBAL_UNICAST"),
        ("http://[::ffff:127.0.0.1]:9/", "DENY_NOT_GLOBAL_UNICAST"),
        ("http://169.254.169.254/latest/meta-data", "DENY_NOT_GLOBAL_UNICAST"),
        ("http://10.1.2.3/", "DENY_PRIVATE_RANGE"),
        ("http://100.64.0.1/", "DENY_RESERVED_RANGE"),
        ("http://nobody.invalid/", "Could not resolve host 'nobody.invalid'"),
    ],
)
async def test_private_addresses_can_be_refused(start: Any, transport: str, url: str, message: str) -> None:
    """Switched on, private, loopback, link-local, metadata and reserved addresses are the model's mistake."""
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **ON)

    with pytest.raises(ConnectorInputError, match=message):
        await send(url)


async def test_ranges_can_be_allowed_and_denied(start: Any, peer: Any) -> None:
    """Operators open what they need and close more; denied counts more than allowed."""
    allowed = await start(**ON, CAMUNDA_CONNECTOR_VALIDATION_HOSTS_ALLOWRANGES="127.0.0.0/8")
    denied = await start(**LOOPBACK, CAMUNDA_CONNECTOR_VALIDATION_HOSTS_DENY_RANGES="10.0.0.0/8, 127.0.0.1")

    assert (await allowed(peer.base))["status"] == 200
    with pytest.raises(ConnectorInputError, match="DENY_USER_CONFIGURED"):
        await denied(peer.base)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
async def test_redirects_into_the_network_are_refused(start: Any, peer: Any, transport: str) -> None:
    """A server outside cannot send a request to an address inside."""
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **LOOPBACK)
    peer.on("/x", to("http://169.254.169.254/latest/meta-data"))

    with pytest.raises(ConnectorInputError, match=r"169\.254\.169\.254"):
        await send(f"{peer.base}/x", followRedirects=True)


async def test_names_are_checked_where_the_connection_is_made(start: Any, peer: Any) -> None:
    """A name that resolves to another address at the second look gets no connection: the look that connects counts."""
    from connectory_rest.hosts import HostDeniedError, HostRules
    from connectory_rest.transport import CheckedResolver

    resolver = CheckedResolver(HostRules(enabled=True))

    with pytest.raises(HostDeniedError, match="DENY_NOT_GLOBAL_UNICAST"):
        await resolver.resolve("localhost", 80)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
async def test_a_checked_name_is_still_asked_by_its_name(start: Any, peer: Any, transport: str) -> None:
    """The connection goes to the checked address, the request to the host that the model names."""
    send = await start(CONNECTORY_REST_TRANSPORT=transport, **LOOPBACK)
    port = peer.base.rpartition(":")[2]

    await send(f"http://localhost:{port}/")

    assert peer.received[0].all("host") == [f"localhost:{port}"]


async def test_the_sandbox_takes_what_leaves_the_machine(start: Any, peer: Any, other: Any) -> None:
    """Hosts that are not loopback are replaced, token endpoints too; loopback is called for real."""
    send = await start(CONNECTORY_REST_SANDBOX_URL=f"{peer.base}/box/")
    peer.on("/box/token", {"body": '{"access_token": "T", "expires_in": 60}'})
    oauth = {
        "type": "oauth-client-credentials-flow",
        "oauthTokenEndpoint": "https://login.example.com/token",
        "clientId": "c",
        "clientSecret": "s",
        "clientAuthentication": "credentialsBody",
    }

    await send("https://api.example.com/a%2Cb?x=1", authentication=oauth, clientTls={"trustedCertificate": ""})
    await send(f"{other.base}/real")

    original = [request.header("x-connectory-original-url") for request in peer.received]
    assert original == ["https://login.example.com/token", "https://api.example.com/a,b?x=1"]
    assert peer.received[1].target == "/box/a,b?x=1"
    assert peer.received[1].header("authorization") == "Bearer T"
    assert [request.target for request in other.received] == ["/real"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTORY_REST_TRANSPORT", "curl"),
        ("CONNECTORY_REST_MAX_RESPONSE_BYTES", "many"),
        ("CAMUNDA_CONNECTOR_OAUTH_CACHE_SKEWBUFFER", "soon"),
        ("CAMUNDA_CONNECTOR_HTTP_BLOCK_PORT_A", "http"),
        ("CAMUNDA_CONNECTOR_HTTP_BLOCK_REGEX_A", "("),
        ("CAMUNDA_CONNECTOR_HTTP_BLOCK_HOST_A", "x"),
        ("CAMUNDA_CONNECTOR_VALIDATION_HOSTS_ALLOW_RANGES", "10.0.0.0/99"),
    ],
)
async def test_a_setting_that_cannot_be_read_is_named(start: Any, name: str, value: str) -> None:
    """The runtime's log says which variable is wrong and what to write."""
    with pytest.raises(ValueError, match=f"{name} is .*; write "):
        await start(**{name: value})
