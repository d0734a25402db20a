"""How an app proves itself at Microsoft's login: by a secret, or by a statement that its certificate's key signed."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from connectory_sandbox.graph.refusals import LoginError, absent

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


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


def proven(client: Client | None, form: Mapping[str, str], tenant: str) -> Client:
    """Return the app that asks, if it proves itself.

    Args:
        client: Its registration; None where apps need none.
        form: The token request.
        tenant: Where it asks.

    Raises:
        LoginError: It does not.
    """
    if "client_assertion" in form:
        assertion(form, form["client_id"], tenant, client.certificate if client else None)
        return client or Client()
    secret = form.get("client_secret")
    needed = form.get("grant_type") == "client_credentials" or (client is not None and client.secret is not None)
    if secret is None and needed:
        raise absent("client_assertion", "client_secret", error="invalid_client", code=7000218)
    if client is not None and client.secret is None and secret is not None:
        raise LoginError(
            "invalid_client",
            700025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )
    if client is not None and secret != client.secret:
        raise LoginError(
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{form['client_id']}'.",
        )
    return client or Client(secret=secret)


def assertion(form: Mapping[str, str], client: str, tenant: str, certificate: str | None) -> None:
    """Check the signed statement of an app that proves itself by its certificate."""
    if form.get("client_assertion_type") != ASSERTION:
        raise absent("client_assertion_type")
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
