"""A job as the engine gives it, in any of its dialects (8.6 has number keys and calls the key ``key``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectory_runtime.encoding import dumps

MARKS = (b"camunda.document.type", b"camunda.function.type")
"""Without one of these, the text of variables refers to no document and no intrinsic function."""


@dataclass(slots=True)
class Job:
    """An activated job; missing and unknown members are normal."""

    key: str
    type: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    deadline: float = 0.0
    process_instance_key: str = ""
    process_definition_id: str = ""
    process_definition_version: int = 0
    process_definition_key: str = ""
    element_id: str = ""
    element_instance_key: str = ""
    tenant_id: str = "<default>"
    lease: tuple[str, str] | None = None
    """Name and value of the lease token as received: its name differs between versions, and is echoed."""
    text: str | None = None
    """The variables as JSON text, where they may have something to replace."""
    marked: bool = True
    """The variables may refer to documents or intrinsic functions."""

    @property
    def lease_token(self) -> str | None:
        """The lease token, whatever it is called."""
        return self.lease[1] if self.lease else None


def read_job(data: Mapping[str, Any]) -> Job:
    """Return a job from the engine's JSON."""
    get = data.get
    lease = None
    for name in ("leaseToken", "jobLeaseToken"):
        if get(name):
            lease = (name, str(data[name]))
    deadline = get("deadline")
    return Job(
        str(get("jobKey") or get("key") or ""),
        get("type") or "",
        get("variables") or {},
        get("customHeaders") or {},
        get("retries") or 0,
        deadline / 1000 if isinstance(deadline, int | float) else 0.0,
        str(get("processInstanceKey") or ""),
        get("processDefinitionId") or "",
        get("processDefinitionVersion") or 0,
        str(get("processDefinitionKey") or ""),
        get("elementId") or "",
        str(get("elementInstanceKey") or ""),
        get("tenantId") or "<default>",
        lease,
    )


def text_of(job: Job) -> str:
    """Return a job's variables as JSON text, in which references to secrets are replaced."""
    return dumps(job.variables).decode()
