"""Kafka: jobs to one topic over one producer, against a raw aiokafka loop with the same concurrency.

    python benchmarks/kafka.py [--jobs 5000] [--concurrency 5]

Runs against the broker in ``KAFKA_BOOTSTRAP``, else against the sandbox's. Both sides write the same JSON, await each
message, take turns in short rounds, and use the same producer settings; a job is its variables bound and its operation
called, as the runtime does it. The ratio is the median of the rounds' ratios; passes at 0.8. From about 10 messages at
a time on, both sides need a whole core, and the ratio is that of their CPU: see docs/connectors/kafka.md.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from connectory_kafka import kafka
from connectory_sdk import JobContext
from connectory_sdk.binding import bind
from connectory_sdk.testing import operations

ROUNDS = 7
WANTED = 0.8
VALUE = {
    "orderId": 4711,
    "customer": "Ann Smith",
    "lines": [{"sku": "A-1", "quantity": 2}, {"sku": "B-7", "quantity": 1}],
}


async def rate(send: Callable[[int], Awaitable[Any]], jobs: int, concurrency: int) -> float:
    """Return messages a second when so many are under way at a time, each awaited."""
    numbers = iter(range(jobs))

    async def worker() -> None:
        for number in numbers:
            await send(number)

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return jobs / (time.perf_counter() - start)


async def measure(servers: str, jobs: int, concurrency: int) -> float:
    """Print both rates and return their ratio."""
    from aiokafka import AIOKafkaProducer

    async with AsyncExitStack() as stack:
        call = await stack.enter_async_context(operations(kafka))
        operation = kafka.operations["publish"]
        context: JobContext[Any] = JobContext(
            key="1", type=kafka.type, variables={}, state=call.state, documents=call.documents
        )
        raw = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all", request_timeout_ms=30000)
        await stack.enter_async_context(raw)

        async def bare(number: int) -> None:
            value = json.dumps({**VALUE, "n": number}).encode()
            await raw.send_and_wait("benchmark", value, b"%d" % number)

        async def job(number: int) -> None:
            message = {"key": str(number), "value": {**VALUE, "n": number}}
            place = {"bootstrapServers": servers, "topicName": "benchmark"}
            await operation.call(await bind(operation.request, {"topic": place, "message": message}), context)

        rates: dict[Callable[[int], Awaitable[None]], list[float]] = {bare: [], job: []}
        for side in (bare, job):
            await rate(side, jobs // 5, concurrency)
        for _ in range(ROUNDS):
            for side, found in rates.items():
                found.append(await rate(side, jobs // ROUNDS, concurrency))
        assert len(call.state.producers.shared) == 1
        for name, found in zip(("raw aiokafka", "connector"), rates.values(), strict=True):
            print(f"{name:12} {statistics.median(found):9.0f} messages/s")
        return statistics.median(ours / theirs for theirs, ours in zip(*rates.values(), strict=True))


async def main() -> int:
    """Measure where there is a broker."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--concurrency", type=int, default=5)
    options = parser.parse_args()
    async with AsyncExitStack() as stack:
        servers = os.environ.get("KAFKA_BOOTSTRAP")
        if not servers:
            from connectory_sandbox import Sandbox

            servers = (await stack.enter_async_context(Sandbox(["kafka"]))).kafka.servers
        ratio = await measure(servers, options.jobs, options.concurrency)
    print(f"ratio        {ratio:9.2f} (at least {WANTED})")
    return 0 if ratio >= WANTED else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
