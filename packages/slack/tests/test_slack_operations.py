"""The operations against a Slack that checks what it gets."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from connectory_sandbox.slack import SlackService
from connectory_sdk import ConnectorInputError, ConnectorRetryError
from connectory_sdk.testing import Operations

TOKEN = "xoxb-geheim"


def job(**data: Any) -> dict[str, Any]:
    return {"token": TOKEN, "data": data}


async def test_plain_text(run: Operations, slack: SlackService) -> None:
    """Text goes to the name as it is written; the result has Camunda's members and no others."""
    channel = slack.workspace.add_channel("general")

    result = await run("chat.postMessage", job(channel="#general", messageType="plainText", text="hello"))

    assert slack.received[0].body == {"channel": "#general", "text": "hello", "link_names": True}
    message = channel.messages[result["ts"]]
    assert result == {
        "ts": message.ts,
        "channel": channel.id,
        "message": {
            "type": "message",
            "team": "T0SANDBOX",
            "user": "U0SANDBOX",
            "text": "hello",
            "ts": message.ts,
            "appId": "A0SANDBOX",
            "botId": "B0SANDBOX",
        },
    }


async def test_text_of_the_first_templates(run: Operations, slack: SlackService) -> None:
    """Without a message type, text is one section."""
    await run("chat.postMessage", job(channel="#general", text="*hello*"))

    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}
    assert slack.received[0].body == {"channel": "#general", "blocks": [section]}


@pytest.mark.parametrize("as_text", [False, True])
async def test_blocks(run: Operations, slack: SlackService, as_text: bool) -> None:
    """Blocks go as they are, members that nobody here knows too; text comes before them; JSON text is read."""
    blocks = [{"type": "divider", "block_id": "b1"}]

    given: Any = json.dumps(blocks) if as_text else blocks
    await run("chat.postMessage", job(channel="c", messageType="messageBlock", text="hi", blockContent=given))

    section = {"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}
    assert slack.received[0].body["blocks"] == [section, *blocks]
    assert "text" not in slack.received[0].body


async def test_markdown(run: Operations, slack: SlackService) -> None:
    """Markdown has its own argument."""
    await run("chat.postMessage", job(channel="c", messageType="markdown", text="**hi**"))

    assert slack.received[0].body == {"channel": "c", "markdown_text": "**hi**"}


async def test_thread(run: Operations, slack: SlackService) -> None:
    """An answer goes into the thread; a blank thread is none."""
    first = await run("chat.postMessage", job(channel="c", text="one", thread="  "))
    await run("chat.postMessage", job(channel="c", text="two", thread=first["ts"]))

    assert [call.body.get("thread_ts") for call in slack.received] == [None, first["ts"]]


async def test_people(run: Operations, slack: SlackService) -> None:
    """A real name and an e-mail address, also one of a long top-level domain, become a user's id."""
    ann = slack.workspace.add_user("Ann Smith", email="ann@example.cloud")

    await run("chat.postMessage", job(channel="@Ann Smith", text="one"))
    await run("chat.postMessage", job(channel="ann@example.cloud", text="two"))

    sent = [call.body["channel"] for call in slack.received if call.operation == "chat.postMessage"]
    assert sent == [ann.id, ann.id]


async def test_names_are_looked_up_once(run: Operations, slack: SlackService) -> None:
    """Five hundred jobs at once make one look-up for each name, and none for a channel that Slack finds itself."""
    slack.workspace.add_user("Ann Smith", email="ann@example.com")
    channel = slack.workspace.add_channel("general")
    posted = await run("chat.postMessage", job(channel="#general", text="one"))
    slack.received.clear()
    jobs = [
        *[run("chat.postMessage", job(channel="@Ann Smith", text="x")) for _ in range(100)],
        *[run("chat.postMessage", job(channel="ann@example.com", text="x")) for _ in range(100)],
        *[run("chat.postMessage", job(channel="#general", text="x")) for _ in range(100)],
        *[run("chat.update", job(channel="#general", timestamp=posted["ts"], text="x")) for _ in range(200)],
    ]

    await asyncio.gather(*jobs)

    assert Counter(call.operation for call in slack.received) == {
        "chat.postMessage": 300,
        "chat.update": 200,
        "users.list": 1,
        "users.lookupByEmail": 1,
        "conversations.list": 1,
    }
    assert len(channel.messages) == 101


async def test_long_lists_are_read_as_far_as_needed(run: Operations, slack: SlackService) -> None:
    """A name on the second page takes two pages; the next name goes on from there."""
    for number in range(2500):
        slack.workspace.add_channel(f"channel-{number}")

    for number in (1500, 10, 1999, 2499):
        name = f"channel-{number}"
        await run("conversations.invite", job(channelName=name, channelType="channelName", users="U0000000A"))

    assert Counter(call.operation for call in slack.received)["conversations.list"] == 3


async def test_a_new_channel_is_found(run: Operations, slack: SlackService) -> None:
    """A name that was not there when the list was read is searched again, though not for every job."""
    slack.workspace.add_channel("one")
    run.state.directories.of(TOKEN).channels.started = -1000.0
    await run("conversations.invite", job(channelName="one", users="U0000000A"))
    with pytest.raises(ConnectorRetryError, match="Unable to find conversation with name: two"):
        await run("conversations.invite", job(channelName="two", users="U0000000A"))

    await run("conversations.create", job(newChannelName="two", visibility="PUBLIC"))
    run.state.directories.of(TOKEN).channels.started -= 10  # ten seconds later
    result = await run("conversations.invite", job(channelName="two", users="U0000000A"))

    assert result["channel"]["name"] == "two"


async def test_documents(run: Operations, slack: SlackService) -> None:
    """Files are uploaded in three steps and shown by blocks: after plain text, before other content."""
    one = await run.documents.create(b"hello", name="a.txt")
    two = await run.documents.create(b"x" * 300_000, name="b.bin")

    await run("chat.postMessage", job(channel="c", messageType="plainText", text="see", documents=[one, two]))
    await run("chat.postMessage", job(channel="c", messageType="messageBlock", text="see", documents=one))

    assert [call.operation for call in slack.received][:7] == [
        *("files.getUploadURLExternal", "upload", "files.completeUploadExternal") * 2,
        "chat.postMessage",
    ]
    assert [file.content for file in slack.workspace.files.values()] == [b"hello", b"x" * 300_000, b"hello"]
    assert slack.received[2].body["files"][0]["title"] == "a.txt"
    first, second = (call.body for call in slack.received if call.operation == "chat.postMessage")
    assert first["text"] == "see"
    assert [block["type"] for block in first["blocks"]] == ["section", "file", "file"]
    assert [block["type"] for block in second["blocks"]] == ["file", "section"]


async def test_documents_that_the_template_lost(run: Operations, slack: SlackService) -> None:
    """Versions 10 and 11 write null into the hidden field; the other inputs still say what was meant."""
    reference = (await run.documents.create(b"kept", name="kept.txt")).reference
    single = {"data_documents_documentMode": "single", "documents": None}

    for more in (
        {
            **single,
            "data_documents_single_documentSource": "inline",
            "data_documents_single_inline_content": "inline",
            "data_documents_single_inline_fileName": "i.txt",
        },
        {
            **single,
            "data_documents_single_documentSource": "camunda",
            "data_documents_single_camundaReference": reference,
        },
        {"data_documents_documentMode": "multiple", "data_documents_multiple_expression": [reference, reference]},
        {"data_documents_documentMode": "none", "documents": None},
    ):
        await run("chat.postMessage", job(channel="c", messageType="plainText", text="see", **more))

    assert [file.content for file in slack.workspace.files.values()] == [b"inline", b"kept", b"kept", b"kept"]
    assert [file.name for file in slack.workspace.files.values()][:2] == ["i.txt", "kept.txt"]


async def test_create_and_invite(run: Operations, slack: SlackService) -> None:
    """Addresses first, then names, also equal ones, then ids; results have id and name."""
    ann = slack.workspace.add_user("Ann", email="ann@example.com")
    bobs = [slack.workspace.add_user("Bob"), slack.workspace.add_user("Bob")]
    eve = slack.workspace.add_user("Eve")

    created = await run("conversations.create", job(newChannelName="project", visibility="private"))
    users = f"{eve.id}, @Bob, ann@example.com"
    invited = await run("conversations.invite", job(channelType="channelName", channelName="project", users=users))

    assert created["channel"]["name"] == "project"
    assert invited == {"channel": created["channel"], "needed": None, "provided": None}
    members = slack.workspace.channels[created["channel"]["id"]].members
    assert members[1:] == [ann.id, bobs[0].id, bobs[1].id, eve.id]


@pytest.mark.parametrize(
    "users",
    ["U0000000A,U0000000B", '["U0000000A", "U0000000B"]', ["U0000000A", 7, "U0000000B"], "U0000000A , U0000000B "],
)
async def test_users_in_every_form(run: Operations, slack: SlackService, users: Any) -> None:
    """A text with commas, a list, a list as JSON text."""
    channel = slack.workspace.new_channel("c", members=["U0SANDBOX"])

    await run("conversations.invite", job(channelId=channel.id, users=users))

    assert slack.received[-1].body["users"] == "U0000000A,U0000000B"


async def test_a_channel_id_wins(run: Operations, slack: SlackService) -> None:
    """As in Camunda's connector, whatever the channel type says."""
    channel = slack.workspace.new_channel("c", members=["U0SANDBOX"])

    await run(
        "conversations.invite", job(channelType="channelName", channelId=channel.id, channelName="x", users="U0000000A")
    )

    assert [call.operation for call in slack.received] == ["conversations.invite"]


async def test_a_blank_channel_id_is_none(run: Operations, slack: SlackService) -> None:
    """The name beside it counts, where an expression gave an empty id."""
    channel = slack.workspace.new_channel("c", members=["U0SANDBOX"])

    await run("conversations.invite", job(channelId="", channelName="c", users="U0000000A"))

    assert slack.received[-1].body["channel"] == channel.id


async def test_reactions_and_pins(run: Operations, slack: SlackService) -> None:
    """Nothing comes back; colons around an emoji and a channel's name do no harm."""
    posted = await run("chat.postMessage", job(channel="c", text="one"))
    place = {"channel": posted["channel"], "timestamp": posted["ts"]}
    message = slack.workspace.channels[posted["channel"]].messages[posted["ts"]]

    assert await run("reactions.add", job(**place, emoji=":eyes:")) == {}
    assert await run("pins.add", job(channel="#c", timestamp=posted["ts"])) == {}
    assert (message.pinned, list(message.reactions)) == (True, ["eyes"])
    assert await run("reactions.remove", job(**place, emoji="eyes")) == {}
    assert await run("pins.remove", job(**place)) == {}
    assert (message.pinned, message.reactions["eyes"]) == (False, [])


async def test_update_and_delete(run: Operations, slack: SlackService) -> None:
    """A message can be changed and removed by its ts."""
    posted = await run("chat.postMessage", job(channel="c", text="one"))
    place = {"channel": posted["channel"], "timestamp": posted["ts"]}

    changed = await run("chat.update", job(**place, messageType="plainText", text="two"))
    removed = await run("chat.delete", job(**place))

    assert changed == {"ts": posted["ts"], "channel": posted["channel"], "text": "two"}
    assert removed == {"ts": posted["ts"], "channel": posted["channel"]}
    assert slack.workspace.channels[posted["channel"]].messages == {}


async def test_ephemeral(run: Operations, slack: SlackService) -> None:
    """One user of the channel sees it."""
    ann = slack.workspace.new_user("Ann")

    result = await run("chat.postEphemeral", job(channel="c", user="@Ann", text="psst"))

    (message,) = slack.workspace.ephemeral
    assert (message.to, result) == (ann.id, {"messageTs": message.ts})


@pytest.mark.parametrize(
    "at",
    [
        4102444800,
        "4102444800",
        "2100-01-01T01:00:00+01:00",
        "2100-01-01T00:00:00Z",
        "2100-01-01T01:00:00@Europe/Berlin",
    ],
)
async def test_scheduled(run: Operations, slack: SlackService, at: Any) -> None:
    """Seconds and dates, as FEEL writes them, mean the same; Slack itself says what is too far ahead."""
    with pytest.raises(ConnectorRetryError, match="time_too_far") as raised:
        await run("chat.scheduleMessage", job(channel="c", text="x", postAt=at))

    assert raised.value.hint == "field 'Post at' is more than 120 days ahead"

    assert slack.received[0].body["post_at"] == 4102444800


async def test_scheduled_result(run: Operations, slack: SlackService) -> None:
    """The id is what a later call needs to take it back."""
    import time

    at = int(time.time()) + 600
    result = await run("chat.scheduleMessage", job(channel="c", text="x", postAt=at))

    (scheduled,) = slack.workspace.scheduled.values()
    assert result == {"scheduledMessageId": scheduled.id, "channel": scheduled.channel, "postAt": at}


@pytest.mark.parametrize(
    ("operation", "data", "message"),
    [
        ("chat.postMessage", {"channel": "c"}, "Text or block content required to post a message"),
        ("chat.postMessage", {"channel": " ", "text": "x"}, "data.channel: .* must not be blank"),
        ("chat.postMessage", {"channel": None, "text": "x"}, "data.channel: .* must not be blank"),
        ("chat.postMessage", {"channel": "c", "blockContent": {}}, "Block section must be an array"),
        ("chat.postMessage", {"channel": "c", "blockContent": "oops"}, "Block section must be an array"),
        ("chat.postMessage", {"channel": "c", "text": "x", "documents": "a"}, "data.documents.* needs a document"),
        ("chat.scheduleMessage", {"channel": "c", "text": "x", "postAt": "soon"}, "date and time with offset"),
        ("conversations.create", {"newChannelName": "x"}, "data.visibility: .* must not be null"),
        ("conversations.create", {"newChannelName": "x", "visibility": "open"}, "data, visibility"),
        ("conversations.invite", {"channelId": "c", "users": 7}, "Invalid input type for users. Supported types are"),
        ("conversations.invite", {"channelId": "c", "users": [7]}, "No user provided in a valid format"),
        ("conversations.invite", {"channelId": "c"}, "data.users: .* must not be null"),
        ("conversations.invite", {"users": "U1"}, "channelId or channelName must not be blank"),
        ("reactions.add", {"channel": "c", "timestamp": "1.2", "emoji": ""}, "data.emoji: .* must not be blank"),
        ("pins.add", {"channel": "c"}, "data.timestamp: .* must not be blank"),
    ],
)
async def test_bad_input(run: Operations, operation: str, data: dict[str, Any], message: str) -> None:
    """One message names the field, before Slack is asked, and there is no retry."""
    with pytest.raises(ConnectorInputError, match=message):
        await run(operation, job(**data))


async def test_a_token_with_a_line_break(run: Operations, slack: SlackService) -> None:
    """Secret stores like to add one."""
    await run("chat.postMessage", {"token": f"{TOKEN}\n", "data": {"channel": "c", "text": "x"}})

    assert slack.received[0].token == TOKEN


@pytest.mark.parametrize("token", [{}, {"token": None}, {"token": " "}])
async def test_a_missing_token(run: Operations, token: dict[str, Any]) -> None:
    """A blank secret is as bad as none."""
    with pytest.raises(ConnectorInputError, match=r"Property: token: .* must not be blank"):
        await run("chat.postMessage", {**token, "data": {"channel": "c", "text": "x"}})
