"""Addresses: read as Camunda's client reads them, and written byte for byte as they go over the wire."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin

from connectory_sdk import ConnectorInputError

Pairs = list[tuple[str, str | None]]

SHAPE = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:%<>\"\\^`{|}]+)(?::([0-9]*))?")
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
ILLEGAL = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
BRACKET = re.compile(r"[\[\]]")  # may stand in a query, but not in a path
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~!$&'()*,;=:@-]*")
IN_SEGMENT = "!$&'()*,;=:@"
IN_QUERY = "!$'()*,;:@/?"  # what stays as it is in the query of an address; in one that is added to, nothing does
AS_IT_STANDS = "".join(map(chr, range(0x21, 0x7F)))
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Args:
        scheme: ``http`` or ``https``.
        host: Without brackets, in ASCII.
        port: Always a number.
        line: Path and query as they stand in the request line.
    """

    scheme: str
    host: str
    port: int
    line: str

    @property
    def origin(self) -> str:
        """Scheme, host and port; all that a message may show, for paths and queries may hold secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if self.port == PORTS[self.scheme] else f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.line


def parse(url: str, *, verbatim: bool = False, query: Pairs | None = None) -> Target:
    """Return where an address points to.

    Args:
        url: As the model gives it.
        verbatim: Take path and query as they stand; else they are decoded and encoded again.
        query: Parameters to add. With them the whole query is encoded anew, also of a verbatim address.

    Raises:
        ConnectorInputError: It is no address of a web server.
    """
    target = normal(url, verbatim)
    if not query:
        return target
    path, _, text = target.line.partition("?")
    present = pairs(text, empty="") if verbatim else pairs(text.replace("+", " "), empty=None)
    return Target(target.scheme, target.host, target.port, f"{path}?{encoded([*present, *query])}")


@lru_cache(maxsize=1024)  # models call the same addresses again and again
def normal(url: str, verbatim: bool) -> Target:
    """Return where an address points to, without further parameters."""
    shape = SHAPE.fullmatch(url)
    authority = AUTHORITY.fullmatch(shape[2]) if shape else None
    if shape is None or authority is None:
        raise invalid(url, "user and password belong into 'authentication'" if shape and "@" in shape[2] else None)
    scheme, path, query = shape[1], shape[3], shape[4]
    port = int(authority[2]) if authority[2] else PORTS[scheme]
    if not 0 < port < 65536:
        raise invalid(url, f"port {port} is out of range")
    host = ascii_host(authority[1].strip("[]").lower(), url)
    if verbatim:
        line = url_line(path, query)
        if ILLEGAL.search(line) or BROKEN_ESCAPE.search(line) or BRACKET.search(path):
            raise invalid(url, "with skipEncoding it must be encoded already")
        return Target(scheme, host, port, quote(line, safe=AS_IT_STANDS))
    if BROKEN_ESCAPE.search(path + (query or "")):  # cannot be decoded, so it is sent as it stands
        return Target(scheme, host, port, quote(url_line(path, query), safe=AS_IT_STANDS))
    return Target(scheme, host, port, url_line(normal_path(path), normal_query(query)))


def url_line(path: str, query: str | None) -> str:
    """Return path and query as one text."""
    return f"{path or '/'}?{query}" if query else path or "/"


def normal_path(path: str) -> str:
    """Decode and encode each segment; an encoded slash stays one."""
    if PLAIN_PATH.fullmatch(path):
        return path
    return "/".join(quote(unquote_to_bytes(segment), safe=IN_SEGMENT) for segment in path.split("/"))


def normal_query(query: str | None) -> str | None:
    """Decode and encode all parameters; equal names stand together."""
    if not query:
        return None
    grouped: dict[str, list[str | None]] = {}
    for name, value in pairs(query.replace("+", " "), empty=None):
        grouped.setdefault(name, []).append(value)
    return encoded([(name, value) for name, values in grouped.items() for value in values], safe=IN_QUERY)


def pairs(query: str, *, empty: str | None) -> Pairs:
    """Return the decoded parameters of a query; `empty` is the value of one with ``=`` and nothing behind."""
    found: Pairs = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if name:
            found.append((unquote(name), (unquote(value) or empty) if equals else None))
    return found


def encoded(query: Pairs, *, safe: str = "") -> str:
    """Return parameters as text; one without value has no equals sign."""
    return "&".join(
        quote(name, safe=safe) if value is None else f"{quote(name, safe=safe)}={quote(value, safe=safe)}"
        for name, value in query
    )


def hop(target: Target, location: str) -> Target | None:
    """Return where a redirect leads to; None if that is no address of a web server."""
    try:
        joined = urljoin(target.url, location.strip())
        return parse(quote(joined, safe=AS_IT_STANDS), verbatim=True)
    except (ConnectorInputError, ValueError):
        return None


def ascii_host(host: str, url: str) -> str:
    """Return a host name as it is looked up."""
    if host.isascii():
        if ":" not in host and not all(0 < len(label) < 64 for label in host.removesuffix(".").split(".")):
            raise invalid(url, "the host name is not valid")
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as exc:
        raise invalid(url, "the host name is not valid") from exc


def invalid(url: str, why: str | None) -> ConnectorInputError:
    """Return the error for an address; credentials and query stay out of it."""
    shown = re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
    return ConnectorInputError(
        f"Invalid URL: The URL '{shown}' cannot be parsed as a valid HTTP request."
        " Please ensure the URL includes a valid hostname|scheme." + (f" ({why})" if why else "")
    )
