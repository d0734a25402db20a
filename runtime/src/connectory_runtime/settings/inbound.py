"""Settings of the inbound side."""

from pathlib import Path
from typing import NamedTuple

from connectory_runtime.settings.environment import Environment, SettingsError

POLLING = "camunda.connector.polling"
CACHE = "camunda.connector.inbound.process-definition-cache"
WEBHOOK = "camunda.connector.webhook"
CORS = "camunda.endpoints.cors"


class InboundSettings(NamedTuple):
    """How elements that wait for events are found and served.

    Args:
        enabled: Look for process definitions in the cluster.
        interval: Seconds between two looks.
        initial_delay: Seconds until the first look.
        active_versions: Also serve older versions whose instances still wait for messages.
        page_size: Definitions a request.
        most_models: Models that are kept for when another version of their process comes; 0 keeps none.
        folder: BPMN files to read instead, for clusters without search.
        ttl: Milliseconds that messages live.
        webhooks: Serve ``/inbound/<path>``.
        log_size: Lines that the activity log of a subscription has.
        dead_letters: Folder for events that no process could take.
        most_body: Bytes of a webhook call's body.
        most_calls: Webhook calls that are answered at a time.
        reading: Seconds that a caller may take to send a call.
        answering: Seconds from a call's first byte to its answer.
        scoped: Webhook paths begin with physical tenant and tenant.
        cors_origins: Origins whose pages may call webhooks.
        cors_credentials: Their calls may carry the browser's credentials.
    """

    enabled: bool = True
    interval: float = 5.0
    initial_delay: float = 0.0
    active_versions: bool = True
    page_size: int = 200
    most_models: int = 1_000
    folder: Path | None = None
    ttl: int = 3_600_000
    webhooks: bool = True
    log_size: int = 100
    dead_letters: Path | None = None
    most_body: int = 10 << 20
    most_calls: int = 500
    reading: float = 30.0
    answering: float = 75.0
    scoped: bool = False
    cors_origins: frozenset[str] = frozenset()
    cors_credentials: bool = False


def read_inbound(env: Environment) -> InboundSettings:
    """Return the settings that environment variables describe.

    Raises:
        SettingsError: One is wrong.
    """
    folder = env.text("CONNECTORY_PROCESSES")
    if folder is not None and not Path(folder).is_dir():
        raise SettingsError(f"CONNECTORY_PROCESSES: '{folder}' is no folder; put the BPMN files there")
    letters = env.text("CONNECTORY_DEAD_LETTERS_DIR")
    if letters is not None and not Path(letters).is_dir():
        raise SettingsError(f"CONNECTORY_DEAD_LETTERS_DIR: '{letters}' is no folder; make it where the disk is kept")
    return InboundSettings(
        # Of several processes of one service, only the first one listens: the others' ports are no one's address.
        enabled=env.flag(True, f"{POLLING}.enabled") and env.text("CONNECTORY_PROCESS") in (None, "0"),
        interval=max(env.millis(5_000, f"{POLLING}.interval"), 100) / 1000,
        initial_delay=env.millis(0, f"{POLLING}.initial-delay") / 1000,
        active_versions=env.flag(True, f"{POLLING}.active-versions-enabled"),
        page_size=env.count(200, "camunda.connector.process-definition-search.page-size"),
        most_models=env.count(1_000, f"{CACHE}.max-size") if env.flag(True, f"{CACHE}.enabled") else 0,
        folder=None if folder is None else Path(folder),
        ttl=env.millis(3_600_000, "camunda.connector.inbound.message.ttl"),
        webhooks=env.flag(True, f"{WEBHOOK}.enabled"),
        log_size=env.count(100, "camunda.connector.inbound.log.size"),
        dead_letters=None if letters is None else Path(letters),
        most_body=env.count(10 << 20, "CONNECTORY_WEBHOOK_MOST_BYTES"),
        most_calls=env.count(500, "CONNECTORY_WEBHOOK_MOST_CALLS"),
        reading=env.millis(30_000, "CONNECTORY_WEBHOOK_READING") / 1000,
        answering=env.millis(75_000, "CONNECTORY_WEBHOOK_ANSWERING") / 1000,
        scoped=env.flag(False, f"{WEBHOOK}.append-physical-tenant-and-tenant-to-path"),
        cors_origins=frozenset(env.list(f"{CORS}.allowed.origins", f"{CORS}.allowed-origins") or ()),
        cors_credentials=env.flag(False, f"{CORS}.allow.credentials", f"{CORS}.allow-credentials"),
    )
