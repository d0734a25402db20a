"""Keep tokens out of what the sandbox shows; it is printed, and it lands in bug reports."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

MASK = "***"
HEADERS = {"authorization", "proxy-authorization", "cookie", "set-cookie"}
CREDENTIAL = re.compile(
    r"(?i)(^|[-_.])(api[-_]?key|access[-_]?key|token|secret|password|passwd|assertion|credential)s?$"
)
ARGUMENT = re.compile(r"(?i)(^|[-_.])(key|sig|signature|code)$")
"""What is likely to be a credential in a query, though not in a body: there, ``code`` may be a country's."""


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return header fields without credentials; the scheme of an authorization stays, as it tells what was sent."""
    return {name: masked_header(name, value) for name, value in headers.items()}


def masked_header(name: str, value: str) -> str:
    """Return the value of a header field, or what may be shown of it."""
    if name.lower() in {"authorization", "proxy-authorization"} and " " in value:
        return f"{value.split(' ')[0]} {MASK}"
    return MASK if name.lower() in HEADERS or secret(name) else value


def masked_url(url: str) -> str:
    """Return a URL without a password and without the values of arguments that are named like credentials."""
    parts = urllib.parse.urlsplit(url)
    place = parts.netloc
    if "@" in place:
        place = f"{MASK}@{place.rpartition('@')[2]}"
    query = "&".join(masked_argument(argument) for argument in parts.query.split("&")) if parts.query else ""
    return urllib.parse.urlunsplit(parts._replace(netloc=place, query=query))


def masked_argument(argument: str) -> str:
    """Return ``name=value`` of a query, or what may be shown of it."""
    name, sign, _ = argument.partition("=")
    plain = urllib.parse.unquote_plus(name)
    return f"{name}={MASK}" if sign and (secret(plain) or ARGUMENT.search(plain)) else argument


def masked(value: Any) -> Any:
    """Return a JSON value without the values of members that are named like credentials."""
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(item, str) and secret(str(key)) else masked(item) for key, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list | tuple) else value


def secret(name: str) -> bool:
    """Tell whether something of this name is likely to be a credential."""
    return bool(CREDENTIAL.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)))
