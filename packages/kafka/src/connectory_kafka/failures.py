"""What went wrong between this client and the brokers, in words, and whether trying again can help."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Any

from aiokafka import errors  # type: ignore[import-untyped,unused-ignore]
from aiokafka.conn import create_conn  # type: ignore[import-untyped,unused-ignore]

from connectory_kafka.oauth import TokenError

CONNECTION = (
    "ssl_context",
    "security_protocol",
    "sasl_mechanism",
    "sasl_plain_username",
    "sasl_plain_password",
    "sasl_kerberos_service_name",
    "sasl_oauth_token_provider",
)
"""Arguments of a producer that decide whether a connection can be made."""

PREFIX = re.compile(r"^(?:(?:\[Error \d+\] )?\w+Error: |\[Error \d+\] \w+: )?(?:Authentication failed: )?")

PROBE = 5.0  # seconds for one broker to say why it refuses; it has just refused, so it answers fast or not at all

LOGIN = (
    errors.AuthenticationFailedError,
    errors.AuthenticationMethodNotSupported,
    errors.IllegalSaslStateError,
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
)
RIGHTS = (errors.ClusterAuthorizationFailedError, errors.TopicAuthorizationFailedError)
FORGOTTEN = (
    errors.InvalidProducerEpoch,
    errors.OutOfOrderSequenceNumber,
    errors.ProducerFenced,
    errors.UnknownProducerId,
)
"""The brokers have lost what they knew of the producer, so they did not write; a new producer may."""
SIZE = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError, errors.RecordTooLargeError)
LEADER = (errors.LeaderNotAvailableError, errors.NotLeaderForPartitionError)
"""How aiokafka gives up on a batch whose brokers do not come back."""
RECORD = (errors.InvalidTimestampError, errors.PolicyViolationError, errors.UnsupportedForMessageFormatError)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not published.

    Args:
        message: One line, with what to do.
        final: Trying again would end in the same way.
    """

    message: str
    final: bool = False


def reason(exc: BaseException, *, topic: str, username: str | None, protocol: str = "", size: int = 0) -> Failure:
    """Return what an exception of the client means.

    Args:
        exc: What was raised.
        topic: Where the message was to go.
        username: As whom, for the message.
        protocol: The security protocol, where connecting failed.
        size: Bytes of the message.
    """
    if isinstance(exc, LOGIN):
        whose = f" for user '{username}'" if username else ""
        return Failure(
            f"Authentication failed{whose}: {detail(exc)}; check authentication and 'sasl.mechanism'", final=True
        )
    if isinstance(exc, RIGHTS):
        return Failure(
            f"user '{username or 'ANONYMOUS'}' may not write to topic '{topic}'; give it the right WRITE", final=True
        )
    if isinstance(exc, SIZE):
        return Failure(
            f"the message is {size} bytes when serialized which is larger than 'max.request.size' of this client "
            f"or 'max.message.bytes' of topic '{topic}' allow; send less, or raise both",
            final=True,
        )
    if isinstance(exc, errors.InvalidTopicError):
        return Failure(f"'{topic}' is no name that a topic can have; check topic.topicName", final=True)
    if isinstance(exc, errors.UnknownTopicOrPartitionError):
        return Failure(f"Topic {topic} not present in metadata; create it, or check topic.topicName")
    if isinstance(exc, RECORD):
        return Failure(f"topic '{topic}' does not take the message: {detail(exc)}", final=True)
    if isinstance(exc, ssl.SSLCertVerificationError):
        return Failure(
            f"the broker's certificate is not trusted: {exc.verify_message}; set 'ssl.truststore.location'", final=True
        )
    if isinstance(exc, ssl.SSLError):
        return Failure(f"no TLS connection: {exc.reason or 'handshake failed'}; {hint(protocol)}", final=True)
    if isinstance(exc, TokenError):
        return Failure(f"Authentication failed: {exc}", final=exc.final)
    if isinstance(exc, LEADER):
        return Failure(
            f"topic '{topic}' had no leader for 'request.timeout.ms', as its brokers are away; "
            "the message may have been written"
        )
    if isinstance(exc, errors.KafkaTimeoutError):
        return Failure(
            f"Expiring 1 record(s): the leader of topic '{topic}' did not confirm in 'request.timeout.ms'; "
            "the message may have been written"
        )
    if protocol and isinstance(exc, ConnectionResetError | asyncio.IncompleteReadError | errors.KafkaConnectionError):
        return Failure(f"the broker closed the connection; {hint(protocol)}")
    if protocol and isinstance(exc, TimeoutError):
        return Failure("no answer in time; check topic.bootstrapServers, and that the broker runs")
    if protocol and isinstance(exc, OSError):
        return Failure(f"{detail(exc)}; check topic.bootstrapServers, and that the broker runs")
    return Failure(detail(exc))


def hint(protocol: str) -> str:
    """Return what to set where the two ends do not agree about encryption."""
    if protocol.endswith("SSL"):
        plain = "PLAINTEXT" if protocol == "SSL" else "SASL_PLAINTEXT"
        return (
            f"if it does not encrypt, set 'security.protocol' to '{plain}' in additionalProperties; "
            "if it wants a certificate of the client, set 'ssl.keystore.location'"
        )
    return (
        "if it encrypts or wants credentials, set 'security.protocol' to 'SSL', 'SASL_SSL' or 'SASL_PLAINTEXT' "
        "in additionalProperties"
    )


def detail(exc: BaseException) -> str:
    """Return an exception in one line."""
    text = PREFIX.sub("", " ".join(str(exc).split()))
    return text or type(exc).__name__


async def why_unreachable(servers: str, options: dict[str, Any]) -> BaseException | None:
    """Connect to brokers once more and return what goes wrong; aiokafka itself only logs it.

    Returns None when the connection works, or when there is no more to say than that it does not.
    """
    connection = {name: options[name] for name in CONNECTION if name in options}
    causes: list[BaseException] = []
    for host, port in addresses(servers):
        try:
            async with asyncio.timeout(PROBE):
                conn = await create_conn(host, port, **connection)
        except (errors.KafkaError, TokenError, OSError, TimeoutError, ValueError, AssertionError) as exc:
            causes.append(
                login_failure(exc)
                if isinstance(exc, ValueError | AssertionError) and "sasl_mechanism" in options
                else exc
            )
        else:
            conn.close()
            return None
    return next(
        (exc for exc in causes if isinstance(exc, (*LOGIN, ssl.SSLError, TokenError))), next(iter(causes), None)
    )


def login_failure(exc: BaseException) -> BaseException:
    """Return what aiokafka's SASL code means by a broken assertion: the broker's answer was no success."""
    return exc if isinstance(exc, ssl.SSLError) else errors.AuthenticationFailedError(detail(exc))


def addresses(servers: str) -> list[tuple[str, int]]:
    """Return hosts and ports of a list of bootstrap servers.

    Raises:
        ValueError: One of them is no address; says which.
    """
    found = []
    for server in (part.strip() for part in servers.split(",")):
        if not server:
            continue
        host, colon, port = server.rpartition(":")
        if not colon or not port.isdigit() or not host or "://" in server:
            raise ValueError(f"'{server}' must be host:port")
        found.append((host.strip("[]"), int(port)))
    if not found:
        raise ValueError("no server is given")
    return found
