"""The Slack fake, driven by slack-sdk, which nobody here wrote."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("slack_sdk", reason="slack-sdk is not installed")

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from connectory_sandbox import Fault, Sandbox
from connectory_sandbox.slack import SlackService

TOKEN = "xoxb-test"


@pytest.fixture
def slack() -> Iterator[SlackService]:
    with Sandbox(["slack"]) as box:
        yield box.slack


def client(slack: SlackService, token: str = TOKEN) -> WebClient:
    return WebClient(token, base_url=slack.url, retry_handlers=[])


def refused(call: Any, **arguments: Any) -> Any:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    return raised.value.response


def test_post_and_read_back(slack: SlackService) -> None:
    """What is posted is there, with the shape of Slack's answer."""
    channel = slack.workspace.add_channel("general")
    web = client(slack)

    posted = web.chat_postMessage(channel="#general", text="hello")
    reply = web.chat_postMessage(channel=channel.id, text="again", thread_ts=posted["ts"])

    assert posted["channel"] == channel.id
    assert {"type", "user", "ts", "bot_id", "app_id", "team", "text"} <= set(posted["message"])
    history = web.conversations_history(channel=channel.id)["messages"]
    assert [message["text"] for message in history] == ["again", "hello"]
    assert reply["message"]["thread_ts"] == posted["ts"]
    assert slack.received[0].operation == "chat.postMessage"
    assert slack.received[0].body == {"channel": "#general", "text": "hello"}
    assert slack.received[0].token == TOKEN
    assert "token" not in slack.received[0].entry()["body"]


def test_a_workspace_that_was_given_nothing_invents(slack: SlackService) -> None:
    """Any process can post anywhere; what was given is strict."""
    web = client(slack)

    assert web.chat_postMessage(channel="#anything", text="x")["ok"]
    assert web.users_lookupByEmail(email="ann.smith@example.com")["user"]["real_name"] == "Ann Smith"

    slack.workspace.add_channel("general")
    slack.workspace.add_user("Bob", email="bob@example.com")

    assert refused(web.chat_postMessage, channel="#nothing", text="x")["error"] == "channel_not_found"
    assert refused(web.users_lookupByEmail, email="eve@example.com")["error"] == "users_not_found"


def test_direct_messages(slack: SlackService) -> None:
    """A user's id is a channel: the direct conversation."""
    user = slack.workspace.add_user("Ann")

    first = client(slack).chat_postMessage(channel=user.id, text="one")
    second = client(slack).chat_postMessage(channel=user.id, text="two")

    assert first["channel"] == second["channel"]
    assert first["channel"].startswith("D")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"markdown_text": "x" * 12001}, "msg_too_long"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "thread_ts": "12345"}, "invalid_thread_ts"),
        ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "sektion"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ],
)
def test_bad_messages_are_refused(slack: SlackService, arguments: dict[str, Any], error: str) -> None:
    """As the method's page lists it."""
    response = refused(client(slack).api_call, api_method="chat.postMessage", json={"channel": "c", **arguments})

    assert response["error"] == error


def test_bad_blocks_are_explained(slack: SlackService) -> None:
    """Slack says where; so does the fake."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]

    response = refused(client(slack).chat_postMessage, channel="c", text="x", blocks=blocks)

    assert response["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert response["response_metadata"]["messages"] == [f"[ERROR] {response['errors'][0]}"]


def test_tokens_and_scopes(slack: SlackService) -> None:
    """No token, a wrong one, a revoked one, one that may not."""
    assert (
        refused(client(slack, "").api_call, api_method="chat.postMessage", json={"channel": "c"})["error"]
        == "not_authed"
    )
    assert refused(client(slack, "nonsense").auth_test)["error"] == "invalid_auth"

    slack.add_token("xoxb-few", scopes="chat:write users:read")
    slack.add_token("xoxb-gone", error="token_revoked")

    assert refused(client(slack, "xoxb-other").auth_test)["error"] == "invalid_auth"
    assert refused(client(slack, "xoxb-gone").auth_test)["error"] == "token_revoked"
    response = refused(client(slack, "xoxb-few").users_lookupByEmail, email="a@b.com")
    assert (response["error"], response["needed"]) == ("missing_scope", "users:read.email")
    assert response["provided"] == "chat:write,users:read"


def test_membership(slack: SlackService) -> None:
    """A private channel is not seen from outside, a public one not written to, without the right scope."""
    slack.workspace.add_channel("secret", is_private=True, member=False)
    slack.workspace.add_channel("open", member=False)
    slack.workspace.add_channel("old", is_archived=True)
    slack.add_token("xoxb-member", scopes="chat:write channels:read groups:read")
    web = client(slack, "xoxb-member")

    assert refused(web.chat_postMessage, channel="secret", text="x")["error"] == "channel_not_found"
    assert refused(web.chat_postMessage, channel="open", text="x")["error"] == "not_in_channel"
    assert refused(web.chat_postMessage, channel="old", text="x")["error"] == "is_archived"
    listed = web.conversations_list(types="public_channel,private_channel")["channels"]
    assert [channel["name"] for channel in listed] == ["open", "old"]


def test_lists_come_in_pages(slack: SlackService) -> None:
    """The cursor leads through; slack-sdk follows it."""
    for number in range(25):
        slack.workspace.add_channel(f"channel-{number}")
        slack.workspace.add_user(f"User {number}")
    web = client(slack)

    pages = [len(answer["channels"]) for answer in web.conversations_list(limit=10)]
    people = sum(len(answer["members"]) for answer in web.users_list(limit=7))

    assert pages == [10, 10, 5]
    assert people == 26  # and the app itself
    assert refused(web.conversations_list, cursor="!")["error"] == "invalid_cursor"
    assert refused(web.conversations_list, limit=1001)["error"] == "invalid_limit"
    assert refused(web.conversations_list, types="channels")["error"] == "invalid_types"


def test_create_and_invite(slack: SlackService) -> None:
    """Names follow the rules; one refused guest refuses all."""
    ann, bob = slack.workspace.add_user("Ann"), slack.workspace.add_user("Bob")
    web = client(slack)

    channel = web.conversations_create(name="project", is_private=True)["channel"]
    web.conversations_invite(channel=channel["id"], users=f"{ann.id},{bob.id}")

    assert channel["is_private"]
    assert slack.workspace.channels[channel["id"]].members[1:] == [ann.id, bob.id]
    again = refused(web.conversations_invite, channel=channel["id"], users=ann.id)
    assert (again["error"], again["errors"][0]["user"]) == ("already_in_channel", ann.id)
    assert refused(web.conversations_invite, channel=channel["id"], users="U99999999")["error"] == "user_not_found"
    for name, error in {
        "project": "name_taken",
        "With Capitals": "invalid_name_specials",
        "x" * 81: "invalid_name_maxlength",
        "---": "invalid_name_punctuation",
        "": "invalid_name_required",
    }.items():
        assert refused(web.conversations_create, name=name)["error"] == error


def test_change_and_remove(slack: SlackService) -> None:
    """Only the app's own messages, only while they are there."""
    web = client(slack)
    posted = web.chat_postMessage(channel="general", text="one")
    place = {"channel": posted["channel"], "ts": posted["ts"]}

    web.chat_update(**place, text="two")
    assert web.conversations_history(channel=posted["channel"])["messages"][0]["text"] == "two"
    web.chat_delete(**place)

    assert refused(web.chat_delete, **place)["error"] == "message_not_found"
    assert refused(web.chat_update, **place, text="x")["error"] == "message_not_found"


def test_reactions_and_pins(slack: SlackService) -> None:
    """State is kept: twice is refused, and so is taking back what is not there."""
    web = client(slack)
    posted = web.chat_postMessage(channel="general", text="one")
    place = {"channel": posted["channel"], "timestamp": posted["ts"]}

    web.reactions_add(name="thumbsup", **place)
    web.pins_add(**place)

    assert refused(web.reactions_add, name="thumbsup", **place)["error"] == "already_reacted"
    assert refused(web.reactions_add, name=":thumbsup:", **place)["error"] == "invalid_name"
    assert refused(web.pins_add, **place)["error"] == "already_pinned"
    web.reactions_remove(name="thumbsup", **place)
    web.pins_remove(**place)
    assert refused(web.reactions_remove, name="thumbsup", **place)["error"] == "no_reaction"
    assert refused(web.pins_remove, **place)["error"] == "no_pin"
    assert refused(web.pins_add, channel=posted["channel"], timestamp="1.5")["error"] == "bad_timestamp"


def test_ephemeral_and_scheduled(slack: SlackService) -> None:
    """Neither is in the channel."""
    channel = slack.workspace.add_channel("general")
    ann = slack.workspace.add_user("Ann")
    web = client(slack)

    assert refused(web.chat_postEphemeral, channel=channel.id, user=ann.id, text="x")["error"] == "user_not_in_channel"
    channel.members.append(ann.id)
    assert web.chat_postEphemeral(channel=channel.id, user=ann.id, text="psst")["message_ts"]
    later = web.chat_scheduleMessage(channel=channel.id, text="later", post_at=int(time.time()) + 60)

    assert slack.workspace.ephemeral[0].to == ann.id
    assert slack.workspace.scheduled[later["scheduled_message_id"]].text == "later"
    assert channel.messages == {}
    assert refused(web.chat_scheduleMessage, channel=channel.id, text="x", post_at=1)["error"] == "time_in_past"
    far = int(time.time()) + 121 * 86400
    assert refused(web.chat_scheduleMessage, channel=channel.id, text="x", post_at=far)["error"] == "time_too_far"


def test_upload_in_three_steps(slack: SlackService) -> None:
    """slack-sdk's own upload works; a file block needs a file that is complete."""
    channel = slack.workspace.add_channel("general")
    web = client(slack)

    web.files_upload_v2(filename="note.txt", content="hello", channel=channel.id)

    (file,) = slack.workspace.files.values()
    assert (file.name, file.content, file.complete) == ("note.txt", b"hello", True)
    assert [call.operation for call in slack.received] == [
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
    ]
    block = {"type": "file", "file_id": file.id, "source": "remote"}
    assert web.chat_postMessage(channel=channel.id, text="x", blocks=[block])["ok"]
    pending = web.files_getUploadURLExternal(filename="a", length=3)["file_id"]
    wrong = {"type": "file", "file_id": pending, "source": "remote"}
    assert refused(web.chat_postMessage, channel=channel.id, text="x", blocks=[wrong])["error"] == "invalid_blocks"
    assert refused(web.files_completeUploadExternal, files=[{"id": pending}])["error"] == "file_not_found"
    assert refused(web.files_getUploadURLExternal, filename="a", length=0)["error"] == "missing_argument"


def test_rate_limit(slack: SlackService) -> None:
    """More calls than allowed get 429 and the time to wait."""
    slack.limit("chat.postMessage", calls=2, seconds=30)
    web = client(slack)

    web.chat_postMessage(channel="c", text="1")
    web.chat_postMessage(channel="c", text="2")
    response = refused(web.chat_postMessage, channel="c", text="3")

    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert 1 <= int(response.headers["Retry-After"]) <= 30


def test_faults(slack: SlackService) -> None:
    """Errors in Slack's shape, before or after the call was carried out."""
    web = client(slack)
    slack.faults.add(Fault(operation="chat.*", status=500, late=True))

    assert refused(web.chat_postMessage, channel="c", text="1")["error"] == "internal_error"
    assert len(slack.workspace.named("c").messages) == 1  # type: ignore[union-attr]

    slack.faults.add(Fault(operation="chat.*", status=429, retry_after=9))
    assert refused(web.chat_postMessage, channel="c", text="1").headers["Retry-After"] == "9"
    assert web.chat_postMessage(channel="c", text="1")["ok"]


def test_requests_that_are_none(slack: SlackService) -> None:
    """Content types, JSON, methods and arguments are checked before anything happens."""
    import urllib.request

    def post(body: bytes, kind: str, method: str = "chat.postMessage") -> str:
        headers = {"content-type": kind, "authorization": f"Bearer {TOKEN}"}
        request = urllib.request.Request(slack.url + method, body, headers)
        with urllib.request.urlopen(request, timeout=5) as reply:
            import json

            return str(json.load(reply)["error"])

    assert post(b"<x/>", "application/xml") == "invalid_post_type"
    assert post(b"{", "application/json") == "invalid_json"
    assert post(b"[]", "application/json") == "json_not_object"
    assert post(b"{}", "application/json; charset=utf-16") == "invalid_charset"
    assert post(b'{"email": "a@b.com"}', "application/json", "users.lookupByEmail") == "invalid_arguments"
    assert post(b"a=1", "application/x-www-form-urlencoded", "chat.shout") == "unknown_method"
    web = client(slack)
    response = refused(web.api_call, api_method="chat.postMessage", json={"text": "x"})
    assert response["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
