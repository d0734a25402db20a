"""Each operation against the sandbox's Graph: what is sent, and the shape of what comes back."""

import json
from typing import Any

import pytest

from connectory_sandbox import Sandbox
from connectory_sandbox.graph import GraphService
from connectory_sdk import ConnectorInputError, ConnectorRetryError
from connectory_sdk.testing import MemoryDocuments, Operations
from connectory_teams.shapes import page, shaped

USER = {"type": "refresh", "clientId": "c", "tenantId": "t", "token": "r"}
APP = {"type": "clientCredentials", "clientId": "c", "tenantId": "t", "clientSecret": "s"}
TEAM = "2432b57b-0abd-43db-aa7b-16eadd115d34"
CARD = "application/vnd.microsoft.card.adaptive"


def job(operation: str, authentication: Any = USER, **data: Any) -> tuple[str, dict[str, Any]]:
    return operation, {"authentication": authentication, "data": {"method": operation, **data}}


async def test_create_a_chat(graph: GraphService, run: Operations) -> None:
    """The body is that of Camunda's connector; the type of the chat is the Java constant."""
    members = [{"userId": "u1", "roles": ["owner"]}, {"userPrincipalName": "o'neil@example.com", "roles": ["owner"]}]

    result = await run(*job("createChat", chatType="one_on_one", members=members))

    assert graph.received[0].operation == "POST /chats"
    assert graph.received[0].body == {
        "chatType": "oneOnOne",
        "members": [
            {
                "@odata.type": "#microsoft.graph.aadUserConversationMember",
                "roles": ["owner"],
                "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{user}')",
            }
            for user in ("u1", "o''neil@example.com")
        ],
    }
    assert result["chatType"] == "OneOnOne"
    assert result["id"].startswith("19:")
    assert result["additionalData"] == {"@odata.context": f"{graph.url}/$metadata#chats/$entity"}


async def test_messages_of_a_chat(graph: GraphService, run: Operations) -> None:
    """Send, get, list in order and page by page."""
    chat = graph.directory.add_chat(topic="t")
    sent = [await run(*job("sendMessageToChat", chatId=chat.id, content=f"m{n}")) for n in range(5)]

    one = await run(*job("getMessageFromChat", chatId=chat.id, messageId=sent[0]["id"]))
    first = await run(*job("listMessagesInChat", chatId=chat.id, orderBy="createdDateTime", top="2"))
    second = await run(
        *job("listMessagesInChat", chatId=chat.id, orderBy="createdDateTime", nextLink=first["odataNextLink"])
    )
    every = await run(*job("listMessagesInChat", chatId=chat.id, orderBy="withoutOrdering", top=2, allPages=True))

    assert one["body"] == {"contentType": "Text", "content": "m0"}
    assert (one["messageType"], one["importance"], one["chatId"]) == ("Message", "Normal", chat.id)
    assert one["from"]["user"]["userIdentityType"] == "AadUser"
    assert one["from"]["user"]["odataType"] == "#microsoft.graph.teamworkUserIdentity"
    assert [message["body"]["content"] for message in first["value"] + second["value"]] == ["m4", "m3", "m2", "m1"]
    assert [message["body"]["content"] for message in every["value"]] == ["m4", "m3", "m2", "m1", "m0"]
    assert "odataNextLink" not in every
    queries = [dict(call.query) for call in graph.received if call.operation.endswith("/messages")][5:]
    assert queries[0] == {"$top": "2", "$orderby": "createdDateTime desc"}
    assert queries[2] == {"$top": "2"}


async def test_a_filter_reaches_graph_beside_its_order(graph: GraphService, run: Operations) -> None:
    """Quoting leaves the expression as it is."""
    chat = graph.directory.add_chat()
    await run(*job("sendMessageToChat", chatId=chat.id, content="a"))
    text = "lastModifiedDateTime gt 2999-01-01T00:00:00Z"

    found = await run(*job("listMessagesInChat", chatId=chat.id, orderBy="lastModifiedDateTime", filter=text))

    assert found["value"] == []
    assert graph.received[-1].query["$filter"] == text


async def test_a_chat_and_the_chats(graph: GraphService, run: Operations) -> None:
    """Nulls are left out, however deep; the expansion is asked for only if there is one."""
    chat = graph.directory.add_chat(topic=None)
    await run(*job("sendMessageToChat", chatId=chat.id, content="last"))

    plain = await run(*job("getChat", chatId=chat.id, expand="withoutExpand"))
    more = await run(*job("getChat", chatId=chat.id, expand="lastMessagePreview"))
    every = await run(*job("listChats"))

    assert "topic" not in plain
    assert "onlineMeetingInfo" not in plain
    assert plain["chatType"] == "Group"
    assert more["lastMessagePreview"]["body"] == {"contentType": "Text", "content": "last"}
    assert "application" not in more["lastMessagePreview"]["from"]
    assert [found["id"] for found in every["value"]] == [chat.id]
    assert (every["odataCount"], "topic" in every["value"][0]) == (1, False)
    assert graph.received[1].query == {}


async def test_members(graph: GraphService, run: Operations) -> None:
    """Of a chat and of a channel."""
    made = await run(
        *job(
            "createChat",
            chatType="group",
            topic="t",
            members=[{"principalName": "ann@example.com", "roles": ["owner"]}],
        )
    )
    channel = await run(*job("createChannel", APP, groupId=TEAM, name="News", channelType="standard"))

    chat = await run(*job("listMembersOfChat", chatId=made["id"]))
    of_channel = await run(*job("listMembersInChannel", APP, groupId=TEAM, channelId=channel["id"]))

    assert [(one["displayName"], one["email"], one["roles"]) for one in chat["value"]] == [
        ("ann", "ann@example.com", ["owner"])
    ]
    assert chat["value"][0]["odataType"] == "#microsoft.graph.aadUserConversationMember"
    assert len(of_channel["value"]) == 1


async def test_html_cards_get_their_tags(graph: GraphService, run: Operations) -> None:
    """A tag that is there stays, a missing one is appended in the order of the list."""
    chat = graph.directory.add_chat()
    cards = [{"id": key, "contentType": CARD, "content": {"type": "AdaptiveCard", "body": []}} for key in ("1", "2")]
    content = 'see <attachment id="2"></attachment>'

    result = await run(*job("sendMessageToChat", chatId=chat.id, content=content, bodyType="HTML", attachments=cards))

    body = graph.received[0].body
    assert body["body"] == {"contentType": "html", "content": f'{content}<attachment id="1"></attachment>'}
    assert [json.loads(card["content"]) for card in body["attachments"]] == [{"type": "AdaptiveCard", "body": []}] * 2
    assert result["body"]["contentType"] == "Html"
    assert result["attachments"][0]["contentType"] == CARD


async def test_channels(graph: GraphService, run: Operations) -> None:
    """Create, get and list; a shared channel is not ready at once, so nothing is returned."""
    made = await run(*job("createChannel", APP, groupId=TEAM, name="News", channelType="Standard", description="d"))
    private = await run(*job("createChannel", APP, groupId=TEAM, name="Own", channelType="private", owner="ann@x.com"))
    shared = await run(*job("createChannel", APP, groupId=TEAM, name="All", channelType="shared", owner="ann@x.com"))
    found = await run(*job("getChannel", APP, groupId=TEAM, channelId=made["id"]))
    some = await run(*job("listAllChannels", APP, groupId=TEAM, filter="membershipType eq 'private'"))

    assert graph.received[0].body == {
        "@odata.type": "#Microsoft.Graph.channel",
        "membershipType": "standard",
        "displayName": "News",
        "description": "d",
    }
    assert graph.received[1].body["members"][0]["user@odata.bind"].endswith("users('ann@x.com')")
    assert (made["membershipType"], private["membershipType"], shared) == ("Standard", "Private", None)
    assert found["displayName"] == "News"
    assert [channel["displayName"] for channel in some["value"]] == ["Own"]


async def test_ids_are_one_segment_each(graph: GraphService, run: Operations) -> None:
    """Whatever stands in an id, it cannot lead elsewhere."""
    await run(*job("getChat", chatId="19:a/../me?x=1#y@thread.v2"))

    assert graph.received[0].path == "/chats/19:a/../me?x=1#y@thread.v2"
    assert graph.received[0].query == {}


async def test_messages_of_a_channel(graph: GraphService, run: Operations) -> None:
    """Send, get, list with replies, replies alone."""
    team = graph.directory.add_team("Sales")
    channel = next(iter(team.channels.values()))
    place = {"groupId": team.id, "channelId": channel.id}
    sent = await run(*job("sendMessageToChannel", **place, content="hello"))
    graph.directory.message(channel, {"body": {"content": "answer"}}, reply_to=sent["id"])

    one = await run(*job("getMessageFromChannel", APP, **place, messageId=sent["id"]))
    plain = await run(*job("listChannelMessages", APP, **place, isExpand="false"))
    expanded = await run(*job("listChannelMessages", APP, **place, isExpand="TRUE", top="5"))
    replies = await run(*job("listMessageRepliesInChannel", APP, **place, messageId=sent["id"]))

    assert one["channelIdentity"] == {"teamId": team.id, "channelId": channel.id}
    assert "replies" not in plain["value"][0]
    assert expanded["value"][0]["replies"][0]["body"] == {"contentType": "Text", "content": "answer"}
    assert [reply["replyToId"] for reply in replies["value"]] == [sent["id"]]
    assert graph.received[3].query == {"$top": "5", "$expand": "replies"}


async def test_what_has_changed_since(graph: GraphService, run: Operations) -> None:
    """The first call gives all pages and a link, the next what came since."""
    channel = next(iter(graph.directory.add_team("Sales", id=TEAM).channels.values()))
    place = {"groupId": TEAM, "channelId": channel.id}
    for n in range(5):
        graph.directory.message(channel, {"body": {"content": f"m{n}"}})

    first = await run(*job("getChannelMessagesDelta", APP, **place, top=2))
    graph.directory.message(channel, {"body": {"content": "new"}})
    second = await run(*job("getChannelMessagesDelta", APP, **place, deltaLink=first["odataDeltaLink"]))

    assert [message["body"]["content"] for message in first["value"]] == [f"m{n}" for n in range(5)]
    assert [message["body"]["content"] for message in second["value"]] == ["new"]


@pytest.mark.parametrize("name", ["nextLink", "deltaLink"])
async def test_a_token_goes_to_graph_only(graph: GraphService, run: Operations, name: str) -> None:
    """A link that leads elsewhere is a mistake, or worse."""
    operation = "listChannelMessages" if name == "nextLink" else "getChannelMessagesDelta"

    for link in ("https://evil.example.com/v1.0/x", graph.url.replace("/v1.0", ".evil.example.com/v1.0/x")):
        with pytest.raises(ConnectorInputError, match="nextLink and deltaLink must begin with"):
            await run(*job(operation, APP, groupId=TEAM, channelId="19:b", **{name: link}))

    assert graph.received == []


async def test_documents_become_files_of_the_channel(
    graph: GraphService, run: Operations, documents: MemoryDocuments
) -> None:
    """Uploaded in slices, then attached by the id of their entity tag; no token goes to the upload address."""
    channel = next(iter(graph.directory.add_team("Sales", id=TEAM).channels.values()))
    large = await documents.create(b"x" * (6 * 1024 * 1024), name="a/b?.pdf")
    small = await documents.create(b"1", name="one.txt")
    empty = await documents.create(b"", name="empty.txt")

    await run(
        *job("sendMessageToChannel", groupId=TEAM, channelId=channel.id, content="see", documents=[large, small, empty])
    )

    files = {file["name"]: graph.directory.content[key] for key, file in graph.directory.files.items()}
    assert files == {"a_b_.pdf": b"x" * (6 * 1024 * 1024), "one.txt": b"1", "empty.txt": b""}
    body = graph.received[-1].body
    assert [file["name"] for file in body["attachments"]] == ["a_b_.pdf", "one.txt", "empty.txt"]
    for file in body["attachments"]:
        assert file["contentType"] == "reference"
        assert f'<attachment id="{file["id"]}"></attachment>' in body["body"]["content"]
    assert [call.token for call in graph.received if call.path.startswith("/_upload")] == [None] * 3
    assert sum(call.path.endswith("filesFolder") for call in graph.received) == 1


@pytest.mark.parametrize("lost", [None, ""])
@pytest.mark.parametrize(
    ("composer", "content"),
    [
        ({"documents_documentMode": "none"}, []),
        (
            {"documents_documentMode": "single", "documents_single_documentSource": "camunda"},
            [b"stored"],
        ),
        (
            {"documents_documentMode": "multiple"},
            [b"stored", b"stored"],
        ),
    ],
)
async def test_documents_of_the_composer_are_rebuilt(
    graph: GraphService,
    run: Operations,
    documents: MemoryDocuments,
    composer: dict[str, Any],
    content: list[bytes],
    lost: Any,
) -> None:
    """Versions 7 and 8 write null into data.documents; what the fields say counts then."""
    stored = await documents.create(b"stored", name="s.txt")
    inputs = {
        **composer,
        "documents": lost,
        "documents_single_camundaReference": stored,
        "documents_multiple_expression": [stored, stored],
    }

    await run(*job("sendMessageToChannel", groupId=TEAM, channelId="19:c@thread.tacv2", content="see", **inputs))

    assert list(graph.directory.content.values()) == content


async def test_an_upload_is_repeated_where_that_is_safe(
    box: Sandbox, run: Operations, documents: MemoryDocuments
) -> None:
    """A slice that fails is sent again; when it fails for good, no message is posted."""
    from connectory_sandbox import Fault

    file = await documents.create(b"content", name="a.txt")
    send = job("sendMessageToChannel", groupId=TEAM, channelId="19:c@thread.tacv2", content="see", documents=[file])
    box.graph.faults.add(Fault(operation="upload", status=503, times=2))

    await run(*send)
    box.graph.faults.add(Fault(operation="upload", status=500, times=0))
    with pytest.raises(Exception, match=r"Error uploading document: status 500 for 'a\.txt'; the message was not sent"):
        await run(*send)

    assert len(box.graph.directory.channel(TEAM, "19:c@thread.tacv2").messages) == 1


async def test_the_webhook_needs_no_app(graph: GraphService, run: Operations) -> None:
    """A text becomes a card; a card goes as it is; nobody asks for a token."""
    url = "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=geheim"
    webhook = {"type": "webhook", "url": url}

    first = await run(*job("sendToWebhook", webhook, content="**Hello**"))
    await run(*job("sendToWebhook", webhook, card={"type": "AdaptiveCard", "body": []}))

    assert first == {"status": 202}
    cards = [call.body["attachments"][0]["content"] for call in graph.received]
    assert cards[0]["body"] == [{"type": "TextBlock", "text": "**Hello**", "wrap": True}]
    assert cards[1] == {"type": "AdaptiveCard", "body": []}
    assert graph.login.requests == []
    assert "geheim" not in str([call.entry() for call in graph.received])


async def test_webhook_and_graph_are_not_mixed_up(run: Operations) -> None:
    """Each kind of authentication goes with its operations."""
    with pytest.raises(ConnectorInputError, match="'webhook' goes with the operation sendToWebhook alone"):
        await run(*job("listChats", {"type": "webhook", "url": "https://a.b/c"}))
    with pytest.raises(ConnectorInputError, match=r"sendToWebhook needs authentication\.type 'webhook'"):
        await run(*job("sendToWebhook", content="x"))


async def test_a_webhook_that_refuses_shows_no_signature(graph: GraphService, run: Operations) -> None:
    """Only the host is named."""
    webhook = {"type": "webhook", "url": "https://host.example/workflows/geheim/triggers/manual/paths/invoke"}

    with pytest.raises(ConnectorRetryError, match=r"the webhook at '[^']+' answered 401$") as raised:
        await run(*job("sendToWebhook", webhook, content="x"))

    assert (raised.value.retries, raised.value.hint) == (0, "copy its whole address, signature included")
    assert "geheim" not in str(raised.value)


def test_enumerations_are_javas_constants() -> None:
    """Known values are renamed, unknown ones null; a field of the same name elsewhere stays."""
    message = {
        "messageType": "systemEventMessage",
        "importance": "new",
        "body": {"contentType": "HTML", "content": "x"},
        "attachments": [{"contentType": "text"}],
        "mentions": [{"mentioned": {"conversation": {"conversationIdentityType": "channel"}}}],
    }

    result = shaped(message, "message")

    assert (result["messageType"], result["importance"], result["body"]["contentType"]) == (
        "SystemEventMessage",
        None,
        "Html",
    )
    assert result["attachments"] == [{"contentType": "text"}]
    assert result["mentions"][0]["mentioned"]["conversation"]["conversationIdentityType"] == "Channel"


def test_what_is_not_declared_is_additional() -> None:
    """Annotations are renamed or additional; members that the SDK does not know are additional."""
    result = page(
        {
            "@odata.context": "c",
            "@odata.nextLink": "n",
            "@odata.count": 1,
            "value": [{"id": "1", "chatType": "meeting", "brandNew": {"a": None}, "topic": None}],
        },
        "chat",
    )

    assert result == {
        "odataNextLink": "n",
        "odataCount": 1,
        "value": [{"id": "1", "chatType": "Meeting", "topic": None, "additionalData": {"brandNew": {"a": None}}}],
        "additionalData": {"@odata.context": "c"},
    }
    stripped = shaped({"id": "1", "topic": None, "viewpoint": {"isHidden": None}}, "chat", strip=True)
    assert stripped == {"id": "1", "viewpoint": {}}
