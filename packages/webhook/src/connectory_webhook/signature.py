"""Signatures of calls: HMAC over body, URL and parameters."""

import base64
import hmac
import json
from collections.abc import Callable, Set
from urllib.parse import quote_plus

from connectory_sdk.http import FORM, HttpError, HttpRequest, form
from connectory_webhook.config import Inbound

BODY = frozenset({"body"})
ALGORITHMS = {"sha_1": "sha1", "sha_256": "sha256", "sha_512": "sha512"}
Check = Callable[[HttpRequest], None]


def signature_check(settings: Inbound) -> Check | None:
    """Return what refuses a call whose signature is missing or wrong; None where calls need none.

    The header may have lower-case hex, ``tag=hex`` or base64. Compared in constant time.
    """
    if settings.should_validate_hmac == "disabled" or settings.hmac_secret is None:
        return None
    header = (settings.hmac_header or "").lower()
    keyed = hmac.new(settings.hmac_secret.get_secret_value().encode(), digestmod=ALGORITHMS[settings.hmac_algorithm])
    scopes = frozenset(settings.hmac_scopes)

    def check(request: HttpRequest) -> None:
        given = request.headers.get(header, "")
        signature = keyed.copy()  # the key is hashed once
        signature.update(request.body if scopes == BODY else signed_bytes(scopes, request))
        digest = signature.digest()
        tag, separator, tagged = given.partition("=")
        hexadecimal = tagged if separator and tag and tagged and "=" not in tagged else given
        # Which of the two forms a caller uses is no secret, so the second one is looked at only without the first.
        if not hmac.compare_digest(hexadecimal.encode(), digest.hex().encode()) and not hmac.compare_digest(
            given.encode(), base64.b64encode(digest)
        ):
            raise HttpError(401, "Reason: INVALID_SIGNATURE. Details: HMAC signature check didn't pass")

    return check


def signed_bytes(chosen: Set[str], request: HttpRequest) -> bytes:
    """Return what a caller signs."""
    if chosen == BODY:
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
