"""What a job needs from around it; each has a default, so that `run_job` works in any worker."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectory_runtime.documents.inline import NoDocuments
from connectory_runtime.intrinsic import FUNCTIONS, Function
from connectory_runtime.outbound.job import Job
from connectory_sdk import SecretProvider
from connectory_sdk.documents import DocumentStore


async def no_state() -> Any:
    """Return the state of a connector without a lifespan."""
    return None


async def everything_allowed(job: Job) -> Callable[[str], bool] | None:
    """Allow all secrets."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a job needs from around it.

    Args:
        secrets: Providers, in order.
        documents: Where documents are kept.
        state: Gives what the connector's lifespan yielded; entering it is part of the first job.
        extend: Sets the job's lock to so many milliseconds from now; needed for the header ``jobTimeout``.
        allowed: Gives which secrets a job may use; None allows all.
        trace: Trace headers to hand on.
        functions: Intrinsic functions, by name.
        nested_secrets: Values of secrets may name other secrets.
        physical_tenant_id: The engine, where the runtime serves several.
    """

    secrets: Sequence[SecretProvider] = ()
    documents: DocumentStore = field(default_factory=NoDocuments)
    state: Callable[[], Awaitable[Any]] = no_state
    extend: Callable[[Job, int], Awaitable[None]] | None = None
    allowed: Callable[[Job], Awaitable[Callable[[str], bool] | None]] = everything_allowed
    trace: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)
    nested_secrets: bool = True
    physical_tenant_id: str | None = None
