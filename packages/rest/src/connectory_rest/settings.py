"""What an operator sets in the environment of the runtime; read once, when the connector's lifespan begins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec

from connectory_rest.blocklist import BlockList
from connectory_rest.hosts import HostRules
from connectory_rest.proxies import Proxies

DURATION = re.compile(r"(?:PT([0-9]+(?:\.[0-9]+)?)(S|M|H)|([0-9]+)\s*(ms|s|m|h)?)", re.IGNORECASE | re.ASCII)
OAUTH_CACHE = "CAMUNDA_CONNECTOR_OAUTH_CACHE_"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
TRUE = {"true", "1", "yes", "on"}


class SettingError(ValueError):
    """An environment variable that cannot be read; names it and says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment, read.

    Args:
        transport: ``aiohttp`` or ``httpx``.
        http2: Speak HTTP/2 where a server offers it.
        sandbox: Where requests to other machines go instead, if anywhere.
        retry_after: Wait as a server says when it has too many requests; a model may say otherwise.
        retry_after_limit: Longest such wait; beyond it the job's own back-off counts.
        max_response: Largest answer that is held in memory, in bytes; 0 for no limit.
        max_request: Largest body, in bytes; 0 for no limit.
        max_token_response: Largest answer of a token endpoint, in bytes.
        token_skew: How long before its end a token counts as expired, in seconds.
        guard_tokens: Whether host rules apply to token endpoints as well.
        keep_alive: How long an unused connection is kept, in seconds.
    """

    transport: str = "aiohttp"
    http2: bool = False
    sandbox: str | None = None
    retry_after: bool = True
    retry_after_limit: timedelta = timedelta(hours=1)
    max_response: int = 0
    max_request: int = 0
    max_token_response: int = 50 * 1024 * 1024
    token_skew: float = 10.0
    guard_tokens: bool = False
    keep_alive: float = 4.0  # shorter than the 5 s of common servers: a POST must not meet a connection that they close
    blocks: BlockList = field(default_factory=BlockList)
    hosts: HostRules = field(default_factory=HostRules)
    proxies: Proxies = field(default_factory=Proxies)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings of an environment.

        Raises:
            SettingError: A value cannot be read.
        """
        transport = environ.get("CONNECTORY_REST_TRANSPORT", "").strip().lower() or "aiohttp"
        if transport not in {"aiohttp", "httpx"}:
            raise SettingError(f"CONNECTORY_REST_TRANSPORT is '{transport}'; write aiohttp or httpx")
        http2 = switched(environ, "CONNECTORY_REST_HTTP2", default=False)
        if http2 and find_spec("h2") is None:
            raise SettingError("CONNECTORY_REST_HTTP2 needs h2: pip install 'connectory-rest[http2]'")
        return cls(
            transport="httpx" if http2 else transport,
            http2=http2,
            sandbox=environ.get("CONNECTORY_REST_SANDBOX_URL", "").strip() or None,
            retry_after=switched(environ, "CONNECTORY_REST_RETRY_AFTER", default=True),
            retry_after_limit=timedelta(seconds=number(environ, "CONNECTORY_REST_RETRY_AFTER_LIMIT_SECONDS", 3600)),
            max_response=int(number(environ, "CONNECTORY_REST_MAX_RESPONSE_BYTES", 0)),
            max_request=int(number(environ, "CONNECTORY_REST_MAX_REQUEST_BYTES", 0)),
            max_token_response=int(number(environ, "CONNECTOR_HTTP_CLIENT_MAX_BODY_SIZE", 50 * 1024 * 1024)),
            token_skew=number(environ, "CONNECTORY_REST_TOKEN_SKEW_SECONDS", skew_buffer(environ)),
            guard_tokens=switched(environ, "CONNECTORY_REST_GUARD_TOKEN_ENDPOINTS", default=False),
            keep_alive=number(environ, "CONNECTORY_REST_KEEP_ALIVE_SECONDS", 4),
            blocks=BlockList.read(environ),
            hosts=HostRules.read(environ),
            proxies=Proxies.read(environ),
        )


def switched(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a switch."""
    text = environ.get(name, "").strip().lower()
    return text in TRUE if text else default


def skew_buffer(environ: Mapping[str, str]) -> float:
    """Return the seconds of ``camunda.connector.oauth.cache.skew-buffer``, which the Java runtime reads.

    Raises:
        SettingError: It is no duration as Spring writes them: ``10s``, ``PT10S``, ``10000`` (milliseconds).
    """
    for spelling in ("SKEWBUFFER", "SKEW_BUFFER"):
        name = f"{OAUTH_CACHE}{spelling}"
        if text := environ.get(name, "").strip():
            found = DURATION.fullmatch(text)
            if found is None:
                raise SettingError(f"{name} is '{text}'; write for example 10s or PT10S")
            return float(found[1] or found[3]) * UNITS[(found[2] or found[4] or "ms").lower()]
    return 10.0


def number(environ: Mapping[str, str], name: str, default: float) -> float:
    """Return a number that is not negative.

    Raises:
        SettingError: It is none.
    """
    text = environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1
    if value < 0:
        raise SettingError(f"{name} is '{text}'; write a number that is not negative")
    return value
