"""One call for all who want its result."""

import asyncio

import pytest

from connectory_sdk import ConnectorError
from connectory_sdk.shared import Shared


class Counter:
    """A call that waits for a sign, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.open = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        await self.open.wait()
        return self.calls


async def test_all_who_ask_meanwhile_get_the_same() -> None:
    """One call for a key, another for another; the next who asks afterwards calls again."""
    shared, call = Shared[str, int](), Counter()
    asking = [asyncio.create_task(shared.get(key, call)) for key in "aab"]
    await asyncio.sleep(0)
    call.open.set()

    assert await asyncio.gather(*asking) == [1, 1, 2]
    assert await shared.get("a", call) == 3
    assert shared.calls == {}


async def test_who_gives_up_takes_nobody_along() -> None:
    """Not even the one whose call it is."""
    shared, call = Shared[str, int](), Counter()
    first, second = (asyncio.create_task(shared.get("a", call)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    call.open.set()

    assert await second == 1
    assert first.cancelled()


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    """The next who asks has another chance."""
    shared = Shared[str, int]()

    async def fails() -> int:
        raise ConnectorError("no")

    async def works() -> int:
        return 1

    failed = await asyncio.gather(*(shared.get("a", fails) for _ in range(2)), return_exceptions=True)

    assert [str(one) for one in failed] == ["no", "no"]
    assert await shared.get("a", works) == 1


async def test_closing_gives_up_what_is_under_way() -> None:
    """Those who wait are told; they were not cancelled themselves."""
    shared = Shared[str, int]()
    waiting = asyncio.create_task(shared.get("a", Counter()))
    await asyncio.sleep(0)
    await shared.close()

    with pytest.raises(ConnectorError, match="the runtime stops"):
        await waiting
