"""Microsoft's login: the token endpoint, for apps and for users who agreed before."""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectory_sandbox.asgi import Answer, Request
from connectory_sandbox.graph.directory import ME
from connectory_sandbox.graph.discovery import configuration
from connectory_sandbox.graph.proofs import Client, proven
from connectory_sandbox.graph.refusals import LoginError, absent, refused
from connectory_sandbox.masking import MASK
from connectory_sandbox.secrets import MARK

LIFE = 3599
SECRET = {"client_secret", "refresh_token", "client_assertion", "code", "password"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request for a token.

    Args:
        tenant: Tenant of the address.
        form: What was sent, secrets included.
    """

    tenant: str
    form: Mapping[str, str]

    def entry(self) -> dict[str, Any]:
        """Return it as shown, without secrets."""
        body = {name: MASK if name in SECRET else value for name, value in self.form.items()}
        return {"service": "login", "method": "POST", "path": f"/{self.tenant}/oauth2/v2.0/token", "body": body}


@dataclass(slots=True, kw_only=True)
class Issued:
    """An access token that was given out.

    Args:
        app: It is the app's own, not a user's.
        granted: Scopes or roles; None for all.
        until: When it ends, in seconds since the epoch.
    """

    app: bool = False
    granted: frozenset[str] | None = None
    until: float = 0.0


@dataclass(slots=True)
class Login:
    """Clients, refresh tokens, and the tokens given out; strict about each kind from the first that is added."""

    clients: dict[str, Client] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    issued: dict[str, Issued] = field(default_factory=dict)
    requests: list[TokenRequest] = field(default_factory=list)
    rotate: bool = True
    life: float = LIFE
    closed: bool = False

    def add_client(self, id: str, **facts: Any) -> Client:
        """Register an app; from now on no other app is known. See `Client`."""
        self.clients[id] = Client(**facts)
        return self.clients[id]

    def add_refresh_token(self, value: str, *, client: str) -> None:
        """Issue a refresh token; from now on only issued ones are taken."""
        self.refresh[value] = client

    def add_token(self, value: str, *, permissions: str | None = None, app: bool = False, life: float = LIFE) -> None:
        """Issue an access token with some permissions; from now on only issued ones are taken."""
        granted = None if permissions is None else frozenset(permissions.split())
        self.issued[value] = Issued(app=app, granted=granted, until=time.time() + life)
        self.closed = True

    def expire(self) -> None:
        """End all access tokens that were given out."""
        for token in self.issued.values():
            token.until = 0.0

    def token(self, value: str) -> Issued | None:
        """Return an access token; None if there is none of this value."""
        if value in self.issued:
            return self.issued[value]
        return Issued(until=time.time() + 1) if value and (not self.closed or value.startswith(MARK)) else None

    def discovery(self, request: Request, tenant: str) -> Answer:
        """Answer with the OpenID configuration of a tenant."""
        if not self.knows(tenant):
            text = (
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing "
                "into the correct cloud."
            )
            return refused(LoginError("invalid_tenant", 90002, text))
        return configuration(request, tenant)

    def grant(self, request: Request, tenant: str) -> Answer:
        """Answer a token request."""
        form = request.form
        self.requests.append(TokenRequest(tenant=tenant, form=form))
        try:
            if request.content_type != "application/x-www-form-urlencoded":
                raise LoginError("invalid_request", 900144, "The request body must be an urlencoded form.")
            if not self.knows(tenant):
                raise LoginError("invalid_request", 90002, f"Tenant '{tenant}' not found.")
            client = self.client(form, tenant)
            match form.get("grant_type"):
                case "client_credentials":
                    return Answer.json(self.for_app(form, client, tenant))
                case "refresh_token":
                    return Answer.json(self.for_user(form, client, tenant))
                case None:
                    raise absent("grant_type")
                case other:
                    raise LoginError(
                        "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{other}'."
                    )
        except LoginError as exc:
            return refused(exc)

    def knows(self, tenant: str) -> bool:
        """Tell whether there is a tenant."""
        tenants = {client.tenant for client in self.clients.values() if client.tenant}
        return bool(tenant) and (not tenants or tenant in tenants or tenant in {"common", "organizations"})

    def client(self, form: Mapping[str, str], tenant: str) -> Client:
        """Return the app that asks, if it can prove it."""
        key = form.get("client_id", "")
        if not key:
            raise absent("client_id")
        client = self.clients.get(key)
        if client is None and self.clients:
            text = (
                f"Application with identifier '{key}' was not found in the directory '{tenant}'. This can happen if "
                "the application has not been installed by the administrator of the tenant."
            )
            raise LoginError("unauthorized_client", 700016, text)
        return proven(client, form, tenant)

    def for_app(self, form: Mapping[str, str], client: Client, tenant: str) -> dict[str, Any]:
        """Give a token to an app."""
        scope = form.get("scope", "")
        if not scope.endswith("/.default") or " " in scope:
            raise LoginError(
                "invalid_scope",
                1002012,
                (
                    f"The provided value for scope {scope} is not valid. Client credential flows must have "
                    "a scope value with /.default suffixed to the resource identifier (application ID URI)."
                ),
            )
        return self.give(form["client_id"], tenant, app=True, granted=client.roles if self.clients else None)

    def for_user(self, form: Mapping[str, str], client: Client, tenant: str) -> dict[str, Any]:
        """Give a token for a user who agreed before, and perhaps a new refresh token."""
        old = form.get("refresh_token", "")
        if not old:
            raise absent("refresh_token")
        if self.refresh and self.refresh.get(old) != form["client_id"]:
            raise LoginError(
                "invalid_grant",
                70000,
                "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.",
            )
        answer = self.give(form["client_id"], tenant, app=False, granted=client.scopes if self.clients else None)
        if self.rotate:
            new = f"0.{uuid.uuid4().hex}"
            if self.refresh:
                del self.refresh[old]
                self.refresh[new] = form["client_id"]
            answer["refresh_token"] = new
        return answer | {"scope": " ".join(client.scopes) or "https://graph.microsoft.com/.default"}

    def give(self, client: str, tenant: str, *, app: bool, granted: tuple[str, ...] | None) -> dict[str, Any]:
        """Make an access token."""
        now = int(time.time())
        claims: dict[str, Any] = {"aud": "https://graph.microsoft.com", "iss": f"https://sts.windows.net/{tenant}/"}
        claims |= {"iat": now, "nbf": now, "exp": now + int(self.life), "appid": client, "tid": tenant}
        claims |= (
            {"idtyp": "app", "roles": list(granted or ())}
            if app
            else {"idtyp": "user", "oid": ME, "scp": " ".join(granted or ())}
        )
        claims["uti"] = uuid.uuid4().hex
        value = f"{encoded({'typ': 'JWT', 'alg': 'RS256'})}.{encoded(claims)}.c2lnbmF0dXJl"
        self.issued[value] = Issued(
            app=app, granted=None if granted is None else frozenset(granted), until=now + self.life
        )
        return {
            "token_type": "Bearer",
            "expires_in": int(self.life),
            "ext_expires_in": int(self.life),
            "access_token": value,
        }


def encoded(value: Any) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")
