"""The result of a connector that drives an ad-hoc sub-process as its job worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementActivation:
    """An inner element to start, with variables of its own."""

    element_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdHocSubProcessResult:
    """What to do in the ad-hoc sub-process next.

    Args:
        variables: Variables of the sub-process.
        activate: Inner elements to start.
        completed: The sub-process is done once nothing is active any more.
        cancel_remaining: End what is active.
        response: What an error expression sees; result variable and expression are not used for such jobs.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    activate: Sequence[ElementActivation] = ()
    completed: bool = False
    cancel_remaining: bool = False
    response: Any = None
