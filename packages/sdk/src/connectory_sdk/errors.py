"""What an operation raises, chosen by what should happen next.

::

    Exception
    ├── ConnectorError             give up this attempt; the job's retries decide whether there is another
    │   └── ConnectorRetryError    try later, with retries and back-off of the connector's choice
    ├── ConnectorInputError        the model or its data is wrong; never retried, an incident at once
    └── BpmnError                  the process handles it: an error boundary event catches the code

Rules: Camunda's connector SDK (``ConnectorException`` and relatives); a `ConnectorInputError` is deliberately no
`ConnectorError`, so that "catch what the remote system said" never swallows a mistake in the model.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any


class ConnectorError(Exception):
    """The remote system refused or failed.

    Args:
        message: One line: what failed, with which value, what to do. Shown in the incident.
        code: What an error expression compares with ``error.code`` (text, also for numbers). Never masked, so never a
            secret.
        variables: What an error expression reads as ``error.variables``.
        hint: More for the incident alone, where `message` must stay as models compare it. No values of secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        variables: Mapping[str, Any] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.variables = variables
        self.hint = hint


class ConnectorRetryError(ConnectorError):
    """Try again later.

    Args:
        message: As in `ConnectorError`.
        code: As in `ConnectorError`.
        variables: As in `ConnectorError`.
        hint: As in `ConnectorError`.
        retries: Retries that are left afterwards. Default: one less than the job has. Pass ``job.retries`` for a delay
            that costs none, for example after a rate limit.
        backoff: How long to wait. Default: the header ``retryBackoff`` of the element.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        variables: Mapping[str, Any] | None = None,
        hint: str | None = None,
        retries: int | None = None,
        backoff: timedelta | None = None,
    ) -> None:
        super().__init__(message, code=code, variables=variables, hint=hint)
        self.retries = retries
        self.backoff = backoff


class ConnectorInputError(Exception):
    """The input is wrong and stays wrong: no retry, an incident at once.

    Args:
        message: One line that names the field, says what is wrong and what to write instead. No values of secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BpmnError(Exception):
    """Throw a BPMN error, which an error boundary event or event sub-process catches.

    Args:
        code: The error code that the model catches.
        message: Shown where nothing catches it.
        variables: Merged at the catching event.
    """

    def __init__(self, code: str, message: str | None = None, *, variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = variables
