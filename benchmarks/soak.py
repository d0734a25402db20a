"""The outbound runtime under mixed load for a while: does its memory stay flat?

    python benchmarks/soak.py [--minutes 16] [--rate 40] [--camunda ADDRESS]

REST jobs at a steady rate: most are answered at once, some after 10 s, some by an error, some meet a port where nobody
listens, some carry a secret. Gateway, target server and runtime are processes of their own. Prints resident memory each
minute and, at the end, the last quarter's median over the second quarter's, when all caches are full; judges nothing.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

from outbound import ENGINE, TARGET, Wire, called, completed, deploy, ours, script

PORT = "18298"
MIX = ("order",) * 14 + ("secret",) * 3 + ("slow", "missing", "refused")
"""What the jobs do, in turn: of twenty, one is slow, one gets an error, one finds nobody."""


async def offer(address: str, processes: dict[str, str], rate: float, until: float) -> int:
    """Create instances at a steady rate and return how many."""
    wire = Wire(address)
    body = {
        kind: json.dumps({"processDefinitionId": process, "variables": {"order": {}}}).encode()
        for kind, process in processes.items()
    }
    begin = time.monotonic()
    running: set[asyncio.Task[None]] = set()
    for number, kind in enumerate(itertools.cycle(MIX)):
        await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
        if time.monotonic() >= until:
            await asyncio.gather(*running)
            return number
        task = asyncio.create_task(wire.create(body[kind]))
        running.add(task)
        task.add_done_callback(running.discard)
    raise AssertionError("the cycle never ends")


def main() -> None:
    """Offer jobs in a thread and look at the memory in this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=16)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--camunda", metavar="ADDRESS")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        address = options.camunda or stack.enter_context(script(ENGINE))
        target = stack.enter_context(script(TARGET))
        urls = {
            "order": f"{target}/order",
            "slow": f"{target}/slow",
            "secret": f"{target}/order?key={{{{secrets.SOAK}}}}",
            "missing": f"{target}/missing",
            "refused": "http://127.0.0.1:9/nobody",
        }
        processes = {kind: deploy(address, "io.camunda:http-json:1", url) for kind, url in urls.items()}
        environ = {"CONNECTORY_CONNECTORS": "rest", "SERVER_PORT": PORT, "SERVER_ADDRESS": "127.0.0.1"}
        secret = {"SECRET_SOAK": "hidden", "CONNECTORY_LOG_LEVEL": "ERROR"}
        runtime = stack.enter_context(ours(address, Path(folder), 1, **environ, **secret))
        until = time.monotonic() + options.minutes * 60
        samples: list[float] = []

        async def load_and_look() -> int:
            offering = asyncio.create_task(offer(address, processes, options.rate, until))
            while not offering.done():
                await asyncio.wait([offering], timeout=min(60.0, options.minutes * 5))
                samples.append(runtime.memory())
                print(f"{len(samples):4} {samples[-1]:7.1f} MiB, {called(target)} calls", flush=True)
            return await offering

        offered = asyncio.run(load_and_look())
        quarter = len(samples) // 4
        second, last = samples[quarter : 2 * quarter], samples[-quarter:]
        print(f"{offered} jobs offered, {completed(f'http://127.0.0.1:{PORT}')} completed")
        if quarter:
            print(f"memory, last quarter over second: {statistics.median(last) / statistics.median(second):.3f}")


if __name__ == "__main__":
    main()
