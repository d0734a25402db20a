"""What every connector keeps to, and the inputs of every version of Camunda's own Slack template."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectory_sdk.binding import bind
from connectory_sdk.testing import ConnectorTests
from connectory_slack import slack

PLACE = {"channel": "C012AB3CD", "timestamp": "1503435956.000247"}


class TestSlack(ConnectorTests):
    connector = slack
    templates = Path(__file__).parents[1] / "src" / "connectory_slack" / "templates"
    example: ClassVar[dict[str, dict[str, Any]]] = {
        "chat.postMessage": {"token": "xoxb-1", "data": {"channel": "#it", "text": "hi", "messageType": "plainText"}},
        "chat.update": {"token": "xoxb-1", "data": {**PLACE, "text": "hi", "messageType": "markdown"}},
        "chat.delete": {"token": "xoxb-1", "data": PLACE},
        "chat.postEphemeral": {"token": "xoxb-1", "data": {"channel": "C012AB3CD", "user": "@Ann", "text": "hi"}},
        "chat.scheduleMessage": {"token": "xoxb-1", "data": {"channel": "it", "text": "hi", "postAt": 1999999999}},
        "conversations.create": {"token": "xoxb-1", "data": {"newChannelName": "p", "visibility": "PRIVATE"}},
        "conversations.invite": {"token": "xoxb-1", "data": {"channelId": "C012AB3CD", "users": "U1,@Ann"}},
        "reactions.add": {"token": "xoxb-1", "data": {**PLACE, "emoji": "eyes"}},
        "reactions.remove": {"token": "xoxb-1", "data": {**PLACE, "emoji": "eyes"}},
        "pins.add": {"token": "xoxb-1", "data": PLACE},
        "pins.remove": {"token": "xoxb-1", "data": PLACE},
    }
    inbound_example: ClassVar[dict[str, dict[str, Any]]] = {
        "io.camunda:slack-webhook:1": {"inbound": {"context": "slack", "slackSigningSecret": "signing-1"}}
    }


def official() -> list[dict[str, Any]]:
    """Return the official templates of this job type, none where they are not at hand."""
    path = os.environ.get("CONNECTORY_OFFICIAL_TEMPLATES")
    if not path:
        return []
    return [t for t in json.loads(Path(path).read_text())["templates"] if t.get("jobType") == slack.type]


VALUES = {
    "token": "xoxb-1",
    "data.channel": "#general",
    "data.text": "hello",
    "data.newChannelName": "new",
    "data.channelName": "new",
    "data.channelId": "c012ab3cd",
    "data.users": "@Ann, bob@example.com",
    "data.emoji": "eyes",
    "data.timestamp": "1503435956.000247",
    "data.thread": "1503435956.000247",
    "data.blockContent": [{"type": "divider"}],
    "data.data_documents_single_camundaReference": {"camunda.document.type": "camunda", "documentId": "1"},
    "data.data_documents_single_inline_content": "text",
    "data.data_documents_single_inline_fileName": "a.txt",
    "data.data_documents_single_inline_contentType": "text/plain",
    "data.data_documents_single_external_url": "https://example.com/a",
    "data.data_documents_single_external_fileName": "a",
    "data.data_documents_multiple_expression": [{"camunda.document.type": "camunda", "documentId": "1"}],
    "data.documents": None,
    "message.type": "plainText",
}
"""What a modeller writes into the fields that have no choices; the hidden expression of the documents gives null."""


def inputs(template: dict[str, Any], choice: dict[str, str]) -> dict[str, Any]:
    """Return what the template writes with the given choices: only the properties whose conditions hold."""
    chosen = {**choice}
    nested: dict[str, Any] = {}
    for entry in template["properties"]:
        holds = entry.get("condition", "True")
        for name in sorted((p["id"] for p in template["properties"] if "id" in p), key=len, reverse=True):
            holds = holds.replace(f"({name} ==", f"(chosen.get('{name}') ==")
            if holds.startswith(f"{name} =="):
                holds = f"chosen.get('{name}')" + holds.removeprefix(name)
        if not eval(holds, {"chosen": chosen}):
            continue
        value = chosen.get(entry.get("id", ""), entry.get("default") if entry.get("choices") else None)
        if entry.get("choices"):
            chosen.setdefault(entry["id"], entry.get("default"))
        else:
            value = VALUES.get(entry["binding"])
        if entry["bindingType"] == "zeebe:input":
            place = nested
            *path, last = entry["binding"].split(".")
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
    return nested


def choices(template: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the defaults, and each choice of each dropdown under each operation that shows it."""
    dropdowns = [p for p in template["properties"] if p.get("choices")]
    methods = next(p for p in dropdowns if p["binding"] == "method")["choices"]
    for method in methods:
        yield {"method": method}
        for dropdown in dropdowns:
            for value in dropdown["choices"]:
                outer = {}
                if "single_documentSource" in dropdown["id"]:
                    outer = {"data_documents_documentMode": "single"}
                yield {"method": method, **outer, dropdown["id"]: value}


def named(template: dict[str, Any]) -> str:
    return f"{template['id']}-{template['version']}-{template['source']}"


@pytest.mark.skipif(not official(), reason="CONNECTORY_OFFICIAL_TEMPLATES is not set")
@pytest.mark.parametrize("template", official(), ids=named)
async def test_every_official_version_binds(template: dict[str, Any]) -> None:
    """With its defaults and each choice of each dropdown, what a version writes is accepted."""
    for entry in template["properties"]:
        if entry.get("choices"):
            entry.setdefault("id", entry["binding"])
    count = 0
    for choice in choices(template):
        written = inputs(template, choice)
        operation = slack.operations[written["method"]]

        request = await bind(operation.request, written)

        assert request.token.get_secret_value() == "xoxb-1"  # type: ignore[attr-defined]
        count += 1
    assert count > 3


def test_installed_alone_it_brings_its_own_library_only() -> None:
    """Using the connector imports slack-sdk and its transport, and no other connector's library."""
    code = (
        "import asyncio, sys; from connectory_slack import slack\n"
        "async def main():\n    async with slack.lifespan({}): pass\n"
        "asyncio.run(main())\n"
        "print(sorted({'slack_sdk', 'aiohttp', 'msal', 'aiokafka', 'httpx', 'pyreqwest'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['aiohttp', 'slack_sdk']"
