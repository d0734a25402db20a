"""The subscription: what happens to one call."""

from typing import Any

from connectory_sdk import Connector, InboundContext
from connectory_sdk.http import Answer, HttpError, HttpRequest, HttpResponse, parsed_body, refusal, shaped
from connectory_webhook.authorization import check_authorization
from connectory_webhook.config import GROUPS, Inbound, NoAuth, WebhookConfig
from connectory_webhook.icon import ICON
from connectory_webhook.signature import signature_check

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
    await inbound.serve(config.inbound.context, answers(config.inbound, inbound))


def answers(settings: Inbound, inbound: InboundContext) -> Answer:
    """Return what answers the calls; what the settings alone decide is decided here, once."""
    check_signature = signature_check(settings)
    everybody = isinstance(settings.auth, NoAuth)
    method = None if settings.method == "any" else settings.method.upper()

    async def answer(request: HttpRequest) -> HttpResponse:
        seen = {"body": parsed_body(request), "headers": dict(request.headers), "params": dict(request.params)}
        if settings.verification_expression:
            verified = inbound.evaluate(settings.verification_expression, {"request": seen})
            if verified is not None:
                return shaped(verified)
        if method is not None and request.method != method:
            raise HttpError(405, f"Method {request.method} not supported")
        if check_signature is not None:
            check_signature(request)
        if not everybody:
            await check_authorization(settings, request, inbound, {"request": seen})
        return await taken({"request": seen, "connectorData": {}, "documents": []}, request, inbound)

    return answer


async def taken(payload: dict[str, Any], request: HttpRequest, inbound: InboundContext) -> HttpResponse:
    """Offer a call that is allowed to the processes, and return their answer."""
    if request.parts and inbound.wanted(payload):
        payload["documents"] = [
            dict((await inbound.documents.create(p.content, name=p.filename, content_type=p.content_type)).reference)
            for p in request.parts
        ]
    correlation = await inbound.correlate(payload)
    if not correlation.accepted:
        return refusal(correlation) or HttpResponse()
    if correlation.facts is None:
        return HttpResponse()
    return response(correlation.properties.get("inbound") or {}, {**payload, "correlation": correlation.facts}, inbound)


def response(properties: dict[str, Any], context: dict[str, Any], inbound: InboundContext) -> HttpResponse:
    """Return the answer that the element which took the event describes."""
    if expression := properties.get("responseExpression"):
        return shaped(inbound.evaluate(expression, context))
    if expression := properties.get("responseBodyExpression"):  # templates 6 to 10
        return HttpResponse(body=inbound.evaluate(expression, context))
    return HttpResponse()
