"""Events that no process could take, in a folder: one file each, with the reason, until they are replayed.

What authorizes callers is not written: headers and parameters that say so have stars, and so have known secrets. An
expression that reads such a header finds the stars when the event is replayed.
"""

import asyncio
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectory_runtime.encoding import dumps
from connectory_runtime.inbound.grouping import Group
from connectory_runtime.inbound.seen import HEADERS, PARAMS, STARS, is_telling
from connectory_runtime.secrets import Masked

log = logging.getLogger(__name__)

MOST = 1_000  # letters of one process
LARGEST = 1 << 20  # bytes of a letter
SAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One event that waits to be replayed.

    Args:
        path: Its file.
        payload: What expressions read.
        message_id: What named it.
    """

    path: Path
    payload: Mapping[str, Any]
    message_id: str | None


class DeadLetters:
    """The folder.

    Args:
        folder: Where it is; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._lock = asyncio.Lock()

    async def keep(
        self, group: Group, payload: Mapping[str, Any], message_id: str | None, reason: str, masked: Masked
    ) -> str | None:
        """Keep an event; return what to say of it, None where nothing is kept."""
        if self.folder is None:
            return None
        async with self._lock:
            return await asyncio.to_thread(self._keep, group, payload, message_id, reason, masked)

    def _keep(
        self, group: Group, payload: Mapping[str, Any], message_id: str | None, reason: str, masked: Masked
    ) -> str:
        first = group.first
        folder = self._folder_of(group)
        content = masked.value(without_credentials(payload))
        name = hashlib.sha256(message_id.encode(errors="replace") if message_id else dumps(content)).hexdigest()[:32]
        path = folder / f"{name}.json"
        before = read(path) or {}
        letter = {
            "type": first.type,
            "tenantId": first.definition.tenant_id,
            "processDefinitionId": first.definition.id,
            "elementIds": [element.id for element in group.elements],
            "messageId": message_id,
            "time": before.get("time") or time.time(),
            "attempts": int(before.get("attempts") or 0) + 1,
            "reason": reason,
            "payload": content,
        }
        data = dumps(letter)
        if len(data) > LARGEST:
            return f"The event is not kept as a dead letter: it has more than {LARGEST} bytes"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not before and sum(1 for _ in folder.glob("*.json")) >= MOST:
                return f"The event is not kept as a dead letter: {folder} has {MOST} already; replay or remove them"
            part = path.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as exc:
            return f"The event cannot be kept as a dead letter in {folder}: {exc.strerror}"
        return f"The event is kept as dead letter {path.name}"

    def _folder_of(self, group: Group) -> Path:
        definition = group.first.definition
        name = SAFE.sub("_", f"{definition.tenant_id.strip('<>')}-{definition.id}")
        return (self.folder or Path()) / name

    async def of(self, group: Group) -> list[Letter]:
        """Return the letters of a subscription's elements, the oldest first."""
        if self.folder is None:
            return []
        return await asyncio.to_thread(self._of, group)

    def _of(self, group: Group) -> list[Letter]:
        ids = {element.id for element in group.elements}
        found = []
        for path in self._folder_of(group).glob("*.json"):
            letter = read(path)
            if letter and letter.get("type") == group.first.type and ids & set(letter.get("elementIds") or ()):
                payload = letter.get("payload") or {}
                found.append((letter["time"], Letter(path=path, payload=payload, message_id=letter.get("messageId"))))
        return [letter for _, letter in sorted(found, key=lambda one: one[0])]

    async def remove(self, letter: Letter) -> None:
        """Remove a letter that was replayed."""
        await asyncio.to_thread(letter.path.unlink, missing_ok=True)


def read(path: Path) -> dict[str, Any] | None:
    """Return a letter; None where there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        log.warning("dead letter %s cannot be read: %s", path, type(exc).__name__)
        return None
    return value if isinstance(value, dict) else None


def without_credentials(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with stars instead of what authorized its caller."""
    kept = dict(payload)
    request = payload.get("request")
    if isinstance(request, Mapping):
        hidden = {"headers": HEADERS, "params": PARAMS}
        kept["request"] = {
            name: {key: STARS if key.lower() in hidden[name] or is_telling(key) else one for key, one in value.items()}
            if name in hidden and isinstance(value, Mapping)
            else value
            for name, value in request.items()
        }
    return kept
