"""Messages through a Workflows webhook, which needs no app and no permission.

The address comes from the template "Post to a channel when a webhook request is received" of the Workflows app; it
takes adaptive cards and answers 202 before the card is posted. See
https://support.microsoft.com/office/8ae491c7-0394-4861-ba59-055e33f75498.
"""

import json
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, BeforeValidator, Field

from connectory_sdk import ConnectorInputError, ConnectorRetryError, JobContext, Property
from connectory_sdk.waits import retry_after
from connectory_teams.authentication import Call, Webhook
from connectory_teams.connector import Teams, teams
from connectory_teams.graph import UNDECIDED, limited, sent, undecided
from connectory_teams.values import blank_is_absent

CARD = "application/vnd.microsoft.card.adaptive"


WRONG = "authentication.url must be the https:// address that Workflows gave"
ADVICE = {
    400: "check the card",
    401: "copy its whole address, signature included",
    404: "the workflow was deleted or turned off",
}


def parsed(value: Any) -> Any:
    """Take a card as JSON text too."""
    value = blank_is_absent(value)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as exc:
        raise ValueError(f"must be an adaptive card as JSON: {exc}") from None


class WebhookData(BaseModel, defer_build=True):
    """A message for a Workflows webhook: a text or a card."""

    content: Annotated[str | None, BeforeValidator(blank_is_absent), Property(type="Text", optional=True)] = Field(
        default=None, title="Content", description="Text of the message, with the Markdown of adaptive cards"
    )
    card: Annotated[dict[str, Any] | None, BeforeValidator(parsed)] = Field(
        default=None, title="Card", description="Adaptive card in place of a text"
    )

    def model_post_init(self, context: Any) -> None:
        """Want something to show."""
        if self.content is None and self.card is None:
            raise ValueError("give content or card")


@teams.operation("sendToWebhook", name="Send message to Workflows webhook")
async def send_to_webhook(request: Call[WebhookData], job: JobContext[Teams]) -> dict[str, Any]:
    """Post a text or an adaptive card to the channel or chat of a Workflows webhook."""
    data, target = request.data, request.authentication
    if not isinstance(target, Webhook):
        raise ConnectorInputError("sendToWebhook needs authentication.type 'webhook' with the webhook's address")
    address = urlsplit(target.url.get_secret_value().strip())
    if not address.hostname or address.scheme not in {"https", "http"}:
        raise ConnectorInputError(WRONG)
    if job.state.webhook:
        fake = urlsplit(job.state.webhook)
        address = address._replace(scheme=fake.scheme, netloc=fake.netloc)
    attachment = {"contentType": CARD, "contentUrl": None, "content": data.card or text_card(data.content or "")}
    body = {"type": "message", "attachments": [attachment]}
    # The rest of the address has its signature, so it is not shown.
    place, url = f"the webhook at '{address.hostname}'", urlunsplit(address)
    reply = await sent(job.state.http, "POST", url, place=place, wrong=WRONG, repeatable=False, json=body)
    if reply.is_success:
        return {"status": reply.status_code}
    status = reply.status_code
    answered = f"{place} answered {status}"
    if status == 429:
        wait = retry_after(reply.headers.get("retry-after"))
        raise limited(answered, "its workflow is called too often", wait, code="429", retries=job.retries)
    if status in UNDECIDED:
        raise undecided(answered, code=str(status), variables={"status": status})
    hint = ADVICE.get(status, "look at the runs of the workflow")
    raise ConnectorRetryError(answered, code=str(status), hint=hint, retries=None if status >= 500 else 0)


def text_card(text: str) -> dict[str, Any]:
    """Return a text as an adaptive card."""
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": text, "wrap": True}],
        "msteams": {"width": "Full"},
    }
