"""The subscription: what happens to one call."""

from typing import Any

from connectory_sdk import Connector, InboundContext
from connectory_sdk.http import HttpError, HttpRequest, HttpResponse, parsed_body, refusal, shaped
from connectory_webhook.authorization import check_authorization
from connectory_webhook.config import GROUPS, Inbound, WebhookConfig
from connectory_webhook.icon import ICON
from connectory_webhook.signature import check_signature

webhook: Connector[None] = Connector(
    id="connectory.webhook",
    name="Webhook",
    type="io.camunda:webhook:1",
    version=1,
    description="Start or continue a process when somebody calls an address",
    icon=ICON,
    keywords=("webhook", "http", "callback", "event"),
)


@webhook.inbound(
    "io.camunda:webhook:1",
    name="Webhook",
    id="connectory.webhook.inbound",
    description="Start or continue a process when somebody calls an address",
    groups=GROUPS,
    synchronous=True,
    deduplicate_by=(
        "inbound.context",
        "inbound.method",
        "inbound.shouldValidateHmac",
        "inbound.hmacSecret",
        "inbound.hmacHeader",
        "inbound.hmacAlgorithm",
        "inbound.hmacScopes",
        "inbound.auth",
        "inbound.verificationExpression",
    ),
)
async def listen(config: WebhookConfig, inbound: InboundContext) -> None:
    """Answer the calls of one path."""
    settings = config.inbound

    async def answer(request: HttpRequest) -> HttpResponse:
        return await answered(settings, request, inbound)

    await inbound.serve(settings.context, answer)


async def answered(settings: Inbound, request: HttpRequest, inbound: InboundContext) -> HttpResponse:
    """Return the answer to one call."""
    seen = {"body": parsed_body(request), "headers": dict(request.headers), "params": dict(request.params)}
    if settings.verification_expression:
        verified = inbound.evaluate(settings.verification_expression, {"request": seen})
        if verified is not None:
            return shaped(verified)
    if settings.method not in ("any", request.method.lower()):
        raise HttpError(405, f"Method {request.method} not supported")
    check_signature(settings, request)
    await check_authorization(settings, request, inbound, {"request": seen})
    payload: dict[str, Any] = {"request": seen, "connectorData": {}, "documents": []}
    if request.parts and inbound.wanted(payload):
        payload["documents"] = [
            dict((await inbound.documents.create(p.content, name=p.filename, content_type=p.content_type)).reference)
            for p in request.parts
        ]
    correlation = await inbound.correlate(payload)
    if refused := refusal(correlation):
        return refused
    return response(correlation.properties.get("inbound") or {}, {**payload, "correlation": correlation.facts}, inbound)


def response(properties: dict[str, Any], context: dict[str, Any], inbound: InboundContext) -> HttpResponse:
    """Return the answer that the element which took the event describes."""
    if context["correlation"] is None:
        return HttpResponse()
    if expression := properties.get("responseExpression"):
        return shaped(inbound.evaluate(expression, context))
    if expression := properties.get("responseBodyExpression"):  # templates 6 to 10
        return HttpResponse(body=inbound.evaluate(expression, context))
    return HttpResponse()
