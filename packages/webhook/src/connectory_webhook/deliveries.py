"""What names a delivery, so that a repeated one counts once: headers that stay the same when a sender sends again.

========================== =================================================================
``webhook-id``, ``svix-id`` Standard Webhooks, Svix: one for each message
``x-github-delivery``      GitHub: one for each event, also when it is delivered again by hand
``idempotency-key``        GitLab and others, as in the draft of the IETF
``x-shopify-webhook-id``   Shopify (its event id is shared by webhooks of several topics)
``ce-id``                  CloudEvents: unique together with ``ce-source``
========================== =================================================================

Stripe has no such header: its signed events have an ``id`` in the body.
"""

import hashlib
from typing import Any

from connectory_sdk.http import HttpRequest

SETTING = "CONNECTORY_WEBHOOK_DELIVERY_HEADERS"
HEADERS = ("webhook-id", "svix-id", "x-github-delivery", "idempotency-key", "x-shopify-webhook-id", "ce-id")
USUAL = frozenset(HEADERS)
LONGEST = 200  # characters of an id that are kept as they are


def delivery_id(request: HttpRequest, body: Any, chosen: str | None) -> str | None:
    """Return what names a delivery; None where nothing does.

    Args:
        request: The call.
        body: Its body as FEEL sees it.
        chosen: Other headers than the usual ones, with commas between them; ``none`` for none.
    """
    headers = request.headers
    if chosen is not None:
        wanted = [] if chosen.strip().lower() == "none" else [one.strip().lower() for one in chosen.split(",")]
        return next((shortened(headers[name]) for name in wanted if headers.get(name)), None)
    if not USUAL.isdisjoint(headers):
        for name in HEADERS:
            if value := headers.get(name):
                return shortened(f"{headers.get('ce-source', '')} {value}" if name == "ce-id" else value)
    if "stripe-signature" in headers and isinstance(body, dict) and isinstance(body.get("id"), str):
        return shortened(body["id"])
    if request.media_type == "application/cloudevents+json" and isinstance(body, dict) and body.get("id"):
        return shortened(f"{body.get('source', '')} {body['id']}")
    return None


def shortened(text: str) -> str:
    """Return an id that is not too long to be kept by the engine."""
    return text if len(text) <= LONGEST else hashlib.sha256(text.encode(errors="replace")).hexdigest()
