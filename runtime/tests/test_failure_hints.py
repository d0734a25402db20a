"""A hint of a connector is for the incident alone."""

from connectory_runtime.outbound.errors import error_object, failure
from connectory_runtime.secrets import Masked
from connectory_sdk import ConnectorError


def test_a_hint_stands_in_the_incident_and_not_in_the_error_object() -> None:
    """Operators read it after the message; expressions still compare the message as it is."""
    exc = ConnectorError("Unauthorized", code="401", hint="said by the token endpoint")
    error = error_object(exc, Masked())

    failed = failure(exc, error, retries=3, backoff=None, hint=exc.hint)

    assert failed.message.startswith("Unauthorized (said by the token endpoint) | Error variables: ")
    assert failed.variables["error"]["message"] == "Unauthorized"
