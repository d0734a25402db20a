"""From what people write to the ids that Slack wants: looked up once, kept for a while, for all jobs of a token."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectory_sdk.shared import Shared

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^.@\s]{2,}")
KEPT = 300.0
"""Seconds until names are looked up anew."""

FRESH = 5.0
"""Seconds during which a name that was not found is not searched again."""

TOKENS = 100
EMAILS = 10_000
ENTRIES = 200_000
"""How much is kept at most."""

Entries = list[tuple[str, str]]
"""Pairs of name and id."""

Load = Callable[[str], Awaitable[tuple[Entries, str]]]
"""Loads the page of a cursor: its entries, and the next cursor, empty at the end."""


@dataclass(slots=True)
class Listing:
    """Names and ids of one list, loaded page by page and only as far as somebody has searched.

    A page that Slack refuses for now loses nothing: the next search goes on where this one stopped.
    """

    ids: dict[str, list[str]] = field(default_factory=dict)
    cursor: str = ""
    complete: bool = False
    started: float = -KEPT
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, name: str, load: Load, *, every: bool = False) -> list[str]:
        """Return the ids of a name: the first, or every one, which needs the whole list."""
        async with self.lock:
            age = time.monotonic() - self.started
            if age > KEPT or (self.complete and name not in self.ids and age > FRESH):
                self.ids, self.cursor, self.complete, self.started = {}, "", False, time.monotonic()
            while not self.complete and (every or name not in self.ids):
                entries, self.cursor = await load(self.cursor)
                for known, found in entries:
                    self.ids.setdefault(known, []).append(found)
                self.complete = not self.cursor or len(self.ids) > ENTRIES
            return self.ids.get(name, [])

    def nearest(self, name: str) -> list[str]:
        """Return the names that are most like one."""
        import difflib  # only for a message

        return difflib.get_close_matches(name, self.ids, n=3, cutoff=0.6)


@dataclass(slots=True)
class Directory:
    """What is known of a token's workspace."""

    channels: Listing = field(default_factory=Listing)
    users: Listing = field(default_factory=Listing)
    emails: OrderedDict[str, tuple[float, str]] = field(default_factory=OrderedDict)
    asking: Shared[str, str] = field(default_factory=Shared)

    async def email(self, address: str, look_up: Callable[[], Coroutine[Any, Any, str]]) -> str:
        """Return the id of an e-mail address; one look-up serves all who ask meanwhile."""
        until, found = self.emails.get(address, (0.0, ""))
        if time.monotonic() >= until:
            found = await self.asking.get(address, look_up)
            self.emails[address] = (time.monotonic() + KEPT, found)
            if len(self.emails) > EMAILS:
                self.emails.popitem(last=False)
        return found


class Directories:
    """The directories of the tokens that were used lately."""

    def __init__(self) -> None:
        self.known: OrderedDict[str, Directory] = OrderedDict()

    def of(self, token: str) -> Directory:
        """Return the directory of a token."""
        found = self.known.setdefault(token, Directory())
        self.known.move_to_end(token)
        if len(self.known) > TOKENS:
            self.known.popitem(last=False)
        return found


def users_of(answer: Mapping[str, Any]) -> Entries:
    """Return real names and ids of a page of users who are still there; some answers have the name in the profile."""
    members = [member for member in answer.get("members", []) if not member.get("deleted")]
    names = [member.get("real_name") or (member.get("profile") or {}).get("real_name") for member in members]
    return [(name, member["id"]) for name, member in zip(names, members, strict=True) if name]


def channels_of(answer: Mapping[str, Any]) -> Entries:
    """Return names and ids of a page of channels."""
    return [(channel["name"], channel["id"]) for channel in answer.get("channels", []) if channel.get("name")]
