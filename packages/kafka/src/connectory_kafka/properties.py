"""Kafka client properties, as Java's client names them, in the words of aiokafka.

Used by everything that connects: `client_options` gives the arguments that a producer or consumer takes besides
security (`connectory_kafka.security`), and says of each property that it cannot honour why not.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from connectory_sdk import ConnectorInputError

logger = logging.getLogger(__name__)

Side = Literal["producer", "consumer"]

DEFAULTS = {
    "acks": "all",
    "delivery.timeout.ms": "45000",
    "max.block.ms": "60000",
    "linger.ms": "0",
    "request.timeout.ms": "30000",
    "heartbeat.interval.ms": "3000",
    "session.timeout.ms": "45000",
    "default.api.timeout.ms": "60000",
}
"""What Camunda's connector sets before the model's own properties."""


def number(name: str, text: str) -> int:
    """Return a property's value as a number."""
    try:
        return int(text)
    except ValueError:
        raise wrong(name, text, "a whole number") from None


def flag(name: str, text: str) -> bool:
    """Return a property's value as true or false."""
    if text.lower() not in {"true", "false"}:
        raise wrong(name, text, "true or false")
    return text.lower() == "true"


def choice(*values: str) -> Callable[[str, str], str]:
    """Return a reader for a property with fixed values."""

    def read(name: str, text: str) -> str:
        if text.lower() not in values:
            raise wrong(name, text, f"one of {', '.join(values)}")
        return text.lower()

    return read


def words(_: str, text: str) -> str:
    """Return a property's value as it is."""
    return text


def acknowledgements(name: str, text: str) -> str | int:
    """Return how many brokers must have a record before it counts as written."""
    chosen = choice("all", "-1", "0", "1")(name, text)
    return "all" if chosen in {"all", "-1"} else int(chosen)


Reader = Callable[[str, str], Any]
BOTH: dict[str, tuple[str, Reader]] = {
    "client.id": ("client_id", words),
    "connections.max.idle.ms": ("connections_max_idle_ms", number),
    "metadata.max.age.ms": ("metadata_max_age_ms", number),
    "request.timeout.ms": ("request_timeout_ms", number),
    "retry.backoff.ms": ("retry_backoff_ms", number),
    "sasl.kerberos.service.name": ("sasl_kerberos_service_name", words),
}
ONLY: dict[Side, dict[str, tuple[str, Reader]]] = {
    "producer": {
        "acks": ("acks", acknowledgements),
        "batch.size": ("max_batch_size", lambda name, text: max(1, number(name, text))),
        "compression.type": ("compression_type", choice("none", "gzip", "snappy", "lz4", "zstd")),
        "enable.idempotence": ("enable_idempotence", flag),
        "linger.ms": ("linger_ms", number),
        "max.request.size": ("max_request_size", number),
    },
    "consumer": {
        "auto.offset.reset": ("auto_offset_reset", choice("none", "latest", "earliest")),
        "check.crcs": ("check_crcs", flag),
        "client.rack": ("client_rack", words),
        "exclude.internal.topics": ("exclude_internal_topics", flag),
        "fetch.max.bytes": ("fetch_max_bytes", number),
        "fetch.max.wait.ms": ("fetch_max_wait_ms", number),
        "fetch.min.bytes": ("fetch_min_bytes", number),
        "group.id": ("group_id", words),
        "group.instance.id": ("group_instance_id", words),
        "heartbeat.interval.ms": ("heartbeat_interval_ms", number),
        "isolation.level": ("isolation_level", choice("read_uncommitted", "read_committed")),
        "max.partition.fetch.bytes": ("max_partition_fetch_bytes", number),
        "max.poll.interval.ms": ("max_poll_interval_ms", number),
        "max.poll.records": ("max_poll_records", number),
        "session.timeout.ms": ("session_timeout_ms", number),
    },
}

ELSEWHERE = ("ssl.", "sasl.", "security.", "schema.registry.", "basic.auth.", "bearer.auth.", "json.fail.")
"""Beginnings of the names that security and serialisation read."""

HANDLED = {
    "auto.register.schemas",
    "bootstrap.servers",
    "client.dns.lookup",  # asyncio tries every address of a name, which is what use_all_dns_ips asks for
    "default.api.timeout.ms",
    "delivery.timeout.ms",
    "max.block.ms",
    "use.latest.version",
    "value.subject.name.strategy",
}
"""Names that are honoured outside this table, time limits among them."""

JAVA = "it names a Java class, which cannot be loaded here"
OWN = "the connector writes and reads messages itself, by the schema strategy"
CLIENT = "this client decides it itself"
IGNORED = {
    "auto.include.jmx.reporter": JAVA,
    "buffer.memory": CLIENT,
    "config.providers": JAVA,
    "enable.auto.commit": "the connector commits what was handled, when it was handled",
    "interceptor.classes": JAVA,
    "key.deserializer": OWN,
    "key.serializer": OWN,
    "max.in.flight.requests.per.connection": "this client has one request on its way to a partition at a time",
    "metric.reporters": JAVA,
    "partition.assignment.strategy": JAVA,
    "partitioner.class": f"{JAVA}; keyed messages go where Java's default partitioner sends them",
    "receive.buffer.bytes": CLIENT,
    "reconnect.backoff.max.ms": CLIENT,
    "reconnect.backoff.ms": CLIENT,
    "retries": "this client tries again until the time limit; set delivery.timeout.ms",
    "retry.backoff.max.ms": CLIENT,
    "send.buffer.bytes": CLIENT,
    "value.deserializer": OWN,
    "value.serializer": OWN,
}
REFUSED = {
    "transactional.id": "a job publishes one message, which needs no transaction; remove the property",
}


def texts(properties: Mapping[str, Any] | None) -> dict[str, str]:
    """Return properties with their values as Kafka's configuration writes them; null ones are left out."""
    if not properties:
        return {}
    return {str(name).strip(): text(value) for name, value in properties.items() if value is not None}


def text(value: Any) -> str:
    """Return a property's value as text: ``true``, ``45000``, lists with commas."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple):
        return ",".join(text(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, default=str)


def client_options(properties: Mapping[str, str], *, side: Side) -> dict[str, Any]:
    """Return the arguments that aiokafka's producer or consumer takes for properties.

    Args:
        properties: As `texts` gives them; they win over `DEFAULTS`.
        side: Which of the two.

    Raises:
        ConnectorInputError: A property has a value that cannot be, or asks for something that cannot be given.
    """
    known = {**BOTH, **ONLY[side]}
    options = {}
    for name, value in {**DEFAULTS, **properties}.items():
        if name in REFUSED:
            raise ConnectorInputError(f"additionalProperties: '{name}' cannot be used: {REFUSED[name]}")
        if name in known:
            argument, read = known[name]
            options[argument] = read(name, value)
        elif name in properties and not at_home(name, side):
            reason = IGNORED.get(name, "no client of Kafka knows it, or this one has no equivalent")
            logger.warning("additionalProperties: '%s' is ignored: %s", name, reason)
    return settled(options, properties) if side == "producer" else options


def settled(options: dict[str, Any], properties: Mapping[str, str]) -> dict[str, Any]:
    """Return a producer's options with idempotence as Java decides it: on, unless a property rules it out."""
    if options.get("compression_type") == "none":
        del options["compression_type"]
    asked = options.get("enable_idempotence")
    if asked and options["acks"] != "all":
        raise ConnectorInputError(
            "additionalProperties: 'enable.idempotence' needs 'acks' to be 'all'; change one of them"
        )
    options["enable_idempotence"] = asked is not False and options["acks"] == "all" and properties.get("retries") != "0"
    return options


def at_home(name: str, side: Side) -> bool:
    """Tell whether a property is read elsewhere, or is one of the other side and so without a meaning here."""
    other: Side = "consumer" if side == "producer" else "producer"
    return name in HANDLED or name in ONLY[other] or name.startswith(ELSEWHERE)


def seconds(properties: Mapping[str, str], name: str) -> float:
    """Return a time limit of `DEFAULTS` or of the model, which aiokafka does not know, in seconds."""
    return number(name, properties.get(name, DEFAULTS[name])) / 1000


def wrong(name: str, text: str, expected: str) -> ConnectorInputError:
    """Return the error for a value that a property cannot have."""
    return ConnectorInputError(f"additionalProperties: '{name}' must be {expected}, got '{text}'")
