"""The connector against a Slack that nobody here wrote: https://www.npmjs.com/package/emulate, if one runs.

npx emulate@0.12.2 start --service slack --port 18450
CONNECTORY_SLACK_EMULATE=http://localhost:18450/api/ pytest packages/slack/tests/test_slack_emulate.py
"""

import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectory_sdk import ConnectorRetryError
from connectory_sdk.testing import Operations, operations
from connectory_slack import slack

BASE = os.environ.get("CONNECTORY_SLACK_EMULATE", "")

pytestmark = pytest.mark.skipif(not BASE, reason="CONNECTORY_SLACK_EMULATE is not set")


@pytest.fixture
async def run() -> AsyncIterator[Operations]:
    async with operations(slack, environ={"CONNECTORY_SLACK_API_URL": BASE}) as calls:
        yield calls


def job(**data: Any) -> dict[str, Any]:
    return {"token": "xoxb-any", "data": data}


async def test_a_message_lives_and_dies(run: Operations) -> None:
    """Posted by name, answered in a thread, changed, marked, removed."""
    posted = await run("chat.postMessage", job(channel="#general", messageType="plainText", text="hello"))
    place = {"channel": posted["channel"], "timestamp": posted["ts"]}

    assert set(posted) == {"ts", "channel", "message"}
    assert posted["message"]["text"] == "hello"
    answer = job(channel=posted["channel"], thread=posted["ts"], blockContent=[{"type": "divider"}], text="more")
    await run("chat.postMessage", answer)
    assert (await run("chat.update", job(**place, messageType="plainText", text="changed")))["text"] == "changed"
    assert await run("reactions.add", job(**place, emoji="eyes")) == {}
    assert await run("reactions.remove", job(**place, emoji="eyes")) == {}
    assert await run("pins.add", job(**place)) == {}
    assert await run("pins.remove", job(**place)) == {}
    assert (await run("chat.delete", job(**place)))["ts"] == posted["ts"]


@pytest.mark.parametrize("user", ["@Admin User", "admin@emulate.dev"])
async def test_channels_and_people(run: Operations, user: str) -> None:
    """A new channel is found by its name, a user by name and address; the only user there is the one who asks."""
    name = f"c-{uuid.uuid4().hex[:12]}"
    created = await run("conversations.create", job(newChannelName=name, visibility="PRIVATE"))
    assert created["channel"]["name"] == name

    for operation, data, codes in [
        ("conversations.create", {"newChannelName": name, "visibility": "PUBLIC"}, {"name_taken"}),
        ("conversations.invite", {"channelName": name, "users": user}, {"cant_invite_self", "already_in_channel"}),
    ]:
        with pytest.raises(ConnectorRetryError) as raised:
            await run(operation, job(**data))

        assert raised.value.code in codes


async def test_files(run: Operations) -> None:
    """The upload in three steps is taken."""
    document = await run.documents.create(b"content", name="a.txt")

    posted = await run(
        "chat.postMessage", job(channel="#general", messageType="plainText", text="see", documents=document)
    )

    assert posted["ts"]


async def test_refusals(run: Operations) -> None:
    """What is not there is said to be not there."""
    for operation, data, code in [
        ("chat.postMessage", {"channel": "C00000000X", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "nobody@example.com", "text": "x"}, "users_not_found"),
        ("pins.add", {"channel": "C00000000X", "timestamp": "1503435956.000247"}, "channel_not_found"),
    ]:
        with pytest.raises(ConnectorRetryError) as raised:
            await run(operation, job(**data))

        assert raised.value.code == code
        assert raised.value.retries == 0
