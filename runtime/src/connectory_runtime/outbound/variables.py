"""A job's variables as an operation sees them: secrets replaced, documents as handles, intrinsic functions called."""

from collections.abc import Mapping
from typing import Any

from connectory_runtime.documents.incoming import Incoming
from connectory_runtime.encoding import loads
from connectory_runtime.outbound.job import MARKS, Job
from connectory_runtime.outbound.services import Services
from connectory_runtime.secrets import Masked, replace
from connectory_sdk import ConnectorInputError, SecretContext


class SecretStoreError(Exception):
    """A secret provider cannot be asked at the moment."""


async def read_variables(job: Job, services: Services, masked: Masked) -> Mapping[str, Any]:
    """Return the variables of a job, ready to be bound.

    Args:
        job: The job.
        services: Secret providers and the document store.
        masked: Learns which values were handed out.

    Raises:
        ConnectorInputError: A secret, a reference or a call is wrong.
        SecretStoreError: A provider fails.
    """
    variables = job.variables
    marked = job.marked
    if job.text is not None and "secrets." in job.text:
        text = await replaced(job.text, job, services, masked)
        if text is not job.text:
            variables = parsed(text)
            marked = any(mark.decode() in text for mark in MARKS)
    return await Incoming(services.documents, services.functions).resolve(variables) if marked else variables


async def replaced(text: str, job: Job, services: Services, masked: Masked) -> str:
    """Return the text of the variables with its secrets."""
    context = SecretContext(
        tenant_id=job.tenant_id,
        process_definition_id=job.process_definition_id,
        physical_tenant_id=services.physical_tenant_id,
    )

    async def resolve(name: str) -> str | None:
        for provider in services.secrets:
            try:
                value = await provider.get_secret(name, context)
            except Exception as exc:  # a provider's code may raise anything; its name is kept, its text may be secret
                raise SecretStoreError(
                    f"secret provider {type(provider).__name__} cannot be asked ({type(exc).__name__}); try again later"
                ) from exc
            if value is not None:
                masked.add(name, value)
                return value
        return None

    allowed = await services.allowed(job)
    return await replace(text, resolve, allowed=allowed, nested=services.nested_secrets)


def parsed(text: str) -> Mapping[str, Any]:
    """Return the variables of a text.

    Raises:
        ConnectorInputError: The replacement left no JSON object.
    """
    try:
        value = loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ConnectorInputError("This is not a JSON object")
    return value
