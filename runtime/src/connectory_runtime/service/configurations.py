"""Whether a reusable credential works: its value from the cluster, with secrets, tried by the connector that knows it.

What the caller gets is a code and a general sentence; the log has the reason.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.documents.incoming import Incoming
from connectory_runtime.inbound.properties import SecretsUnavailableError, with_secrets
from connectory_runtime.secrets import Masked, SecretNotAvailableError
from connectory_runtime.service.wire import Reply, Request
from connectory_sdk import Connector, ConnectorError, ConnectorInputError, SecretContext
from connectory_sdk.binding import bind
from connectory_sdk.connector import Configuration

if TYPE_CHECKING:
    from connectory_runtime.runtime import Runtime

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds for a check: somebody waits for the answer
REFUSED = ("401", "403")
ONE_ENGINE = "default"

MESSAGES = {
    "UNAUTHORIZED": "The credential was refused",
    "INVALID_INPUT": "The configuration is not valid",
    "RESOLUTION_ERROR": "The configuration could not be resolved",
    "ERROR": "The configuration could not be checked",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a credential."""

    id: str
    reference: str
    tenant: str


class UnfitError(Exception):
    """A credential does not work, and why: a code, and words for the log."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


async def validate_configuration(runtime: "Runtime", request: Request) -> Reply:
    """Answer whether a reusable credential works."""
    masked = Masked()
    try:
        asked = read(request.json(), runtime.settings.physical_tenant)
    except UnfitError as exc:
        return Reply(200, {"status": "FAILURE", "code": exc.code, "message": str(exc)})
    found = checks([*runtime.connectors, *runtime.listening]).get(asked.id)
    if found is None:
        return Reply(200, {"status": "UNSUPPORTED", "message": "No validator is registered for this configuration"})
    try:
        async with asyncio.timeout(PATIENCE):
            await attempt(runtime, asked, *found, masked)
    except UnfitError as exc:
        log.warning("configuration '%s': %s: %s", asked.id, exc.code, masked.text(str(exc)))
        return Reply(200, {"status": "FAILURE", "code": exc.code, "message": MESSAGES[exc.code]})
    except TimeoutError:
        log.warning("configuration '%s': ERROR: no answer in %d s", asked.id, PATIENCE)
        return Reply(200, {"status": "FAILURE", "code": "ERROR", "message": MESSAGES["ERROR"]})
    return Reply(200, {"status": "SUCCESS"})


def read(data: Any, physical_tenant: str | None) -> Asked:
    """Return what is asked.

    Raises:
        UnfitError: Something is missing, or another engine is meant.
    """
    given = data if isinstance(data, dict) else {}
    for name in ("credentialId", "credentialRef"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise UnfitError("INVALID_INPUT", "credentialId and credentialRef are needed")
    engine = given.get("physicalTenantId")
    if engine is not None and engine != (physical_tenant or ONE_ENGINE):
        raise UnfitError("INVALID_INPUT", "physicalTenantId is none that is served here")
    reference = given["credentialRef"].strip()
    return Asked(
        id=given["credentialId"].strip(),
        reference=reference if reference.startswith("=") else f"={reference}",
        tenant=str(given.get("tenantId") or "<default>"),
    )


def checks(connectors: Iterable[Connector[Any]]) -> dict[str, tuple[Connector[Any], Configuration[Any]]]:
    """Return who checks a credential, by its id. Several may share a check; where two differ, nobody checks."""
    found: dict[str, tuple[Connector[Any], Configuration[Any]]] = {}
    twice: set[str] = set()
    for connector in connectors:
        for kind, configuration in connector.configurations.items():
            other, first = found.setdefault(kind, (connector, configuration))
            if first.check is not configuration.check:
                twice.add(kind)
                log.warning(
                    "configuration '%s' is checked by both %s and %s, so by neither; uninstall one, or leave one out "
                    "with CONNECTORY_CONNECTORS",
                    *(kind, other.id, connector.id),
                )
    return {kind: pair for kind, pair in found.items() if kind not in twice}


async def attempt(
    runtime: "Runtime", asked: Asked, connector: Connector[Any], configuration: Configuration[Any], masked: Masked
) -> None:
    """Let a connector try a credential.

    Raises:
        UnfitError: It does not work.
    """
    value = await resolved(runtime, asked, masked)
    try:
        credential: BaseModel = await bind(configuration.model, value)
        await configuration.check(credential, await runtime.lifespans[id(connector)].state())
    except ConnectorInputError as exc:
        raise UnfitError("INVALID_INPUT", exc.message) from exc
    except ConnectorError as exc:
        raise UnfitError("UNAUTHORIZED" if exc.code in REFUSED else "ERROR", exc.message) from exc
    except TimeoutError:
        raise
    except Exception as exc:  # a connector's code may raise anything; its text may have what it was given
        raise UnfitError("ERROR", f"connector '{connector.id}' raised {type(exc).__name__}") from exc


async def resolved(runtime: "Runtime", asked: Asked, masked: Masked) -> Mapping[str, Any]:
    """Return a credential's value, with secrets; all of them are allowed, as no model asks.

    Raises:
        UnfitError: There is none.
    """
    context = SecretContext(
        tenant_id=asked.tenant, process_definition_id="", physical_tenant_id=runtime.settings.physical_tenant
    )
    try:
        value = await runtime.client.evaluate(asked.reference, tenant=asked.tenant)
        if value is None:
            raise UnfitError("RESOLUTION_ERROR", f"'{asked.reference}' is null on the cluster")
        if not isinstance(value, dict):
            raise UnfitError("INVALID_INPUT", f"'{asked.reference}' is no object")
        value = await with_secrets(value, runtime.secrets, context, masked.add)
        return await Incoming(runtime.documents, runtime.functions).resolve(value)  # type: ignore[no-any-return]  # an object stays one
    except (GatewayError, SecretNotAvailableError, SecretsUnavailableError) as exc:
        raise UnfitError("RESOLUTION_ERROR", str(exc)) from exc
    except (ConnectorInputError, ConnectorError, ValueError) as exc:
        raise UnfitError("INVALID_INPUT", f"{type(exc).__name__}") from exc
