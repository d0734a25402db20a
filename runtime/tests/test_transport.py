"""The transport to the cluster, beneath the client."""

import asyncio
import random

from connectory_runtime.client.transport import Transport

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request at once."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def test_a_cancellation_is_never_lost() -> None:
    """Also not in the moment of the answer, when the library loses about one of twenty."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async with server, Transport(base) as transport:

        async def ask_for_ever() -> None:
            while True:
                await transport.request("GET", "/")

        for _ in range(500):
            task = asyncio.create_task(ask_for_ever())
            for _ in range(random.randrange(100)):
                await asyncio.sleep(0)
            task.cancel()
            ended, _ = await asyncio.wait([task], timeout=10)
            assert ended, "the task goes on"
            assert task.cancelled()
