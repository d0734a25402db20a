"""Tokens: asked for once, shared, renewed, and never shown."""

import asyncio
import time
from typing import Any

import pytest

from connectory_sdk import ConnectorError

JSON = "application/json"


def client(base: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "oauth-client-credentials-flow",
        "oauthTokenEndpoint": f"{base}/token",
        "clientId": "id 1",
        "clientSecret": "s3cret&",
        "clientAuthentication": "basicAuthHeader",
        **more,
    }


def refresh(base: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "oauth-refresh-token",
        "oauthTokenEndpoint": f"{base}/token",
        "clientId": "id1",
        "refreshToken": "r3fresh",
        **more,
    }


def token(text: str) -> dict[str, Any]:
    return {"body": text, "type": JSON}


def asked(peer: Any) -> list[Any]:
    return [request for request in peer.received if request.target == "/token"]


@pytest.mark.parametrize(
    ("grant", "body", "header"),
    [
        (client("", audience="aud"), b"grant_type=client_credentials&audience=aud", "Basic aWQgMTpzM2NyZXQm"),
        (client(""), b"grant_type=client_credentials&audience", "Basic aWQgMTpzM2NyZXQm"),
        (
            client("", clientAuthentication="credentialsBody", scopes="a b"),
            b"grant_type=client_credentials&audience&scope=a%20b&client_id=id%201&client_secret=s3cret%26",
            None,
        ),
        (refresh(""), b"grant_type=refresh_token&client_id=id1&refresh_token=r3fresh", None),
        (
            refresh("", clientSecret="s", scopes="x"),
            b"grant_type=refresh_token&client_id=id1&refresh_token=r3fresh&client_secret=s&scope=x",
            None,
        ),
    ],
)
async def test_the_form_of_a_token_request(send: Any, peer: Any, grant: Any, body: bytes, header: str | None) -> None:
    """Members, their order and their encoding are those that token endpoints know from Camunda."""
    peer.on("/token", token('{"data": {"access_token": "T1"}}'))

    await send(peer.base, authentication={**grant, "oauthTokenEndpoint": f"{peer.base}/token"})

    request, call = peer.received
    assert (request.method, request.body) == ("POST", body)
    assert request.header("authorization") == header
    assert request.header("content-type") == "application/x-www-form-urlencoded"
    assert call.header("authorization") == "Bearer T1"


async def test_many_jobs_make_one_token_request(send: Any, peer: Any) -> None:
    """Jobs that come at the same time wait for one request; later ones use its token."""

    async def slowly(request: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        body = b'{"access_token": "T1", "expires_in": 3600.0}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    peer.on("/token", slowly)
    limit = asyncio.Semaphore(20)

    async def job() -> None:
        async with limit:
            await send(peer.base, authentication=client(peer.base))

    await asyncio.gather(*[job() for _ in range(100)])

    assert len(asked(peer)) == 1
    assert {request.header("authorization") for request in peer.received if request.target == "/"} == {"Bearer T1"}


@pytest.mark.parametrize("lifetime", ['"300"', "5", "true", "null"])
async def test_some_tokens_are_not_kept(send: Any, peer: Any, lifetime: str) -> None:
    """Without a lifetime as number, or with one shorter than the margin, each job asks."""
    peer.on("/token", token(f'{{"access_token": "T1", "expires_in": {lifetime}}}'))

    for _ in range(2):
        await send(peer.base, authentication=client(peer.base))

    assert len(asked(peer)) == 2


@pytest.mark.parametrize(
    ("name", "margin", "requests"),
    [
        ("CAMUNDA_CONNECTOR_OAUTH_CACHE_SKEWBUFFER", "20s", 2),
        ("CAMUNDA_CONNECTOR_OAUTH_CACHE_SKEW_BUFFER", "PT0.5M", 2),
        ("CAMUNDA_CONNECTOR_OAUTH_CACHE_SKEWBUFFER", "5000", 1),
        ("CONNECTORY_REST_TOKEN_SKEW_SECONDS", "20", 2),
    ],
)
async def test_the_margin_before_the_end_is_a_setting(
    start: Any, peer: Any, name: str, margin: str, requests: int
) -> None:
    """A token of 15 s is kept for another job where the margin is shorter."""
    peer.on("/token", token('{"access_token": "T1", "expires_in": 15}'))
    send = await start(**{name: margin})

    for _ in range(2):
        await send(peer.base, authentication=client(peer.base))

    assert len(asked(peer)) == requests


async def test_different_clients_have_different_tokens(send: Any, peer: Any) -> None:
    """Whatever a token depends on tells it apart."""
    peer.on("/token", token('{"access_token": "T1", "expires_in": 300}'))
    grants = [client(peer.base), client(peer.base, audience="a"), client(peer.base, scopes="s"),
              client(peer.base, clientSecret="other"), client(peer.base, clientAuthentication="credentialsBody"),
              refresh(peer.base), refresh(peer.base, refreshToken="x")]  # fmt: skip

    for grant in [*grants, *grants]:
        await send(peer.base, authentication=grant)

    assert len(asked(peer)) == len(grants)


async def test_a_refused_token_is_renewed_once(send: Any, peer: Any) -> None:
    """A 401 to a token that was kept asks for a new one; a 401 to that is the result."""
    peer.on("/token", *[token(f'{{"access_token": "T{number}", "expires_in": 300}}') for number in (1, 2, 3)])
    peer.on("/", {"body": "first"}, {"status": 401}, {"body": "again"}, {"status": 401, "reason": "Unauthorized"})

    await send(peer.base, authentication=client(peer.base))
    result = await send(peer.base, "POST", body={"a": 1}, authentication=client(peer.base))
    with pytest.raises(ConnectorError, match="Unauthorized"):
        await send(peer.base, authentication=client(peer.base))

    assert result["body"] == "again"
    sent = [request.header("authorization") for request in peer.received if request.target == "/"]
    assert sent == ["Bearer T1", "Bearer T1", "Bearer T2", "Bearer T2", "Bearer T3"]
    assert [request.body for request in peer.received if request.method == "POST" and request.target == "/"] == [
        b'{"a":1}',
        b'{"a":1}',
    ]


async def test_a_fresh_token_that_is_refused_is_the_result(send: Any, peer: Any) -> None:
    """A token of this very job is not asked for twice."""
    peer.on("/token", token('{"access_token": "T1", "expires_in": 300}'))
    peer.on("/", {"status": 401})

    with pytest.raises(ConnectorError):
        await send(peer.base, authentication=client(peer.base))

    assert len(asked(peer)) == 1


async def test_a_rotated_refresh_token_is_used_next(send: Any, peer: Any) -> None:
    """Servers that give a new refresh token take the old one no more."""
    peer.on("/token", token('{"access_token": "T1", "refresh_token": "new"}'), token('{"access_token": "T2"}'))

    for _ in range(2):
        await send(peer.base, authentication=refresh(peer.base))

    assert [b"refresh_token=r3fresh" in asked(peer)[0].body, b"refresh_token=new" in asked(peer)[1].body] == [
        True,
        True,
    ]


async def test_a_renewed_model_counts_after_a_rotated_token_ended(send: Any, peer: Any) -> None:
    """When the token in memory is refused, the one of the model gets its chance."""
    peer.on(
        "/token",
        token('{"access_token": "T1", "refresh_token": "new"}'),
        {"status": 400, "body": '{"error": "invalid_grant"}'},
        token('{"access_token": "T3"}'),
    )

    for _ in range(2):
        await send(peer.base, authentication=refresh(peer.base))

    assert peer.received[-1].header("authorization") == "Bearer T3"


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (200, "{}", "OAUTH_TOKEN_ERROR", "OAuth token response does not contain an access_token field"),
        (200, "hello", "OAUTH_TOKEN_ERROR", "does not contain an access_token field"),
        (302, "", "OAUTH_TOKEN_ERROR", "does not contain an access_token field"),
        (200, '{"access_token": null}', "OAUTH_TOKEN_ERROR", "does not contain an access_token field"),
        (200, '{"error": "x", "error_description": "y"}', "OAUTH_TOKEN_ERROR", "OAuth token exchange failed: x. y"),
        (200, '{"error": "invalid_grant"}', "OAUTH_REFRESH_TOKEN_EXPIRED", "exchange failed: invalid_grant"),
        (400, '{"error": "invalid_grant"}', "OAUTH_REFRESH_TOKEN_EXPIRED", "exchange failed: invalid_grant"),
        (403, '{"error": "interaction_required"}', "OAUTH_INTERACTION_REQUIRED", "failed: interaction_required"),
        (401, '{"error": "invalid_client"}', "401", "OK"),
        (503, "", "503", "OK"),
    ],
)  # fmt: skip
async def test_failures_of_the_token_endpoint(
    send: Any, peer: Any, status: int, body: str, code: str, message: str
) -> None:
    """Codes and texts are those that models know; the hint names the token endpoint; the target is not called."""
    peer.on("/token", {"status": status, "body": body})

    with pytest.raises(ConnectorError) as caught:
        await send(peer.base, authentication=client(peer.base))

    assert caught.value.code == code
    assert message in caught.value.message
    assert "token endpoint" in (caught.value.hint or "")
    assert len(peer.received) == 1
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}{caught.value.variables}"


async def test_a_failed_token_request_fails_all_who_wait_and_is_not_kept(send: Any, peer: Any) -> None:
    """The next job asks again."""
    peer.on("/token", {"status": 500}, token('{"access_token": "T1"}'))

    first = await asyncio.gather(
        *[send(peer.base, authentication=client(peer.base)) for _ in range(3)], return_exceptions=True
    )
    result = await send(peer.base, authentication=client(peer.base))

    assert all(isinstance(each, ConnectorError) for each in first)
    assert result["status"] == 200


async def test_tokens_expire(send: Any, peer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds before its end a token is not used any more."""
    peer.on("/token", token('{"access_token": "T1", "expires_in": 300}'))
    await send(peer.base, authentication=client(peer.base))
    now = time.monotonic()

    monkeypatch.setattr(time, "monotonic", lambda: now + 289)
    await send(peer.base, authentication=client(peer.base))
    monkeypatch.setattr(time, "monotonic", lambda: now + 291)
    await send(peer.base, authentication=client(peer.base))

    assert len(asked(peer)) == 2
