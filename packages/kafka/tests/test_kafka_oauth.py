"""Tokens for OAUTHBEARER, from a token endpoint on loopback."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from connectory_kafka.oauth import OAuthToken, TokenError, TokenProvider
from connectory_sandbox.asgi import Answer, Request, application
from connectory_sandbox.server import Server


@dataclass
class Endpoint:
    """A token endpoint; its answer can be changed."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer.json({"access_token": "t1", "expires_in": 3600}))

    async def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        await asyncio.sleep(0.02)
        return self.answer

    @property
    def source(self) -> OAuthToken:
        return OAuthToken(
            endpoint=self.url, client_id="c", client_secret="geheim", scope="kafka", extensions=(("a", "b"),)
        )


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    server = Server(application(made.handle))
    made.url = f"{await server.start()}/token"
    yield made
    await server.stop()


async def test_one_request_for_all_connections(endpoint: Endpoint) -> None:
    """The grant is that of Java's login module; the token is kept for most of its life."""
    provider = TokenProvider(endpoint.source)

    tokens = await asyncio.gather(*(provider.token() for _ in range(20)))

    assert set(tokens) == {"t1"}
    assert len(endpoint.requests) == 1
    request = endpoint.requests[0]
    assert request.form == {"grant_type": "client_credentials", "scope": "kafka"}
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"c:geheim").decode()
    assert provider.extensions() == {"a": "b"}


async def test_a_token_that_ends_is_replaced(endpoint: Endpoint) -> None:
    """After its life the next connection asks again."""
    endpoint.answer = Answer.json({"access_token": "short", "expires_in": 0.000001})
    provider = TokenProvider(endpoint.source)

    await provider.token()
    await provider.token()

    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Answer.json({"error": "invalid_client", "error_description": "no"}, status=401),
            "gave no token: status 401 no",
        ),
        (Answer.json({}), "gave no token: status 200"),
        (Answer.text("<html>"), "gave no token: status 200"),
    ],
)
async def test_an_endpoint_that_gives_none(endpoint: Endpoint, answer: Answer, message: str) -> None:
    """The reason is the endpoint's own, the secret is never shown."""
    endpoint.answer = answer

    with pytest.raises(TokenError, match=message) as raised:
        await TokenProvider(endpoint.source).token()

    assert "geheim" not in str(raised.value)
    assert raised.value.final == (answer.status == 401)


async def test_an_endpoint_that_is_not_there(endpoint: Endpoint) -> None:
    """The address is named."""
    source = OAuthToken(endpoint="http://127.0.0.1:1/token", client_id="c", client_secret="geheim")

    with pytest.raises(
        TokenError, match=r"token endpoint 'http://127\.0\.0\.1:1/token' cannot be reached: ConnectError"
    ):
        await TokenProvider(source).token()
