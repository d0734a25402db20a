"""Which elements share one subscription: those with the same deduplication id."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectory_runtime.inbound.elements import PHYSICAL_TENANT, TYPE, Element
from connectory_sdk.inbound import InboundConnector

KEYWORDS = frozenset(
    {
        TYPE,
        "activationCondition",
        "inbound.activationCondition",
        "inbound.variableMapping",
        "consumeUnmatchedEvents",
        "correlationKeyExpression",
        "correlationRequired",
        "deduplicationId",
        "deduplicationMode",
        "deduplicationModeManualFlag",
        "eventSchema",
        "messageIdExpression",
        "messageTtl",
        "resultExpression",
        "resultVariable",
        "synchronousResponse",
    }
)
"""Properties that are the runtime's own: elements that share a subscription may differ in them."""
HIDDEN = KEYWORDS - {"resultExpression", "resultVariable", "correlationRequired", "deduplicationModeManualFlag"}
"""What the endpoints leave out of an executable's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Elements that share a subscription.

    Args:
        id: The deduplication id.
        problem: Why there can be none.
    """

    id: str
    elements: tuple[Element, ...]
    problem: str | None = None

    @property
    def executable_id(self) -> str:
        """What names it in addresses."""
        return hashlib.sha256(self.id.encode()).hexdigest()

    @property
    def first(self) -> Element:
        """The element whose properties the connector gets."""
        return self.elements[0]


def encoded(*parts: str) -> str:
    """Return parts as one text that no other parts give."""
    return "".join(f"{len(part)}:{part}" for part in parts)


def scope(element: Element, connector: InboundConnector | None) -> dict[str, str]:
    """Return the properties in which elements must agree to share a subscription."""
    prefixes = connector.deduplicate_by if connector is not None else ()
    if prefixes:
        return {
            name: value
            for name, value in element.properties.items()
            if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
        }
    return {name: value for name, value in element.properties.items() if name not in KEYWORDS}


def deduplication_id(element: Element, connector: InboundConnector | None) -> tuple[str, str | None]:
    """Return an element's deduplication id, and what is wrong with how the model asks for it."""
    definition = element.definition
    process = encoded(PHYSICAL_TENANT, definition.tenant_id, definition.id)
    own = encoded(PHYSICAL_TENANT, definition.tenant_id, definition.key, element.id)
    if element.problem is not None:
        return own, f"element '{element.id}' {element.problem}"
    match element.properties.get("deduplicationMode"):
        case None:
            return own, None
        case "AUTO":
            settings = scope(element, connector)
            if not settings:
                needed = f"; fill in {connector.deduplicate_by[0]}" if connector and connector.deduplicate_by else ""
                return own, f"expected at least one property to compute deduplicationId{needed}"
            text = json.dumps([element.type, sorted(settings.items())], ensure_ascii=False)
            return f"{process}-{hashlib.sha256(text.encode()).hexdigest()}", None
        case "MANUAL":
            if (given := element.properties.get("deduplicationId")) is None:
                return own, "Missing deduplicationId property, expected a value due to deduplicationMode=MANUAL"
            return f"{process}-{given}", None
        case other:
            return own, f"Invalid deduplicationMode property, expected AUTO or MANUAL, but was {other}"


def grouped(elements: Iterable[Element], connectors: Mapping[str, InboundConnector]) -> dict[str, Group]:
    """Return groups by deduplication id; those with a problem too, so that operators see them."""
    members: dict[str, list[Element]] = {}
    problems: dict[str, str] = {}
    for element in sorted(elements, key=lambda one: (one.definition.version or 0, one.id)):
        key, problem = deduplication_id(element, connectors.get(element.type))
        members.setdefault(key, []).append(element)
        if problem is not None:
            problems[key] = f"Invalid connector definition: {problem}"
    return {
        key: Group(
            id=key,
            elements=tuple(several),
            problem=problems.get(key) or disagreement(several, connectors.get(several[0].type)),
        )
        for key, several in members.items()
    }


def disagreement(elements: list[Element], connector: InboundConnector | None) -> str | None:
    """Return in what the elements of a group differ though they must not."""
    if len({element.type for element in elements}) > 1:
        return "Invalid connector definition: All elements in a group must have the same type"
    scopes = [scope(element, connector) for element in elements]
    names = {name for one in scopes for name in one}
    different = sorted(name for name in names if len({one.get(name) for one in scopes}) > 1)
    if not different:
        return None
    return (
        "Invalid connector definition: All elements in a group must have the same properties (excluding runtime-level "
        f"properties). The following properties are different: {', '.join(different)}"
    )
