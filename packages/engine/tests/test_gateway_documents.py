"""Documents: stored, read, linked, forgotten."""

from urllib.parse import urlsplit

from connectory_engine.testing import LocalEngine


def test_a_document_comes_back_as_it_was_and_can_be_deleted(local_engine: LocalEngine) -> None:
    content = bytes(range(256))
    metadata = b'{"fileName": "n.bin", "contentType": "image/x", "customProperties": {"a": [1]}}'
    created = local_engine.upload(
        "/documents", ("file", "x.bin", content, "image/png"), ("metadata", None, metadata, "application/json")
    )
    reference = created.document
    path = f"/documents/{reference['documentId']}"
    known = f"{path}?storeId=in-memory&contentHash={reference['contentHash']}"

    read = local_engine.request("GET", known)
    deleted = local_engine.request("DELETE", path)

    assert (created.status, reference["camunda.document.type"], reference["storeId"]) == (201, "camunda", "in-memory")
    assert reference["metadata"] == {
        "contentType": "image/x",
        "fileName": "n.bin",
        "expiresAt": None,
        "size": 256,
        "processDefinitionId": None,
        "processInstanceKey": None,
        "customProperties": {"a": [1]},
    }
    assert (read.status, read.content, read.headers["content-type"]) == (200, content, "application/octet-stream")
    assert deleted.status == 204
    assert local_engine.request("GET", path).status == 404


def test_a_document_with_another_hash_is_not_given(local_engine: LocalEngine) -> None:
    local_engine.upload("/documents?documentId=d", ("file", "x", b"x", None))

    answer = local_engine.request("GET", "/documents/d?contentHash=other")

    assert (answer.status, answer.document["detail"]) == (400, "Document hash for document 'd' doesn't match")


def test_a_batch_is_stored_whole_or_not_at_all(local_engine: LocalEngine) -> None:
    files = [("files", "a.txt", b"a", "text/plain"), ("files", "b.txt", b"bb", None)]
    one = ("metadataList", None, b'{"fileName": "c.txt"}', "application/json")
    both = ("metadataList", None, b'[{"fileName": "c.txt"}, {}]', "application/json")

    refused = local_engine.upload("/documents/batch", *files, one)
    created = local_engine.upload("/documents/batch", *files, both)

    assert (refused.status, refused.document["title"]) == (400, "INVALID_ARGUMENT")
    assert created.status == 201
    assert [d["metadata"]["fileName"] for d in created.document["createdDocuments"]] == ["c.txt", "b.txt"]
    assert created.document["failedDocuments"] == []


def test_what_is_said_about_a_document_must_be_json_and_known(local_engine: LocalEngine) -> None:
    file = ("file", "x.txt", b"x", "text/plain")

    untyped = local_engine.upload("/documents", file, ("metadata", None, b"{}", None))
    broken = local_engine.upload("/documents", file, ("metadata", None, b"{", "application/json"))
    unknown = local_engine.upload("/documents", file, ("metadata", None, b'{"bogus": 1}', "application/json"))
    elsewhere = local_engine.upload("/documents?storeId=zzz", file)
    nothing = local_engine.upload("/documents", ("file", None, b"hello", None))

    assert (untyped.status, untyped.document["detail"]) == (
        415,
        "Content-Type 'application/octet-stream' is not supported.",
    )
    assert (broken.status, broken.document["detail"]) == (400, "Failed to read request")
    assert (unknown.status, unknown.document["detail"]) == (400, "Request property [bogus] cannot be parsed")
    assert (elsewhere.status, elsewhere.document["detail"]) == (400, "No such document store: zzz")
    assert (nothing.status, nothing.document["detail"]) == (400, "Required part 'file' is not present.")


def test_links_and_documents_expire_with_the_clock_of_the_engine(local_engine: LocalEngine) -> None:
    metadata = b'{"expiresAt": "2030-01-01T00:00:00Z"}'
    local_engine.request("PUT", "/clock", {"timestamp": 1_800_000_000_000})
    local_engine.upload(
        "/documents?documentId=a%20b",
        ("file", "x.txt", b"x", "text/plain"),
        ("metadata", None, metadata, "application/json"),
    )

    link = local_engine.request("POST", "/documents/a%20b/links", {"timeToLive": 60_000})
    target = urlsplit(link.document["url"])
    path = f"{target.path.removeprefix('/v2')}?{target.query}"
    statuses = [local_engine.request("GET", path).status]
    local_engine.request("PUT", "/clock", {"timestamp": 1_800_000_060_000})
    statuses.append(local_engine.request("GET", path).status)
    statuses.append(local_engine.request("GET", "/documents/a%20b").status)
    local_engine.request("PUT", "/clock", {"timestamp": 1_893_456_000_000})
    statuses.append(local_engine.request("GET", "/documents/a%20b").status)

    assert (link.status, link.document["expiresAt"]) == (201, "2027-01-15T08:01:00.000Z")
    assert f"{target.scheme}://{target.netloc}" == local_engine.address
    assert statuses == [200, 404, 200, 404]
