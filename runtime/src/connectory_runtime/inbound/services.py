"""What subscriptions share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectory_runtime.inbound.activity import LINES
from connectory_runtime.inbound.correlation import Correlator
from connectory_runtime.inbound.dead_letters import DeadLetters
from connectory_runtime.inbound.metrics import InboundMetrics
from connectory_runtime.inbound.webhooks import Webhooks
from connectory_runtime.intrinsic import FUNCTIONS, Function
from connectory_sdk import SecretProvider
from connectory_sdk.documents import DocumentStore

FIRST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What subscriptions share.

    Args:
        correlator: Tells Camunda of events.
        documents: Keeps documents.
        secrets: Providers, in the order in which they are asked.
        webhooks: The paths in use.
        metrics: Counts what happens.
        environ: What connectors see as environment.
        dead_letters: Keeps events that no process took.
        functions: Intrinsic functions by name.
        log_size: Lines that the journal of a subscription keeps.
        first_pause: Seconds until a connector that failed is started again; longer each time.
    """

    correlator: Correlator
    documents: DocumentStore
    secrets: Sequence[SecretProvider]
    webhooks: Webhooks
    metrics: InboundMetrics
    environ: Mapping[str, str]
    dead_letters: DeadLetters
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)
    log_size: int = LINES
    first_pause: float = FIRST_PAUSE
