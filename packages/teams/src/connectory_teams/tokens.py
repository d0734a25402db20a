"""Tokens for Microsoft Graph: one for each tenant, client and credential, one request for all who wait.

MSAL makes the requests. Its calls block, so they run in a thread. A refresh token that Microsoft replaces is replaced
here as well, for as long as the runtime lives: the model keeps naming the old one.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_teams.authentication import Authentication, ClientCredentials, Token, Webhook

PUBLIC_LOGIN = "https://login.microsoftonline.com"
PUBLIC_GRAPH = "https://graph.microsoft.com"
EARLY = 300.0  # seconds before its end that a token is replaced; MSAL takes the same
TEMPORARY = {"temporarily_unavailable", "server_error", "service_unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Whose token it is; two jobs with the same share one."""

    kind: Literal["clientCredentials", "refresh"]
    tenant: str
    client: str
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Kept:
    """A token and what it takes to get the next."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: str = ""
    until: float = 0.0
    refresh: str | None = None


class Tokens:
    """The tokens of one runtime.

    Args:
        login: Address of Microsoft's login: the public one, a sovereign cloud's, or a fake on loopback.
        graph: Address of Graph that the tokens are for.
    """

    def __init__(self, *, login: str = PUBLIC_LOGIN, graph: str = PUBLIC_GRAPH) -> None:
        self.login = login.rstrip("/")
        # MSAL takes https addresses only; a fake is reached under the public name, by an HTTP client that knows better.
        self.authority = self.login if self.login.startswith("https://") else PUBLIC_LOGIN
        self.scope = f"{graph if graph.startswith('https://') else PUBLIC_GRAPH}/.default"
        self.kept: dict[Credential, Kept] = {}
        self.http: LoginClient | None = None

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
        credential = credential_of(authentication)
        kept = self.kept.get(credential)
        if kept is None:
            kept = self.kept[credential] = Kept(refresh=credential.token)
        if time.monotonic() >= kept.until:
            async with kept.lock:
                if time.monotonic() >= kept.until:
                    await self.renew(credential, kept)
        return kept.value

    def refused(self, authentication: Authentication, token: str) -> bool:
        """Forget a token that Graph did not take; tell whether another one can be had."""
        if isinstance(authentication, Token):
            return False
        kept = self.kept.get(credential_of(authentication))
        if kept is not None and kept.value == token:
            kept.until = 0.0
        return True

    async def renew(self, credential: Credential, kept: Kept) -> None:
        """Fetch a token."""
        import httpx
        from msal.exceptions import MsalServiceError  # type: ignore[import-untyped,unused-ignore]

        if self.http is None:
            self.http = LoginClient(self.login)
        try:
            answer = await asyncio.to_thread(exchanged, credential, kept.refresh, self.authority, self.scope, self.http)
        except httpx.HTTPError as exc:
            raise ConnectorError(
                f"Microsoft's login at '{self.login}' cannot be reached: {type(exc).__name__}"
            ) from exc
        except (MsalServiceError, json.JSONDecodeError) as exc:
            detail = "no JSON" if isinstance(exc, ValueError) else str(exc)
            raise ConnectorError(
                f"Microsoft's login at '{self.login}' is in trouble: {detail}; try again later"
            ) from exc
        except ValueError as exc:
            text = f"authentication.tenantId: Microsoft knows no tenant '{credential.tenant}'; write its ID or a domain"
            raise ConnectorRetryError(text, code="invalid_tenant", retries=0) from exc
        if "access_token" not in answer:
            raise refusal(credential, answer)
        life = float(answer.get("expires_in") or 0)
        kept.value = str(answer["access_token"])
        kept.until = time.monotonic() + (life - EARLY if life > 2 * EARLY else life / 2)
        kept.refresh = answer.get("refresh_token") or kept.refresh

    def close(self) -> None:
        """Close the connections to the login."""
        if self.http is not None:
            self.http.close()


def credential_of(authentication: Any) -> Credential:
    """Return what of a model's authentication makes a token."""
    secret = authentication.client_secret.get_secret_value() if authentication.client_secret else None
    if isinstance(authentication, ClientCredentials):
        key, phrase = authentication.private_key, authentication.passphrase
        return Credential(
            kind="clientCredentials",
            tenant=authentication.tenant_id.strip(),
            client=authentication.client_id.strip(),
            secret=secret,
            certificate=authentication.certificate,
            private_key=key.get_secret_value() if key else None,
            passphrase=phrase.get_secret_value() if phrase else None,
        )
    token = authentication.token.get_secret_value()
    tenant, client = authentication.tenant_id.strip(), authentication.client_id.strip()
    return Credential(kind="refresh", tenant=tenant, client=client, secret=secret, token=token)


def exchanged(
    credential: Credential, refresh: str | None, authority: str, scope: str, http: "LoginClient"
) -> dict[str, Any]:
    """Let MSAL ask for a token; blocks."""
    import msal  # type: ignore[import-untyped,unused-ignore]

    arguments: dict[str, Any] = {
        "authority": f"{authority}/{credential.tenant}",
        "http_client": http,
        # The address is the operator's own choice; asking the public cloud about it would tell it to others.
        "instance_discovery": False,
    }
    secret: Any = credential.secret
    if credential.private_key:
        readable(credential)
        secret = {"private_key": credential.private_key, "public_certificate": credential.certificate}
        secret |= {"passphrase": credential.passphrase} if credential.passphrase else {}
    if credential.kind == "clientCredentials":
        app = msal.ConfidentialClientApplication(credential.client, client_credential=secret, **arguments)
        return dict(app.acquire_token_for_client(scopes=[scope]) or {})
    kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
    app = kind(credential.client, **({"client_credential": secret} if secret else {}), **arguments)
    return dict(app.acquire_token_by_refresh_token(refresh, scopes=[scope]) or {})


def readable(credential: Credential) -> None:
    """Refuse a certificate or key that cannot be read; MSAL would speak of public keys.

    Raises:
        ConnectorRetryError: One of them is none, or the passphrase is wrong.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    phrase = credential.passphrase.encode() if credential.passphrase else None
    try:
        load_pem_private_key((credential.private_key or "").encode(), phrase)
        load_pem_x509_certificate((credential.certificate or "").encode())
    except (TypeError, ValueError) as exc:
        text = (
            "authentication.privateKey or authentication.certificate is no PEM text, or the passphrase does not open it"
        )
        raise ConnectorRetryError(text, code="invalid_certificate", retries=0) from exc


class LoginClient:
    """The HTTP client that MSAL asks for, on httpx; leads Microsoft's public name to a fake, if there is one."""

    def __init__(self, login: str) -> None:
        import httpx

        self.login = None if login.startswith("https://") else login
        self.client = httpx.Client(timeout=30, trust_env=self.login is None)

    def get(self, url: str, params: Any = None, headers: Mapping[str, Any] | None = None, **_: Any) -> Any:
        """Send a GET."""
        return self.send("GET", url, params=params, headers=headers)

    def post(
        self, url: str, params: Any = None, data: Any = None, headers: Mapping[str, Any] | None = None, **_: Any
    ) -> Any:
        """Send a POST with a form."""
        return self.send("POST", url, params=params, data=data, headers=headers)

    def send(self, method: str, url: str, *, headers: Mapping[str, Any] | None, **parts: Any) -> Any:
        """Send a request."""
        fields = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        if self.login is not None and url.startswith(PUBLIC_LOGIN):
            fields["Host"] = PUBLIC_LOGIN.removeprefix("https://")
            url = self.login + url.removeprefix(PUBLIC_LOGIN)
        if isinstance(parts.get("data"), Mapping):
            # MSAL gives its signed statement as bytes, of which httpx would send how Python prints them.
            form = parts["data"].items()
            parts["data"] = {name: value.decode() if isinstance(value, bytes) else value for name, value in form}
        return self.client.request(method, url, headers=fields, **{k: v for k, v in parts.items() if v is not None})

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def refusal(credential: Credential, answer: Mapping[str, Any]) -> ConnectorError:
    """Return the error for an answer without a token."""
    error = str(answer.get("error") or "no token")
    # The lines after the first are trace ids and a time, which make each message another one.
    text = str(answer.get("error_description") or error).splitlines()[0].split(" Trace ID:")[0]
    hint = advice(text)
    if credential.kind == "refresh":
        message = (
            "Failed to fetch access token. Verify authentication details. Note: Client secret is optional, "
            f"depending on the client's privacy status. Response: {error}: {text}{hint}"
        )
    else:
        message = f"Microsoft gives no token for client '{credential.client}': {text}{hint}"
    if error in TEMPORARY:
        return ConnectorError(message, code=error)
    return ConnectorRetryError(message, code=error, retries=0)


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


def advice(text: str) -> str:
    """Return what to do about one of Microsoft's error codes."""
    code = text.split(":")[0].strip()
    found = ADVICE.get(code)
    return f" ({found})" if found else ""
