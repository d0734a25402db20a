"""The runtime's own secret providers, and the chain in which all are asked."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectory_sdk import SecretContext, SecretProvider

log = logging.getLogger(__name__)


class Chain:
    """Providers in order; the first answer that is not None counts."""

    def __init__(self, providers: Sequence[SecretProvider]) -> None:
        self.providers = list(providers)

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Return the value of a secret, or None when nobody knows it."""
        for provider in self.providers:
            if (value := await provider.get_secret(name, context)) is not None:
                return value
        return None


class MappingSecrets:
    """Secrets that are given as they are: ``connectory run --secret NAME=VALUE``, tests."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Return the value of a secret, or None when it was not given."""
        return self.values.get(name)


class EnvironmentSecrets:
    """Environment variables with a prefix: ``{{secrets.TOKEN}}`` is ``SECRET_TOKEN``.

    Args:
        environ: The variables.
        prefix: What stands before the name; empty makes every variable readable for models.
        physical_tenant_aware: Put the engine's name (or ``default``) between prefix and name.
        tenant_aware: Put the tenant's id there.
        process_aware: Put the BPMN process id there.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        prefix: str = "SECRET_",
        physical_tenant_aware: bool = False,
        tenant_aware: bool = False,
        process_aware: bool = False,
    ) -> None:
        self.environ = environ
        self.prefix = prefix
        self.aware = (physical_tenant_aware, tenant_aware, process_aware)
        self.hinted: set[str] = set()

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Return the value of a secret, or None when no variable has it."""
        scopes = (context.physical_tenant_id or "default", context.tenant_id, context.process_definition_id)
        parts = [scope for scope, wanted in zip(scopes, self.aware, strict=True) if wanted]
        value = self.look_up(self.prefix + "_".join([*parts, name]))
        if value is None and self.prefix and name not in self.hinted and self.look_up(name) is not None:
            self.hinted.add(name)
            log.warning(
                "secret '%s' is not available as %s%s, but a variable %s exists; rename it to %s%s, or set "
                "CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_PREFIX",
                *(name, self.prefix, name, name, self.prefix, name),
            )
        return value

    def look_up(self, name: str) -> str | None:
        """Return a variable by its name, else by the name in capitals with underscores for all signs."""
        value = self.environ.get(name)
        return value if value is not None else self.environ.get(re.sub(r"[^A-Za-z0-9]", "_", name).upper())


class FileSecrets:
    """Mounted files, one secret each, as Kubernetes mounts them; read anew at each use, so rotation works."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def get_secret(self, name: str, context: SecretContext) -> str | None:
        """Return the content of the file with the secret's name, without the line break at its end."""
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name) or name in {".", ".."}:
            return None
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        return text.removesuffix("\n").removesuffix("\r")
