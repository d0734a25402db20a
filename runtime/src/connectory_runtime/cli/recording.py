"""``connectory dev --record DIR``: events that come are kept as files, which tests play again.

A call of a webhook is kept as `connectory_sdk.testing.recorded_call` reads it, an event of another connector as
`connectory_sdk.testing.recorded_event` does. Values of secrets become references to them, so that the files can be
committed; what else lets a caller in becomes stars.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectory_runtime.cli.errors import CommandError
from connectory_runtime.encoding import dumps
from connectory_runtime.inbound.seen import HEADERS, PARAMS, STARS
from connectory_runtime.secrets.masking import Masked, written_forms

if TYPE_CHECKING:
    from connectory_runtime.inbound.answers import Receive, Scope, Send
    from connectory_runtime.inbound.service import Inbound
    from connectory_sdk.http import Answer
    from connectory_sdk.inbound import Correlation, InboundConnector, InboundContext

OF_THE_CONNECTION = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect"}


class Recorder:
    """Keeps what comes to the inbound side of a runtime.

    Args:
        folder: Where the files go; made where it is not there. Files that are there are left alone.
        inbound: What to listen to; it must not have started.
        said: Called with each file.

    Raises:
        CommandError: The folder cannot be made.
    """

    def __init__(self, folder: Path, inbound: "Inbound", said: Callable[[Path], None]) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise CommandError(f"--record: '{folder}' cannot be made: {exc.strerror}") from exc
        self.folder = folder
        self.inbound = inbound
        self.said = said
        self.number = max(
            (int(found[0]) for path in folder.iterdir() if (found := re.match(r"\d+", path.name))), default=0
        )
        self.application = inbound.runtime.mounts["/inbound"]
        inbound.runtime.mounts["/inbound"] = self
        for kind, connector in inbound.connectors.items():
            if not connector.per_instance:  # one that asks for each waiting instance: the sandbox has its answers
                inbound.connectors[kind] = self.listened_to(connector)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve a call; keep it with the status of its answer where somebody has its path."""
        pieces: list[bytes] = []
        status: list[int] = []

        async def received() -> Any:
            message = await receive()
            pieces.append(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
            await send(message)

        path = scope["path"].removeprefix("/inbound/")
        known = path in self.inbound.webhooks.paths
        await self.application(scope, received, sent)
        if known and status:
            self.keep(path, self.call(scope, b"".join(pieces)) | {"status": status[0]})

    def listened_to(self, connector: "InboundConnector") -> "InboundConnector":
        """Return a connector whose events are kept."""

        async def subscribe(config: Any, inbound: "InboundContext") -> None:
            await connector.subscribe(config, Listened(self, inbound))

        return connector._replace(subscribe=subscribe)

    def call(self, scope: "Scope", body: bytes) -> dict[str, Any]:
        """Return a call as its file has it."""
        pairs = [pair.partition("=") for pair in scope["query_string"].decode("latin-1").split("&") if pair]
        query = "&".join(name + equals + self.shown(name, value, PARAMS) for name, equals, value in pairs)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        return {
            "method": scope["method"],
            "url": scope["path"] + (f"?{query}" if query else ""),
            "headers": {n: self.shown(n, v, HEADERS) for n, v in headers if n not in OF_THE_CONNECTION},
            **content(body),
        }

    def shown(self, name: str, value: str, hidden: set[str]) -> str:
        """Return a value, or stars where it lets a caller in and no secret stands for it."""
        return STARS if name.lower() in hidden and self.with_references(value) == value else value

    def with_references(self, text: str) -> str:
        """Return a text with references in place of the secrets that elements were given."""
        masked = Masked()
        names: dict[str, str] = {}
        for one in self.inbound.registry.all():
            for name, value in one.masked.values.items():
                masked.add(name, value)
                names |= dict.fromkeys(written_forms(value), name)
        pattern = masked.pattern()
        return text if pattern is None else pattern.sub(lambda found: f"{{{{secrets.{names[found[0]]}}}}}", text)

    def keep(self, what: str, event: Mapping[str, Any]) -> None:
        """Write a file."""
        self.number += 1
        path = self.folder / f"{self.number:04}-{re.sub(r'[^A-Za-z0-9]+', '-', what).strip('-')}.json"
        path.write_text(self.with_references(json.dumps(event, indent=2, ensure_ascii=False)) + "\n", encoding="utf-8")
        self.said(path)


class Listened:
    """A subscription's way to the processes: an `InboundContext` that keeps events that came by no call."""

    def __init__(self, recorder: Recorder, inbound: "InboundContext") -> None:
        self.recorder = recorder
        self.inbound = inbound
        self.is_called = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inbound, name)

    async def serve(self, path: str, answer: "Answer") -> None:
        """Answer calls, which are kept as calls."""
        self.is_called = True
        await self.inbound.serve(path, answer)

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> "Correlation":
        """Keep an event, and offer it."""
        if not self.is_called:
            event = {"type": self.inbound.type, "payload": json.loads(dumps(payload)), "messageId": message_id}
            self.recorder.keep(self.inbound.type, event)
        return await self.inbound.correlate(payload, message_id=message_id)


def content(body: bytes) -> dict[str, Any]:
    """Return the entry for a body: readable, and exactly the same bytes again, because they may be signed."""
    if not body:
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}
    try:
        value = json.loads(text)
    except ValueError:
        return {"body": text}
    return {"body": value if not isinstance(value, str) and json.dumps(value) == text else text}
