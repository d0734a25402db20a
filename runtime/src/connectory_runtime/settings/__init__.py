"""Settings: everything that the environment says, read once and checked, in both families of names."""

from connectory_runtime.settings.connection import Connection
from connectory_runtime.settings.connectors import ConnectorSettings
from connectory_runtime.settings.environment import Environment, SettingsError
from connectory_runtime.settings.settings import SecretSettings, Settings
from connectory_runtime.settings.worker import WorkerSettings

__all__ = [
    "Connection",
    "ConnectorSettings",
    "Environment",
    "SecretSettings",
    "Settings",
    "SettingsError",
    "WorkerSettings",
]
