"""What the activity log says of a call: enough to find a mistake in a model, without what authorizes the caller."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from connectory_runtime.secrets import Masked

MOST = 1_000  # bytes of a body
STARS = "***"
HEADERS = {"authorization", "proxy-authorization", "cookie", "x-api-key"}
PARAMS = {"token", "access_token", "signature", "api_key", "apikey"}
TELLING = ("token", "secret", "password", "signature", "credential", "api-key", "apikey", "auth")


class Seen(NamedTuple):
    """One call and its answer; becomes text when somebody reads it."""

    masked: Masked
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes
    status: int
    took: float

    def __str__(self) -> str:
        url = f"{self.url}?{pairs(self.params, PARAMS)}" if self.params else self.url
        text = f"{self.method} {url} answered with {self.status} in {self.took * 1000:.0f} ms"
        text += f"; headers: {pairs(self.headers, HEADERS)}"
        if self.body:
            text += f"; body: {self.body[:MOST].decode(errors='replace')}{'…' if len(self.body) > MOST else ''}"
        return self.masked.text(text)


def pairs(values: Mapping[str, str], hidden: Iterable[str]) -> str:
    """Return names and values in one line, stars instead of what authorizes."""
    return "&".join(
        f"{name}={STARS if name.lower() in hidden or is_telling(name) else value}" for name, value in values.items()
    )


def is_telling(name: str) -> bool:
    """Tell whether a name says that its value authorizes."""
    lower = name.lower()
    return any(part in lower for part in TELLING)
