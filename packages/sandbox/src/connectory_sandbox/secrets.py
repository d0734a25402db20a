"""Secrets that nobody gave, invented so that a process can run."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectory_sdk import SecretContext  # brings pydantic, which pytest would import at every start

MARK = "sandbox-"
"""How an invented secret begins; the fakes take such a value for a valid token."""


class InventedSecrets:
    """A `SecretProvider` that knows every name; ask it last.

    A value says what it is: ``sandbox-SLACK_TOKEN``, or ``https://shop-url.sandbox.example`` where the name asks for an
    address. The same name has the same value always.
    """

    def __init__(self) -> None:
        self.invented: dict[str, str] = {}

    async def get_secret(self, name: str, context: "SecretContext") -> str | None:
        """Return the invented value."""
        return self.invented.setdefault(name, invent(name))


def invent(name: str) -> str:
    """Return a value that fits what the name seems to ask for."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    if words and words[-1] in {"url", "uri", "endpoint", "address"}:
        return f"https://{'-'.join(words)}.{MARK.rstrip('-')}.example"
    if words and words[-1] in {"broker", "brokers", "servers", "server", "host"}:
        return f"{'-'.join(words)}.{MARK.rstrip('-')}.example:9092"
    return MARK + name
