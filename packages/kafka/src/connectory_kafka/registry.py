"""Schema registries with Confluent's interface: the ids that go in front of messages, asked for once."""

import base64
import struct
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectory_kafka.jsontext import written
from connectory_kafka.security import tls_context
from connectory_sdk import ConnectorInputError
from connectory_sdk.shared import Shared

FRAME = struct.Struct(">bI")  # a zero, then the id of the schema


class RegistryError(Exception):
    """The registry cannot be reached or refuses; the message says which and what to do."""

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


def framed(schema_id: int, payload: bytes) -> bytes:
    """Return a payload in Confluent's wire format."""
    return FRAME.pack(0, schema_id) + payload


def unframed(data: bytes) -> tuple[int, bytes]:
    """Return the schema's id and the payload of a message in Confluent's wire format.

    Raises:
        ValueError: The message is not framed.
    """
    if len(data) < FRAME.size or data[0] != 0:
        raise ValueError("the message does not begin with a schema id; it was not written with a schema registry")
    return FRAME.unpack_from(data)[1], data[FRAME.size :]


def credentials(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the header fields with the registry's credentials, if properties give some."""
    user_info = properties.get("schema.registry.basic.auth.user.info") or properties.get("basic.auth.user.info")
    if user_info:
        return {"Authorization": "Basic " + base64.b64encode(user_info.encode()).decode()}
    token = properties.get("schema.registry.bearer.auth.token") or properties.get("bearer.auth.token")
    return {"Authorization": f"Bearer {token}"} if token else {}


class Registry:
    """One registry under one set of credentials."""

    def __init__(self, url: str, properties: Mapping[str, str]) -> None:
        from schema_registry.client import AsyncSchemaRegistryClient

        if not url.startswith(("https://", "http://")):
            raise ConnectorInputError(
                f"schemaStrategy.schemaRegistryUrl must begin with https:// or http://, got '{url}'"
            )
        self.url = url
        self.client = AsyncSchemaRegistryClient(url, timeout=30, extra_headers=credentials(properties))  # type: ignore[arg-type,unused-ignore]
        self.client.client_kwargs["auth"] = None  # the library would send an empty user name
        self.client.client_kwargs["trust_env"] = urlsplit(url).hostname not in {"127.0.0.1", "localhost"}
        if url.startswith("https://"):
            self.client.client_kwargs["verify"] = tls_context(properties, prefix="schema.registry.")
        self.ids: dict[tuple[str, bytes], int] = {}
        self.schemas: dict[int, Any] = {}
        self.asking = Shared[Any, Any]()

    async def schema_id(self, subject: str, schema: Any, *, kind: str, register: bool) -> int:
        """Return the id of a schema under a subject; one request for all who ask.

        Args:
            subject: Whose versions it is looked for among, ``<topic>-value``.
            schema: The schema as a JSON value.
            kind: ``AVRO`` or ``JSON``.
            register: Add it where it is not there.
        """
        key = (subject, written(schema))
        if key not in self.ids:
            self.ids[key] = await self.asking.get(
                key, lambda: self.asked(subject, schema, kind=kind, register=register)
            )
        return self.ids[key]

    async def by_id(self, schema_id: int) -> Any:
        """Return the schema of an id, as the client library wraps it; it has ``schema_type`` and ``raw_schema``."""
        if schema_id not in self.schemas:
            self.schemas[schema_id] = await self.asking.get(schema_id, lambda: self.fetched(schema_id))
        return self.schemas[schema_id]

    async def asked(self, subject: str, schema: Any, *, kind: str, register: bool) -> int:
        """Ask for an id."""
        from schema_registry.client.schema import SchemaFactory

        wrapped = SchemaFactory.create_schema(schema, kind)
        what = f"the schema of subject '{subject}'"
        if register:
            return int(await self.answer(self.client.register(subject, wrapped), what))
        found = await self.answer(self.client.check_version(subject, wrapped), what)
        if found is None:
            raise RegistryError(
                f"subject '{subject}' has no such schema; register it, or let the connector do it: "
                "remove 'auto.register.schemas' from additionalProperties",
                final=True,
            )
        return int(found.schema_id)

    async def fetched(self, schema_id: int) -> Any:
        """Ask for a schema."""
        found = await self.answer(self.client.get_by_id(schema_id), f"schema {schema_id}")
        if found is None:
            raise RegistryError(f"schema registry '{self.url}' knows no schema {schema_id}", final=False)
        return found

    async def answer(self, call: Any, what: str) -> Any:
        """Wait for the registry and put its refusals in words."""
        import httpx
        from schema_registry.client.errors import ClientError

        try:
            return await call
        except ClientError as exc:
            raise RegistryError(
                f"schema registry '{self.url}' refused {what}: {refusal(exc)}", final=final(exc)
            ) from exc
        except httpx.HTTPError as exc:
            raise RegistryError(
                f"schema registry '{self.url}' cannot be reached: {exc or type(exc).__name__}; check schemaRegistryUrl",
                final=False,
            ) from exc
        except ValueError as exc:
            raise RegistryError(
                f"'{self.url}' does not answer like a schema registry; check schemaRegistryUrl, path included",
                final=False,
            ) from exc


def refusal(exc: Any) -> str:
    """Return a registry's refusal in words."""
    details = exc.server_traceback.get("message") if isinstance(exc.server_traceback, Mapping) else None
    hint = {
        401: "; check 'basic.auth.user.info' in additionalProperties",
        403: "; check 'basic.auth.user.info' in additionalProperties",
        409: "; the subject's earlier versions are not compatible, change the schema or the subject's compatibility",
    }.get(exc.http_code, "")
    return f"{exc.message} (status {exc.http_code}){f': {details}' if details else ''}{hint}"


def final(exc: Any) -> bool:
    """Tell whether the registry would say the same again."""
    return exc.http_code is not None and 400 <= exc.http_code < 500 and exc.http_code not in {408, 429}
