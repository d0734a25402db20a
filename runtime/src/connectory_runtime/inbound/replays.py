"""Events that came before: plain start events have no message id in the engine, so the runtime remembers theirs."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from connectory_runtime.inbound.correlation import Taken

MOST = 10_000
LIVES = 3600.0  # seconds, as long as a message lives by default


class Replays:
    """Lets each event through once; a copy that comes meanwhile waits for the first one's result."""

    def __init__(self, *, most: int = MOST, lives: float = LIVES) -> None:
        self.most = most
        self.lives = lives
        self._seen: OrderedDict[str, tuple[float, asyncio.Future[bool]]] = OrderedDict()

    async def once(self, key: str, offer: Callable[[], Awaitable[Taken]]) -> Taken:
        """Offer an event unless it was accepted before; a failed one may come again."""
        while (seen := self._seen.get(key)) is not None and time.monotonic() - seen[0] < self.lives:
            if await asyncio.shield(seen[1]):
                return "MessageAlreadyCorrelated", None
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._seen[key] = time.monotonic(), done
        try:
            result = await offer()
        except BaseException:
            del self._seen[key]
            done.set_result(False)
            raise
        done.set_result(True)
        while len(self._seen) > self.most and next(iter(self._seen.values()))[1].done():
            self._seen.popitem(last=False)
        return result
