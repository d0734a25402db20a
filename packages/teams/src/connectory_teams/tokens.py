"""Tokens for Microsoft Graph: one for each tenant, client and credential, one request for all who wait.

MSAL makes the requests. Its calls block, so they run in a thread. A refresh token that Microsoft replaces is replaced
here as well, for as long as the runtime lives: the model keeps naming the old one.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_sdk.shared import Shared
from connectory_teams.authentication import Authentication, ClientCredentials, Refresh, Token, Webhook
from connectory_teams.connector import PUBLIC_GRAPH, PUBLIC_LOGIN

Credential = ClientCredentials | Refresh
EARLY = 300.0  # seconds before its end that a token is replaced; MSAL takes the same
TEMPORARY = {"temporarily_unavailable", "server_error", "service_unavailable"}

ADVICE = {
    "AADSTS7000215": "write the secret's value, not its id, into authentication.clientSecret",
    "AADSTS7000222": "the secret has expired; make a new one in the app registration",
    "AADSTS7000218": "this app is no public client; fill in authentication.clientSecret",
    "AADSTS700025": "this app is a public client; leave authentication.clientSecret empty",
    "AADSTS700016": "check authentication.clientId, and that the app is in the tenant of authentication.tenantId",
    "AADSTS90002": "check authentication.tenantId",
    "AADSTS700082": "the refresh token has expired; let the user sign in again",
    "AADSTS70008": "the refresh token has expired; let the user sign in again",
    "AADSTS9002313": "authentication.token is no refresh token",
    "AADSTS70000": "the refresh token belongs to another client or tenant, or was revoked",
    "AADSTS65001": "a user or an administrator must consent to the app's permissions",
}


@dataclass(slots=True)
class Kept:
    """A token, and the refresh token that Microsoft gave with it."""

    value: str = ""
    until: float = 0.0
    refresh: str | None = None


class Tokens:
    """The tokens of one runtime, and the connections to the login.

    Args:
        login: Address of Microsoft's login: the public one, a sovereign cloud's, or a fake on loopback.
        graph: Address of Graph that the tokens are for.
    """

    def __init__(self, *, login: str, graph: str) -> None:
        self.login = login.rstrip("/")
        # MSAL takes https addresses only; a fake is reached under the public name, by an HTTP client that knows better.
        self.fake = None if self.login.startswith("https://") else self.login
        self.authority = PUBLIC_LOGIN if self.fake else self.login
        self.scope = f"{graph if graph.startswith('https://') else PUBLIC_GRAPH}/.default"
        self.kept: dict[Credential, Kept] = {}
        self.asking = Shared[Credential, None]()
        self.http = httpx.Client(timeout=30, trust_env=self.fake is None)

    async def close(self) -> None:
        """Give up what is under way, and close the connections to the login."""
        await self.asking.close()
        self.http.close()

    async def get(self, authentication: Authentication) -> str:
        """Return a token that is good for a while.

        Raises:
            ConnectorError: Microsoft gives none; says why.
        """
        if isinstance(authentication, Token):
            return authentication.token.get_secret_value().strip()
        if isinstance(authentication, Webhook):
            raise ConnectorInputError(
                "authentication.type 'webhook' goes with the operation sendToWebhook alone; choose another"
            )
        kept = self.kept.setdefault(authentication, Kept())
        if time.monotonic() >= kept.until:
            await self.asking.get(authentication, lambda: self.renew(authentication, kept))
        return kept.value

    def refused(self, authentication: Authentication, token: str) -> bool:
        """Forget a token that Graph did not take; tell whether another one can be had."""
        if isinstance(authentication, Token | Webhook):
            return False
        kept = self.kept.get(authentication)
        if kept is not None and kept.value == token:
            kept.until = 0.0
        return True

    async def renew(self, who: Credential, kept: Kept) -> None:
        """Fetch a token."""
        answer = await self.answer(who, kept.refresh)
        if kept.refresh is not None and answer.get("error") == "invalid_grant":
            kept.refresh = None  # the one in the model may still be good
            answer = await self.answer(who, None)
        if "access_token" not in answer:
            raise refusal(who, answer)
        life = float(answer.get("expires_in") or 0)
        kept.value = str(answer["access_token"])
        kept.until = time.monotonic() + (life - EARLY if life > 2 * EARLY else life / 2)
        kept.refresh = answer.get("refresh_token") or kept.refresh

    async def answer(self, who: Credential, refresh: str | None) -> dict[str, Any]:
        """Return what the login says, a refusal too."""
        from msal.exceptions import MsalServiceError  # type: ignore[import-untyped,unused-ignore]

        try:
            return await asyncio.to_thread(self.asked, who, refresh)
        except httpx.HTTPStatusError as exc:
            raise self.trouble(f"status {exc.response.status_code}") from exc
        except httpx.HTTPError as exc:
            raise ConnectorError(
                f"Microsoft's login at '{self.login}' cannot be reached: {type(exc).__name__}"
            ) from exc
        except json.JSONDecodeError as exc:
            raise self.trouble("no JSON") from exc
        except MsalServiceError as exc:
            raise self.trouble(str(exc)) from exc
        except ValueError as exc:
            tenant = f"Microsoft knows no tenant '{who.tenant_id}'; write its ID or a domain"
            raise ConnectorRetryError(f"authentication.tenantId: {tenant}", code="invalid_tenant", retries=0) from exc

    def trouble(self, detail: str) -> ConnectorError:
        """Return the error for a login that does not work as it should."""
        return ConnectorError(f"Microsoft's login at '{self.login}' is in trouble: {detail}; try again later")

    def asked(self, who: Credential, refresh: str | None) -> dict[str, Any]:
        """Let MSAL ask for a token; blocks."""
        import msal  # type: ignore[import-untyped,unused-ignore]

        http = LoginClient(self.http, self.fake)
        secret = credential(who)
        arguments: dict[str, Any] = {"authority": f"{self.authority}/{who.tenant_id}", "http_client": http}
        arguments |= {"client_credential": secret} if secret else {}
        # The address is the operator's own choice; asking the public cloud about it would tell it to others.
        arguments["instance_discovery"] = False
        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        app = kind(who.client_id, **arguments)
        if isinstance(who, ClientCredentials):
            answer = app.acquire_token_for_client(scopes=[self.scope])
        else:
            answer = app.acquire_token_by_refresh_token(refresh or plain(who.token), scopes=[self.scope])
        return {**(answer or {}), "status": http.status}


def plain(secret: SecretStr | None) -> str:
    """Return a secret's value; empty where there is none."""
    return "" if secret is None else secret.get_secret_value()


def credential(who: Credential) -> Any:
    """Return an app's secret or certificate as MSAL takes it; empty for a public client.

    Raises:
        ConnectorRetryError: Certificate or key cannot be read, of which MSAL would speak in riddles.
    """
    if isinstance(who, Refresh) or who.private_key is None:
        return plain(who.client_secret)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    key, certificate, phrase = plain(who.private_key), who.certificate or "", plain(who.passphrase)
    try:
        load_pem_private_key(key.encode(), phrase.encode() or None)
        load_pem_x509_certificate(certificate.encode())
    except (TypeError, ValueError) as exc:
        text = (
            "authentication.privateKey or authentication.certificate is no PEM text, or the passphrase does not open it"
        )
        raise ConnectorRetryError(text, code="invalid_certificate", retries=0) from exc
    return {"private_key": key, "public_certificate": certificate, **({"passphrase": phrase} if phrase else {})}


class LoginClient:
    """What MSAL asks with, for one token; leads Microsoft's public name to a fake, if there is one.

    Args:
        http: The connections.
        fake: Address of the fake.
    """

    def __init__(self, http: httpx.Client, fake: str | None) -> None:
        self.http = http
        self.fake = fake
        self.status = 0

    def get(self, url: str, **parts: Any) -> httpx.Response:
        """Send a GET."""
        return self.send("GET", url, **parts)

    def post(self, url: str, **parts: Any) -> httpx.Response:
        """Send a POST with a form."""
        return self.send("POST", url, **parts)

    def send(
        self, method: str, url: str, *, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> httpx.Response:
        """Send a request and remember the status."""
        fields = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        if self.fake is not None and url.startswith(PUBLIC_LOGIN):
            fields["Host"] = PUBLIC_LOGIN.removeprefix("https://")
            url = self.fake + url.removeprefix(PUBLIC_LOGIN)
        # MSAL gives its signed statement as bytes, of which httpx would send how Python prints them.
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in (data or {}).items()}
        reply = self.http.request(method, url, params=params, data=form or None, headers=fields)
        self.status = reply.status_code
        return reply


def refusal(who: Credential, answer: Mapping[str, Any]) -> ConnectorError:
    """Return the error for an answer without a token."""
    error = str(answer.get("error") or "no token")
    # The lines after the first are trace ids and a time, which make each message another one.
    text = str(answer.get("error_description") or error).splitlines()[0].split(" Trace ID:")[0]
    hint = ADVICE.get(text.split(":")[0].strip())
    if isinstance(who, Refresh):
        text = (
            "Failed to fetch access token. Verify authentication details. Note: Client secret is optional, depending "
            f"on the client's privacy status. Status code: {answer.get('status')}, response: {error}: {text}"
        )
    if error in TEMPORARY:
        return ConnectorError(text, code=error, hint=hint)
    return ConnectorRetryError(text, code=error, hint=hint, retries=0)
