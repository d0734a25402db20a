"""Who may call: user and password, a key, or a signed token.

The same answer for "no such user" and "wrong password"; comparisons take constant time.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectory_sdk import ConnectorInputError, InboundContext
from connectory_sdk.http import HttpError, HttpRequest
from connectory_webhook.config import ApiKey, Basic, Inbound, Jwt, JwtSettings

if TYPE_CHECKING:
    from jwt import PyJWKClient

ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
KEYS_LIVE = 600.0  # seconds that fetched keys are used


async def check_authorization(
    settings: Inbound, request: HttpRequest, inbound: InboundContext, context: Mapping[str, Any]
) -> None:
    """Refuse a call that is not allowed; `context` is what a locator expression sees.

    Raises:
        HttpError: 401, or 403 for a token that lacks permissions.
    """
    match settings.auth:
        case Basic():
            check_basic(settings.auth, request)
        case ApiKey():
            check_key(settings.auth, inbound, context)
        case Jwt():
            await check_token(settings.auth.jwt, request, inbound)


def refused(details: str) -> HttpError:
    """Return the error for a caller who is not known."""
    return HttpError(401, f"Reason: INVALID_CREDENTIALS. Details: {details}")


def check_basic(expected: Basic, request: HttpRequest) -> None:
    """Compare user and password."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise refused("Basic auth header is missing")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        given = b""
    if not hmac.compare_digest(given, f"{expected.username}:{expected.password.get_secret_value()}".encode()):
        raise refused("Basic auth header is invalid")


def check_key(expected: ApiKey, inbound: InboundContext, context: Mapping[str, Any]) -> None:
    """Find the key in the request and compare it."""
    try:
        given = inbound.evaluate(expected.api_key_locator, context)
    except ConnectorInputError as exc:
        raise refused(exc.message) from exc
    if given is None or given == "":
        raise refused("API key is missing")
    if not hmac.compare_digest(str(given).encode(), expected.api_key.get_secret_value().encode()):
        raise refused("API key is invalid")


async def check_token(expected: JwtSettings, request: HttpRequest, inbound: InboundContext) -> None:
    """Check a token's signature, life time and permissions."""
    import jwt

    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused("JWT auth failed: the authorization header has no bearer token")
    try:
        key = await asyncio.to_thread(keys(expected.jwk_url).get_signing_key_from_jwt, token.strip())
        claims = jwt.decode(
            token.strip(), key, algorithms=ALGORITHMS, options={"verify_aud": False, "verify_iss": False}
        )
    except jwt.PyJWKClientConnectionError as exc:
        inbound.log(f"The keys at {expected.jwk_url} cannot be fetched: {exc}", severity="ERROR", tag="Warning")
        raise HttpError(503, "The keys that sign tokens cannot be fetched") from exc
    except jwt.PyJWTError as exc:
        raise refused("JWT auth failed") from exc
    if expected.required_permissions and not set(expected.required_permissions) <= permissions(
        expected, claims, inbound
    ):
        raise HttpError(403, "Reason: FORBIDDEN. Details: Missing required permissions")


def permissions(expected: JwtSettings, claims: Mapping[str, Any], inbound: InboundContext) -> set[str]:
    """Return a token's permissions; none where the expression fails."""
    try:
        found = inbound.evaluate(expected.permissions_expression or "=null", claims)
    except ConnectorInputError:
        return set()
    return {str(role) for role in found} if isinstance(found, list) else set()


@lru_cache(maxsize=10)
def keys(url: str) -> "PyJWKClient":
    """Return the keys of an issuer, fetched when a token names one that is not known yet."""
    import jwt

    return jwt.PyJWKClient(url, cache_keys=True, max_cached_keys=10, lifespan=int(KEYS_LIVE), timeout=10)
