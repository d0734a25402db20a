"""Documents: files that travel through a process as references, not as variables.

A reference in a job's variables becomes a `Document`; a `Document` in an operation's result becomes a reference again.
Content is read when it is asked for. See "Documents" in the runtime's documentation for the kinds of reference.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from connectory_sdk.errors import ConnectorInputError
from connectory_sdk.properties import Property

DISCRIMINATOR = "camunda.document.type"
"""The key by which a JSON object is known to be a document reference."""


class DocumentStore(Protocol):
    """What keeps documents. The runtime provides one; an operation reaches it through its job's context."""

    async def create(
        self,
        content: bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        time_to_live: timedelta | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> "Document":
        """Store content and return its handle. A stream is passed on as it comes, never held whole."""
        ...

    def open(self, reference: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Return the content of a referenced document in chunks."""
        ...

    async def link(self, reference: Mapping[str, Any], *, time_to_live: timedelta | None = None) -> str:
        """Return a link under which anybody can read the document for a while."""
        ...


class Opened(NamedTuple):
    """The content of a document as it comes, and what is known of it then.

    Args:
        name: The file name, if known.
        content_type: The media type, if known.
        content: The content in chunks.
    """

    name: str | None
    content_type: str | None
    content: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Document:
    """A handle of a document; printing it or writing it as JSON gives the reference, never the content."""

    reference: Mapping[str, Any]
    store: DocumentStore = field(repr=False, compare=False)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the reference says of the document; empty where it says nothing."""
        return self.reference.get("metadata") or {}

    @property
    def name(self) -> str | None:
        """The file name, if known."""
        return self.metadata.get("fileName") or self.reference.get("name")

    @property
    def content_type(self) -> str | None:
        """The media type, if known; that of an inline document follows from its name where it is not given."""
        given = self.metadata.get("contentType") or self.reference.get("contentType")
        if given or self.reference.get(DISCRIMINATOR) != "inline" or not self.name:
            return given
        import mimetypes  # here, because most jobs have no inline document

        return mimetypes.guess_type(self.name)[0]

    @property
    def size(self) -> int | None:
        """Bytes, if known without reading."""
        return self.metadata.get("size")

    def stream(self) -> AsyncIterator[bytes]:
        """Return the content in chunks."""
        return self.store.open(self.reference)

    async def read(self) -> bytes:
        """Return the whole content."""
        return b"".join([chunk async for chunk in self.stream()])

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Opened]:
        """Give content, name and media type together: those of an external document come with its answer."""
        fetch = getattr(self.store, "opened", None)
        if fetch is not None and self.reference.get(DISCRIMINATOR) == "external":
            async with fetch(self.reference) as found:
                yield found
        else:
            yield Opened(self.name, self.content_type, self.stream())

    async def link(self, *, time_to_live: timedelta | None = None) -> str:
        """Return a link under which anybody can read the document for a while."""
        return await self.store.link(self.reference, time_to_live=time_to_live)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let models declare fields of this type."""
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(lambda document: document.reference)
        )


class DocumentReturnFormat(BaseModel):
    """The fields of the form for `DocumentReturn`: a request declares them at its top, for the modeller alone::

    format: DocumentReturnFormat = Field(DocumentReturnFormat(), alias="documentReturnFormat")
    """

    choice: Annotated[
        Literal["DOCUMENT", "TEXT", "JSON"],
        Property(
            id="documentReturnFormat",
            labels={"DOCUMENT": "Document reference", "TEXT": "as text", "JSON": "as JSON"},
        ),
    ] = Field(default="DOCUMENT", title="Return format", description="What becomes of the content")
    encoding: Annotated[
        str, Property(id="documentReturnFormatEncoding", shown_when=("documentReturnFormat", ("TEXT",)))
    ] = Field(default="UTF-8", title="Encoding", description="Character set of the text")


class DocumentReturn(NamedTuple):
    """A result whose shape the modeller chooses with ``documentReturnFormat``: a stored document, text or JSON.

    The runtime reads the choice; a request shows it in the form with `DocumentReturnFormat`.

    Args:
        content: The bytes, or a stream of them, which the runtime consumes and closes.
        wrap: Builds the result from the choice (``DOCUMENT``, ``TEXT`` or ``JSON``) and the converted value.
        content_type: Media type for a stored document.
        name: File name for a stored document.
    """

    content: bytes | AsyncIterable[bytes]
    wrap: Callable[[str, Any], Any]
    content_type: str | None = None
    name: str | None = None


def composed(inputs: Mapping[str, Any], stem: str) -> Any:
    """Return what the fields behind a document property describe: a reference, several, or None.

    Some versions of Camunda's templates build the reference from these fields with FEEL that yields null; a connector
    that takes their jobs asks here what was meant.

    Args:
        inputs: The variables beside the property.
        stem: How their names begin, ``documents`` for ``documents_documentMode`` and so on.
    """
    mode = inputs.get(f"{stem}_documentMode")
    if mode == "multiple":
        return inputs.get(f"{stem}_multiple_expression")
    if mode != "single":
        return None
    source = inputs.get(f"{stem}_single_documentSource")
    if source not in {"inline", "external"}:
        return inputs.get(f"{stem}_single_camundaReference")
    names = {"content": "content", "contentType": "contentType", "name": "fileName", "url": "url"}
    facts = {key: inputs.get(f"{stem}_single_{source}_{name}") for key, name in names.items()}
    return {DISCRIMINATOR: source, **{key: value for key, value in facts.items() if value is not None}}


def handles(value: Any, store: DocumentStore, *, field: str) -> list[Document]:
    """Return the documents of a field that has none, one or a list of them.

    Args:
        value: What the field has: handles or references.
        store: Reads what is a reference.
        field: Its name, for the message.

    Raises:
        ConnectorInputError: Something else is among it.
    """
    found = []
    for one in value if isinstance(value, list) else [] if value is None or value == "" else [value]:
        if isinstance(one, Mapping) and one.get(DISCRIMINATOR):
            one = Document({key: part for key, part in one.items() if part is not None}, store)
        if isinstance(one, Document):
            found.append(one)
        elif one is not None:
            raise ConnectorInputError(
                f"{field} needs a document reference or a list of them, such as a form's upload or =[invoice]"
            )
    return found
