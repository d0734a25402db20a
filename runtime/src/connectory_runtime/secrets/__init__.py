"""Secrets: where values of ``{{secrets.NAME}}`` come from, how they get into a job and stay out of messages."""

from connectory_runtime.secrets.masking import Masked
from connectory_runtime.secrets.providers import Chain, EnvironmentSecrets, FileSecrets, MappingSecrets
from connectory_runtime.secrets.references import SecretNotAvailableError, referenced_names, replace

__all__ = [
    "Chain",
    "EnvironmentSecrets",
    "FileSecrets",
    "MappingSecrets",
    "Masked",
    "SecretNotAvailableError",
    "referenced_names",
    "replace",
]
