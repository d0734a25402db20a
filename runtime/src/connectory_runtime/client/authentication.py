"""How the runtime proves to Camunda who it is: not at all, with a password, or with a token of OpenID Connect."""

import asyncio
import base64
import logging
import time
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from connectory_runtime.client.problems import UnreachableError
from connectory_runtime.client.transport import Tls, Transport

log = logging.getLogger(__name__)

NO_LIFETIME = 300.0
"""Seconds that a token is used when its issuer does not say how long it lives."""


class Authentication(Protocol):
    """Gives the header that authenticates a request."""

    async def header(self) -> str | None:
        """Return the value of ``Authorization``, None for none.

        Raises:
            LoginError: There is none to be had.
        """
        ...

    def refused(self, header: str | None) -> bool:
        """Learn that Camunda answered 401; tell whether another header may help."""
        ...

    async def close(self) -> None:
        """Free connections."""
        ...


class LoginError(UnreachableError):
    """The token cannot be had; the identity provider's matter, not Camunda's."""


class NoAuthentication:
    """Sends nothing."""

    async def header(self) -> str | None:
        """Return nothing."""
        return None

    def refused(self, header: str | None) -> bool:
        """There is no other header."""
        return False

    async def close(self) -> None:
        """Have nothing to free."""


class BasicAuthentication(NoAuthentication):
    """Sends user and password."""

    def __init__(self, user: str, password: str) -> None:
        self._header = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    async def header(self) -> str | None:
        """Return the header."""
        return self._header


class TokenAuthentication:
    """Sends a token of the client-credentials flow, kept until shortly before it expires.

    Many that need a new token wait for one request. While an old token is still good, a failing identity provider is
    only logged.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        resource: str | None = None,
        tls: Tls | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.url = url
        self._path = url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"
        self._transport = Transport(f"{parts.scheme}://{parts.netloc}", tls=tls)
        self._open = False
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        form |= {
            name: value for name, value in (("audience", audience), ("scope", scope), ("resource", resource)) if value
        }
        self._form = urlencode(form).encode()
        self._token: str | None = None
        self._refresh_at = 0.0
        self._expires_at = 0.0
        self._request: asyncio.Task[str] | None = None
        self.requests = 0

    async def header(self) -> str | None:
        """Return the header, with a new token when the old one is about to expire.

        Raises:
            LoginError: There is none to be had.
        """
        now = time.monotonic()
        if self._token is None or now >= self._refresh_at:
            try:
                await self._renew()
            except LoginError as exc:
                if self._token is None or now >= self._expires_at:
                    raise
                self._refresh_at = min(now + 5, self._expires_at)
                log.warning("%s; the present token is good for another %.0f s", exc, self._expires_at - now)
        return self._token

    def refused(self, header: str | None) -> bool:
        """Drop the token that was refused, unless there is a newer one already."""
        if header == self._token:
            self._token = None
        return True

    async def close(self) -> None:
        """Close the connection to the identity provider."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.gather(self._request, return_exceptions=True)
        if self._open:
            self._open = False
            await self._transport.__aexit__(None, None, None)

    async def _renew(self) -> None:
        if self._request is None:
            self._request = asyncio.create_task(self._fetch())
            self._request.add_done_callback(self._fetched)
        await asyncio.shield(self._request)

    def _fetched(self, task: "asyncio.Task[str]") -> None:
        self._request = None
        if not task.cancelled():
            task.exception()  # seen: those who wait get it, and there may be none left

    async def _fetch(self) -> str:
        if not self._open:
            await self._transport.__aenter__()
            self._open = True
        self.requests += 1
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        try:
            answer = await self._transport.request("POST", self._path, body=self._form, headers=headers, timeout=20)
        except UnreachableError as exc:
            raise LoginError(
                f"the identity provider at {self.url} cannot be reached: {exc}; check CAMUNDA_OAUTH_URL", tls=exc.tls
            ) from None
        data = answer.json()
        token = data.get("access_token") if isinstance(data, dict) else None
        if answer.status != 200 or not isinstance(token, str):
            said = data.get("error_description") or data.get("error") if isinstance(data, dict) else None
            raise LoginError(
                f"the identity provider at {self.url} refused the login ({answer.status} {said or 'without a token'}); "
                "check CAMUNDA_CLIENT_ID, CAMUNDA_CLIENT_SECRET, CAMUNDA_TOKEN_AUDIENCE and scope"
            )
        lifetime = lifetime_of(data.get("expires_in"))
        now = time.monotonic()
        self._token = f"Bearer {token}"
        self._expires_at = now + lifetime
        self._refresh_at = now + lifetime - min(60.0, max(5.0, lifetime / 5), lifetime / 2)
        return self._token


def lifetime_of(value: object) -> float:
    """Return the seconds that a token lives."""
    try:
        seconds = float(str(value))
    except ValueError:
        return NO_LIFETIME
    return seconds if 0 < seconds < float("inf") else NO_LIFETIME
