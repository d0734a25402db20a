"""Who may call: user and password, a key, or a signed token.

The same answer for "no such user" and "wrong password"; comparisons take constant time.
"""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from connectory_sdk import ConnectorInputError, InboundContext
from connectory_sdk.http import FORM, HttpError, HttpRequest, parsed_body
from connectory_webhook.config import ApiKey, Authorization, Basic, Jwt, JwtSettings

if TYPE_CHECKING:
    from connectory_webhook.keys import Keys

Check = Callable[[HttpRequest], Awaitable[None]]


def authorization_check(expected: Authorization, inbound: InboundContext) -> Check | None:
    """Return what refuses callers who may not call: 401, or 403 for a token that lacks permissions.

    None where everybody may.
    """
    match expected:
        case Basic():
            return partial(check_basic, expected)
        case ApiKey():
            return partial(check_key, expected, inbound)
        case Jwt():
            from connectory_webhook.keys import Keys  # imports pyjwt and cryptography

            return partial(check_token, expected.jwt, Keys(expected.jwt.jwk_url), inbound)
        case _:
            return None


def seen_by_expressions(request: HttpRequest) -> dict[str, Any]:
    """Return a request as FEEL sees it.

    Raises:
        HttpError: Its body is not what it says it is.
    """
    body = parsed_body(request)
    params = dict(request.params)
    if not request.query and (request.body or request.parts):  # without a query, the reference has a form's fields here
        if request.parts:
            params = {
                one.name: one.content.decode(errors="replace") for one in reversed(request.parts) if not one.filename
            }
        elif request.media_type == FORM:
            params = dict(body)
    return {"body": body, "headers": dict(request.headers), "params": params}


def refused(details: str) -> HttpError:
    """Return the error for a caller who is not known."""
    return HttpError(401, f"Reason: INVALID_CREDENTIALS. Details: {details}")


async def check_basic(expected: Basic, request: HttpRequest) -> None:
    """Compare user and password."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise refused("Basic auth header is missing")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:  # no base64, or not even ASCII
        given = b""
    if not hmac.compare_digest(given, f"{expected.username}:{expected.password.get_secret_value()}".encode()):
        raise refused("Basic auth header is invalid")


async def check_key(expected: ApiKey, inbound: InboundContext, request: HttpRequest) -> None:
    """Find the key in the request and compare it."""
    try:
        given = inbound.evaluate(expected.api_key_locator, {"request": seen_by_expressions(request)})
    except ConnectorInputError as exc:
        raise refused(exc.message) from exc
    except HttpError as exc:
        raise refused(exc.reason) from exc
    if given is None or given == "":
        raise refused("API key is missing")
    if not hmac.compare_digest(str(given).encode(), expected.api_key.get_secret_value().encode()):
        raise refused("API key is invalid")


async def check_token(expected: JwtSettings, keys: "Keys", inbound: InboundContext, request: HttpRequest) -> None:
    """Check a token's signature, life time and permissions."""
    import jwt

    from connectory_webhook.keys import KeysUnavailableError

    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused("JWT auth failed: the authorization header has no bearer token")
    try:
        key = await keys.key_of(token.strip())
        if key is None:
            raise refused("JWT auth failed")
        options: Any = {"verify_aud": False, "verify_iss": False}
        claims = jwt.decode(token.strip(), key.value, algorithms=key.algorithms, options=options)
    except KeysUnavailableError as exc:
        inbound.log(f"The keys at {expected.jwk_url} cannot be fetched: {exc}", severity="ERROR", tag="Warning")
        raise HttpError(503, "The keys that sign tokens cannot be fetched") from exc
    except jwt.PyJWTError as exc:
        inbound.log(f"A token was refused: {exc}", severity="WARNING", tag=request.method)
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
