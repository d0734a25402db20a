"""What a job needs from around it; each has a default, so that `run_job` works in any worker."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from connectory_runtime.documents.inline import NoDocuments
from connectory_runtime.outbound.job import Job
from connectory_sdk import SecretProvider
from connectory_sdk.documents import DocumentStore

if TYPE_CHECKING:
    from connectory_runtime.intrinsic import Function


async def no_state() -> Any:
    """Return the state of a connector without a lifespan."""
    return None


async def everything_allowed(job: Job) -> Callable[[str], bool] | None:
    """Allow all secrets."""
    return None


class Services(NamedTuple):
    """What a job needs from around it.

    Args:
        secrets: Providers, in order.
        documents: Where documents are kept.
        state: Gives what the connector's lifespan yielded; entering it is part of the first job.
        extend: Sets the job's lock to so many milliseconds from now; needed for the header ``jobTimeout``.
        allowed: Gives which secrets a job may use; None allows all.
        trace: Trace headers to hand on.
        functions: Intrinsic functions beside those of Camunda, by name.
        nested_secrets: Values of secrets may name other secrets.
        physical_tenant_id: The engine, where the runtime serves several.
    """

    secrets: Sequence[SecretProvider] = ()
    documents: DocumentStore = NoDocuments()
    state: Callable[[], Awaitable[Any]] = no_state
    extend: Callable[[Job, int], Awaitable[None]] | None = None
    allowed: Callable[[Job], Awaitable[Callable[[str], bool] | None]] = everything_allowed
    trace: Mapping[str, str] = MappingProxyType({})
    functions: Mapping[str, "Function"] = MappingProxyType({})
    nested_secrets: bool = True
    physical_tenant_id: str | None = None
