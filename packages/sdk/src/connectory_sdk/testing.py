"""The test kit for connector authors: a conformance class and what an operation needs to run without a runtime.

::

    class TestGreeter(ConnectorTests):
        connector = greeter
        example = {"greet": {"who": "Ann"}}

Needs pytest. Deleting or overriding a check needs an ``xfail`` with a reason.
"""

import asyncio
import inspect
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest
from pydantic import BaseModel, SecretStr

from connectory_sdk.binding import bind
from connectory_sdk.connector import Connector
from connectory_sdk.context import JobContext
from connectory_sdk.documents import DISCRIMINATOR, Document
from connectory_sdk.http import Answer
from connectory_sdk.inbound import Correlation, Event, InboundConnector
from connectory_sdk.template import TemplateError, check, dumps, file_name, inbound_templates, outbound_template
from connectory_sdk.template.collection import templates_of

ACCEPTED = Correlation(accepted=True, kind="MessagePublished", facts={"messageKey": 1, "tenantId": "<default>"})


class MemoryDocuments:
    """A `DocumentStore` in memory: ids count from 1."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    async def create(
        self,
        content: bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        time_to_live: timedelta | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Document:
        """Keep content and return its handle."""
        data = content if isinstance(content, bytes) else b"".join([chunk async for chunk in content])
        key = str(len(self.content) + 1)
        self.content[key] = data
        metadata = {"fileName": name, "contentType": content_type, "size": len(data), **(properties or {})}
        return Document(
            {
                "camunda.document.type": "camunda",
                "storeId": "in-memory",
                "documentId": key,
                "metadata": {k: v for k, v in metadata.items() if v is not None},
            },
            self,
        )

    async def open(self, reference: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield the content of a document, of an inline one what its reference says."""
        if reference.get(DISCRIMINATOR) == "inline":
            content = reference["content"]
            yield (content if isinstance(content, str) else json.dumps(content, separators=(",", ":"))).encode()
            return
        yield self.content[reference["documentId"]]

    async def link(self, reference: Mapping[str, Any], *, time_to_live: timedelta | None = None) -> str:
        """Return a link that says which document was asked for."""
        return f"memory://{reference['documentId']}"


@asynccontextmanager
async def operations(
    connector: Connector[Any], *, environ: Mapping[str, str] | None = None, documents: MemoryDocuments | None = None
) -> AsyncIterator["Operations"]:
    """Run a connector's operations without a runtime: its lifespan is entered once, as in production.

    Args:
        connector: The connector.
        environ: Environment variables for the lifespan. Default: none.
        documents: Where documents are kept. Default: a new store in memory.
    """
    async with AsyncExitStack() as stack:
        state = await stack.enter_async_context(connector.lifespan(environ or {})) if connector.lifespan else None
        yield Operations(connector, state, documents or MemoryDocuments())


class Operations:
    """Calls the operations of one connector; made by `operations`."""

    def __init__(self, connector: Connector[Any], state: Any, documents: MemoryDocuments) -> None:
        self.connector = connector
        self.state = state
        self.documents = documents

    async def __call__(self, operation: str, variables: Mapping[str, Any], **job: Any) -> Any:
        """Bind variables, call an operation and return what it returns; `job` are members of its `JobContext`."""
        chosen = self.connector.operations[operation]
        facts = {"key": "1", "type": self.connector.type, "variables": variables, **job}
        context: JobContext[Any] = JobContext(state=self.state, documents=self.documents, **facts)
        return await chosen.call(await bind(chosen.request, variables), context)


class Subscription:
    """An `InboundContext` without a runtime: keeps what was correlated and calls what is served.

    Args:
        properties: The element's properties, nested.
        state: What the connector's lifespan would have yielded.
        evaluate: Evaluates FEEL; pass ``connectory_feel.evaluate`` or a function of yours.
        result: What `correlate` answers.
        documents: Where documents are kept. Default: a new store in memory.
    """

    def __init__(
        self,
        properties: Mapping[str, Any],
        *,
        type: str = "",
        state: Any = None,
        evaluate: Callable[[str, Mapping[str, Any]], Any] | None = None,
        result: Correlation = ACCEPTED,
        documents: MemoryDocuments | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.type = type
        self.deduplication_id = "test"
        self.properties = properties
        self.state = state
        self.result = result
        self.documents = documents or MemoryDocuments()
        self.environ = environ or {}
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.health: str | None = None
        self.routes: dict[str, Answer] = {}
        self._evaluate = evaluate

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Evaluate with the function that was given."""
        if self._evaluate is None:
            raise AssertionError("the connector evaluates FEEL: pass evaluate=...")
        return self._evaluate(expression, context)

    def wanted(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether the result would be accepted."""
        return self.result.accepted

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> Correlation:
        """Keep the event and answer what the test wants."""
        self.events.append(Event(payload=payload, message_id=message_id))
        return self.result

    async def serve(self, path: str, answer: Answer) -> NoReturn:
        """Offer a path until the subscription is cancelled."""
        self.routes[path] = answer
        try:
            await asyncio.Event().wait()
        finally:
            del self.routes[path]
        raise AssertionError("nothing sets the event")

    def log(self, message: str, *, severity: str = "INFO", tag: str = "activity") -> None:
        """Keep the line."""
        self.lines.append(f"{severity} {tag} {message}")

    def healthy(self, **details: Any) -> None:
        """Keep that it works."""
        self.health = "UP"

    def unhealthy(self, message: str, **details: Any) -> None:
        """Keep that it does not work."""
        self.health = f"DOWN {message}"


@asynccontextmanager
async def subscribed(inbound: InboundConnector, subscription: Subscription) -> AsyncIterator[Subscription]:
    """Run an inbound connector's coroutine while the block runs; an error in it is raised at the end of the block."""
    config = await bind(inbound.config, subscription.properties)
    task = asyncio.create_task(inbound.subscribe(config, subscription))
    await asyncio.sleep(0)
    try:
        yield subscription
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class ConnectorTests:
    """What every connector keeps to.

    Args:
        connector: The connector under test.
        example: For each operation, variables that it accepts, as a template writes them.
        templates: Folder of the committed templates, written with ``connectory templates collect --write``.
    """

    connector: ClassVar[Connector[Any]]
    example: ClassVar[Mapping[str, Mapping[str, Any]]]
    templates: ClassVar[Path | None] = None

    def test_identity(self) -> None:
        """Ids are dotted, the job type has a version, names are words."""
        connector = self.connector

        assert connector.id.count(".") >= 1, f"id '{connector.id}' needs a prefix of yours: acme.{connector.id}"
        assert connector.type.count(":") >= 1, f"job type '{connector.type}' needs a prefix: acme:{connector.type}:1"
        assert connector.version >= 1
        assert connector.name.strip() == connector.name != ""

    def test_operations_are_documented(self) -> None:
        """Each operation says what it does."""
        for operation in self.connector.operations.values():
            assert inspect.getdoc(operation.call), f"operation '{operation.id}' has no docstring"

    async def test_examples_bind(self) -> None:
        """Each operation has an example, and the example is accepted."""
        assert set(self.example) == set(self.connector.operations), "give one example for each operation"

        for key, variables in self.example.items():
            await bind(self.connector.operations[key].request, variables)

    async def test_requests_hide_secrets(self) -> None:
        """Printing a request shows no secret."""
        for key, variables in self.example.items():
            request = await bind(self.connector.operations[key].request, variables)

            for value in secret_values(request):
                assert value not in repr(request)
                assert value not in str(request)

    def test_templates_are_sound(self) -> None:
        """Every template can be generated and keeps the semantic rules."""
        try:
            templates = [outbound_template(self.connector)] if self.connector.operations else []
            for inbound in self.connector.inbounds.values():
                templates += inbound_templates(self.connector, inbound)
        except TemplateError as exc:
            pytest.fail(str(exc))

        assert [problem for template in templates for problem in check(template)] == []

    def test_templates_are_committed(self) -> None:
        """The committed templates are what the models give."""
        if self.templates is None:
            pytest.skip("there are no committed templates: templates = Path(...) says where they are")
        for template in templates_of([self.connector]):
            assert_template_unchanged(template, self.templates)

    def test_template_fields_are_described(self) -> None:
        """Every visible field of the template has a label; fields of the connector have a description."""
        if not self.connector.operations:
            return
        for entry in outbound_template(self.connector)["properties"]:
            if entry["type"] != "Hidden":
                assert entry.get("label"), entry
                assert entry.get("description") or entry["type"] == "Dropdown", (
                    f"field '{entry['id']}' needs a description"
                )


def secret_values(request: Any) -> list[str]:
    """Return the values of all secret fields of a request, however deep."""
    if isinstance(request, SecretStr):
        return [value] if (value := request.get_secret_value()) else []
    if isinstance(request, BaseModel):
        return [value for name in type(request).model_fields for value in secret_values(getattr(request, name))]
    if isinstance(request, Mapping):
        return [value for item in request.values() for value in secret_values(item)]
    if isinstance(request, list | tuple):
        return [value for item in request for value in secret_values(item)]
    return []


def assert_template_unchanged(template: Mapping[str, Any], folder: Path) -> None:
    """Fail if the committed file of a template is not what the models give now."""
    path = folder / file_name(dict(template))
    assert path.is_file(), f"{path} is missing; run: connectory templates collect --write"
    assert json.loads(path.read_text()) == json.loads(dumps(dict(template))), (
        f"{path} is not what the models give; raise the version, and run: connectory templates collect --write"
    )
