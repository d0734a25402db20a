"""Where the cluster is, and how to log in."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from connectory_runtime.client.authentication import (
    Authentication,
    BasicAuthentication,
    NoAuthentication,
    TokenAuthentication,
)
from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.transport import Tls
from connectory_runtime.settings.environment import Environment, SettingsError

LOCAL = "http://localhost:8080"
SAAS_LOGIN = "https://login.cloud.camunda.io/oauth/token"
SAAS_AUDIENCE = "zeebe.camunda.io"
METHODS = {"none": "none", "basic": "basic", "oauth": "oidc", "oidc": "oidc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the cluster is, and how to log in.

    Args:
        address: REST address.
        method: ``none``, ``basic`` or ``oidc``.
        user: For basic.
        password: For basic.
        client_id: For OIDC.
        client_secret: For OIDC.
        token_url: For OIDC.
        audience: For OIDC.
        scope: For OIDC.
        resource: For OIDC.
        tls: Private certificates.
    """

    address: str = LOCAL
    method: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_url: str = ""
    audience: str | None = None
    scope: str | None = None
    resource: str | None = None
    tls: Tls | None = None

    def authentication(self) -> Authentication:
        """Return what authenticates requests."""
        if self.method == "basic":
            return BasicAuthentication(self.user, self.password)
        if self.method == "oidc":
            return TokenAuthentication(
                self.token_url,
                self.client_id,
                self.client_secret,
                audience=self.audience,
                scope=self.scope,
                resource=self.resource,
                tls=self.tls,
            )
        return NoAuthentication()

    def client(self) -> CamundaClient:
        """Return a client for the cluster."""
        return CamundaClient(self.address, authentication=self.authentication(), tls=self.tls)


def read_connection(env: Environment, prefix: str = "camunda.client") -> Connection:
    """Return the connection that the environment describes.

    Args:
        env: The environment.
        prefix: Properties of the Java family; ``camunda.clients.NAME`` for one of several engines.

    Raises:
        SettingsError: It is incomplete or contradicts itself.
    """
    own = prefix == "camunda.client"  # the other family of names knows one client only

    def text(java: str, *others: str) -> str | None:
        return env.text(*(others if own else ()), f"{prefix}.{java}")

    user = text("auth.username", "CAMUNDA_BASIC_AUTH_USERNAME")
    password = text("auth.password", "CAMUNDA_BASIC_AUTH_PASSWORD")
    client_id = text("auth.client-id", "CAMUNDA_CLIENT_ID", "ZEEBE_CLIENT_ID")
    secret = text("auth.client-secret", "CAMUNDA_CLIENT_SECRET", "ZEEBE_CLIENT_SECRET")
    cluster = text("cloud.cluster-id", "CAMUNDA_CLUSTER_ID")
    region = text("cloud.region", "CAMUNDA_CLUSTER_REGION") or "bru-2"
    saas = (text("mode") or ("saas" if cluster else "self-managed")).lower() == "saas"
    address = text("rest-address", "CAMUNDA_REST_ADDRESS", "ZEEBE_REST_ADDRESS")
    if saas and not cluster:
        raise SettingsError("CAMUNDA_CLIENT_MODE is saas, so CAMUNDA_CLIENT_CLOUD_CLUSTERID is needed")
    if address is None:
        address = f"https://{region}.zeebe.camunda.io/{cluster}" if saas else LOCAL
    method = read_method(text("auth.method", "CAMUNDA_AUTH_STRATEGY"), saas=saas, user=user, client_id=client_id)
    token_url = text("auth.token-url", "CAMUNDA_OAUTH_URL", "ZEEBE_AUTHORIZATION_SERVER_URL")
    token_url = token_url or (SAAS_LOGIN if saas else "")
    audience = text("auth.audience", "CAMUNDA_TOKEN_AUDIENCE", "ZEEBE_TOKEN_AUDIENCE")
    if method == "basic" and (user is None or password is None):
        raise SettingsError(
            "authentication is basic, but the user or the password is missing; "
            "set CAMUNDA_BASIC_AUTH_USERNAME and CAMUNDA_BASIC_AUTH_PASSWORD"
        )
    if method == "oidc" and not (client_id and secret and token_url):
        missing = [
            name
            for name, value in (
                ("CAMUNDA_CLIENT_ID", client_id),
                ("CAMUNDA_CLIENT_SECRET", secret),
                ("CAMUNDA_OAUTH_URL", token_url),
            )
            if not value
        ]
        raise SettingsError(f"authentication is OIDC, but {' and '.join(missing)} is not set")
    return Connection(
        address=checked(address, "CAMUNDA_REST_ADDRESS"),
        method=method,
        user=user or "",
        password=password or "",
        client_id=client_id or "",
        client_secret=secret or "",
        token_url=checked(token_url, "CAMUNDA_OAUTH_URL") if method == "oidc" else "",
        audience=audience or (SAAS_AUDIENCE if saas else None),
        scope=text("auth.scope", "CAMUNDA_TOKEN_SCOPE", "CAMUNDA_OAUTH_SCOPE"),
        resource=text("auth.resource", "CAMUNDA_TOKEN_RESOURCE"),
        tls=read_tls(env),
    )


def read_method(given: str | None, *, saas: bool, user: str | None, client_id: str | None) -> str:
    """Return the way to log in, which may follow from the credentials.

    Raises:
        SettingsError: There is no such way.
    """
    if given is not None:
        if given.lower() not in METHODS:
            raise SettingsError(f"CAMUNDA_AUTH_STRATEGY: '{given}' is none of NONE, BASIC, OAUTH")
        return METHODS[given.lower()]
    if saas or client_id:
        return "oidc"
    return "basic" if user else "none"


def read_tls(env: Environment) -> Tls | None:
    """Return the private certificates, None where there are none."""
    ca = env.text("CAMUNDA_MTLS_CA_PATH", "CAMUNDA_CA_CERTIFICATE_PATH", "camunda.client.ca-certificate-path")
    certificate, key = env.text("CAMUNDA_MTLS_CERT_PATH"), env.text("CAMUNDA_MTLS_KEY_PATH")
    if ca is None and certificate is None and key is None:
        return None
    return Tls(
        ca=Path(ca) if ca else None,
        certificate=Path(certificate) if certificate else None,
        key=Path(key) if key else None,
        passphrase=env.text("CAMUNDA_MTLS_KEY_PASSPHRASE"),
    )


def checked(address: str, setting: str) -> str:
    """Return an address.

    Raises:
        SettingsError: It is none that can be called.
    """
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or any(sign.isspace() for sign in address):
        raise SettingsError(f"{setting}: '{address}' is no address; write for example {LOCAL}")
    return address.rstrip("/")
