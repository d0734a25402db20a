"""What went wrong on the way, in the words and codes that error expressions of models know."""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from connectory_rest.hosts import HostDeniedError
from connectory_rest.urls import Target
from connectory_sdk import ConnectorError, ConnectorInputError

if TYPE_CHECKING:
    import httpx

Kind = TypeVar("Kind", bound=BaseException)

TARGET = "connectory_rest.target"  # extension of an answer: where it comes from, for messages about its body
TIMED_OUT = "The request timed out. Please try increasing the read and connection timeouts."
ABORTED = "An error occurred while executing the request, or the connection was aborted"
PROTOCOL = "An error with the HTTP protocol occurred"
HANDSHAKE = "SSL_HANDSHAKE_FAILED"

CLOSED = ("disconnected", "peer closed connection")  # httpx's words for a server that leaves early

NETWORK = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ECONNRESET: "the server closed the connection",
    errno.EPIPE: "the server closed the connection",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "there is no route to the network",
    errno.ETIMEDOUT: "the host did not answer",
}


def failure(exc: "httpx.TransportError | httpx.DecodingError", target: Target) -> Exception:
    """Return the error that an operation raises for one of the HTTP library's; only the target's origin is shown."""
    import httpx

    if denied := first(exc, HostDeniedError):
        return ConnectorInputError(str(denied))
    if isinstance(exc, httpx.PoolTimeout | httpx.ConnectTimeout):
        return ConnectorError(TIMED_OUT, code="408", hint=f"{target.origin} took no connection in time")
    if isinstance(exc, httpx.TimeoutException):
        return ConnectorError(TIMED_OUT, code="408", hint=f"{target.origin} was silent for too long")
    if isinstance(exc, httpx.ProxyError):
        return proxy_failure(str(exc), target)
    if (tls := innermost(exc, ssl.SSLError)) and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ConnectorError(handshake(tls, target), code=HANDSHAKE)
    if isinstance(exc, httpx.NetworkError):
        return ConnectorError(f"{ABORTED}: {target.origin}: {why(exc)}", code="408")
    if isinstance(exc, httpx.RemoteProtocolError) and any(words in str(exc) for words in CLOSED):
        return ConnectorError(f"{ABORTED}: {target.origin}: the server closed the connection", code="408")
    if isinstance(exc, httpx.DecodingError):
        return ConnectorError(f"{ABORTED}: {target.origin}: the answer cannot be unpacked: {exc}", code="408")
    if isinstance(exc, httpx.LocalProtocolError):
        return ConnectorError(PROTOCOL, code="500", hint=f"the request to {target.origin} cannot be written")
    return ConnectorError(PROTOCOL, code="500", hint=f"{target.origin} answered something that is not HTTP")


def proxy_failure(text: str, target: Target) -> ConnectorError:
    """Return the error for a proxy that does not let a request through; the text starts with its status."""
    status, _, reason = text.partition(" ")
    if status.isdecimal():
        return ConnectorError(reason or "[no reason]", code=status, hint=f"said by the proxy for {target.origin}")
    return ConnectorError(f"{ABORTED}: {target.origin}: the proxy failed", code="408")


def handshake(exc: ssl.SSLError, target: Target) -> str:
    """Return the message for a TLS handshake that failed."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        cause = exc.verify_message or "certificate verify failed"
    else:
        cause = (exc.reason or str(exc)).lower().replace("_", " ")
    return (
        f"TLS handshake failed: {cause}. Server: {target.origin}. If it uses a private certificate authority or a"
        " self-signed certificate, give that as 'clientTls.trustedCertificate'; if it wants a client certificate, give"
        " 'clientTls.clientCertificate' and 'clientTls.clientPrivateKey'"
    )


def why(exc: BaseException) -> str:
    """Return the reason of a network failure in words."""
    if first(exc, socket.gaierror):
        return "the host name is not known"
    for cause in causes(exc):
        if isinstance(cause, OSError) and cause.errno in NETWORK:
            return NETWORK[cause.errno]
    return "the connection failed" if "Connect" in type(exc).__name__ else "the server closed the connection"


def first(exc: BaseException, kind: type[Kind]) -> Kind | None:
    """Return the first error of a kind among an error and its causes."""
    return next((cause for cause in causes(exc) if isinstance(cause, kind)), None)


def innermost(exc: BaseException, kind: type[Kind]) -> Kind | None:
    """Return the last error of a kind: aiohttp's own certificate errors are of the kind, too, but know no reason."""
    found = None
    for cause in causes(exc):
        found = cause if isinstance(cause, kind) else found
    return found


def causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it; groups of attempts are looked into."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [exc]
    while todo:
        current = todo.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo += [current.__cause__, current.__context__, *getattr(current, "exceptions", ())]
        os_error = getattr(current, "os_error", None)  # aiohttp keeps the system's error beside its own
        todo.append(os_error if isinstance(os_error, BaseException) else None)
