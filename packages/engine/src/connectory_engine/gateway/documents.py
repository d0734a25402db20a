"""Documents, kept in memory like those of a real gateway without a configured store."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from connectory_engine.gateway.kinds import shown_date
from connectory_engine.gateway.multipart import Part, unsupported
from connectory_engine.gateway.problems import Problem, invalid, not_found
from connectory_engine.gateway.shapes import Field, Shape, date_time, int64, key, mapping, not_negative, positive, text
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.engine import Engine
    from connectory_engine.gateway.application import Gateway

STORE = "in-memory"
LINK_LIFE = 3_600_000
MOST_BYTES = 10 * 1024 * 1024

METADATA = Shape(
    {
        "contentType": text,
        "fileName": text,
        "expiresAt": date_time,
        "size": Field(int64, rule=not_negative),
        "processDefinitionId": text,
        "processInstanceKey": key,
        "customProperties": mapping,
    }
)
LINK = Shape({"timeToLive": Field(int64, rule=positive)})


@dataclass(slots=True)
class Document:
    """One stored document and what was said about it."""

    id: str
    data: bytes
    content_type: str
    file_name: str
    expires_at: float | None
    process_definition_id: str | None
    process_instance_key: int | None
    properties: dict[str, Any]
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        self.hash = sha256(self.data).hexdigest()

    def reference(self) -> dict[str, Any]:
        """Give the document as processes carry it around."""
        return {
            "camunda.document.type": "camunda",
            "storeId": STORE,
            "documentId": self.id,
            "contentHash": self.hash,
            "metadata": {
                "contentType": self.content_type,
                "fileName": self.file_name,
                "expiresAt": shown_date(self.expires_at),
                "size": len(self.data),
                "processDefinitionId": self.process_definition_id,
                "processInstanceKey": None if self.process_instance_key is None else str(self.process_instance_key),
                "customProperties": self.properties,
            },
        }


class DocumentStore:
    """The documents of one engine, and the links to them that are still good."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._documents: dict[str, Document] = {}
        self._links: dict[str, tuple[str, float]] = {}

    def now(self) -> float:
        """Tell the engine's time, which tests can move."""
        return self._engine.now()

    def keep(self, part: Part, metadata: dict[str, Any], name: str | None = None) -> Document:
        """Store the content of a part."""
        expires: datetime | None = metadata.get("expiresAt")
        document = Document(
            name or str(uuid.uuid4()),
            part.data,
            metadata.get("contentType") or part.content_type or "application/octet-stream",
            metadata.get("fileName") or part.file or "",
            None if expires is None else expires.timestamp() * 1000,
            metadata.get("processDefinitionId"),
            metadata.get("processInstanceKey"),
            metadata.get("customProperties", {}),
        )
        self._documents[document.id] = document
        return document

    def find(self, name: str) -> Document:
        """Give a document that is there and has not expired."""
        document = self._documents.get(name)
        if document is not None and document.expires_at is not None and document.expires_at <= self.now():
            del self._documents[name]
            document = None
        if document is None:
            raise not_found(f"Document with id '{name}' not found")
        return document

    def forget(self, name: str) -> None:
        """Delete a document."""
        del self._documents[self.find(name).id]

    def link(self, name: str, life: int) -> tuple[str, float]:
        """Make a token that opens a document for some milliseconds."""
        until = self.now() + life
        token = secrets.token_urlsafe(16)
        self._links = {t: (n, u) for t, (n, u) in self._links.items() if u > self.now()}
        self._links[token] = (self.find(name).id, until)
        return token, until

    def opens(self, token: str, name: str) -> bool:
        """Tell whether a token is still good for a document."""
        linked, until = self._links.get(token, ("", 0.0))
        return linked == name and until > self.now()


def _metadata(parts: list[Part], name: str) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for part in (p for p in parts if p.name == name):
        kind = part.content_type or "application/octet-stream"
        if not kind.lower().startswith("application/json"):
            raise unsupported(kind)
        try:
            read = orjson.loads(part.data)
        except ValueError:
            raise Problem(400, "Failed to read request") from None
        result += [METADATA(item, "") for item in (read if isinstance(read, list) else [read])]
    return result


def _check_store(call: Call, status: int = 400) -> None:
    if (store := call.query.get("storeId", STORE)) != STORE:
        raise Problem(status, f"No such document store: {store}")


def _files(call: Call, name: str) -> list[Part]:
    files = [part for part in call.parts if part.name == name and part.file is not None]
    if not files:
        raise Problem(400, f"Required part '{name}' is not present.")
    return files


def create(gateway: "Gateway", call: Call) -> Reply:
    """Store one document."""
    _check_store(call)
    file = _files(call, "file")[0]
    metadata = (_metadata(call.parts, "metadata") or [{}])[0]
    return answer(gateway.documents.keep(file, metadata, call.query.get("documentId")).reference(), status=201)


def create_batch(gateway: "Gateway", call: Call) -> Reply:
    """Store several documents; nothing is stored when what is said about them does not fit."""
    _check_store(call)
    files = _files(call, "files")
    metadata = _metadata(call.parts, "metadataList") or [{} for _ in files]
    if len(metadata) != len(files):
        raise invalid(f"The number of files ({len(files)}) and of metadata entries ({len(metadata)}) must be the same.")
    created = [gateway.documents.keep(file, said).reference() for file, said in zip(files, metadata, strict=True)]
    return answer({"createdDocuments": created, "failedDocuments": []}, status=201)


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give the content of a document."""
    _check_store(call, 404)
    document = gateway.documents.find(call.arguments["documentId"])
    if call.query.get("contentHash", document.hash) != document.hash:
        raise invalid(f"Document hash for document '{document.id}' doesn't match")
    if (token := call.query.get("link")) is not None and not gateway.documents.opens(token, document.id):
        raise not_found(f"The link to document '{document.id}' has expired")
    return Reply(200, document.data, b"application/octet-stream")


def delete(gateway: "Gateway", call: Call) -> Reply:
    """Forget a document."""
    _check_store(call, 404)
    gateway.documents.forget(call.arguments["documentId"])
    return NO_CONTENT


def create_link(gateway: "Gateway", call: Call) -> Reply:
    """Make an address from which a document can be fetched for a while."""
    _check_store(call)
    name = call.arguments["documentId"]
    try:
        document = gateway.documents.find(name)
    except Problem as missing:
        raise invalid(missing.detail) from None
    token, until = gateway.documents.link(name, call.body.get("timeToLive", LINK_LIFE))
    query = urlencode({"contentHash": document.hash, "link": token})
    address = f"{call.host}/v2/documents/{quote(document.id, safe='')}?{query}"
    return answer({"url": address, "expiresAt": shown_date(until)}, status=201)


ROUTES = (
    Route("POST", "/documents", create, form=True, most_bytes=MOST_BYTES),
    Route("POST", "/documents/batch", create_batch, form=True, most_bytes=MOST_BYTES),
    Route("GET", "/documents/{documentId}", get),
    Route("DELETE", "/documents/{documentId}", delete),
    Route("POST", "/documents/{documentId}/links", create_link, body=LINK),
)
