"""What becomes of a job when Slack refuses, fails, or wants to be asked later."""

import asyncio
import time
from typing import Any

import pytest

from connectory_sandbox import Fault
from connectory_sandbox.slack import SlackService
from connectory_sdk import ConnectorError, ConnectorRetryError
from connectory_sdk.testing import Operations, operations
from connectory_slack import slack as connector
from connectory_slack.limits import Limits

TOKEN = "xoxb-geheim"
ELSE = "1503435956.000247"  # a timestamp that no message has


def job(**data: Any) -> dict[str, Any]:
    return {"token": TOKEN, "data": data}


async def error(call: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await call
    assert TOKEN not in f"{raised.value} {raised.value.hint}"
    return raised.value


async def refusal(call: Any) -> ConnectorRetryError:
    """A refusal that no retry mends."""
    found = await error(call)
    assert isinstance(found, ConnectorRetryError)
    assert found.retries == 0
    return found


async def test_a_channel_that_is_not_there(run: Operations, slack: SlackService) -> None:
    """The message is Slack's word, as models expect; the hint names what was probably meant."""
    slack.workspace.add_channel("it-support")

    found = await refusal(run("chat.postMessage", job(channel="#it-suport", text="x")))

    assert found.code == "channel_not_found"
    assert found.message == "channel_not_found"
    assert found.hint == (
        "Slack has no such channel, or it is private and the app is not in it; "
        "channel '#it-suport'; did you mean 'it-support'?"
    )


async def test_a_name_that_slack_does_not_find_itself(run: Operations, slack: SlackService) -> None:
    """It is looked up, and the message is sent to the id; nothing was posted before."""
    channel = slack.workspace.add_channel("secret", is_private=True)
    slack.faults.add(Fault(operation="chat.*", status=200, body='{"ok": false, "error": "channel_not_found"}'))

    await run("chat.postMessage", job(channel="#secret", text="x"))

    assert [call.operation for call in slack.received] == ["chat.postMessage", "conversations.list", "chat.postMessage"]
    assert slack.received[-1].body["channel"] == channel.id


async def test_a_missing_scope(run: Operations, slack: SlackService) -> None:
    """What is needed, what the token has, where to change it; the channel hint asks nothing that is not allowed."""
    slack.add_token(TOKEN, scopes="chat:write")
    slack.workspace.add_channel("general")
    slack.workspace.add_user("Ann")

    one = await refusal(run("reactions.add", job(channel="C1", timestamp="1503435956.000247", emoji="eyes")))
    two = await refusal(run("chat.postMessage", job(channel="ann@example.com", text="x")))
    three = await refusal(run("chat.postMessage", job(channel="@Ann", text="x")))
    four = await refusal(run("chat.postMessage", job(channel="#generall", text="x")))

    assert one.message == "Failed to add reaction: missing_scope"
    assert one.hint == (
        "the token lacks scope 'reactions:write' (it has: chat:write); "
        "add it in 'OAuth & Permissions' of the app and install the app again"
    )
    assert one.variables is not None
    assert one.variables["response"]["needed"] == "reactions:write"
    assert two.message == "User with email ann@example.com not found; or unable 'users:read.email' permission"
    assert str(two.hint).startswith("missing_scope; the token lacks scope 'users:read.email' (it has: chat:write)")
    assert three.message == "Unable to find users by name: Ann"
    assert str(three.hint).startswith("Unable to get users; message: missing_scope; the token lacks scope 'users:read'")
    assert str(four.hint).endswith("channel '#generall'")


async def test_unknown_people(run: Operations, slack: SlackService) -> None:
    """As Camunda's connector words it, and with the nearest names."""
    slack.workspace.add_user("Ann Smith", email="ann@example.com")

    one = await refusal(run("chat.postMessage", job(channel="eve@example.com", text="x")))
    two = await refusal(run("chat.postMessage", job(channel="@Ann Smit", text="x")))
    three = await refusal(run("conversations.invite", job(channelId="C00000001", users="eve@example.com,@Ann Smith")))
    four = await refusal(run("conversations.invite", job(channelId="C00000001", users="@Eve")))

    assert one.message == "User with email eve@example.com not found; or unable 'users:read.email' permission"
    assert (two.message, two.hint) == ("Unable to find users by name: Ann Smit", "did you mean 'Ann Smith'?")
    assert three.message == "Unable to find user with name or email : eve@example.com"
    assert four.message == "Unable to find user with name or email : Eve"


async def test_an_unknown_channel_for_an_invitation(run: Operations, slack: SlackService) -> None:
    """The listing that was read anyway has the nearest names."""
    slack.workspace.add_channel("orders")

    found = await refusal(run("conversations.invite", job(channelName="order", users="U00000001")))

    assert (found.message, found.hint) == ("Unable to find conversation with name: order", "did you mean 'orders'?")


@pytest.mark.parametrize("token_error", ["token_revoked", "account_inactive", "token_expired"])
async def test_refused_tokens(run: Operations, slack: SlackService, token_error: str) -> None:
    """Also in flight: the next call says so, and no retry is wasted."""
    await run("chat.postMessage", job(channel="c", text="x"))
    slack.add_token(TOKEN, error=token_error)

    found = await refusal(run("chat.postMessage", job(channel="c", text="x")))

    assert found.code == found.message == token_error
    assert "new token" in str(found.hint) or "new one" in str(found.hint)


@pytest.mark.parametrize(
    ("operation", "data", "message", "hint"),
    [
        (
            "chat.postMessage",
            {"channel": "c", "messageType": "plainText", "blockContent": [{}]},
            "no_text",
            "'Message'",
        ),
        ("chat.postMessage", {"channel": "c", "text": "x", "thread": "1.2"}, "invalid_thread_ts", "'Thread' as text"),
        ("reactions.add", {"emoji": "no such"}, "Failed to add reaction: invalid_name", "without colons"),
        (
            "reactions.add",
            {"emoji": "eyes", "timestamp": 1503435956.1},
            "Failed to add reaction: bad_timestamp",
            "'Message timestamp' as text",
        ),
        ("reactions.remove", {"emoji": "eyes"}, "Failed to remove reaction: no_reaction", "has not added"),
        ("pins.add", {"timestamp": ELSE}, "Failed to pin message: message_not_found", "no message of this timestamp"),
        ("pins.remove", {}, "Failed to unpin message: no_pin", "is not pinned"),
    ],
)
async def test_what_slack_says_and_what_to_do(
    run: Operations, operation: str, data: dict[str, Any], message: str, hint: str
) -> None:
    """The message begins as Camunda's does, with Slack's word; the hint names field or remedy."""
    posted = await run("chat.postMessage", job(channel="c", text="x"))
    place = {"channel": posted["channel"], "timestamp": posted["ts"]}

    found = await refusal(run(operation, job(**(data if operation == "chat.postMessage" else place | data))))

    assert found.message.startswith(message)
    assert hint in str(found.hint)


@pytest.mark.parametrize(("operation", "word"), [("chat.update", "change"), ("chat.delete", "delete")])
async def test_a_message_of_somebody_else(run: Operations, slack: SlackService, operation: str, word: str) -> None:
    """The app has a say about its own messages only."""
    posted = await run("chat.postMessage", job(channel="c", text="x"))
    slack.workspace.channels[posted["channel"]].messages[posted["ts"]].user = "U0000000A"

    found = await refusal(run(operation, job(channel=posted["channel"], timestamp=posted["ts"], text="y")))

    assert str(found.hint) == f"the app can {word} its own messages only"


async def test_a_channel_without_the_app(run: Operations, slack: SlackService) -> None:
    """Posting there needs an invitation or a scope; the hint has both."""
    slack.add_token(TOKEN, scopes="chat:write")
    slack.workspace.add_channel("c", member=False)

    found = await refusal(run("chat.postMessage", job(channel="c", text="x")))

    assert found.message == "not_in_channel"
    assert "invite the app into the channel" in str(found.hint)
    assert "chat:write.public" in str(found.hint)


async def test_a_token_that_slack_does_not_know(run: Operations, slack: SlackService) -> None:
    """The hint says where the right one stands."""
    slack.add_token("xoxb-another")

    found = await refusal(run("chat.postMessage", job(channel="c", text="x")))

    assert found.message == "invalid_auth"
    assert "OAuth & Permissions" in str(found.hint)


async def test_bad_blocks(run: Operations, slack: SlackService) -> None:
    """Slack says where."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]

    found = await refusal(run("chat.postMessage", job(channel="c", blockContent=blocks)))

    assert found.message == (
        "invalid_blocks caused by:[must be more than 0 characters [json-pointer:/blocks/0/text/text]]"
    )


async def test_create_and_invite_refused(run: Operations, slack: SlackService) -> None:
    """Slack's word alone, as models compare it, and what to do beside it."""
    slack.workspace.add_channel("taken")

    one = await refusal(run("conversations.create", job(newChannelName="taken", visibility="PUBLIC")))
    two = await refusal(run("conversations.create", job(newChannelName="New One", visibility="PUBLIC")))

    assert one.message == "name_taken"
    assert str(one.hint).startswith("a channel has this name")
    assert two.message == "invalid_name_specials"
    assert str(two.hint).startswith("a channel's name has small letters")


async def test_a_rate_limit_costs_no_retry(run: Operations, slack: SlackService) -> None:
    """The job comes back when Slack said, with the retries that it had."""
    slack.faults.add(Fault(operation="chat.postMessage", status=429, retry_after=7))

    found = await error(run("chat.postMessage", job(channel="c", text="x"), retries=2))

    assert isinstance(found, ConnectorRetryError)
    assert (found.code, found.retries) == ("ratelimited", 2)
    assert found.backoff is not None
    assert 6.9 < found.backoff.total_seconds() <= 7
    assert found.message == "Too many requests, rate limit reached"


async def test_a_shared_look_up_keeps_to_each_job(run: Operations, slack: SlackService) -> None:
    """A limit or a cancelled job costs those who wait for the same address nothing."""
    slack.workspace.add_user("Ann", email="ann@example.com")
    slack.faults.add(Fault(operation="users.lookupByEmail", status=429, retry_after=0.1, delay=0.1))
    message = job(channel="ann@example.com", text="x")

    limited = await asyncio.gather(
        *[run("chat.postMessage", message, retries=retries) for retries in (1, 5)], return_exceptions=True
    )
    await asyncio.sleep(0.5)
    slack.faults.add(Fault(operation="users.lookupByEmail", status=0, delay=0.1))
    first = asyncio.create_task(run("chat.postMessage", message))
    second = asyncio.create_task(run("chat.postMessage", message))
    await asyncio.sleep(0.05)
    first.cancel()

    assert [one.retries for one in limited if isinstance(one, ConnectorRetryError)] == [1, 5]
    assert (await second)["ts"]
    assert len([call for call in slack.received if call.operation == "users.lookupByEmail"]) == 2


async def test_who_waits_does_not_ask(run: Operations, slack: SlackService) -> None:
    """While the door is closed, further jobs for the channel wait in line without a call; other channels go on."""
    slack.faults.add(Fault(operation="chat.postMessage", status=429, retry_after=30))
    await error(run("chat.postMessage", job(channel="a", text="x")))

    second = await error(run("chat.postMessage", job(channel="a", text="x")))
    await run("chat.postMessage", job(channel="b", text="x"))

    assert isinstance(second, ConnectorRetryError)
    assert second.backoff is not None
    assert second.backoff.total_seconds() > 30
    assert [call.body["channel"] for call in slack.received] == ["a", "b"]


async def test_a_storm_of_jobs_at_one_limit(run: Operations, slack: SlackService) -> None:
    """A hundred jobs at twenty a second: sent once each, no retry lost, and little longer than it must take."""
    slack.limit("chat.postMessage", calls=20, seconds=1)
    channel = slack.workspace.add_channel("c")
    retries: list[int | None] = []

    async def until_done(number: int) -> None:
        while True:
            try:
                await run("chat.postMessage", job(channel="c", text=str(number)), retries=3)
            except ConnectorRetryError as exc:
                retries.append(exc.retries)
                await asyncio.sleep(exc.backoff.total_seconds() if exc.backoff else 0)
            else:
                return

    started = time.monotonic()
    await asyncio.gather(*[until_done(number) for number in range(100)])
    took = time.monotonic() - started

    assert sorted(int(message.text) for message in channel.messages.values()) == list(range(100))
    assert set(retries) == {3}
    assert took < 12  # 4 s is what the limit itself takes
    assert len(slack.received) < 300


def test_turns() -> None:
    """As many as got through before come back over the time that Slack named, one after the other."""
    limits = Limits()
    limits.passed("k")
    limits.passed("k")

    refused = [limits.refused("k", 1.0) for _ in range(3)]

    assert refused == pytest.approx([1.0, 1.6, 2.2], abs=0.1)
    assert limits.wait("k") == pytest.approx(2.8, abs=0.1)
    assert limits.wait("another") == 0.0


async def test_listing_goes_on_where_a_limit_stopped_it(run: Operations, slack: SlackService) -> None:
    """A long list under a rate limit is read once, not again from its beginning."""
    for number in range(1500):
        slack.workspace.add_channel(f"channel-{number}")
    slack.limit("conversations.list", calls=1, seconds=0.3)
    invitation = job(channelName="channel-1400", users="U0000000A")

    found = await error(run("conversations.invite", invitation))
    assert isinstance(found, ConnectorRetryError)
    assert found.retries == 3
    assert "Too many requests, rate limit reached" in found.message
    assert found.backoff is not None
    await asyncio.sleep(found.backoff.total_seconds())
    await run("conversations.invite", invitation)

    assert [call.body.get("cursor") is None for call in slack.received if call.operation == "conversations.list"] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(operation="chat.*", status=500, late=True),
        Fault(operation="chat.*", status=502, late=True, body="<html>Bad Gateway</html>"),
        Fault(operation="chat.*", drop=True, late=True),
        Fault(operation="chat.*", status=0, broken=True),
    ],
    ids=["500", "502", "dropped", "broken JSON"],
)
async def test_a_message_that_may_have_been_sent_is_not_sent_again(
    run: Operations, slack: SlackService, fault: Fault
) -> None:
    """An incident says so at once; a second message would be worse than none."""
    slack.faults.add(fault)

    found = await refusal(run("chat.postMessage", job(channel="c", text="x")))

    assert found.code == "outcome_unknown"
    assert "may have been sent" in str(found.hint)
    assert [call.operation for call in slack.received] == ["chat.postMessage"]


@pytest.mark.parametrize(
    "fault",
    [Fault(operation="reactions.*", status=500, late=True), Fault(operation="reactions.*", drop=True)],
    ids=["500", "dropped"],
)
async def test_what_is_found_done_may_be_tried_again(run: Operations, slack: SlackService, fault: Fault) -> None:
    """A reaction is there once however often it is added, so the job's retries decide."""
    posted = await run("chat.postMessage", job(channel="c", text="x"))
    slack.faults.add(fault)

    found = await error(
        run("reactions.add", job(channel=posted["channel"], timestamp=posted["ts"], emoji="eyes")),
    )

    assert not isinstance(found, ConnectorRetryError)
    assert found.code == "unavailable"


async def test_slack_is_busy(run: Operations, slack: SlackService) -> None:
    """503 says that nothing was done: the job's retries decide."""
    slack.faults.add(Fault(operation="chat.*", status=503))

    found = await error(run("chat.postMessage", job(channel="c", text="x")))

    assert not isinstance(found, ConnectorRetryError)
    assert "service_unavailable (status 503)" in found.message


async def test_nobody_there() -> None:
    """A connection that was never made sent nothing."""
    async with operations(connector, environ={"CONNECTORY_SLACK_API_URL": "http://127.0.0.1:18499/api/"}) as run:
        found = await error(run("chat.postMessage", job(channel="c", text="x")))

    assert not isinstance(found, ConnectorRetryError)
    assert found.message == "Slack did not answer chat.postMessage: no connection to http://127.0.0.1:18499/api/"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("files.getUploadURLExternal", "Error during filesGetUploadURLExternal call\n Errors: missing_scope"),
        ("upload", "Error during external call: status 500"),
    ],
)
async def test_failed_uploads(run: Operations, slack: SlackService, operation: str, message: str) -> None:
    """Nothing was posted; the message says which step failed."""
    if operation == "upload":
        slack.faults.add(Fault(operation="upload", status=500))
    else:
        slack.add_token(TOKEN, scopes="chat:write")
    document = await run.documents.create(b"hello", name="a.txt")

    found = await error(run("chat.postMessage", job(channel="c", text="x", documents=document)))

    assert found.message.startswith(message)
    assert not any(call.operation == "chat.postMessage" for call in slack.received)


async def test_files_are_streamed() -> None:
    """The first part of a file is sent before the last one is read."""
    arrived = asyncio.Event()
    received: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        received.append(await reader.readexactly(5))
        arrived.set()
        received.append(await reader.readexactly(5))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nOK")
        await writer.drain()
        writer.close()

    async def parts() -> Any:
        yield b"first"
        await asyncio.wait_for(arrived.wait(), 5)
        yield b"later"

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server, connector.lifespan({}) as api:  # type: ignore[misc]
        port = server.sockets[0].getsockname()[1]
        await api.send(f"http://127.0.0.1:{port}/", parts(), 10)

    assert received[1:] == [b"first", b"later"]
    assert b"content-length: 10" in received[0].lower()
    assert b"chunked" not in received[0].lower()
