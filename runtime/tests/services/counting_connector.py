"""A connector for services under test: it calls a loopback server that counts, as ``CONNECTOR_COUNT_FUNCTION``."""

import asyncio
import os
from typing import Any

from pydantic import BaseModel

from connectory_sdk import Connector, ConnectorError, JobContext

connector: Connector[Any] = Connector(id="test.count.outbound", name="Count", type="test:count:1", version=1)


class Count(BaseModel):
    """What is counted."""

    number: int


@connector.operation("count")
async def count(request: Count, job: JobContext) -> dict[str, Any]:
    """Tell the counting server."""
    host, _, port = os.environ["COUNTING_SERVER"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"{request.number}\n".encode())
        answer = await reader.readline()
    finally:
        writer.close()
    if answer != b"ok\n":
        raise ConnectorError("the counting server did not answer")
    return {"number": request.number}
