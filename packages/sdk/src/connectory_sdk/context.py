"""What an operation knows of its job besides the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from typing_extensions import TypeVar

from connectory_sdk.documents import DocumentStore

State = TypeVar("State", default=Any)
"""What a connector's `lifespan` yields: its clients and caches."""


@dataclass(slots=True, kw_only=True)
class JobContext(Generic[State]):
    """One job: the unit of outbound work.

    Args:
        key: The job's key, the same in all its retries.
        type: The job type.
        variables: The fetched variables, secrets replaced, documents as handles.
        headers: The task headers of the element, as they stand in the model.
        retries: Retries left, this attempt included.
        deadline: When the lock ends, in seconds since the epoch; the runtime extends it while the operation runs.
        state: What the connector's `lifespan` yielded.
        documents: Stores and reads documents.
        trace: W3C trace headers (``traceparent``, ``tracestate``) to hand on; empty without tracing.
        lease_token: The engine's lease of this job, on clusters that have them (8.10).
    """

    key: str
    type: str
    variables: Mapping[str, Any] = field(repr=False)  # may have secrets
    headers: Mapping[str, str] = field(default_factory=dict)
    retries: int = 3
    deadline: float = 0.0
    process_instance_key: str = ""
    process_definition_id: str = ""
    process_definition_version: int = 0
    process_definition_key: str = ""
    element_id: str = ""
    element_instance_key: str = ""
    tenant_id: str = "<default>"
    lease_token: str | None = None
    state: State
    documents: DocumentStore
    trace: Mapping[str, str] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """A key for the remote system, the same in all retries of this job and in no other job."""
        return f"{self.process_instance_key}-{self.key}"
