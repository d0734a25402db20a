"""Thin runtime for Camunda 8 connectors.

`run_job` turns one job into one outcome and knows no engine; `Runtime` fetches jobs from a cluster, runs them with the
installed connectors and delivers the outcomes::

    async with Runtime(Settings.read()) as runtime:
        await runtime.reached()

The command ``connectory`` does the same as a service. Names are imported when they are used: the command must list
connectors without paying for pydantic and HTTP.
"""

TYPE_CHECKING = False  # importing `typing` for it would cost 5 ms
if TYPE_CHECKING:
    from typing import Any

    from connectory_runtime.client import CamundaClient, GatewayError
    from connectory_runtime.installed import DiscoveryError
    from connectory_runtime.outbound.events import JobEvent, JobFinished, JobStarted
    from connectory_runtime.outbound.outcome import BpmnErrorThrown, Completed, Failed, Outcome
    from connectory_runtime.outbound.pipeline import run_job
    from connectory_runtime.outbound.services import Services
    from connectory_runtime.runtime import Runtime
    from connectory_runtime.settings import Settings, SettingsError

PLACES = {
    "BpmnErrorThrown": "outbound.outcome",
    "CamundaClient": "client",
    "Completed": "outbound.outcome",
    "DiscoveryError": "installed",
    "Failed": "outbound.outcome",
    "GatewayError": "client",
    "JobEvent": "outbound.events",
    "JobFinished": "outbound.events",
    "JobStarted": "outbound.events",
    "Outcome": "outbound.outcome",
    "Runtime": "runtime",
    "Services": "outbound.services",
    "Settings": "settings",
    "SettingsError": "settings",
    "run_job": "outbound.pipeline",
}

__all__ = [
    "BpmnErrorThrown",
    "CamundaClient",
    "Completed",
    "DiscoveryError",
    "Failed",
    "GatewayError",
    "JobEvent",
    "JobFinished",
    "JobStarted",
    "Outcome",
    "Runtime",
    "Services",
    "Settings",
    "SettingsError",
    "run_job",
]


def __getattr__(name: str) -> "Any":
    """Import a public name when it is first used."""
    if name not in PLACES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
