"""Kafka: jobs to one topic over one producer, against a raw aiokafka loop with the same concurrency.

    python benchmarks/kafka.py [--jobs 5000] [--concurrency 5]

Runs against the broker in ``KAFKA_BOOTSTRAP``, else against the sandbox's. All sides write the same JSON, await each
message, take turns in short rounds, and use the same producer settings; a job is its variables bound and its operation
called, as the runtime does it. There are two raw loops: one writes its JSON with the standard library, as most people
would, one with the library that the connector uses. A ratio is the median of the rounds' ratios; passes when the one to
the first loop is at least 0.8. From about 10 messages at a time on, all need a whole core, and the ratio is that of
their CPU: see docs/connectors/kafka.md.
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

import orjson

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
    """Print all rates and return the connector's ratio to the first raw loop."""
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
            value = json.dumps({**VALUE, "n": number}, separators=(",", ":")).encode()
            await raw.send_and_wait("benchmark", value, b"%d" % number)

        async def bare_orjson(number: int) -> None:
            await raw.send_and_wait("benchmark", orjson.dumps({**VALUE, "n": number}), b"%d" % number)

        async def job(number: int) -> None:
            message = {"key": str(number), "value": {**VALUE, "n": number}}
            place = {"bootstrapServers": servers, "topicName": "benchmark"}
            await operation.call(await bind(operation.request, {"topic": place, "message": message}), context)

        sides = {"raw aiokafka, json": bare, "raw aiokafka, orjson": bare_orjson, "connector": job}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for send in sides.values():
            await rate(send, jobs // 5, concurrency)
        for _ in range(ROUNDS):
            for name, send in sides.items():
                rates[name].append(await rate(send, jobs // ROUNDS, concurrency))
        assert len(call.state.producers.shared) == 1
        ratios = {
            name: statistics.median(ours / theirs for theirs, ours in zip(found, rates["connector"], strict=True))
            for name, found in rates.items()
        }
        for name, found in rates.items():
            print(f"{name:20} {statistics.median(found):9.0f} messages/s   connector: {ratios[name]:.2f} of it")
        return ratios["raw aiokafka, json"]


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
    print(f"ratio {ratio:24.2f} (at least {WANTED})")
    return 0 if ratio >= WANTED else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
