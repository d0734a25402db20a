"""A request that is ready to be sent, built from what the model says; nothing here knows of jobs."""

import logging
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectory_rest.authentication import ApiKey, Authentication, Basic, Bearer
from connectory_rest.bodies import Content, body_of
from connectory_rest.requests import WITH_BODY, ClientTls, RestRequest
from connectory_rest.urls import Pairs, Target, parse
from connectory_sdk import ConnectorInputError

logger = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

DEFAULT_SECONDS = 20
LINE_BREAK = re.compile(r"[\r\n]")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
FRAMING = {"content-length", "transfer-encoding"}  # the library writes them; two of a kind would be a broken request


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """One request; printing it shows the method alone, for everything else may hold secrets.

    Args:
        method: In capitals.
        target: Where it goes.
        headers: In the order in which they are sent; a name may come twice.
        content: Its body; None for none.
        connect: Seconds to connect; None for no limit.
        read: Longest silence in seconds; None for no limit.
        follow: Whether redirects are followed.
        tls: Certificates of the model.
        guarded: Whether host rules apply.
        max_request: Most bytes of a body; 0 for what the environment says.
    """

    method: str
    target: Target = field(repr=False)
    headers: Headers = field(default_factory=list, repr=False)
    content: Content | None = field(default=None, repr=False)
    connect: float | None = DEFAULT_SECONDS
    read: float | None = DEFAULT_SECONDS
    follow: bool = False
    tls: ClientTls | None = field(default=None, repr=False)
    guarded: bool = True
    max_request: int = 0

    def header(self, name: str) -> str | None:
        """Return a header by its name in small letters."""
        return next((value for key, value in self.headers if key.lower() == name), None)


async def outgoing(request: RestRequest, *, token: str | None) -> Outgoing:
    """Return the HTTP request for a REST request.

    Args:
        request: What the model says.
        token: The bearer token, if the authentication is one that obtains a token.

    Raises:
        ConnectorInputError: Something of it cannot be sent.
    """
    given = request.headers or {}
    content, content_type = None, content_type_of(given)
    if request.method in WITH_BODY and request.body is not None:
        content, content_type = await body_of(request.body, content_type, ignore_nulls=request.ignore_null_values)
    query, identity = credentials(request.identity, token)
    query += list((request.query_parameters or request.query_paramters or {}).items())
    verbatim = request.skip_encoding == "true"
    connect, read = seconds(request.connection_timeout_in_seconds, request.read_timeout_in_seconds)
    return Outgoing(
        method=request.method,
        target=parse(request.url, verbatim=verbatim, query=query),
        headers=merged(identity, given, content_type if content is not None else None),
        content=content,
        connect=connect,
        read=read,
        follow=request.follow_redirects,
        tls=request.client_tls,
    )


def content_type_of(headers: Mapping[str, str | None]) -> str | None:
    """Return the content type that the model names."""
    return next((value for name, value in headers.items() if name.strip().lower() == "content-type"), None)


def credentials(authentication: Authentication | None, token: str | None) -> tuple[Pairs, Headers]:
    """Return what an authentication adds to query and headers."""
    if token is not None:
        return [], [("Authorization", f"Bearer {token}")]
    match authentication:
        case Basic():
            pair = f"{authentication.username}:{authentication.secret()}"
            return [], [("Authorization", f"Basic {b64encode(pair.encode()).decode()}")]
        case Bearer():
            return [], [("Authorization", f"Bearer {authentication.token.get_secret_value()}")]
        case ApiKey(api_key_location="query"):
            return [(authentication.name, authentication.value.get_secret_value())], []
        case ApiKey():
            return [], [(authentication.name, authentication.value.get_secret_value())]
    return [], []


def merged(identity: Headers, given: Mapping[str, str | None], content_type: str | None) -> Headers:
    """Return all headers: those of the authentication, those of the model, and the content type of a body.

    Two `Authorization` headers make most servers refuse a request, so the one of the authentication counts.
    """
    headers = [(name, clean(name, value)) for name, value in identity]
    authorized = any(name == "Authorization" for name, _ in identity)
    typed = False
    for name, value in given.items():
        key = name.strip().lower()
        if key == "authorization" and authorized:
            logger.warning("header 'Authorization' is left out: the element's authentication sends its own")
        elif key == "content-type":
            typed = True
            if value is not None:  # null means: without; a generated boundary is only in what the body returned
                headers.append((name.strip(), clean(name, value if content_type is None else content_type)))
        elif key not in FRAMING:
            headers.append((name.strip(), clean(name, value or "")))
    if content_type is not None and not typed:
        headers.append(("Content-Type", content_type))
    return headers


def clean(name: str, value: str) -> str:
    """Return a header's value as it can be sent.

    Raises:
        ConnectorInputError: The name is none, or there are control characters in the value.
    """
    if not HEADER_NAME.fullmatch(name.strip()):
        raise ConnectorInputError(f"headers: '{name}' is no name of a header; letters, digits and '-' are")
    value = LINE_BREAK.sub(" ", value).strip()
    if CONTROL.search(value):
        raise ConnectorInputError(f"headers, {name.strip()}: the value has control characters; remove them")
    return value


def seconds(connect: int | None, read: int | None) -> tuple[float | None, float | None]:
    """Return the limits for connecting and for silence; one that is not given follows the other's default."""
    connected = DEFAULT_SECONDS if connect is None else connect
    return connected or None, (connected if read is None else read) or None
