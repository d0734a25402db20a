"""Refusals of Microsoft's login, as it writes them."""

import time
import uuid

from connectory_sandbox.asgi import Answer

HOST = "login.microsoftonline.com"


class LoginError(Exception):
    """A token request that is refused.

    Args:
        error: OAuth's word.
        code: Microsoft's number.
        text: Its text.
    """

    def __init__(self, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.error = error
        self.code = code
        self.text = text


def refused(exc: LoginError) -> Answer:
    """Return a refusal as Microsoft writes it."""
    now = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    return Answer.json(
        {
            "error": exc.error,
            "error_description": (
                f"AADSTS{exc.code}: {exc.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
            ),
            "error_codes": [exc.code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://{HOST}/error?code={exc.code}",
        },
        status=401 if exc.error == "invalid_client" else 400,
    )


def absent(*parameters: str, error: str = "invalid_request", code: int = 900144) -> LoginError:
    """Return the refusal of a form without a parameter, or without any of several."""
    names = " or ".join(f"'{name}'" for name in parameters)
    return LoginError(error, code, f"The request body must contain the following parameter: {names}.")
