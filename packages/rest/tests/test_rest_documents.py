"""Documents in requests: content as base64, and files of a multipart body."""

from email import message_from_bytes
from typing import Any

import pytest

from connectory_sdk import ConnectorInputError, Document
from connectory_sdk.testing import MemoryDocuments

MULTIPART = {"Content-Type": "multipart/form-data"}


async def test_documents_in_json_are_base64(send: Any, peer: Any) -> None:
    """Wherever a document stands in a body, its content is sent."""
    one = await MemoryDocuments().create(b"hello")

    for body in ({"a": {"b": [one]}}, [one], one):
        await send(peer.base, "POST", body=body)

    assert [request.json for request in peer.received] == [{"a": {"b": ["aGVsbG8="]}}, ["aGVsbG8="], "aGVsbG8="]


async def test_documents_in_headers_queries_and_forms_are_base64(send: Any, peer: Any) -> None:
    """Where only text can stand, a document is its content in base64."""
    one = await MemoryDocuments().create(b"hello")
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-D": one}

    await send(peer.base, "POST", headers=form, queryParameters={"d": one}, body={"f": one})

    request = peer.received[0]
    assert request.header("x-d") == "aGVsbG8="
    assert request.target == "/?d=aGVsbG8%3D"
    assert request.body == b"f=aGVsbG8%3D"


def parts(request: Any) -> list[tuple[Any, ...]]:
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body)
    return [
        (part.get_param("name", header="content-disposition"), part.get_filename(), part["content-type"],
         part.get_payload(decode=True))
        for part in message.get_payload()
    ]  # fmt: skip


async def test_documents_are_files_of_a_multipart_body(send: Any, peer: Any) -> None:
    """Names and media types are those of the documents; lists give a part each; small files have a length."""
    store = MemoryDocuments()
    one = await store.create(b"\x00one", name='a "b".bin', content_type="image/png")
    two = await store.create(b"two", content_type="text/plain; charset=utf-8")

    await send(peer.base, "POST", headers=MULTIPART, body={"f": [one, two], "n": 1, "skip": None, "o": {"x": 1}})

    request = peer.received[0]
    assert request.header("content-length") == str(len(request.body))
    assert parts(request) == [
        ("f", 'a "b".bin', "image/png", b"\x00one"),
        ("f", "file", "application/octet-stream", b"two"),
        ("n", None, None, b"1"),
    ]


async def test_large_files_are_streamed(send: Any, peer: Any) -> None:
    """A large file, or one of unknown size, is sent in chunks as it is read."""
    store = MemoryDocuments()
    large = await store.create(b"x" * 3_000_000, name="large")
    unknown = Document({"camunda.document.type": "external", "url": "u", "documentId": "1"}, store)

    await send(peer.base, "POST", headers=MULTIPART, body={"f": large})
    await send(peer.base, "POST", headers=MULTIPART, body={"f": unknown})

    for request in peer.received:
        assert request.header("transfer-encoding") == "chunked"
        assert parts(request)[0][3] == b"x" * 3_000_000


async def test_a_streamed_body_can_be_sent_again(send: Any, peer: Any) -> None:
    """A redirect that keeps the body reads the document from its beginning."""
    large = await MemoryDocuments().create(b"x" * 3_000_000, name="large")
    peer.on("/x", {"status": 307, "headers": (("Location", "/y"),)})

    await send(f"{peer.base}/x", "POST", headers=MULTIPART, body={"f": large}, followRedirects=True)

    assert len(peer.received[1].body) == len(peer.received[0].body) > 3_000_000


async def test_an_own_boundary_is_kept(send: Any, peer: Any) -> None:
    """The header stays as the model has it, and its boundary is used."""
    one = await MemoryDocuments().create(b"hello", name="a")
    header = 'multipart/form-data; charset=UTF-8; boundary="own b"'

    await send(peer.base, "POST", headers={"content-type": header}, body={"f": one})

    assert peer.received[0].all("content-type") == [header]
    assert peer.received[0].body.startswith(b"--own b\r\n")


class Unreadable(MemoryDocuments):
    """Gives a piece, and then nothing more."""

    async def open(self, reference: Any) -> Any:
        yield b"x" * 1000
        raise OSError("the store is away")


@pytest.mark.parametrize("size", [2000, None, 3_000_000])
async def test_a_document_that_cannot_be_read_fails_the_job(send: Any, peer: Any, size: int | None) -> None:
    """The store's reason comes out, whether the file was held or streamed; no server gets what looks whole."""
    gone = Document({"documentId": "1", "metadata": {"size": size}}, Unreadable())

    with pytest.raises(OSError, match="the store is away"):
        await send(peer.base, "POST", headers=MULTIPART, body={"f": gone})

    assert peer.received == []


async def test_streamed_bodies_are_limited_while_they_are_read(send: Any, peer: Any) -> None:
    """A document of unknown size is given up where it goes over the limit."""
    store = MemoryDocuments()
    await store.create(b"x" * 3_000_000)
    unknown = Document({"documentId": "1"}, store)

    with pytest.raises(ConnectorInputError, match="more than the limit of 1000"):
        await send(
            peer.base, "POST", headers=MULTIPART, body={"f": unknown}, connectoryPolicy={"maxRequestBytes": 1000}
        )

    assert peer.received == []
