"""A schema registry: subjects, versions and ids."""

import json
from typing import Any

from connectory_sandbox.asgi import Answer, Request

TYPES = {"AVRO", "JSON", "PROTOBUF"}
MEDIA = {"application/vnd.schemaregistry.v1+json", "application/vnd.schemaregistry+json", "application/json"}


class Registry:
    """Schemas by id, and the ids of each subject in the order of its versions."""

    def __init__(self) -> None:
        self.schemas: list[tuple[str, str]] = []
        self.subjects: dict[str, list[int]] = {}

    def schema(self, key: int) -> tuple[str, Any] | None:
        """Return type and schema of an id."""
        if not 0 < key <= len(self.schemas):
            return None
        kind, text = self.schemas[key - 1]
        return kind, json.loads(text) if kind != "PROTOBUF" else text

    def answer(self, request: Request, parts: list[str]) -> Answer:
        """Answer a call."""
        match [request.method, *parts]:
            case ["GET", "subjects"]:
                return Answer.json(list(self.subjects))
            case ["GET", "schemas", "ids", key] if key.isdigit() and self.schema(int(key)) is not None:
                kind, text = self.schemas[int(key) - 1]
                return Answer.json({"schema": text} if kind == "AVRO" else {"schemaType": kind, "schema": text})
            case ["GET", "schemas", "ids", _]:
                return refused(404, 40403, "Schema not found")
            case ["GET", "subjects", subject, "versions"] if subject in self.subjects:
                return Answer.json(list(range(1, len(self.subjects[subject]) + 1)))
            case ["GET", "subjects", subject, "versions", version] if subject in self.subjects:
                return self.version(subject, version)
            case ["POST", "subjects", subject] | ["POST", "subjects", subject, "versions"]:
                return self.posted(request, subject, register=parts[-1] == "versions" and len(parts) == 3)
            case [_, "subjects", subject, *_]:
                return refused(404, 40401, f"Subject '{subject}' not found.")
        return refused(404, 404, "HTTP 404 Not Found")

    def version(self, subject: str, version: str) -> Answer:
        """Answer with a version of a subject."""
        ids = self.subjects[subject]
        number = len(ids) if version == "latest" else int(version) if version.isdigit() else 0
        if not 0 < number <= len(ids):
            return refused(404, 40402, f"Version {version} not found.")
        return Answer.json(self.entry(subject, ids[number - 1]))

    def entry(self, subject: str, key: int) -> dict[str, Any]:
        """Return a schema of a subject."""
        kind, text = self.schemas[key - 1]
        body = {"subject": subject, "version": self.subjects[subject].index(key) + 1, "id": key, "schema": text}
        return body if kind == "AVRO" else {**body, "schemaType": kind}

    def posted(self, request: Request, subject: str, *, register: bool) -> Answer:
        """Look a schema up, or add it."""
        if request.content_type not in MEDIA:
            return refused(415, 415, "HTTP 415 Unsupported Media Type")
        try:
            body = request.json()
            kind = body.get("schemaType") or "AVRO"
            text = (
                json.dumps(json.loads(body["schema"]), separators=(",", ":")) if kind != "PROTOBUF" else body["schema"]
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return refused(422, 42201, "Invalid schema")
        if kind not in TYPES:
            return refused(422, 42201, f"Invalid schema type {kind}")
        known = (kind, text)
        if known not in self.schemas:
            if not register:
                return self.unknown(subject)
            self.schemas.append(known)
        key = self.schemas.index(known) + 1
        if key not in self.subjects.get(subject, []):
            if not register:
                return self.unknown(subject)
            self.subjects.setdefault(subject, []).append(key)
        return Answer.json({"id": key} if register else self.entry(subject, key))

    def unknown(self, subject: str) -> Answer:
        """Return the refusal of a schema that is not there."""
        if subject not in self.subjects:
            return refused(404, 40401, f"Subject '{subject}' not found.")
        return refused(404, 40403, "Schema not found")


def refused(status: int, code: int, message: str) -> Answer:
    """Return a refusal as a registry writes it."""
    return Answer.json({"error_code": code, "message": message}, status=status)
