"""Where the values of ``{{secrets.NAME}}`` come from."""

from typing import NamedTuple, Protocol, runtime_checkable


class SecretContext(NamedTuple):
    """Who asks: a provider may keep different values for tenants and processes.

    Args:
        tenant_id: The job's tenant, ``<default>`` without tenants.
        process_definition_id: The BPMN process id.
        physical_tenant_id: The engine, where a runtime serves several.
    """

    tenant_id: str
    process_definition_id: str
    physical_tenant_id: str | None = None


@runtime_checkable
class SecretProvider(Protocol):
    """Resolves ``{{secrets.NAME}}`` before an operation sees its request.

    Providers are asked in order; the first answer that is not None counts. Raise to say that the store cannot be
    reached: the job is then retried. The name in messages is the class's name.
    """

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Return the value of a secret, or None when this provider does not know it."""
        ...
