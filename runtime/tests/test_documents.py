"""Documents against a gateway: upload, download, links, external references."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.documents import external
from connectory_runtime.documents.store import ClusterDocuments
from connectory_sdk import ConnectorError, ConnectorInputError, Document


@pytest.fixture
async def documents(gateway: Any) -> AsyncIterator[ClusterDocuments]:
    async with CamundaClient(gateway.address) as client:
        yield ClusterDocuments(client)


async def test_content_goes_there_and_back(gateway: Any, documents: ClusterDocuments) -> None:
    """As bytes or as a stream, with what is known of it; the reference has no empty metadata."""

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(50):
            yield bytes([number]) * 1_000

    stored = await documents.create(
        pieces(),
        name="a \u00e4.bin",
        content_type="application/x-a",
        time_to_live=timedelta(hours=1),
        properties={"n": 1},
    )

    assert await stored.read() == b"".join([bytes([number]) * 1_000 for number in range(50)])
    assert stored.reference["camunda.document.type"] == "camunda"
    metadata = dict(stored.metadata)
    assert metadata.pop("expiresAt").endswith("Z")
    assert metadata == {
        "contentType": "application/x-a",
        "fileName": "a \u00e4.bin",
        "customProperties": {"n": 1},
        "size": 50_000,
    }
    query = gateway.calls[-1].path.split("?")[1]
    assert query == "storeId=s&contentHash=h"


@pytest.mark.parametrize("given", ["nonsense", "text/plain;", "text/", "a b/c", 'text/plain; x="ü"'])
async def test_a_content_type_that_is_none(gateway: Any, documents: ClusterDocuments, given: str) -> None:
    """A server may call its answer anything: the document is stored, and its metadata say what was said."""
    document = await documents.create(b"hello", content_type=given)

    assert await document.read() == b"hello"
    assert document.content_type == given


async def test_the_reference_of_8_6(old_gateway: Any) -> None:
    """There the answer names no type; the reference does."""
    async with CamundaClient(old_gateway.address) as client:
        stored = await ClusterDocuments(client).create(b"x")

    assert stored.reference["camunda.document.type"] == "camunda"
    assert stored.metadata == {"size": 1}


async def test_links(gateway: Any, documents: ClusterDocuments) -> None:
    """The time to live is sent in milliseconds; inline documents have no link, external ones have their own."""
    stored = await documents.create(b"x")

    assert await stored.link(time_to_live=timedelta(minutes=1)) == "https://link.test/d1"
    assert gateway.calls[-1].json() == {"timeToLive": 60_000}
    external = Document({"camunda.document.type": "external", "url": "http://x/y"}, documents)
    assert await external.link() == "http://x/y"
    with pytest.raises(ConnectorInputError, match="no link"):
        await Document({"camunda.document.type": "inline", "content": "x"}, documents).link()


async def test_what_cannot_be_read(gateway: Any, documents: ClusterDocuments) -> None:
    """Missing documents, refused uploads and unreachable links are errors with the id or the status."""
    with pytest.raises(ConnectorError, match=r"document 'nope' cannot be read: 404 NOT_FOUND"):
        await Document({"camunda.document.type": "camunda", "documentId": "nope"}, documents).read()
    gateway.faults["documents"].append(403)
    with pytest.raises(ConnectorError, match="cannot be stored: 403"):
        await documents.create(b"x")
    with pytest.raises(ConnectorError, match="external document cannot be read"):
        await Document({"camunda.document.type": "external", "url": "http://127.0.0.1:1/x"}, documents).read()
    with pytest.raises(ConnectorInputError, match="http or https"):
        await Document({"camunda.document.type": "external", "url": "file:///etc/passwd"}, documents).read()


async def test_external_documents(gateway: Any, documents: ClusterDocuments) -> None:
    """They are fetched where they are, as a stream."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found = b"/file?a=1 " in head
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
            if found
            else b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        good = Document({"camunda.document.type": "external", "url": f"{address}/file?a=1"}, documents)
        bad = Document({"camunda.document.type": "external", "url": f"{address}/other"}, documents)
        assert await good.read() == b"hello"
        with pytest.raises(ConnectorError, match="404"):
            await bad.read()


@pytest.mark.parametrize(
    ("path", "given", "name", "kind"),
    [
        ("/named", {"name": "mine.pdf"}, r"mine\.pdf", "application/pdf"),
        ("/named", {}, r"a b\.pdf", "application/pdf"),
        ("/typed", {}, r"[0-9a-f-]{36}\.plain", "text/plain; charset=utf-8"),
        ("/moved", {}, r"a b\.pdf", "application/pdf"),
    ],
)
async def test_an_external_document_is_described_by_its_answer(
    documents: ClusterDocuments, path: str, given: Any, name: str, kind: str
) -> None:
    """Name and media type come with the content, which is fetched once; redirects are followed."""
    asked: list[str] = []
    answers = {
        "/named": 'content-type: application/pdf\r\ncontent-disposition: attachment; filename="a b.pdf"',
        "/typed": "content-type: text/plain; charset=utf-8",
        "/moved": "location: /named",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        status = "302 X" if asked[-1] == "/moved" else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\n{answers[asked[-1]]}\r\ncontent-length: 5\r\n\r\nhello".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
        document = Document({"camunda.document.type": "external", "url": url, **given}, documents)
        async with document.opened() as opened:
            content = b"".join([chunk async for chunk in opened.content])

    assert content == b"hello"
    assert re.fullmatch(name, opened.name or "")
    assert opened.content_type == kind
    assert asked == ([path, "/named"] if path == "/moved" else [path])


async def test_redirects_of_an_external_document_end(documents: ClusterDocuments) -> None:
    """A server that redirects for ever, or to what is no web server, is given up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b"\r\n\r\n")
        to = b"file:///etc/passwd" if b"/file" in line else b"/again"
        writer.write(b"HTTP/1.1 302 X\r\nlocation: " + to + b"\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConnectorError, match="cannot be read: 302"):
            await Document({"camunda.document.type": "external", "url": f"{address}/again"}, documents).read()
        with pytest.raises(ConnectorInputError, match="http or https URL"):
            await Document({"camunda.document.type": "external", "url": f"{address}/file"}, documents).read()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhel"])
async def test_an_external_document_that_does_not_come(
    documents: ClusterDocuments, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """It is given up, and its connection is not kept."""
    monkeypatch.setattr(external, "TIMEOUT", 0.3)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await reader.read()
        ended.set()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/file"
        with pytest.raises(ConnectorError, match="external document was not there within"):
            await Document({"camunda.document.type": "external", "url": url}, documents).read()
        async with asyncio.timeout(5):
            await ended.wait()


async def test_an_upload_from_a_job(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """An operation stores, the process gets the reference, the next operation reads."""

    async def store(request: Any, job: Any) -> Any:
        if isinstance(request.text, Document):
            return (await request.text.read()).decode()
        return await job.documents.create(request.text.encode(), name="n.txt")

    gateway.add({"text": "content"}, headers={"resultExpression": "={d: response}"})
    async with start_runtime(gateway, make_connector(store)):
        (first,) = await gateway.told()
        key = gateway.add({"text": [first.body["variables"]["d"]][0]}, headers={"resultVariable": "o"})
        await gateway.told(2)

    assert gateway.of(key)[0].body["variables"] == {"o": "content"}


async def test_a_dropped_token_is_replaced_for_documents_too(gateway: Any) -> None:
    """Uploads and downloads are tried once more after a 401, as commands are."""

    class Login:
        number = 1

        async def header(self) -> str:
            return f"Bearer t{self.number}"

        def refused(self, header: str | None) -> bool:
            self.number += 1
            return True

        async def close(self) -> None:
            """Have nothing to free."""

    async with CamundaClient(gateway.address, authentication=Login()) as client:
        store = ClusterDocuments(client)
        gateway.required = lambda header: header == "Bearer t2"
        stored = await store.create(b"x")
        gateway.required = lambda header: header == "Bearer t3"
        assert await stored.read() == b"x"


async def test_an_input_whose_document_is_gone(gateway: Any, start_runtime: Any) -> None:
    """It is an incident at once; while the store is away, the job is tried again."""
    call = {"camunda.function.type": "getText", "params": [{"camunda.document.type": "camunda", "documentId": "nope"}]}
    async with start_runtime(gateway):
        gone = gateway.add({"text": call})
        await gateway.told()
        gateway.faults["documents"].append(503)
        away = gateway.add({"text": call})
        await gateway.told(2)

    assert gateway.of(gone)[0].body["retries"] == 0
    assert gateway.of(away)[0].body["retries"] == 2
