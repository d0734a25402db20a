"""Rate limits: who has to wait learns it without asking Slack again, and those who wait come back one by one."""

import math
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

MOST = 10_000
"""Limits to remember; the one that was not met for longest goes first."""

LONGEST = 3.0
"""Seconds between those who wait, at most: the strictest limit that matters here is 20 calls a minute."""

PAUSE = 5.0
"""Seconds without a call after which the pace is measured anew."""

ROOM = 1.2
"""How much slower than Slack took calls before those who wait come back: at the very limit they would be refused."""


@dataclass(slots=True)
class Limit:
    """What is known of one limit.

    Args:
        opened: Since when calls get through, without a closure or a pause.
        passed: How many did since then.
        last: When the latest did.
        closed_until: When Slack takes calls again.
        next_turn: When the next one who waits shall come back.
        interval: Seconds between those who wait.
    """

    opened: float
    passed: int = 0
    last: float = 0.0
    closed_until: float = 0.0
    next_turn: float = 0.0
    interval: float = 1.0


class Limits:
    """The limits of all tokens and methods; Slack limits each method, and posting each channel, by itself."""

    def __init__(self) -> None:
        self.known: OrderedDict[Hashable, Limit] = OrderedDict()

    def limit(self, key: Hashable) -> Limit:
        """Return the limit of a key, new if it was not met lately."""
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Limit(opened=time.monotonic())
            if len(self.known) > MOST:
                self.known.popitem(last=False)
        self.known.move_to_end(key)
        return found

    def wait(self, key: Hashable) -> float:
        """Return how long a call has to wait; 0 if it may be made."""
        limit = self.limit(key)
        return self.turn(limit) if limit.closed_until > time.monotonic() else 0.0

    def passed(self, key: Hashable) -> None:
        """Note that a call got through."""
        limit, now = self.limit(key), time.monotonic()
        if limit.opened <= limit.closed_until <= now or now - limit.last > PAUSE:
            limit.opened, limit.passed = now, 0
        limit.passed += 1
        limit.last = now

    def refused(self, key: Hashable, retry_after: float) -> float:
        """Note that Slack closed the door; return how long to wait.

        Those who wait come back at the pace at which calls got through before, so that the door stays open for them.
        """
        limit, now = self.limit(key), time.monotonic()
        if limit.closed_until <= now:
            period = max(retry_after, now - limit.opened)
            limit.interval = min(period / max(1, limit.passed), LONGEST) * ROOM
            limit.closed_until = now + retry_after
            limit.next_turn = max(limit.next_turn, limit.closed_until)
        return self.turn(limit)

    def turn(self, limit: Limit) -> float:
        """Take the next turn; return how long it is until then."""
        mine = limit.next_turn
        limit.next_turn += limit.interval
        return max(0.0, math.ceil((mine - time.monotonic()) * 1000) / 1000)
