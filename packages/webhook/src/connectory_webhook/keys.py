"""The keys of a token issuer: fetched when they are needed, again when they are old or a token names a new one.

PyJWT's own client asks the issuer for each token whose key is not known, and remembers single keys for ever.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

LIVES = 600.0  # seconds that keys are used
MOST, MINUTE = 10, 60.0  # requests in so many seconds, whatever tokens say
ALGORITHMS = {"RSA": ["RS256", "RS384", "RS512"], "EC": ["ES256", "ES384", "ES512"]}


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms that it may be used with: never one where it would be a shared secret."""

    value: Any
    algorithms: list[str]


class Keys:
    """The keys at an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=10)
        self._keys: dict[str | None, Key] = {}
        self._fetched: float | None = None
        self._times: deque[float] = deque()
        self._lock = asyncio.Lock()

    async def key_of(self, token: str) -> Key | None:
        """Return the key that a token names; None where the issuer has no such key.

        Raises:
            jwt.PyJWTError: It is no token.
            KeysUnavailableError: The keys cannot be fetched.
        """
        name = jwt.get_unverified_header(token).get("kid")
        known = self._fetched
        if self._fresh and name in self._keys:
            return self._keys[name]
        async with self._lock:
            if self._fetched == known:  # nobody else fetched them meanwhile
                await self._fetch()
        return self._keys.get(name)

    @property
    def _fresh(self) -> bool:
        return self._fetched is not None and time.monotonic() - self._fetched < LIVES

    async def _fetch(self) -> None:
        now = time.monotonic()
        while self._times and self._times[0] < now - MINUTE:
            self._times.popleft()
        if len(self._times) >= MOST:
            if self._fresh:
                return
            raise KeysUnavailableError(f"{MOST} requests in a minute were in vain")
        self._times.append(now)
        try:
            data = await asyncio.to_thread(self._client.fetch_data)
            found = [(each.get("kid"), key_from(each)) for each in data["keys"]]
        except (jwt.PyJWKClientError, ValueError) as exc:
            raise KeysUnavailableError(str(exc)) from exc
        except (AttributeError, KeyError, TypeError) as exc:
            raise KeysUnavailableError("what is there is no set of keys") from exc
        self._keys = {name: key for name, key in found if key is not None}
        self._fetched = time.monotonic()


def key_from(data: Mapping[str, Any]) -> Key | None:
    """Return a key; None for one that signs no tokens, or in a way that is not supported."""
    usual = ALGORITHMS.get(data.get("kty", ""), [])
    algorithms = [data["alg"]] if "alg" in data else usual
    if data.get("use") not in (None, "sig") or not algorithms or not set(algorithms) <= set(usual):
        return None
    try:
        return Key(jwt.PyJWK(dict(data), algorithm=algorithms[0]).key, algorithms)
    except jwt.PyJWTError:
        return None
