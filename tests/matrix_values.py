"""Sensible values for the fields of official templates, and what must be seen outside when they are used."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matrix_cases import Case, Entry, holds

TEAM = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b"
CHANNEL = "19:general@thread.tacv2"
CHAT = "19:orders@thread.v2"
INLINE = '{"camunda.document.type": "inline", content: "three teapots", name: "order.txt"}'
AVRO = '={type: "record", name: "Order", fields: [{name: "id", type: "string"}, {name: "quantity", type: "int"}]}'
JSON_SCHEMA = '={type: "object", properties: {id: {type: "string"}, quantity: {type: "integer"}}}'
LEFT_OUT = {
    "authenticationConfiguration": "a reusable credential; its form is not part of the templates' list",
    "clientTls": "certificates need a TLS peer; the REST connector's own tests have one",
    "skipEncoding": "hidden and empty in every version",
}
"""Fields that stay empty, and why."""

VALUES = {
    "authentication.apiKeyLocation": "headers",
    "authentication.audience": "orders",
    "authentication.clientId": "client-1",
    "authentication.clientSecret": "{{secrets.CLIENT_SECRET}}",
    "authentication.name": "X-Api-Key",
    "authentication.oauthTokenEndpoint": "https://login.test/oauth/token",
    "authentication.password": "{{secrets.PASSWORD}}",
    "authentication.refreshToken": "{{secrets.REFRESH_TOKEN}}",
    "authentication.scopes": "read",
    "authentication.tenantId": "2432b57b-0abd-43db-aa7b-16eadd115d34",
    "authentication.token": "{{secrets.TOKEN}}",
    "authentication.username": "ada",
    "authentication.value": "{{secrets.API_KEY}}",
    "graphql.authentication.token": "{{secrets.TOKEN}}",
    "url": "https://shop.test/orders",
    "body": '={"order": 7, "item": "teapot"}',
    "headers": '={"X-Trace": "t-1"}',
    "queryParameters": '={"page": "1"}',
    "connectionTimeoutInSeconds": "20",
    "readTimeoutInSeconds": "20",
    "graphql.url": "https://shop.test/graphql",
    "graphql.query": "query order($id: ID!) { order(id: $id) { state } }",
    "graphql.variables": '={"id": "7"}',
    "graphql.headers": '={"X-Trace": "t-1"}',
    "topic.bootstrapServers": "broker.test:9092",
    "topic.topicName": "orders",
    "additionalProperties": '={"acks": "all"}',
    "message.key": "o-1",
    "message.value": '={"id": "o-1", "quantity": 3}',
    "avro.schema": AVRO,
    "schemaStrategy.schemaRegistryUrl": "https://registry.test",
    "token": "{{secrets.SLACK_TOKEN}}",
    "data.channel": "#orders",
    "data.channelId": '="C0000ORDERS"',
    "data.channelName": "orders",
    "data.text": "Three teapots",
    "data.emoji": "thumbsup",
    "data.users": "U0000ADA",
    "data.documents": f"=[{INLINE}]",
    "data.chatId": CHAT,
    "data.groupId": TEAM,
    "data.content": "Three teapots",
    "data.description": "All about orders",
    "data.owner": "ada@shop.test",
    "data.top": "10",
    "data.EXPAND_VALUE": "members",
    "data.attachments": '=[{id: "card", contentType: "application/vnd.microsoft.card.adaptive", '
    'content: "{\\"type\\": \\"AdaptiveCard\\", \\"version\\": \\"1.4\\", \\"body\\": []}"}]',
    "inline_content": "three teapots",
    "inline_fileName": "order.txt",
    "inline_contentType": "text/plain",
    "external_fileName": "order.json",
    "multiple_expression": f"=[{INLINE}]",
    "resultVariable": "answer",
    "resultExpression": "={outcome: response}",
    "errorExpression": '=if error.code = "teapot" then bpmnError("TEAPOT", "no coffee") else null',
    "jobTimeout": "PT5M",
}
"""Values by binding, or by the end of the name for the fields of documents."""

ORDERS = ({"id": "o-1", "quantity": 3}, "\x06o-1\x06")
"""The order as JSON, and as bare Avro: a length and three letters, a number in zigzag."""

API = {
    "chat.postMessage": "chat.postMessage",
    "conversations.create": "conversations.create",
    "conversations.invite": "conversations.invite",
    "reactions.add": "reactions.add",
    "pins.add": "pins.add",
    "pins.remove": "pins.remove",
    "createChat": "POST /chats",
    "getChat": "GET /chats/[^/]+",
    "listChats": "GET /chats",
    "listMembersOfChat": "GET /chats/[^/]+/members",
    "sendMessageToChat": "POST /chats/[^/]+/messages",
    "listMessagesInChat": "GET /chats/[^/]+/messages",
    "getMessageFromChat": "GET /chats/[^/]+/messages/[^/]+",
    "createChannel": "POST /teams/[^/]+/channels",
    "getChannel": "GET /teams/[^/]+/channels/[^/]+",
    "listAllChannels": "GET /teams/[^/]+/allChannels",
    "sendMessageToChannel": "POST /teams/[^/]+/channels/[^/]+/messages",
    "getMessageFromChannel": "GET /teams/[^/]+/channels/[^/]+/messages/[^/]+",
    "listChannelMessages": "GET /teams/[^/]+/channels/[^/]+/messages(/delta)?",
    "listMessageRepliesInChannel": "GET /teams/[^/]+/channels/[^/]+/messages/[^/]+/replies",
    "listMembersInChannel": "GET /teams/[^/]+/channels/[^/]+/members",
}
"""What each operation does at the service."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the outside world has before a case runs.

    Args:
        number: Of the case, for names that must be new.
        slack_message: Timestamp of a message in the channel.
        chat_message: Id of a message in the chat.
        channel_message: Id of a message in the team's channel.
        document: A stored document's reference, as FEEL.
        download: Address of a file.
    """

    number: int
    slack_message: str
    chat_message: str
    channel_message: str
    document: str
    download: str


def value(entry: Entry, case: Case, scene: Scene) -> str | None:
    """Return what a field says: what a modeller writes, so FEEL begins with ``=``; None leaves it empty.

    Raises:
        LookupError: Nobody has thought of a value for it.
    """
    key = entry["binding"]
    if entry["type"] in {"Dropdown", "Boolean"}:
        return case.state.get(entry["id"]) or text(entry.get("default"))
    if entry.get("default") not in (None, ""):
        return text(entry["default"])
    if entry["type"] == "Hidden" or key.partition(".")[0] in LEFT_OUT:
        return None
    if not case.full and not entry.get("notEmpty"):
        return None
    special = {
        "data.timestamp": f'="{scene.slack_message}"',
        "data.thread": f'="{scene.slack_message}"',
        "data.newChannelName": f"orders-{scene.number}",
        "data.name": f"orders-{scene.number}",
        "data.messageId": scene.chat_message if said(case, "data.type") == "chat" else scene.channel_message,
        "schemaStrategy.schema": JSON_SCHEMA if said(case, "schemaStrategy.schemaType") == "json" else AVRO,
        "data.members": members(case),
        "data.topic": "Orders" if said(case, "data.chatType") == "group" else None,
        "data.filter": chosen_filter(case),
        "camundaReference": scene.document,
        "external_url": scene.download,
    }
    if key == "data.channelId" and case.template["connector"] == "teams":
        return CHANNEL
    for known in (special, VALUES):
        for name, given in known.items():
            if key == name or (name == key.rpartition("single_")[2]) or key.endswith("multiple_" + name[9:]):
                return given
    raise LookupError(f"no value for '{key}' of {case.template['id']}")


def members(case: Case) -> str:
    """Return who is in a new chat: two people, or three for a group."""
    people = ["ada", "bob"] if said(case, "data.chatType") == "one_on_one" else ["ada", "bob", "eve"]
    return "=[" + ", ".join(f'{{userPrincipalName: "{name}@shop.test", roles: ["owner"]}}' for name in people) + "]"


def chosen_filter(case: Case) -> str | None:
    """Return a filter as Graph allows it: messages only by what they are ordered by, creation only with "before"."""
    if said(case, "data.method") == "listAllChannels":
        return "membershipType eq 'standard'"
    order = said(case, "data.orderBy")
    clauses = {"lastModifiedDateTime": "gt 2020-01-01T00:00:00Z", "createdDateTime": "lt 2100-01-01T00:00:00Z"}
    return f"{order} {clauses[order]}" if order in clauses else None


def said(case: Case, binding: str) -> str | None:
    """Return what the selectors that are shown say for a binding."""
    for entry in case.template["properties"]:
        if entry["binding"] == binding and holds(entry, case.state):
            return case.state.get(entry["id"])
    return None


def text(value: Any) -> str | None:
    """Return a default as the modeler writes it."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def written(entry: Mapping[str, Any], given: str | None) -> str | None:
    """Return a value as the modeler writes it.

    Raises:
        ValueError: The form does not allow it.
    """
    if given is None:
        return None
    if (pattern := entry.get("pattern")) and not re.search(pattern, given):
        raise ValueError(f"'{entry['binding']}' may not be '{given}': {pattern}")
    needed = entry.get("feel") in {"required", "static"} and not given.startswith("=")
    return "=" + given if needed else given


def seen(case: Case, entries: list[dict[str, Any]]) -> str | None:
    """Return what is missing outside after a case; None when what was asked for was done."""
    match case.template["connector"]:
        case "rest" | "graphql":
            method = str(said(case, "method") or said(case, "graphql.method")).upper()
            host = "https://shop.test/"
            done = any(e["service"] == "http" and e["method"] == method and e["url"].startswith(host) for e in entries)
            return None if done else f"no {method} request arrived"
        case "slack":
            wanted = API[str(said(case, "method"))]
            return None if any(e.get("operation") == wanted for e in entries) else f"no call of {wanted} arrived"
        case "teams":
            pattern = API[str(said(case, "data.method"))]
            calls = [f"{e['method']} {re.sub('^/v1.0', '', e['path'])}" for e in entries if e["service"] == "graph"]
            done = any(re.fullmatch(pattern, call.partition("?")[0]) for call in calls)
            return None if done else f"no {pattern} arrived, but {json.dumps(calls)}"
        case _:
            records = [entry for entry in entries if entry["service"] == "kafka"]
            right = [e for e in records if e["topic"] == "orders" and e["value"] in ORDERS]
            return None if right else f"the record did not arrive, but {json.dumps(records)}"
