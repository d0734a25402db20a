"""What the REST connector costs: transports, its own code, a large document, tokens.

Run: python benchmarks/rest.py [transports|code|document|tokens ...]

The server is a process of its own, so that its CPU time does not count. Figures are ratios of one run on one machine.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from connectory_rest import rest
from connectory_rest.sending import HttpxTransport, Sending
from connectory_rest.tls import system_context
from connectory_rest.transport import AiohttpTransport
from connectory_rest.urls import parse
from connectory_sdk import Document
from connectory_sdk.testing import MemoryDocuments, operations

SERVER = """
import asyncio
BODY = b'{"ok": true, "items": [1, 2, 3]}'
PLAIN = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(BODY) + BODY
TOKEN = b'{"access_token": "T", "expires_in": 3600}'
asked = 0

async def serve(reader, writer):
    global asked
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            lines = [line.lower() for line in head.split(b"\\r\\n")]
            length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
            if length:
                await reader.readexactly(length)
            if head.startswith(b"GET /large"):
                writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % (200 * 2**20))
                for _ in range(200 * 16):
                    writer.write(b"x" * 65536)
                    await writer.drain()
            elif head.startswith(b"POST /token"):
                asked += 1
                writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(TOKEN) + TOKEN)
            elif head.startswith(b"GET /asked"):
                text = b'{"asked": %d}' % asked
                writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(text) + text)
            else:
                writer.write(PLAIN)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""

JOB = {
    "method": "POST",
    "headers": {"X-Order": "17", "Accept": "application/json"},
    "queryParameters": {"page": "2"},
    "authentication": {"type": "bearer", "token": "abc.def.ghi"},
    "body": {"id": 17, "items": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]},
    "connectionTimeoutInSeconds": "20",
    "readTimeoutInSeconds": "20",
}
Call = Callable[[], Awaitable[Any]]


async def measured(call: Call, *, count: int, at_once: int) -> tuple[float, float]:
    """Return milliseconds of CPU for a call, and calls a second."""
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            await call()

    await asyncio.gather(*[one() for _ in range(at_once)])
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*[one() for _ in range(count)])
    return 1000 * (time.process_time() - cpu) / count, count / (time.perf_counter() - wall)


@asynccontextmanager
async def bare(name: str, url: str) -> AsyncIterator[Call]:
    """Yield a call that has nothing to find out, over one of the transports: the same request again and again."""
    content = b'{"id":17,"items":[{"sku":"a","count":2},{"sku":"b","count":1}]}'
    headers = {
        "X-Order": "17",
        "Accept": "application/json",
        "Authorization": "Bearer abc.def.ghi",
        "Content-Type": "application/json",
    }
    async with AsyncExitStack() as stack:
        if name == "pyreqwest":
            from pyreqwest.client import ClientBuilder
            from pyreqwest.compatibility.httpx import HttpxTransport as Pyreqwest

            theirs = await stack.enter_async_context(Pyreqwest(ClientBuilder().build()))
            address = httpx.URL(f"{url}/orders?page=2")
            extensions = {"timeout": {"connect": 20.0, "read": 20.0, "write": 20.0, "pool": None}}

            async def send() -> httpx.Response:
                request = httpx.Request("POST", address, headers=headers, content=content, extensions=extensions)
                return await theirs.handle_async_request(request)

        else:
            kind = partial(HttpxTransport, http2=False) if name == "httpx" else AiohttpTransport
            made = await stack.enter_async_context(aclosing(kind(tls=system_context(), proxy=None, keep_alive=4)))
            target = parse(f"{url}/orders?page=2")

            async def send() -> httpx.Response:
                return await made.send(Sending("POST", target, list(headers.items()), content, 20.0, 20.0))

        async def call() -> bytes:
            response = await send()
            try:
                return await response.aread()
            finally:
                await response.aclose()

        yield call


async def transports(url: str) -> None:
    """Compare transports with 100 requests in flight."""
    for name in ("aiohttp", "pyreqwest", "httpx"):
        try:
            async with bare(name, url) as call:
                cpu, rate = await measured(call, count=1000 if name == "httpx" else 5000, at_once=100)
                print(f"transport {name:10} {cpu:6.3f} ms CPU a request, {rate:6.0f} requests/s")
        except ImportError:
            print(f"transport {name:10} is not installed")


async def code(url: str) -> None:
    """Compare a whole operation, from variables to result, with its bare transport."""
    variables = {**JOB, "url": f"{url}/orders"}
    async with operations(rest) as call, bare("aiohttp", url) as same:
        alone, whole = [], []
        for _ in range(40):  # in turns, and the middle of each, for the machine is seldom quiet
            alone.append(await measured(same, count=150, at_once=16))
            whole.append(await measured(lambda: call("request", variables), count=150, at_once=16))
        (cpu, _), (least, _) = statistics.median_low(whole), statistics.median_low(alone)
        print(f"operation {cpu:.3f} ms CPU, bare transport {least:.3f}, the connector's share {cpu - least:.3f} ms")


class Counting(MemoryDocuments):
    """Counts what it is given and keeps nothing."""

    async def create(self, content: Any, **facts: Any) -> Document:
        """Read a stream to its end."""
        size = 0
        async for chunk in content:
            size += len(chunk)
        return Document({"documentId": "1", "metadata": {"size": size}}, self)


async def document(url: str) -> None:
    """Store an answer of 200 MiB and see how the process grows."""
    async with operations(rest, documents=Counting()) as call:
        await call("request", {"url": url, "method": "GET"})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        result: Mapping[str, Any] = await call(
            "request", {"url": f"{url}/large", "method": "GET", "storeResponse": True}
        )
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        size = result["document"].size / 2**20
        print(f"document of {size:.0f} MiB: {grown:.1f} MiB growth, {time.perf_counter() - started:.1f} s")


async def tokens(url: str) -> None:
    """Run 1,000 jobs with one OAuth client."""
    grant = {
        "type": "oauth-client-credentials-flow",
        "oauthTokenEndpoint": f"{url}/token",
        "clientId": "id",
        "clientSecret": "secret",
        "clientAuthentication": "basicAuthHeader",
    }
    async with operations(rest) as call:
        job = {"url": f"{url}/orders", "method": "GET", "authentication": grant}
        await asyncio.gather(*[call("request", job) for _ in range(1000)])
        asked = await call("request", {"url": f"{url}/asked", "method": "GET"})
        print(f"1000 jobs with OAuth at once: {asked['body']['asked']} token requests")


async def main(names: list[str]) -> None:
    """Start the server and run the parts."""
    parts = {"transports": transports, "code": code, "document": document, "tokens": tokens}
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, stdout=subprocess.PIPE)
    assert server.stdout is not None
    url = f"http://127.0.0.1:{int(await server.stdout.readline())}"
    try:
        for name in names or parts:
            await parts[name](url)
    finally:
        server.terminate()
        await server.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
