"""What every connector keeps to, and the inputs of every version of Camunda's own Teams template."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectory_sdk.binding import bind
from connectory_sdk.errors import ConnectorInputError
from connectory_sdk.testing import ConnectorTests
from connectory_teams import teams

TOKEN = {"type": "token", "token": "geheim-token"}
APP = {"type": "clientCredentials", "clientId": "c", "tenantId": "t", "clientSecret": "geheim-secret"}
USER = {"type": "refresh", "clientId": "c", "tenantId": "t", "token": "geheim-refresh", "clientSecret": "geheim-too"}
CHAT = {"chatId": "19:a@thread.v2"}
CHANNEL = {"groupId": "2432b57b-0abd-43db-aa7b-16eadd115d34", "channelId": "19:b@thread.tacv2"}
MEMBERS = [{"userId": "u", "roles": ["owner"]}, {"principalName": "bob@example.com", "roles": ["owner"]}]

DATA: dict[str, dict[str, Any]] = {
    "createChat": {"chatType": "group", "topic": "t", "members": MEMBERS},
    "getChat": CHAT,
    "listChats": {},
    "listMembersOfChat": CHAT,
    "sendMessageToChat": {**CHAT, "content": "hi", "bodyType": "TEXT"},
    "listMessagesInChat": {**CHAT, "orderBy": "withoutOrdering"},
    "getMessageFromChat": {**CHAT, "messageId": "1"},
    "createChannel": {"groupId": CHANNEL["groupId"], "name": "n", "channelType": "standard"},
    "getChannel": CHANNEL,
    "listAllChannels": {"groupId": CHANNEL["groupId"]},
    "sendMessageToChannel": {**CHANNEL, "content": "hi"},
    "getMessageFromChannel": {**CHANNEL, "messageId": "1"},
    "listChannelMessages": CHANNEL,
    "listMessageRepliesInChannel": {**CHANNEL, "messageId": "1"},
    "listMembersInChannel": CHANNEL,
    "getChannelMessagesDelta": CHANNEL,
    "sendToWebhook": {"content": "hi"},
}


def job(operation: str, authentication: Any = USER, **data: Any) -> dict[str, Any]:
    return {"authentication": authentication, "data": {"method": operation, **DATA[operation], **data}}


class TestTeams(ConnectorTests):
    connector = teams
    templates = Path(__file__).parents[1] / "src" / "connectory_teams" / "templates"
    example: ClassVar[dict[str, dict[str, Any]]] = {key: job(key) for key in DATA} | {
        "sendToWebhook": job("sendToWebhook", {"type": "webhook", "url": "https://geheim.example.com/a?sig=geheim"})
    }


def official() -> list[dict[str, Any]]:
    """Return the official templates of this job type, none where they are not at hand."""
    path = os.environ.get("CONNECTORY_OFFICIAL_TEMPLATES")
    if not path:
        return []
    return [t for t in json.loads(Path(path).read_text())["templates"] if t.get("jobType") == teams.type]


VALUES = {
    "authentication.token": "geheim-token",
    "authentication.clientId": "c",
    "authentication.tenantId": "t",
    "authentication.clientSecret": "geheim",
    "data.topic": "t",
    "data.members": MEMBERS,
    "data.chatId": "19:a@thread.v2",
    "data.content": "hello",
    "data.attachments": [{"id": "1", "contentType": "application/vnd.microsoft.card.adaptive", "content": "{}"}],
    "data.top": "10",
    "data.filter": "createdDateTime lt 2026-01-01T00:00:00Z",
    "data.messageId": "1",
    "data.groupId": "2432b57b-0abd-43db-aa7b-16eadd115d34",
    "data.channelId": "19:b@thread.tacv2",
    "data.name": "News",
    "data.description": "d",
    "data.owner": "ann@example.com",
    "data.documents": None,
    "data.documents_single_camundaReference": {"camunda.document.type": "camunda", "documentId": "1"},
    "data.documents_single_inline_content": "text",
    "data.documents_single_inline_fileName": "a.txt",
    "data.documents_single_inline_contentType": "text/plain",
    "data.documents_single_external_url": "https://example.com/a",
    "data.documents_single_external_fileName": "a",
    "data.documents_multiple_expression": [{"camunda.document.type": "camunda", "documentId": "1"}],
}
"""What a modeller writes into the fields that have no choices; the hidden expression of the documents gives null."""


def inputs(template: dict[str, Any], choice: dict[str, str]) -> dict[str, Any]:
    """Return what the template writes with a choice: only the properties whose conditions hold.

    The conditions of versions 1 and 2 are wrong in places, so that fields that are needed never show; there a field
    without choices is always written, as people did by hand.
    """
    chosen: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    loose = template["version"] in {1, 2} or template["version"] is None
    for entry in template["properties"]:
        key = entry.get("id", entry["binding"])
        parts = [part for part in entry.get("condition", "").split(" and ") if part]
        free = loose and not entry["binding"].startswith(("authentication", "data.method"))
        if not free and not all(holds(part, chosen, loose=loose) for part in parts):
            continue
        chosen[key] = choice.get(key, entry.get("default")) if entry.get("choices") else VALUES.get(entry["binding"])
        if entry["bindingType"] == "zeebe:input":
            place = nested
            *path, last = entry["binding"].split(".")
            for part in path:
                place = place.setdefault(part, {})
            place[last] = chosen[key]
    return nested


def holds(part: str, chosen: dict[str, Any], *, loose: bool) -> bool:
    """Tell whether a part of a condition holds; those of old versions name properties that have no id."""
    name, operator, wanted = re.fullmatch(r"\(?(\S+) (==|in) (.+?)\)?", part).groups()  # type: ignore[union-attr]
    known = {"authType": "authentication.type", "operationType": "data.type"}
    value, values = chosen.get(name, chosen.get(known.get(name, ""))), json.loads(wanted)
    if value is None and loose:
        return True
    return bool(value == values if operator == "==" else value in values)


def choices(template: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the defaults, and each choice of each dropdown, for each operation and each authentication."""
    dropdowns = [p for p in template["properties"] if p.get("choices")]
    methods = [p for p in dropdowns if p["binding"] == "data.method"]
    kinds = next(p for p in dropdowns if p["binding"] == "data.type")
    for method in methods:
        for operation in method["choices"]:
            kind = "channel" if "hannel" in operation else "chat"
            base = {kinds.get("id", "data.type"): kind, method.get("id", "data.method"): operation}
            yield base
            for dropdown in dropdowns:
                if dropdown in methods or dropdown is kinds:
                    continue
                for value in dropdown["choices"]:
                    outer = {"data.documents_documentMode": "single"} if "documentSource" in dropdown["binding"] else {}
                    yield {**base, **outer, dropdown.get("id", dropdown["binding"]): value}


def named(template: dict[str, Any]) -> str:
    return f"{template['id']}-{template['version']}-{template['source']}"


@pytest.mark.skipif(not official(), reason="CONNECTORY_OFFICIAL_TEMPLATES is not set")
@pytest.mark.parametrize("template", official(), ids=named)
async def test_every_official_version_binds(template: dict[str, Any]) -> None:
    """With its defaults and each choice of each dropdown, what a version writes is accepted."""
    seen = set()
    for choice in choices(template):
        written = inputs(template, choice)
        operation = written["data"]["method"]
        seen.add(operation)

        request = await bind(teams.operations[operation].request, written)

        assert request.authentication.type == written["authentication"]["type"]  # type: ignore[attr-defined]
        assert "geheim" not in repr(request)
    assert len(seen) == 15


NO_OWNER = "owner: Must be userId or user principal name; a private channel needs an owner"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (job("getChat", chatId=" "), r"data\.chatId: .*must not be blank"),
        (job("getChat", chatId=None), r"data\.chatId: .*must not be blank"),
        (job("sendMessageToChat", content=""), r"data\.content: .*must not be blank"),
        (job("sendMessageToChat", bodyType="markdown"), "data, bodyType"),
        (
            job("createChat", members='[{"userId": "u"}]'),
            r"data\.members: .*must be a list, got text; write a FEEL list such",
        ),
        (job("createChat", members=[{"roles": ["owner"]}]), "a member needs userId or userPrincipalName"),
        (job("createChat", members=None), r"data\.members: .*must not be null"),
        (job("createChat", chatType="meeting"), "data, chatType"),
        (job("createChannel", channelType="private"), NO_OWNER),
        (job("createChannel", channelType="private", owner=" "), NO_OWNER),
        (job("listMessagesInChat", top="ten"), r"data\.top: .*must be a whole number from 1 on, got 'ten'"),
        (job("listMessagesInChat", top="1.5"), "got '1.5'"),
        (job("listMessagesInChat", top=-1), "got '-1'"),
        (job("listMessagesInChat", orderBy=""), r"data\.orderBy: .*must not be null; choose one"),
        (job("listMessagesInChat", orderBy="createdDateTime desc"), "data, orderBy"),
        (job("sendToWebhook", {"type": "webhook", "url": "https://a.b"}, content=""), "give content or card"),
        (
            job("sendToWebhook", {"type": "webhook", "url": "https://a.b"}, card="{no"),
            "must be an adaptive card as JSON",
        ),
        (job("listChats", None), "authentication"),
        (job("listChats", {"type": "password"}), "authentication"),
        (job("listChats", {**APP, "clientSecret": ""}), "clientSecret must not be blank; give it, or a certificate"),
        (job("listChats", {**APP, "certificate": "x"}), "certificate and privateKey belong together"),
        (job("listChats", {**APP, "tenantId": ""}), r"tenantId: .*must not be blank"),
        (job("listChats", {"type": "token", "token": " "}), r"token: .*must not be blank"),
    ],
)
async def test_common_mistakes_name_the_field(written: dict[str, Any], message: str) -> None:
    """Each mistake in a model is one line with field and remedy, and no value of a secret."""
    model = teams.operations[written["data"]["method"]].request

    with pytest.raises(ConnectorInputError, match=message) as raised:
        await bind(model, written)

    assert "geheim" not in str(raised.value)
    assert len(str(raised.value).splitlines()) <= 2  # the head of a bean validation, and the one line


async def test_what_the_mapper_of_camunda_takes_is_taken() -> None:
    """One member for a list, old names, other capitals, a card as a FEEL context, text where a number is meant."""
    one = await bind(
        teams.operations["createChat"].request, job("createChat", chatType="ONE_ON_ONE", members=MEMBERS[0])
    )
    card = [{"id": "1", "contentType": "c", "content": {"type": "AdaptiveCard"}}]
    two = await bind(
        teams.operations["sendMessageToChat"].request, job("sendMessageToChat", bodyType="Html", attachments=card)
    )
    three = await bind(teams.operations["listMessagesInChat"].request, job("listMessagesInChat", top="7", filter=""))

    assert (one.data.chat_type, one.data.members[0].user) == ("oneOnOne", "u")  # type: ignore[attr-defined]
    assert (two.data.body_type, two.data.attachments[0].content) == ("html", '{"type": "AdaptiveCard"}')  # type: ignore[attr-defined]
    assert (three.data.top, three.data.filter) == (7, None)  # type: ignore[attr-defined]


def test_installed_alone_it_brings_its_own_libraries_only() -> None:
    """Using the connector imports httpx; MSAL waits for the first token."""
    code = (
        "import asyncio, sys; from connectory_teams import teams\n"
        "async def main():\n    async with teams.lifespan({}): pass\n"
        "before = set(sys.modules); asyncio.run(main())\n"
        "known = {'slack_sdk', 'aiohttp', 'msal', 'aiokafka', 'httpx', 'pyreqwest'}\n"
        "print(sorted(known & before), sorted(known & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[] ['httpx']"
