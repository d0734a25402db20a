"""Events that files have: written by hand, or by ``connectory dev --record DIR``."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from connectory_sdk.http import HttpRequest

REFERENCE = re.compile(r"\{\{secrets\.([^}]+)\}\}")


class RecordedEvent(NamedTuple):
    """An event as a connector offered it.

    Args:
        type: The subscription type, such as ``io.camunda:connector-kafka-inbound:1``.
        payload: What activation conditions, correlation keys and result expressions read.
        message_id: Identifies the event.
    """

    type: str
    payload: Mapping[str, Any]
    message_id: str | None = None


def recorded_call(file: Path, *, secrets: Mapping[str, str] | None = None) -> HttpRequest:
    """Return the call of a webhook that a JSON file has.

    ``{"method": "POST", "url": "/inbound/items?new=1", "headers": {"X-Key": "{{secrets.KEY}}"}, "body": {"id": 1}}``; a
    body that is text is sent as it is, everything else as JSON; ``bodyBase64`` has bytes that are no text.

    Args:
        file: The file.
        secrets: Values for references to secrets, by name.

    Raises:
        AssertionError: A secret is missing.
    """
    said = json.loads(file.read_text(encoding="utf-8"))
    given = secrets or {}
    url = urlsplit(filled(said.get("url", "/"), {name: quote(value, safe="") for name, value in given.items()}, file))
    body = filled(said.get("body"), given, file)
    content = base64.b64decode(said.get("bodyBase64", ""))
    if body is not None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = {name.lower(): value for name, value in filled(said.get("headers") or {}, given, file).items()}
    if body is not None and not isinstance(body, str):
        headers.setdefault("content-type", "application/json")
    return HttpRequest(
        method=said.get("method", "POST"),
        url=f"{url.scheme or 'http'}://{url.netloc or 'localhost'}{url.path}",
        query=url.query,
        headers=headers,
        params=dict(reversed(parse_qsl(url.query, keep_blank_values=True))),
        body=content,
    )


def recorded_event(file: Path, *, secrets: Mapping[str, str] | None = None) -> RecordedEvent:
    """Return the event of a connector that nobody calls, such as Kafka's, which a JSON file has.

    ``{"type": "io.camunda:connector-kafka-inbound:1", "payload": {"value": {"id": 1}}, "messageId": "orders:0:7"}``.

    Args:
        file: The file.
        secrets: Values for references to secrets, by name.

    Raises:
        AssertionError: A secret is missing.
    """
    said = json.loads(file.read_text(encoding="utf-8"))
    return RecordedEvent(said["type"], filled(said["payload"], secrets or {}, file), said.get("messageId"))


def filled(value: Any, secrets: Mapping[str, str], file: Path) -> Any:
    """Return a JSON value with secrets in place of references to them.

    Raises:
        AssertionError: A secret is missing.
    """
    if isinstance(value, Mapping):
        return {key: filled(item, secrets, file) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, secrets, file) for item in value]
    if not isinstance(value, str):
        return value
    for name in REFERENCE.findall(value):
        if name not in secrets:
            raise AssertionError(f"{file.name} needs the secret '{name}': secrets={{'{name}': ...}}")
    return REFERENCE.sub(lambda found: secrets[found[1]], value)
