"""Signatures of calls: HMAC over body, URL and parameters."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from urllib.parse import quote_plus

from connectory_sdk.http import FORM, HttpError, HttpRequest, form
from connectory_webhook.config import Inbound

ALGORITHMS = {"sha_1": hashlib.sha1, "sha_256": hashlib.sha256, "sha_512": hashlib.sha512}


def check_signature(settings: Inbound, request: HttpRequest) -> None:
    """Refuse a call whose signature is missing or wrong.

    The header may have lower-case hex, ``tag=hex`` or base64. Compared in constant time.

    Raises:
        HttpError: 401.
    """
    if settings.should_validate_hmac == "disabled" or settings.hmac_secret is None:
        return
    given = request.headers.get((settings.hmac_header or "").lower(), "")
    secret = settings.hmac_secret.get_secret_value().encode()
    digest = hmac.new(secret, signed_bytes(settings.hmac_scopes, request), ALGORITHMS[settings.hmac_algorithm]).digest()
    tag, separator, tagged = given.partition("=")
    hexadecimal = tagged if separator and tag and tagged and "=" not in tagged else given
    expected = (digest.hex(), base64.b64encode(digest).decode())
    right = hmac.compare_digest(hexadecimal.encode(), expected[0].encode())
    right |= hmac.compare_digest(given.encode(), expected[1].encode())
    if not right:
        raise HttpError(401, "Reason: INVALID_SIGNATURE. Details: HMAC signature check didn't pass")


def signed_bytes(scopes: Iterable[str], request: HttpRequest) -> bytes:
    """Return what a caller signs."""
    chosen = set(scopes)
    if chosen == {"body"}:
        return request.body
    if "parameters" in chosen and ("body" not in chosen or request.method == "GET"):
        pairs = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in request.params.items())
        return f"{request.url}?{pairs}".encode()
    return request.url.encode() + flattened(request).encode()


def flattened(request: HttpRequest) -> str:
    """Return names and values of a form or JSON object, sorted by name, without separators, as Twilio signs them."""
    if not request.body:
        return ""
    if request.media_type == FORM:
        fields: dict[str, object] = dict(form(request.body))
    else:
        try:
            value = json.loads(request.body)
        except ValueError:
            return request.body.decode(errors="replace")
        if not isinstance(value, dict):
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        fields = value
    return "".join(
        name + (text if isinstance(text, str) else json.dumps(text)) for name, text in sorted(fields.items())
    )
