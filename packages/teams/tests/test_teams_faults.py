"""Refusals of Graph and lost answers: what the job is told, and what is never done twice."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from connectory_sandbox import Fault
from connectory_sandbox.graph import GraphService
from connectory_sdk import ConnectorError, ConnectorRetryError
from connectory_sdk.testing import Operations, operations
from connectory_teams import teams

USER = {"type": "refresh", "clientId": "c", "tenantId": "t", "token": "geheim"}
APP = {"type": "clientCredentials", "clientId": "c", "tenantId": "t", "clientSecret": "geheim"}
CHAT = "19:a@thread.v2"
TEAM = "2432b57b-0abd-43db-aa7b-16eadd115d34"
POST = "POST /chats/*"


def send(authentication: Any = USER) -> tuple[str, dict[str, Any]]:
    data = {"method": "sendMessageToChat", "chatId": CHAT, "content": "hi"}
    return "sendMessageToChat", {"authentication": authentication, "data": data}


def get(authentication: Any = USER, **data: Any) -> tuple[str, dict[str, Any]]:
    return "getChat", {"authentication": authentication, "data": {"method": "getChat", "chatId": CHAT, **data}}


def messages(graph: GraphService) -> int:
    return len(graph.directory.chat(CHAT).messages)


async def test_a_limit_costs_no_retry(graph: GraphService, run: Operations) -> None:
    """The job comes back when Graph wants it, with all its retries."""
    graph.faults.add(Fault(operation=POST, status=429, retry_after=7))

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send(), retries=2)

    assert raised.value.hint == "Graph limits the calls of this app (429); next attempt in 7 s"
    assert (raised.value.retries, raised.value.backoff) == (2, timedelta(seconds=7))
    assert raised.value.code == "TooManyRequests"
    assert messages(graph) == 0


async def test_a_limit_without_a_time_waits_a_while(graph: GraphService, run: Operations) -> None:
    """Ten seconds."""
    graph.faults.add(Fault(operation=POST, status=429))

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send())

    assert raised.value.backoff == timedelta(seconds=10)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(operation=POST, status=502, late=True),
        Fault(operation=POST, status=504, late=True),
        Fault(operation=POST, status=500, late=True),
        Fault(operation=POST, drop=True, late=True),
    ],
    ids=["502", "504", "500", "dropped"],
)
async def test_a_post_that_may_have_happened_is_not_repeated(
    graph: GraphService, run: Operations, fault: Fault
) -> None:
    """The incident says so, and no retry is left: a person looks."""
    graph.faults.add(fault)

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send())

    assert "it may have been carried out, so it is not repeated" in str(raised.value.hint)
    assert raised.value.retries == 0
    assert messages(graph) == 1


async def test_a_broken_answer_to_a_post_is_not_repeated(graph: GraphService, run: Operations) -> None:
    """It was done; only the result is lost."""
    graph.faults.add(Fault(operation=POST, status=0, broken=True))

    with pytest.raises(ConnectorRetryError, match="Graph answered 201, so it was done, but with broken JSON") as raised:
        await run(*send())

    assert raised.value.retries == 0
    assert messages(graph) == 1


@pytest.mark.parametrize("fault", [Fault(status=502), Fault(drop=True), Fault(status=0, broken=True)], ids=str)
async def test_reading_is_repeated_by_the_job(graph: GraphService, run: Operations, fault: Fault) -> None:
    """Nothing happens twice, so the job's own retries decide."""
    graph.faults.add(Fault(operation="GET /chats/*", status=fault.status, drop=fault.drop, broken=fault.broken))

    with pytest.raises(ConnectorError) as raised:
        await run(*get())

    assert not isinstance(raised.value, ConnectorRetryError)
    await run(*get())


async def test_unavailable_is_retried_when_graph_says(graph: GraphService, run: Operations) -> None:
    """503 was not carried out; it costs a retry, as it may last."""
    graph.faults.add(Fault(operation=POST, status=503, retry_after=3))

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send())

    assert raised.value.hint == "Graph is not available (503); next attempt in 3 s"
    assert (raised.value.retries, raised.value.backoff) == (None, timedelta(seconds=3))


async def test_an_address_where_nothing_is(box: Any) -> None:
    """The address is named; nothing was sent, so it may be tried again."""
    environ = {**box.environ, "CONNECTORY_TEAMS_GRAPH_URL": "http://127.0.0.1:1/v1.0"}

    async with operations(teams, environ=environ) as run:
        with pytest.raises(ConnectorError, match=r"Graph at 'http://127\.0\.0\.1:1/v1\.0' cannot be reached") as raised:
            await run(*send())

    assert not isinstance(raised.value, ConnectorRetryError)


@pytest.mark.parametrize("operation", ["sendMessageToChat", "sendMessageToChannel", "listChats"])
async def test_an_app_cannot_act_for_a_user(run: Operations, operation: str) -> None:
    """The message says what to use in its place."""
    place = {"chatId": CHAT, "groupId": TEAM, "channelId": "19:b@thread.tacv2", "content": "x"}

    with pytest.raises(ConnectorRetryError) as raised:
        await run(operation, {"authentication": APP, "data": {"method": operation, **place}})

    assert raised.value.retries == 0
    assert "only in the name of a user: use authentication.type 'refresh'" in str(raised.value.hint)
    assert "sendToWebhook" in str(raised.value.hint)


def token(**claims: Any) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "geheim"])


async def test_the_missing_permission_is_named(graph: GraphService, run: Operations) -> None:
    """The message is Graph's, as models compare it; the hint says what is needed and what the token has."""
    value = token(scp="User.Read Chat.Read")
    graph.login.add_token(value, permissions="User.Read Chat.Read")

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send({"type": "token", "token": value}))

    assert (raised.value.retries, raised.value.code) == (0, "Forbidden")
    assert raised.value.message == (
        "Missing scope permissions on the request. API requires one of 'ChatMessage.Send, Chat.ReadWrite'. "
        "Scopes on the request 'Chat.Read, User.Read'."
    )
    assert raised.value.hint == (
        "403; sendMessageToChat needs the delegated permission ChatMessage.Send or Chat.ReadWrite; "
        "this token has Chat.Read, User.Read"
    )
    error = {"code": "Forbidden", "message": raised.value.message}
    assert raised.value.variables == {"status": 403, "error": error}
    assert value not in f"{raised.value} {raised.value.hint}"


async def test_an_apps_own_token_is_known_as_one(graph: GraphService, run: Operations) -> None:
    """A pasted token without a user gets the same advice as client credentials."""
    value = token(idtyp="app", roles=["Chat.Read.All"])
    graph.login.add_token(value, permissions="Chat.Read.All", app=True)

    with pytest.raises(ConnectorRetryError) as raised:
        await run(*send({"type": "token", "token": value}))

    assert "only in the name of a user" in str(raised.value.hint)


async def test_a_pasted_token_that_has_ended(graph: GraphService, run: Operations) -> None:
    """No new one can be had; the message says where to put one."""
    graph.login.add_token("geheim-old", life=-1)

    with pytest.raises(ConnectorRetryError, match=r"token is expired\.$") as raised:
        await run(*get({"type": "token", "token": "geheim-old"}))

    assert str(raised.value.hint).startswith("401; authentication.token has ended")
    assert raised.value.retries == 0
    assert graph.login.requests == []


async def test_a_token_with_a_line_break_is_taken(graph: GraphService, run: Operations) -> None:
    """It was pasted; the blanks around it are nothing."""
    await run(*get({"type": "token", "token": " sandbox-token\n"}))

    assert graph.received[0].token == "sandbox-token"


async def test_what_is_not_found_names_the_ids(graph: GraphService, run: Operations) -> None:
    """A team's name is the usual mistake; a new channel may only be late, so retries are left."""
    graph.directory.add_team("Sales", id=TEAM)
    place = {"method": "getChannel", "channelId": "19:b@thread.tacv2"}

    with pytest.raises(ConnectorRetryError, match="teamId needs to be a valid GUID") as raised:
        await run("getChannel", {"authentication": APP, "data": {**place, "groupId": "Sales"}})
    assert (raised.value.retries, raised.value.hint) == (0, "400; BadRequest, check the members of data")
    with pytest.raises(ConnectorError) as late:
        await run("getChannel", {"authentication": APP, "data": {**place, "groupId": TEAM}})
    assert "groupId is the team's ID, not its name" in str(late.value.hint)
    assert not isinstance(late.value, ConnectorRetryError)


async def test_a_one_on_one_chat_may_be_made_again(graph: GraphService, run: Operations) -> None:
    """Graph returns the one that is there, so a lost answer is simply retried."""
    members = [{"userId": user, "roles": ["owner"]} for user in ("u1", "u2")]
    create = {"authentication": USER, "data": {"method": "createChat", "chatType": "oneOnOne", "members": members}}
    graph.faults.add(Fault(operation="POST /chats", status=502, late=True))

    with pytest.raises(ConnectorError) as raised:
        await run("createChat", create)
    again = await run("createChat", create)

    assert not isinstance(raised.value, ConnectorRetryError)
    assert list(graph.directory.chats) == [again["id"]]
