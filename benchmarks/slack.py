"""What the Slack connector costs a job beyond the bare HTTP call, and how many look-ups many jobs make.

    python benchmarks/slack.py

Target: at most 0.3 ms CPU a job over the bare call; one look-up for 500 jobs to one name. The bare call is aiohttp with
a pooled connection, the connector is bound and called as the runtime does it; both talk to the sandbox in another
process.
"""

import asyncio
import collections
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from connectory_sdk.testing import operations
from connectory_slack import slack

JOBS = 500
ROUNDS = 7
TOKEN = "xoxb-benchmark"


def message(channel: str) -> dict[str, Any]:
    """Return the variables of a job that posts."""
    return {"token": TOKEN, "data": {"channel": channel, "messageType": "plainText", "text": "hello"}}


async def cost(call: Callable[[], Awaitable[Any]]) -> float:
    """Return the milliseconds of CPU that one of many calls takes here, ten at a time."""

    async def several() -> None:
        for _ in range(JOBS // 10):
            await call()

    start = time.process_time()
    await asyncio.gather(*[several() for _ in range(10)])
    return (time.process_time() - start) / JOBS * 1000


async def measure(url: str) -> None:
    """Print the figures."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json;charset=utf-8"}
    body = {"channel": "#general", "text": "hello", "link_names": True}
    async with (
        aiohttp.ClientSession() as session,
        operations(slack, environ={"CONNECTORY_SLACK_API_URL": url}) as run,
    ):

        async def bare() -> Any:
            async with session.post(f"{url}chat.postMessage", json=body, headers=headers) as reply:
                return await reply.json()

        async def connector() -> Any:
            return await run("chat.postMessage", message("#general"))

        await cost(bare)
        await cost(connector)
        pairs = [(await cost(bare), await cost(connector)) for _ in range(ROUNDS)]
        plain = sorted(one for one, _ in pairs)[ROUNDS // 2]
        more = sorted(two - one for one, two in pairs)[ROUNDS // 2]
        print(f"bare call            {plain:6.3f} ms CPU")
        print(f"connector, in excess {more:6.3f} ms CPU   (target 0.3; medians of {ROUNDS} x {JOBS} jobs)")
        await session.delete(url.replace("/api/", "/_sandbox/received"))
        await asyncio.gather(*[run("chat.postMessage", message("ann@example.com")) for _ in range(JOBS)])
        async with session.get(url.replace("/api/", "/_sandbox/received")) as reply:
            counts = collections.Counter(entry["operation"] for entry in await reply.json())
        print(f"{JOBS} jobs to an e-mail address: {dict(counts)}")


def main() -> None:
    """Start the sandbox, measure, stop it."""
    command = [sys.executable, "-m", "connectory_sandbox", "--services", "slack", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip().partition("=")[2]
        try:
            asyncio.run(measure(url))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
