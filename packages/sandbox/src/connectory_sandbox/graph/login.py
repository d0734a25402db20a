"""Microsoft's login: discovery documents and the token endpoint, for apps and for users who agreed before."""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectory_sandbox.asgi import Answer, Request
from connectory_sandbox.graph.directory import ME, TENANT
from connectory_sandbox.masking import MASK
from connectory_sandbox.secrets import MARK

HOST = "login.microsoftonline.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DISCOVERY = "/v2.0/.well-known/openid-configuration"
LIFE = 3599
SECRET = {"client_secret", "refresh_token", "client_assertion", "code", "password"}


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
class Client:
    """An app registration.

    Args:
        secret: Its secret; None for an app that uses a certificate or is public.
        certificate: Its certificate as PEM text.
        tenant: The only tenant that knows it.
        roles: What it may as itself.
        scopes: What it may for users.
    """

    secret: str | None = None
    certificate: str | None = None
    tenant: str | None = None
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


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
            return refused(
                LoginError(
                    "invalid_tenant",
                    90002,
                    (
                        f"Tenant '{tenant}' not found. Check to make sure you have the correct "
                        "tenant ID and are signing into the correct cloud."
                    ),
                )
            )
        # Asked under Microsoft's name (by MSAL, which takes no other), it answers under Microsoft's name.
        base = f"https://{HOST}" if request.headers.get("host") == HOST else request.base
        return Answer.json(
            {
                "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{base}/{TENANT}/v2.0",
                "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/devicecode",
                "tenant_region_scope": "EU",
                "cloud_instance_name": "microsoftonline.com",
                "msgraph_host": "graph.microsoft.com",
            }
        )

    def instance(self, request: Request) -> Answer:
        """Answer which login hosts belong together."""
        tenant = request.query.get("authorization_endpoint", "").split("/")[3:4]
        return Answer.json(
            {
                "tenant_discovery_endpoint": f"https://{HOST}/{(tenant or ['common'])[0]}{DISCOVERY}",
                "api-version": "1.1",
                "metadata": [{"preferred_network": HOST, "preferred_cache": "login.windows.net", "aliases": [HOST]}],
            }
        )

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
                    raise LoginError(
                        "invalid_request",
                        900144,
                        "The request body must contain the following parameter: 'grant_type'.",
                    )
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
            raise LoginError(
                "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'."
            )
        client = self.clients.get(key)
        if client is None and self.clients:
            raise LoginError(
                "unauthorized_client",
                700016,
                (
                    f"Application with identifier '{key}' was not found in the directory '{tenant}'. This "
                    "can happen if the application has not been installed by the administrator of the tenant."
                ),
            )
        if "client_assertion" in form:
            assertion(form, key, tenant, client.certificate if client else None)
            return client or Client()
        secret = form.get("client_secret")
        if client is not None and client.secret is not None:
            if secret is None:
                raise LoginError(
                    "invalid_client",
                    7000218,
                    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
                )
            if secret != client.secret:
                raise LoginError(
                    "invalid_client",
                    7000215,
                    (
                        "Invalid client secret provided. Ensure the secret being sent in the request is the "
                        f"client secret value, not the client secret ID, for a secret added to app '{key}'."
                    ),
                )
        elif client is not None and secret is not None:
            raise LoginError(
                "invalid_client",
                700025,
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            )
        elif secret is None and form.get("grant_type") == "client_credentials":
            raise LoginError(
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        return client or Client(secret=secret)

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
            raise LoginError(
                "invalid_request", 900144, "The request body must contain the following parameter: 'refresh_token'."
            )
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


def assertion(form: Mapping[str, str], client: str, tenant: str, certificate: str | None) -> None:
    """Check the signed statement of an app that proves itself by its certificate."""
    if form.get("client_assertion_type") != ASSERTION:
        raise LoginError(
            "invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'."
        )
    parts = form["client_assertion"].split(".")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except ValueError:
        raise LoginError("invalid_client", 50027, "JWT token is invalid or malformed.") from None
    if len(parts) != 3 or header.get("alg") not in {"RS256", "PS256"} or not ({"x5t", "x5t#S256"} & set(header)):
        raise LoginError(
            "invalid_client",
            50027,
            "JWT token is invalid or malformed: alg RS256 or PS256 and a thumbprint are wanted.",
        )
    place = f"/{tenant}/oauth2/v2.0/token"
    if claims.get("iss") != client or claims.get("sub") != client or not str(claims.get("aud", "")).endswith(place):
        raise LoginError(
            "invalid_client",
            700021,
            (
                "Client assertion application identifier doesn't match 'client_id' "
                "parameter, or its audience is not this endpoint."
            ),
        )
    if not claims.get("nbf", 0) - 300 <= time.time() < claims.get("exp", 0):
        raise LoginError("invalid_client", 700024, "Client assertion is not within its valid time range.")
    if certificate is not None and not signed(parts, header["alg"], certificate):
        raise LoginError(
            "invalid_client",
            700027,
            (
                "Client assertion failed signature validation. The certificate used "
                "to sign is not registered on the application."
            ),
        )


def signed(parts: list[str], algorithm: str, certificate: str) -> bool:
    """Tell whether a certificate's key made a signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    key = load_pem_x509_certificate(certificate.encode()).public_key()
    pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    signature = base64.urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4))
    try:
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - the other kinds are not registered in Entra
        key.verify(
            signature, ".".join(parts[:2]).encode(), pss if algorithm == "PS256" else padding.PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        return False
    return True


def encoded(value: Any) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


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
