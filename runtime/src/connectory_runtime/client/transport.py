"""HTTP to one server: a connection pool, TLS, time-outs, and errors in one line."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import orjson

from connectory_runtime.client.problems import UnreachableError

if TYPE_CHECKING:
    from pyreqwest.client import Client
    from pyreqwest.exceptions import PyreqwestError
    from pyreqwest.request import ConsumedRequest, RequestBuilder
    from pyreqwest.response import Response

USER_AGENT = "connectory"

T = TypeVar("T")


def load_library() -> None:
    """Import the HTTP library in the thread that calls, before shorter-lived threads use it.

    Its allocator belongs to the thread that loads it: when that one has ended, the next use in another thread is a
    segmentation fault (pyreqwest 0.15.1).
    """
    import pyreqwest.client  # noqa: F401


class SettingError(Exception):
    """A setting cannot be used: one line that names it and says what to do."""


class Tls(NamedTuple):
    """Files for TLS beyond what the system trusts."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    passphrase: str | None = None


class Answer(NamedTuple):
    """An HTTP answer whose body was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes | memoryview

    def json(self) -> Any:
        """Return the body as JSON, None where it is none."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            return None


class Transport:
    """HTTP to one server.

    Args:
        base: Address without a slash at its end.
        tls: Private certificates.
        connect_timeout: Seconds until a connection must be there.
    """

    def __init__(self, base: str, *, tls: Tls | None = None, connect_timeout: float = 10) -> None:
        self.base = base
        self.tls = tls
        self.connect_timeout = connect_timeout
        self._client: Client | None = None

    async def __aenter__(self) -> Self:
        self._client = self.build()
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.__aexit__(kind, exc, trace)
            self._client = None

    def build(self) -> "Client":
        """Return a client of the library.

        Raises:
            SettingError: A certificate or address cannot be used.
        """
        from pyreqwest.client import ClientBuilder
        from pyreqwest.exceptions import BuilderError

        builder = ClientBuilder().user_agent(USER_AGENT).http1_only().tcp_nodelay(True)
        builder = builder.connect_timeout(timedelta(seconds=self.connect_timeout)).follow_redirects(False)
        if self.tls is not None:
            if self.tls.ca is not None:
                builder = builder.add_root_certificate_pem(read(self.tls.ca, "CAMUNDA_MTLS_CA_PATH"))
            if (identity := client_identity(self.tls)) is not None:
                builder = builder.identity_pem(identity)
        try:
            return builder.build()
        except BuilderError as exc:
            raise SettingError(
                f"TLS settings cannot be used: {reason(exc)}; check the CAMUNDA_MTLS_*_PATH files"
            ) from None

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 20,
    ) -> Answer:
        """Send a request and return the whole answer, whatever its status.

        Raises:
            UnreachableError: There is no answer.
        """
        request = self.builder(method, path, headers, timeout)
        if body is not None:
            request = request.body_bytes(body)
        return await self.send(request.build())

    def builder(self, method: str, path: str, headers: Mapping[str, str] | None, timeout: float) -> "RequestBuilder":
        """Return the library's request, for bodies that are no bytes.

        Each has a time-out, after which it ends for sure: to cancel it does not end it, and keeps its connection.
        """
        if self._client is None:
            raise RuntimeError("the transport is used outside of its 'async with'")
        request = self._client.request(method, self.base + path)
        if headers:
            request = request.headers(headers)
        return request.timeout(timedelta(seconds=timeout))

    async def send(self, request: "ConsumedRequest") -> Answer:
        """Send a request of the library and return the whole answer.

        Raises:
            UnreachableError: There is no answer.
        """
        from pyreqwest.exceptions import PyreqwestError

        try:
            response = await heeding(request.send())
            return Answer(response.status, response.headers, memoryview(await heeding(response.bytes())))
        except PyreqwestError as exc:
            raise unreachable(exc) from None

    @asynccontextmanager
    async def stream(
        self, path: str, *, timeout: float, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[tuple["Response", AsyncIterator[bytes]]]:
        """Send a GET and give the answer while its body is still coming, for `timeout` seconds in all.

        Raises:
            UnreachableError: There is no answer.
        """
        from pyreqwest.exceptions import PyreqwestError

        request = self.builder("GET", path, headers, timeout).build_streamed()
        try:
            async with AsyncExitStack() as stack:
                response = await heeding(stack.enter_async_context(request))
                yield response, chunks(response)
        except PyreqwestError as exc:
            raise unreachable(exc) from None


async def chunks(response: "Response") -> AsyncIterator[bytes]:
    """Yield a body as it comes."""
    while (chunk := await heeding(response.body_reader.read_chunk())) is not None:
        yield bytes(chunk)


async def heeding(waiting: Awaitable[T]) -> T:
    """Wait for the library and heed a cancellation.

    When the answer comes in the moment of the cancellation, pyreqwest 0.15.1 gives the answer and forgets the other: a
    task that asks again and again would never end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await waiting
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


def unreachable(exc: "PyreqwestError") -> UnreachableError:
    """Return our error for one of the library."""
    text = reason(exc)
    lowered = text.lower()
    tls = any(word in lowered for word in ("certificate", "tls", "handshake", "unknownissuer"))
    return UnreachableError(text, timeout=isinstance(exc, TimeoutError), tls=tls)


def reason(exc: "PyreqwestError") -> str:
    """Return the innermost cause, which says most."""
    causes = (getattr(exc, "details", None) or {}).get("causes") or []
    texts = [str(cause.get("message", "")) for cause in causes if cause.get("message")]
    return texts[-1] if texts else str(exc) or type(exc).__name__


def read(path: Path, setting: str) -> bytes:
    """Return a file.

    Raises:
        SettingError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise SettingError(f"{setting}: '{path}' cannot be read: {exc.strerror}") from None


def client_identity(tls: Tls) -> bytes | None:
    """Return certificate and key of this client in one PEM text.

    Raises:
        SettingError: One of the two is missing, or the key cannot be decrypted.
    """
    if tls.certificate is None and tls.key is None:
        return None
    if tls.certificate is None or tls.key is None:
        raise SettingError("CAMUNDA_MTLS_CERT_PATH and CAMUNDA_MTLS_KEY_PATH belong together; set both")
    certificate = read(tls.certificate, "CAMUNDA_MTLS_CERT_PATH")
    key = read(tls.key, "CAMUNDA_MTLS_KEY_PATH")
    if tls.passphrase is not None:
        key = decrypted(key, tls.passphrase)
    return key + b"\n" + certificate


def decrypted(key: bytes, passphrase: str) -> bytes:
    """Return a private key without its passphrase.

    Raises:
        SettingError: It does not open, or there is no library to open it with.
    """
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise SettingError(
            "CAMUNDA_MTLS_KEY_PASSPHRASE needs the library 'cryptography'; pip install 'connectory-runtime[crypto]'"
        ) from None
    try:
        private = serialization.load_pem_private_key(key, passphrase.encode())
    except (ValueError, TypeError):
        raise SettingError("CAMUNDA_MTLS_KEY_PASSPHRASE does not open the key of CAMUNDA_MTLS_KEY_PATH") from None
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
