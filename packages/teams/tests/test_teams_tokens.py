"""Tokens: asked for once, renewed in time, and explained when there is none."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectory_sandbox import Fault, Sandbox
from connectory_sandbox.graph import GraphService
from connectory_sdk import ConnectorError, ConnectorRetryError
from connectory_sdk.testing import Operations, operations
from connectory_teams import teams

APP = {"type": "clientCredentials", "clientId": "app", "tenantId": "tenant", "clientSecret": "geheim"}
USER = {"type": "refresh", "clientId": "app", "tenantId": "tenant", "token": "geheim-0", "clientSecret": "geheim"}


def get(authentication: Any = APP) -> tuple[str, dict[str, Any]]:
    return "getChat", {"authentication": authentication, "data": {"method": "getChat", "chatId": "19:a@thread.v2"}}


async def test_five_hundred_jobs_make_one_request(graph: GraphService, run: Operations) -> None:
    """The others wait for it; another tenant or secret has a token of its own."""
    graph.faults.add(Fault(operation="token", status=0, delay=0.05))

    await asyncio.gather(*(run(*get()) for _ in range(500)))

    assert len(graph.login.requests) == 1
    request = graph.login.requests[0]
    assert request.tenant == "tenant"
    assert request.form["grant_type"] == "client_credentials"
    assert request.form["scope"] == "https://graph.microsoft.com/.default"
    await run(*get({**APP, "tenantId": "other"}))
    await run(*get({**APP, "clientSecret": "new"}))
    assert len(graph.login.requests) == 3


async def test_a_proxy_is_not_asked_for_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, graph: GraphService, box: Sandbox
) -> None:
    """It would look for 127.0.0.1 on its own machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with operations(teams, environ=box.environ) as run:
        await run(*get())

    assert len(graph.received) == 1


async def test_fetching_a_token_stops_nobody(graph: GraphService, run: Operations) -> None:
    """MSAL blocks; other jobs go on meanwhile."""
    graph.faults.add(Fault(operation="token", status=0, delay=1))
    slow = asyncio.ensure_future(run(*get()))

    await run(*get({"type": "token", "token": "sandbox-token"}))

    assert not slow.done()
    await slow


async def test_a_rotated_refresh_token_is_kept(graph: GraphService, run: Operations) -> None:
    """The model keeps naming the old one, which Microsoft does not take any more."""
    graph.login.add_refresh_token("geheim-0", client="app")
    await run(*get(USER))
    graph.login.expire()

    await run(*get(USER))

    sent = [request.form["refresh_token"] for request in graph.login.requests]
    assert sent[0] == "geheim-0"
    assert sent[1] != "geheim-0"
    assert graph.login.requests[0].form["client_secret"] == "geheim"


async def test_a_rotated_refresh_token_that_ends_gives_way_to_the_models(graph: GraphService, run: Operations) -> None:
    """The user may have signed in again, or Microsoft may still take the first one; no restart is needed."""
    graph.login.add_refresh_token("geheim-0", client="app")
    await run(*get(USER))
    graph.login.expire()
    graph.login.refresh = {"geheim-0": "app"}

    await run(*get(USER))

    sent = [request.form["refresh_token"] for request in graph.login.requests]
    assert len(sent) == 3
    assert sent[0] == sent[2] == "geheim-0"


async def test_a_job_that_is_given_up_loses_no_token(graph: GraphService, run: Operations) -> None:
    """Its request goes on, and what came with it, such as a rotated refresh token, serves the next job."""
    graph.login.add_refresh_token("geheim-0", client="app")
    graph.faults.add(Fault(operation="token", status=0, delay=0.2))
    first = asyncio.create_task(run(*get(USER)))
    while graph.faults.waiting:  # noqa: ASYNC110 - until the login has the request
        await asyncio.sleep(0.01)
    first.cancel()

    await run(*get(USER))

    assert len(graph.login.requests) == 1
    assert first.cancelled()


async def test_a_public_client_sends_no_secret(graph: GraphService, run: Operations) -> None:
    """A blank secret is none."""
    graph.login.add_client("app", scopes=("Chat.Read",))

    await run(*get({**USER, "clientSecret": " "}))

    assert "client_secret" not in graph.login.requests[0].form


async def test_a_token_that_ends_on_its_way_is_replaced_once(graph: GraphService, run: Operations) -> None:
    """Graph's 401 means that nothing was done, so it is done with a new token; many jobs fetch one."""
    await run(*get())
    graph.login.expire()

    await asyncio.gather(*(run(*get()) for _ in range(20)))

    assert len(graph.login.requests) == 2


async def test_tokens_are_renewed_before_they_end(box: Sandbox) -> None:
    """A token with a short life is used for half of it."""
    box.graph.login.life = 0

    async with operations(teams, environ=box.environ) as run:
        for _ in range(2):
            with pytest.raises(ConnectorRetryError) as raised:
                await run(*get())
            assert "a new token was refused too" in str(raised.value.hint)

    assert len(box.graph.login.requests) == 4


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return a certificate and its key as PEM text."""
    folder = tmp_path_factory.mktemp("certificate")
    try:
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=app"]
        subprocess.run([*make, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
        lock = ["openssl", "rsa", "-aes256", "-passout", "pass:phrase", "-in", "key.pem", "-out", "locked.pem"]
        subprocess.run(lock, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return {path.stem: path.read_text() for path in Path(folder).glob("*.pem")}


async def test_a_certificate_in_place_of_a_secret(
    graph: GraphService, run: Operations, certificate: dict[str, str]
) -> None:
    """The signed statement is checked by the login; a passphrase opens the key."""
    graph.login.add_client("app", certificate=certificate["cert"], roles=("Chat.Read.All",))
    own = {**APP, "clientSecret": "", "certificate": certificate["cert"], "privateKey": certificate["key"]}

    await run(*get(own))
    await run(*get({**own, "privateKey": certificate["locked"], "passphrase": "phrase"}))

    assert all("client_assertion" in request.form for request in graph.login.requests)
    with pytest.raises(ConnectorError, match=r"privateKey or authentication\.certificate is no PEM text") as raised:
        await run(*get({**own, "privateKey": "geheim"}))
    assert "geheim" not in str(raised.value)


REFRESH = (
    "Failed to fetch access token. Verify authentication details. Note: Client secret is optional, depending on the "
    "client's privacy status. Status code: "
)


@pytest.mark.parametrize(
    ("authentication", "message", "hint", "code"),
    [
        (
            {**APP, "clientSecret": "geheim-x"},
            "AADSTS7000215: ",
            "write the secret's value, not its id",
            "invalid_client",
        ),
        ({**APP, "clientId": "nobody"}, "AADSTS700016: ", "check authentication.clientId", "unauthorized_client"),
        (
            {**APP, "tenantId": "nowhere"},
            "authentication.tenantId: Microsoft knows no tenant 'nowhere'; write its ID or a domain",
            "",
            "invalid_tenant",
        ),
        (
            {**USER, "token": "geheim-x"},
            f"{REFRESH}400, response: invalid_grant: AADSTS70000: ",
            "the refresh token belongs to another client or tenant",
            "invalid_grant",
        ),
        (
            {**USER, "clientSecret": ""},
            f"{REFRESH}401, response: invalid_client: AADSTS7000218: ",
            "fill in authentication.clientSecret",
            "invalid_client",
        ),
    ],
)
async def test_a_refusal_is_explained_and_final(
    graph: GraphService, run: Operations, authentication: dict[str, str], message: str, hint: str, code: str
) -> None:
    """Microsoft's own first line as the message, beside it what to do; no secret, and no second attempt."""
    graph.login.add_client("app", secret="geheim", tenant="tenant")
    graph.login.add_refresh_token("geheim-0", client="app")

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*get(authentication))

    assert raised.value.message.startswith(message)
    assert hint in (raised.value.hint or "")
    assert (raised.value.retries, raised.value.code) == (0, code)
    assert "geheim" not in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert "Trace ID" not in str(raised.value)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(operation="token", status=503),
        Fault(operation="discovery", status=500),
        Fault(operation="token", status=0, broken=True),
        Fault(operation="token", drop=True),
    ],
    ids=["unavailable", "discovery", "broken", "dropped"],
)
async def test_trouble_at_the_login_is_retried(graph: GraphService, run: Operations, fault: Fault) -> None:
    """It is no fault of the model; the next attempt works, and a corrected secret counts at once."""
    graph.faults.add(fault)

    with pytest.raises(ConnectorError, match=r"Microsoft's login at '.*' (is in trouble|cannot be reached)") as raised:
        await run(*get())

    assert not isinstance(raised.value, ConnectorRetryError)
    await run(*get())


async def test_a_corrected_secret_counts_at_once(graph: GraphService, run: Operations) -> None:
    """No refusal is remembered."""
    graph.login.add_client("app", secret="other")
    with pytest.raises(ConnectorRetryError):
        await run(*get())

    graph.login.add_client("app", secret="geheim", roles=("Chat.Read.All",))

    await run(*get())
