"""The subscription: what happens to one call."""

from typing import Any

from connectory_sdk import Connector, InboundContext
from connectory_sdk.http import Answer, HttpError, HttpRequest, HttpResponse, refusal, shaped
from connectory_webhook.authorization import authorization_check, seen_by_expressions
from connectory_webhook.config import GROUPS, Inbound, WebhookConfig
from connectory_webhook.deliveries import SETTING, delivery_id
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
    version=1,
    groups=GROUPS,
    content="request.body",
    synchronous=True,
    sees="request with body, headers and params; documents for the files of a form",
    errors={
        "401": "signature or credentials are missing or wrong",
        "403": "the token lacks a role",
        "404": "no element waits at this address",
        "405": "another method is expected",
        "413": "the body is too large",
        "422": "no condition is met, no correlation key, or an expression fails; the answer says which",
        "503": "the cluster is away: nothing was taken, come again",
    },
    example=(
        "Webhook ID: orders\nHMAC authentication: Enabled\nHMAC secret key: {{secrets.SHOP_KEY}}\n"
        "HMAC header: X-Signature\nResult expression: ={order: request.body}\n"
        "Response expression: ={statusCode: 201, body: {instance: correlation.processInstanceKey}}"
    ),
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
    check_caller = authorization_check(settings.auth, inbound)
    method = None if settings.method == "any" else settings.method.upper()
    verification = settings.verification_expression
    naming = inbound.environ.get(SETTING)

    async def answer(request: HttpRequest) -> HttpResponse:
        if verification:
            verified = inbound.evaluate(verification, {"request": seen_by_expressions(request)})
            if verified is not None:
                return shaped(verified)
        if method is not None and request.method != method:
            raise HttpError(405, f"Method {request.method} not supported")
        if check_signature is not None:
            check_signature(request)
        if check_caller is not None:
            await check_caller(request)
        seen = seen_by_expressions(request)
        payload = {"request": seen, "connectorData": {}, "documents": []}
        return await taken(payload, request, inbound, delivery_id(request, seen["body"], naming))

    return answer


async def taken(
    payload: dict[str, Any], request: HttpRequest, inbound: InboundContext, delivery: str | None
) -> HttpResponse:
    """Offer a call that is allowed to the processes, and return their answer."""
    if request.parts and inbound.wanted(payload):
        payload["documents"] = [
            dict((await inbound.documents.create(p.content, name=p.filename, content_type=p.content_type)).reference)
            for p in request.parts
        ]
    correlation = await inbound.correlate(payload, message_id=delivery)
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
