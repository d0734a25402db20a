"""An answer that is read piece by piece, by a document store or by the runtime."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from connectory_rest.answers import limited
from connectory_rest.failures import TIMED_OUT
from connectory_sdk import ConnectorError

if TYPE_CHECKING:
    import httpx

TOTAL = "the time of 'connectoryPolicy.totalTimeoutInSeconds' is over"


class AnswerStream:
    """The body of an answer; reading it to the end, failing and `aclose` all give the connection back.

    Args:
        response: The answer.
        stack: What keeps the answer open.
        limit: Most bytes; 0 for no limit.
        deadline: When the exchange must be over, in the loop's time.
    """

    def __init__(
        self, response: "httpx.Response", stack: AsyncExitStack, *, limit: int, deadline: float | None
    ) -> None:
        self.response = response
        self.stack = stack
        self.deadline = deadline
        self.chunks = limited(response, limit)
        self.ahead: bytes | None = None

    @classmethod
    async def open(
        cls, response: "httpx.Response", stack: AsyncExitStack, *, limit: int, deadline: float | None
    ) -> "AnswerStream":
        """Return a stream of which the first piece is there."""
        stream = cls(response, stack, limit=limit, deadline=deadline)
        stream.ahead = await stream.next()
        return stream

    @property
    def empty(self) -> bool:
        """Whether there is no content at all."""
        return self.ahead is None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk, self.ahead = self.ahead, None
        chunk = chunk or await self.next()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def next(self) -> bytes | None:
        """Return the next piece; None at the end."""
        try:
            async with asyncio.timeout_at(self.deadline):
                chunk = await anext(self.chunks, None)
        except TimeoutError:
            await self.aclose()
            raise ConnectorError(TIMED_OUT, code="408", hint=TOTAL) from None
        except BaseException:
            await self.aclose()
            raise
        if chunk is None:
            await self.aclose()
        return chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        await self.chunks.aclose()
        await self.stack.aclose()
