"""An event meets the elements of a subscription: which one takes it, what Camunda is told, what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectory_feel import FeelError
from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError, UnreachableError
from connectory_runtime.encoding import dumps
from connectory_runtime.inbound.elements import Element
from connectory_runtime.outbound.expressions import compiled, context_of, context_result, evaluate, guard
from connectory_sdk import ConnectorInputError
from connectory_sdk.documents import DocumentStore
from connectory_sdk.inbound import Correlation

NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Names of the engine's states by HTTP status."""
PATIENCE = 60.0  # seconds that a caller may wait for a process's answer
Taken = tuple[str, dict[str, Any] | None]
"""What became of an event: the kind of a `Correlation`, and its facts."""
EXPRESSIONS = (
    "activationCondition",
    "inbound.activationCondition",
    "correlationKeyExpression",
    "messageIdExpression",
    "resultExpression",
    "inbound.responseExpression",
    "inbound.verificationExpression",
)
SAME = (
    "resultExpression",
    "inbound.variableMapping",
    "resultVariable",
    "correlationKeyExpression",
    "messageIdExpression",
)


class UnmatchedError(Exception):
    """No element wants the event."""


def unreadable(element: Element) -> Iterator[str]:
    """Compile an element's expressions, so that the first event does not wait for it; yield what is wrong with them."""
    for name in EXPRESSIONS:
        if text := element.properties.get(name):
            try:
                compiled(text)
            except FeelError as exc:
                yield f"Element '{element.id}': {name} cannot be read: {str(exc).splitlines()[0]}"


def reads_cluster(text: str) -> bool:
    """Tell whether an expression reads variables that only the cluster has."""
    try:
        return "camunda" in text and "camunda" in compiled(text).names
    except FeelError:
        return False


def matching(elements: Sequence[Element], payload: Mapping[str, Any]) -> Element:
    """Return the element that takes an event.

    Raises:
        UnmatchedError: There is none.
        ConnectorInputError: A condition fails, or several elements want the event for themselves.
    """
    if len(elements) == 1:
        if is_met(elements[0], payload):
            return elements[0]
        raise UnmatchedError
    met = [element for element in elements if is_met(element, payload)]
    if not met:
        raise UnmatchedError
    if len(met) > 1 and (start := starting(met)) is not None:
        return start
    if len(met) > 1 and not interchangeable(met):
        ids = ", ".join(f"'{element.id}'" for element in met)
        raise ConnectorInputError(
            f"Multiple connectors are activated for the same input: elements {ids}; give them activation conditions "
            "of which only one can be true, or the same message name, correlation key and mapping"
        )
    return met[-1]  # elements are in the order of versions: the latest one's settings hold


def is_met(element: Element, payload: Mapping[str, Any]) -> bool:
    """Tell whether an element's activation condition is exactly true."""
    condition = element.condition
    return condition is None or evaluate(condition, payload, what="activation condition") is True


def starting(elements: Sequence[Element]) -> Element | None:
    """Return the start event of elements that one message reaches: who waits for its key gets it, else it starts one.

    The engine decides, in one step, so there are no races: a message start event with a key starts no second instance
    while one with this key runs.
    """
    starts = [element for element in elements if element.point == "message-start"]
    return starts[0] if len(starts) == 1 and interchangeable(elements, "message", "message-start") else None


def interchangeable(elements: Sequence[Element], *points: str) -> bool:
    """Tell whether it is all the same which of the elements takes an event: one message reaches them all."""
    first = elements[0]
    return all(
        element.point in (points or ("message",))
        and element.message_name == first.message_name
        and element.ttl == first.ttl
        and all(element.properties.get(name) == first.properties.get(name) for name in SAME)
        for element in elements
    )


class Correlator:
    """Tells Camunda of events.

    Args:
        client: The cluster.
        documents: Keeps documents that a result expression makes.
        ttl: Milliseconds that a message lives where the model does not say.
    """

    def __init__(self, client: CamundaClient, documents: DocumentStore, *, ttl: int) -> None:
        self.client = client
        self.documents = documents
        self.ttl = ttl

    async def evaluate(self, text: str, tenant: str, variables: Mapping[str, Any]) -> Any:
        """Return the value that an expression has on the cluster; clusters before 8.9 have no such call.

        Raises:
            ConnectorInputError: It fails.
            GatewayError: The cluster does not answer.
        """
        try:
            return await self.client.evaluate(text, tenant=tenant, variables=variables)
        except GatewayError as exc:
            if exc.status in (404, 405, 501):
                return evaluate(text, variables, what="property")
            if exc.status == 400:
                raise ConnectorInputError(f"Failed to evaluate the property '{text}'. Reason: {exc.detail}") from exc
            raise

    async def offer(self, element: Element, payload: Mapping[str, Any], message_id: str | None) -> Taken:
        """Let an element take an event.

        Raises:
            ConnectorInputError: An expression of the element fails.
            GatewayError: Camunda refuses.
        """
        if element.point == "start":
            return await self.start(element, await self.variables(element, payload))
        key = correlation_key(element, payload)
        message_id = message_id_of(element, payload, message_id)
        variables = await self.variables(element, payload)
        if element.synchronous:
            return await self.correlate(element, key, variables)
        return await self.publish(element, key, variables, message_id)

    async def variables(self, element: Element, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the process gets of an event: nothing, unless the element says what."""
        variables: dict[str, Any] = {}
        if name := element.properties.get("resultVariable"):
            variables[name.strip()] = payload
        if text := element.result_expression:
            result = await context_result(text, context_of(payload), what="result expression", documents=self.documents)
            variables |= result or {}
        guard(variables)
        return variables

    async def start(self, element: Element, variables: dict[str, Any]) -> Taken:
        """Start an instance."""
        definition = element.definition
        body: dict[str, Any] = {"variables": variables, "tenantId": definition.tenant_id}
        if definition.key.isdecimal():
            body["processDefinitionKey"] = definition.key
        else:
            body["processDefinitionId"] = definition.id
        if element.synchronous:
            body |= {"awaitCompletion": True, "requestTimeout": int(PATIENCE * 1000)}
        patience = PATIENCE + 10 if element.synchronous else None
        answer = await self.client.post("/process-instances", body, timeout=patience)
        facts = {"processInstanceKey": number(answer.get("processInstanceKey")), "tenantId": answer.get("tenantId")}
        if element.synchronous:
            return "ProcessInstanceCreatedWithResult", {**facts, "variables": answer.get("variables") or {}}
        return "ProcessInstanceCreated", facts

    async def publish(self, element: Element, key: str, variables: dict[str, Any], message_id: str | None) -> Taken:
        """Send a message that waits for whom it concerns."""
        body = {
            "name": element.message_name,
            "correlationKey": key,
            "timeToLive": self.ttl if element.ttl is None else element.ttl,
            "variables": variables,
            "tenantId": element.definition.tenant_id,
        }
        if message_id:
            body["messageId"] = message_id
        try:
            answer = await self.client.post("/messages/publication", body)
        except GatewayError as exc:
            if exc.status == 409:
                return "MessageAlreadyCorrelated", None
            raise
        return "MessagePublished", {
            "messageKey": number(answer.get("messageKey")),
            "tenantId": answer.get("tenantId"),
        }

    async def correlate(self, element: Element, key: str, variables: dict[str, Any]) -> Taken:
        """Send a message to somebody who waits for it now."""
        body = {
            "name": element.message_name,
            "correlationKey": key,
            "variables": variables,
            "tenantId": element.definition.tenant_id,
        }
        answer = await self.client.post("/messages/correlation", body)
        return "MessageCorrelated", {
            "processInstanceKey": number(answer.get("processInstanceKey")),
            "messageKey": number(answer.get("messageKey")),
            "tenantId": answer.get("tenantId"),
        }


def number(key: Any) -> Any:
    """Return a key as the number that FEEL sees."""
    return int(key) if isinstance(key, str) and key.isdecimal() else key


def correlation_key(element: Element, payload: Mapping[str, Any]) -> str:
    """Return the correlation key of an event; a message start event needs none.

    Raises:
        ConnectorInputError: Another element has none.
    """
    expression = element.properties.get("correlationKeyExpression")
    value = None
    reason = ""
    if expression is not None:
        try:
            value = evaluate(expression, payload, what="correlation key expression")
        except ConnectorInputError as exc:
            reason = f". {exc.message}"
    if value is None or isinstance(value, list):
        if element.point == "message-start":
            return ""
        raise ConnectorInputError(f"Wasn't able to obtain correlation key for expression {expression}{reason}")
    return as_text(value)


def message_id_of(element: Element, payload: Mapping[str, Any], given: str | None) -> str | None:
    """Return the message id of an event: the model's, else the connector's.

    Raises:
        ConnectorInputError: The model's expression fails.
    """
    expression = element.properties.get("messageIdExpression")
    if expression is None:
        return given
    value = evaluate(expression, payload, what="message id expression")
    if isinstance(value, list | dict):
        raise ConnectorInputError(f"Message expression could not be evaluated {expression}: it gives no text")
    return None if value is None else as_text(value)


def as_text(value: Any) -> str:
    """Return a value as the text of a key."""
    return value if isinstance(value, str) else dumps(value).decode()


def failure(exc: Exception) -> Correlation:
    """Return what an event's failure means for its sender."""
    if isinstance(exc, ConnectorInputError):
        return Correlation(accepted=False, kind="InvalidInput", message=exc.message)
    if isinstance(exc, UnreachableError):
        status = "DEADLINE_EXCEEDED" if exc.timeout else "UNAVAILABLE"
        return Correlation(accepted=False, kind="ZeebeClientStatus", status=status, message=str(exc), retry=True)
    if isinstance(exc, GatewayError):
        status = exc.title if exc.title in NAMES.values() else NAMES.get(exc.status, "UNKNOWN")
        return Correlation(
            accepted=False,
            kind="ZeebeClientStatus",
            status=status,
            message=exc.detail or str(exc),
            retry=exc.transient or exc.status in (401, 403, 404),
        )
    return Correlation(accepted=False, kind="Other", message=type(exc).__name__, retry=True)


def unmatched(elements: Sequence[Element]) -> Correlation:
    """Return the result for an event that no element wants."""
    consumed = any(element.consumes_unmatched for element in elements)
    return Correlation(accepted=consumed, kind="ActivationConditionNotMet", message="no activation condition is met")
