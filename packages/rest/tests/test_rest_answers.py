"""What a model sees of an answer: results, documents, errors."""

import asyncio
import gzip
import socket
from typing import Any

import pytest

from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.documents import DocumentReturn
from connectory_sdk.testing import MemoryDocuments, operations


def answer(status: int = 200, *headers: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"status": status, "headers": headers, **more}


async def test_a_result_has_five_members(send: Any, peer: Any) -> None:
    """Names of headers are as received, the reason without blanks around it, absent members null."""
    peer.on("/", answer(201, ("x-A", "ü"), body='{"a": [1, 2.50, null]}', reason="  All Good ", type="text/plain"))

    result = await send(peer.base)

    assert result == {
        "status": 201,
        "headers": {"x-A": "ü", "Content-Type": "text/plain", "Content-Length": "22"},
        "body": {"a": [1, 2.5, None]},
        "reason": "All Good",
        "document": None,
    }


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("", None),
        (" \n", None),
        (' {"a": 1} ', {"a": 1}),
        ("[]", []),
        ("12", "12"),
        ("null", "null"),
        ('"text"', '"text"'),
        ('{"a": 1} tail', '{"a": 1} tail'),
        ('{"a": NaN}', '{"a": NaN}'),
        ("[" * 100_000, "[" * 100_000),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b"\x89PNG\xff", "�PNG�"),
    ],
)
async def test_objects_and_lists_are_parsed(send: Any, peer: Any, content: Any, body: Any) -> None:
    """Whatever the content type says: JSON objects and lists are values, everything else is text, blank is null."""
    peer.on("/", answer(body=content, type="application/octet-stream"))

    assert (await send(peer.base))["body"] == body


async def test_repeated_headers_are_lists(send: Any, peer: Any) -> None:
    """Names are told apart by their capitals, as received."""
    peer.on("/", answer(200, ("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("Set-Cookie", "c=3"), ("X", "")))

    headers = (await send(peer.base))["headers"]

    assert headers["Set-Cookie"] == ["a=1", "c=3"]
    assert headers["set-cookie"] == "b=2"
    assert headers["X"] == ""


async def test_long_heads_are_taken(send: Any, peer: Any) -> None:
    """A header of 30 kB, as some identity providers send, is no error."""
    peer.on("/", answer(200, ("X-Long", "x" * 30_000)))

    assert len((await send(peer.base))["headers"]["X-Long"]) == 30_000


async def test_many_headers_are_taken(send: Any, peer: Any) -> None:
    """Five hundred headers are odd, and no error."""
    peer.on("/", answer(200, *((f"X-{number}", "1") for number in range(500))))

    assert len((await send(peer.base))["headers"]) == 501


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
async def test_compressed_answers_are_unpacked(send: Any, peer: Any, name: str) -> None:
    """The body is what was compressed; the headers stay as received."""
    peer.on("/", answer(200, ("Content-Encoding", name), body=gzip.compress(b'{"a": 1}')))

    result = await send(peer.base)

    assert result["body"] == {"a": 1}
    assert result["headers"]["Content-Encoding"] == name


async def test_cookies_are_not_kept(send: Any, peer: Any) -> None:
    """A job knows nothing of the jobs before it."""
    peer.on("/", answer(200, ("Set-Cookie", "a=1; Path=/")))

    await send(peer.base)
    await send(peer.base)

    assert peer.received[1].header("cookie") is None


async def test_connections_are_shared(send: Any, peer: Any) -> None:
    """One pool for all jobs: the second job finds the connection of the first."""
    for _ in range(5):
        await send(peer.base)

    assert peer.connections == 1


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ('{"e": 1}', {"e": 1}),
        ('[{"e": 1}]', {"e": 1}),
        ('[{"e": 1}, 2]', [{"e": 1}, 2]),
        ("[]", []),
        ("12", "12"),
        ("<e/>", "<e/>"),
        ("", ""),
        ("  ", "  "),
    ],
)
async def test_an_error_status_is_an_error(send: Any, peer: Any, content: str, body: Any) -> None:
    """The code is the status as text, the message the reason phrase, the answer is in the variables."""
    peer.on("/", answer(409, ("X-A", "1"), body=content, reason="Conflict indeed"))

    with pytest.raises(ConnectorError) as caught:
        await send(peer.base, storeResponse=True, documentReturnFormat={"choice": "JSON"})

    assert (caught.value.message, caught.value.code) == ("Conflict indeed", "409")
    response = caught.value.variables["response"]
    assert response == {"headers": {"X-A": "1", "Content-Length": str(len(content))}, "body": body}


async def test_an_error_without_reason(send: Any, peer: Any) -> None:
    """A server that leaves the phrase out gives a text all the same."""
    peer.on("/", answer(500, reason=""))

    with pytest.raises(ConnectorError, match=r"^\[no reason\]$"):
        await send(peer.base)


async def test_redirects_are_results_unless_followed(send: Any, peer: Any) -> None:
    """Statuses below 400 are successes."""
    peer.on("/", answer(302, ("Location", "/y"), reason="Found"))

    assert (await send(peer.base))["status"] == 302


@pytest.mark.parametrize(("switch", "given"), [("storeResponse", "true"), ("documentReturnFormat", None)])
async def test_answers_become_documents(start: Any, peer: Any, switch: str, given: Any) -> None:
    """The content is stored with its media type, without a name; the body is null."""
    documents = MemoryDocuments()
    send = await start(documents)
    peer.on("/", answer(200, body=b"\x00\x01", type="image/png"))

    result = await send(peer.base, **{switch: given or {"choice": "DOCUMENT"}})
    if isinstance(result, DocumentReturn):
        assert result.content_type == "image/png"
        result = result.wrap("DOCUMENT", await documents.create(result.content, content_type=result.content_type))

    assert result["body"] is None
    assert result["document"].metadata == {"contentType": "image/png", "size": 2}
    assert documents.content == {"1": b"\x00\x01"}


async def test_an_empty_answer_is_no_document_but_an_empty_content_is(start: Any, peer: Any) -> None:
    """204 stores nothing, an empty 200 an empty document."""
    send = await start()
    peer.on("/none", b"HTTP/1.1 204 No Content\r\n\r\n")
    peer.on("/empty", answer(200))

    assert (await send(f"{peer.base}/none", storeResponse=True))["document"] is None
    assert (await send(f"{peer.base}/empty", storeResponse=True))["document"].metadata["size"] == 0


@pytest.mark.parametrize("empty", [b"HTTP/1.1 204 No Content\r\n\r\n", answer(200)])
async def test_json_of_nothing_is_null(send: Any, peer: Any, empty: bytes) -> None:
    """A 204 under the format JSON is no failure: the body is null."""
    peer.on("/", empty)

    result = await send(peer.base, documentReturnFormat={"choice": "JSON"})

    assert result["body"] is None


async def test_text_and_json_are_left_to_the_runtime(send: Any, peer: Any) -> None:
    """The runtime converts the content; the connector puts it into the result."""
    peer.on("/", answer(200, body="12"))

    returned = await send(peer.base, documentReturnFormat={"choice": "TEXT", "encoding": "ISO-8859-1"})

    assert b"".join([chunk async for chunk in returned.content]) == b"12"
    assert returned.wrap("TEXT", "12")["body"] == "12"


async def test_an_unread_answer_gives_its_connection_back(send: Any, peer: Any) -> None:
    """Where the runtime refuses the format, closing the content is enough; nothing hangs at the end."""
    peer.on("/", answer(200, body=b"x" * 500_000))

    returned = await send(peer.base, documentReturnFormat={"choice": "TEXT"})
    await returned.content.aclose()

    assert (await send(f"{peer.base}/again"))["status"] == 200


class FullStore(MemoryDocuments):
    async def create(self, content: Any, **facts: Any) -> Any:
        raise OSError("no room")


async def test_a_document_that_cannot_be_stored(start: Any, peer: Any) -> None:
    """The code and message are those that models of Camunda's runtime know."""
    send = await start(FullStore())

    with pytest.raises(
        ConnectorError, match=r"Error while executing an HTTP request: Failed to create document: no room"
    ) as caught:
        await send(peer.base, storeResponse=True)

    assert caught.value.code == "500"


async def silent(request: Any, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def half(request: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def bad_chunk(request: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc")


async def dripping(request: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("served", "variables", "code", "message"),
    [
        (silent, {"readTimeoutInSeconds": "1"}, "408", "The request timed out. Please try increasing the read"),
        (silent, {"connectionTimeoutInSeconds": 1}, "408", "The request timed out. Please try increasing the read"),
        (dripping, {"connectoryPolicy": {"totalTimeoutInSeconds": 1}}, "408", "The request timed out. Please try"),
        (b"hello there\r\n\r\n", {}, "500", "An error with the HTTP protocol occurred"),
        (b"", {}, "408", "connection was aborted: http://127.0.0.1:"),
        (half, {}, "408", "connection was aborted: http://127.0.0.1:"),
        (bad_chunk, {}, "500", "An error with the HTTP protocol occurred"),
        (answer(200, ("Content-Encoding", "gzip"), body=b"no"), {}, "408", "cannot be unpacked"),
    ],
)  # fmt: skip
async def test_failures_have_the_codes_that_models_know(
    send: Any, peer: Any, served: Any, variables: Any, code: str, message: str
) -> None:
    """Whatever goes wrong on the way, code and text are those that error expressions compare."""
    peer.on("/p", served)

    with pytest.raises(ConnectorError) as caught:
        await send(f"{peer.base}/p?token=s3cret", **variables)

    assert caught.value.code == code
    assert message in caught.value.message
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x?t=s3cret", "http://nobody.invalid/x?t=s3cret"])
async def test_an_unreachable_host_is_named(send: Any, url: str) -> None:
    """The message says which server, and whether its name or its port is wrong."""
    with pytest.raises(ConnectorError) as caught:
        await send(url)

    assert caught.value.code == "408"
    assert caught.value.message.startswith(
        "An error occurred while executing the request, or the connection was aborted: http://"
    )
    assert any(why in caught.value.message for why in ("nobody listens there", "the host name is not known"))
    assert "s3cret" not in caught.value.message


async def test_a_total_timeout_also_ends_a_stream(start: Any, peer: Any) -> None:
    """A server that drips for ever is left while its answer is being stored."""
    send = await start()
    peer.on("/", dripping)

    with pytest.raises(ConnectorError, match="timed out"):
        await send(peer.base, storeResponse=True, connectoryPolicy={"totalTimeoutInSeconds": 1})


@pytest.mark.parametrize("where", ["environment", "element"])
async def test_answers_can_be_limited(start: Any, peer: Any, where: str) -> None:
    """A longer answer is an error with a code of its own, and is not read on."""
    limit = {"CONNECTORY_REST_MAX_RESPONSE_BYTES": "1000"} if where == "environment" else {}
    send = await start(**limit)
    peer.on("/", answer(200, body=b"x" * 1001))

    with pytest.raises(ConnectorError, match="longer than the limit of 1000 bytes") as caught:
        await send(peer.base, connectoryPolicy={"maxResponseBytes": 1000} if where == "element" else None)

    assert caught.value.code == "RESPONSE_TOO_LARGE"


async def test_requests_can_be_limited(start: Any, peer: Any) -> None:
    """A larger body is refused before it is sent."""
    send = await start(CONNECTORY_REST_MAX_REQUEST_BYTES="10")

    with pytest.raises(ConnectorInputError, match="more than the limit of 10"):
        await send(peer.base, "POST", body="x" * 11)

    assert peer.received == []


async def test_a_server_that_takes_no_connection(send: Any) -> None:
    """The connection timeout counts for connecting, not for the pool; the hint says which server."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())

        with pytest.raises(ConnectorError) as caught:
            await send(
                f"http://127.0.0.1:{full.getsockname()[1]}/", connectionTimeoutInSeconds=1, readTimeoutInSeconds=9
            )

        for each in waiting:
            each.close()
    assert (caught.value.code, caught.value.message.split(".")[0]) == ("408", "The request timed out")
    assert "took no connection in time" in caught.value.hint


async def test_pools_that_nobody_uses_are_closed(stack: Any, peer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models with ever new certificates do not fill the memory; a pool in use is left alone."""
    trustme = pytest.importorskip("trustme", reason="trustme is not installed")
    from connectory_rest import clients, rest

    monkeypatch.setattr(clients, "MOST", 2)
    call = await stack.enter_async_context(operations(rest))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Any, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    peer.on("/slow", slow)
    pending = asyncio.create_task(call("request", {"url": f"{peer.base}/slow", "method": "GET"}))
    await begun.wait()
    for _ in range(4):
        tls = {"trustedCertificate": trustme.CA().cert_pem.bytes().decode()}
        await call("request", {"url": peer.base, "method": "GET", "clientTls": tls})
    go_on.set()

    assert (await pending)["status"] == 200
    assert len(call.state.clients.pools) == 2
