"""Calls from pages of other origins: which may call, and what their browsers are told."""

from collections.abc import Mapping
from dataclasses import dataclass

METHODS = b"GET,HEAD,POST,PUT,DELETE"
LIVES = b"1800"  # seconds that a browser keeps the answer, as in Spring


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """Origins whose pages may call webhooks.

    Args:
        origins: Such as ``https://shop.example.com``; ``*`` for all.
        credentials: Their calls may carry cookies and passwords of the browser; not with ``*``.
    """

    origins: frozenset[str] = frozenset()
    credentials: bool = False

    def headers(self, request: Mapping[bytes, bytes], *, preflight: bool) -> tuple[tuple[bytes, bytes], ...]:
        """Return what the answer to a call says to the browser; nothing where it did not ask, or may not call."""
        origin = request.get(b"origin")
        if origin is None or not ("*" in self.origins or origin.decode("latin-1") in self.origins):
            return ()
        everybody = "*" in self.origins
        said = [(b"access-control-allow-origin", b"*" if everybody else origin)]
        if not everybody:
            said.append((b"vary", b"Origin"))
        if self.credentials and not everybody:
            said.append((b"access-control-allow-credentials", b"true"))
        if preflight:
            wanted = request.get(b"access-control-request-headers")
            said += [(b"access-control-allow-methods", METHODS), (b"access-control-max-age", LIVES)]
            if wanted is not None:
                said.append((b"access-control-allow-headers", wanted))
        return tuple(said)
