"""Connectors and their operations."""

import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, get_type_hints, overload

from pydantic import BaseModel

from connectory_sdk.calling import Calls, Request, Result, find, opened
from connectory_sdk.context import JobContext, State
from connectory_sdk.documents import DocumentStore
from connectory_sdk.inbound import InboundConnector, Subscribe
from connectory_sdk.memory import MemoryDocuments
from connectory_sdk.properties import Group

Call = Callable[[Any, JobContext[State]], Awaitable[Any]]
Check = Callable[[Any, State], Awaitable[None]]
Lifespan = Callable[[Mapping[str, str]], AbstractAsyncContextManager[State]]


class Operation(NamedTuple, Generic[State]):
    """One thing that a connector does.

    Args:
        id: What selects it, unique in the connector.
        name: What a modeller reads.
        request: The model that the job's variables are bound to.
        call: The coroutine function that does it.
        keywords: What a modeller may search it by. Default: its name.
    """

    id: str
    name: str
    request: type[BaseModel]
    call: Call[State]
    keywords: tuple[str, ...] = ()


class Configuration(NamedTuple, Generic[State]):
    """A kind of reusable credential that a connector can try.

    Args:
        id: Id of its configuration template, such as ``io.camunda.connectors:rest-authentication:1``.
        model: What its value is bound to.
        check: The coroutine function that tries it.
    """

    id: str
    model: type[BaseModel]
    check: Check[State]


@dataclass(slots=True, kw_only=True, eq=False)
class Connector(Generic[State]):
    """An integration with one job type (outbound) and, if it listens too, subscription types (inbound).

    Args:
        id: Id of the element template, ours: ``acme.greeter.outbound``.
        name: Human name; names the worker and the base of its environment variables (``CONNECTOR_<NAME>_TYPE``).
        type: Job type, Camunda's where Camunda has one.
        version: Version of the element template; raise it by one whenever the template changes.
        description: One sentence for the template and the catalogue.
        select: Dotted path of the variable that names the operation, such as ``data.method``. Default: the task header
            ``operation``. A connector with one operation needs neither.
        lifespan: Async context manager function; entered at the first job with the environment variables, left when the
            runtime stops. What it yields is `JobContext.state`: clients, pools, token caches.
        groups: Sections of the properties panel, in order.
        icon: SVG text.
        keywords: Search words of the catalogue.
        documentation: Address of the documentation.
        engines: Range of Camunda versions that the template fits.
        result_variable: Default of the template's result variable.
        result_expression: Default of the template's result expression.
        error_expression: Default of the template's error expression.
        title: Name of the template where it differs from `name`.
        kinds: Elements that may call it, ids of `connectory_sdk.template.TASK_KINDS`: ``task``, ``send`` (a send task),
            ``throw`` and ``end`` (message events). Each has a template of its own.
        deprecated: Why the template should not be used any more, and what instead; the modeler says it.
        markers: Properties of the element, by name, that tools read and the runtime does not, such as the
            ``toolContainer`` of an AI agent.
        errors: What an error expression may meet, for the catalogue: error codes, and what each means.
        example: For the catalogue: what a modeller writes into which field, a line each.
    """

    id: str
    name: str
    type: str
    version: int
    description: str = ""
    select: str | None = None
    lifespan: Lifespan[State] | None = None
    groups: tuple[Group, ...] = ()
    icon: str | None = None
    keywords: tuple[str, ...] = ()
    documentation: str | None = None
    engines: str = "^8.6"
    result_variable: str | None = None
    result_expression: str | None = None
    error_expression: str | None = None
    title: str | None = None
    kinds: tuple[str, ...] = ("task",)
    deprecated: str | None = None
    markers: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    operations: dict[str, Operation[State]] = field(default_factory=dict, init=False)
    inbounds: dict[str, InboundConnector] = field(default_factory=dict, init=False)
    configurations: dict[str, Configuration[State]] = field(default_factory=dict, init=False)

    def operation(
        self, id: str, *, name: str | None = None, keywords: tuple[str, ...] = ()
    ) -> Callable[[Call[State]], Call[State]]:
        """Register the decorated coroutine function as an operation.

        Its first parameter must be annotated with the request model. The function itself stays as it is.

        Raises:
            TypeError: The function is not ``async def``, or its request has no pydantic model.
            ValueError: The connector has an operation of this id already.
        """

        def register(call: Call[State]) -> Call[State]:
            if id in self.operations:
                raise ValueError(f"connector '{self.id}' has two operations '{id}'; give one another id")
            request = request_model(call, of=f"operation '{id}' of connector '{self.id}'")
            self.operations[id] = Operation(id=id, name=name or id, request=request, call=call, keywords=keywords)
            return call

        return register

    def inbound(self, type: str, *, name: str, **facts: Any) -> Callable[[Subscribe], Subscribe]:
        """Register the decorated coroutine function as an inbound connector; see `connectory_sdk.inbound`."""

        def register(subscribe: Subscribe) -> Subscribe:
            if type in self.inbounds:
                raise ValueError(f"connector '{self.id}' has two inbound connectors '{type}'; give one another type")
            config = request_model(subscribe, of=f"inbound connector '{type}'")
            self.inbounds[type] = InboundConnector(type=type, name=name, config=config, subscribe=subscribe, **facts)
            return subscribe

        return register

    def configuration(self, id: str) -> Callable[[Check[State]], Check[State]]:
        """Register the decorated coroutine function as the check of a kind of reusable credential.

        People ask for it before a process uses the credential. The function takes the credential, its parameter
        annotated with a pydantic model, and what `lifespan` yielded. It returns when the credential works; otherwise it
        raises what an operation would: `ConnectorInputError`, or `ConnectorError`, whose code is ``401`` or ``403``
        where the other side refused.

        Args:
            id: Id of the configuration template.

        Raises:
            TypeError: The function is not ``async def``, or the credential has no pydantic model.
            ValueError: The connector has a check for this id already.
        """

        def register(check: Check[State]) -> Check[State]:
            if id in self.configurations:
                raise ValueError(f"connector '{self.id}' has two checks of configuration '{id}'; leave one out")
            model = request_model(check, of=f"check of configuration '{id}'")
            self.configurations[id] = Configuration(id=id, model=model, check=check)
            return check

        return register

    def open(
        self, *, environ: Mapping[str, str] | None = None, documents: DocumentStore | None = None
    ) -> AbstractAsyncContextManager[Calls[State]]:
        """Give the operations for several calls, which share connections and tokens::

            async with slack.open() as call:
                await call("chat.postMessage", token="xoxb-...", data={"channel": "#general", "text": "Hello"})

        Args:
            environ: Environment variables for the lifespan. Default: those of this process.
            documents: Where documents are kept. Default: in memory.
        """
        return opened(self, os.environ if environ is None else environ, documents or MemoryDocuments())

    @overload
    async def call(
        self, operation: Callable[[Request, JobContext[State]], Awaitable[Result]], request: Request, /
    ) -> Result: ...

    @overload
    async def call(
        self, operation: str, request: BaseModel | Mapping[str, Any] | None = None, /, **inputs: Any
    ) -> Any: ...

    async def call(self, operation: Any, request: Any = None, /, **inputs: Any) -> Any:
        """Call one operation without a runtime or Camunda, and return what it returns.

        Opens and closes what the connector needs for this one call; `open` keeps it for several.

        Args:
            operation: Its id, or its function, which also lets a type checker see request and result.
            request: An instance of its request model, or its inputs as they stand in an element template.
            inputs: Single inputs, instead of a request or beside a mapping.

        Raises:
            ConnectorInputError: There is no such operation, or an input is wrong; one line names it.
        """
        find(self, operation)
        async with self.open() as calls:
            return await calls(operation, request, **inputs)

    @property
    def input_variables(self) -> tuple[str, ...]:
        """Top-level variables that the operations read, in the order of the models."""
        names = [self.select.split(".")[0]] if self.select else []
        for operation in self.operations.values():
            names += [field.alias or name for name, field in operation.request.model_fields.items()]
        return tuple(dict.fromkeys(names))


def request_model(function: Callable[..., Any], *, of: str) -> type[BaseModel]:
    """Return the pydantic model that annotates a function's first parameter.

    Raises:
        TypeError: There is none, or the function is not ``async def``.
    """
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{of}: '{function.__name__}' must be an 'async def' function")
    names = list(inspect.signature(function).parameters)
    model = get_type_hints(function).get(names[0]) if names else None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{of}: annotate the first parameter of '{function.__name__}' with a pydantic model")
    return model
