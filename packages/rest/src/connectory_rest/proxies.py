"""Proxies: ``CONNECTOR_HTTP_PROXY_...`` for http, ``CONNECTOR_HTTPS_PROXY_...`` for https, nothing else.

``HTTP_PROXY`` and its relatives are deliberately not read: Camunda's runtime does not, and a variable that is meant for
other programs must not send a process's requests elsewhere.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from connectory_rest.urls import Target
from connectory_sdk import ConnectorInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy; printing it shows no password."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The proxy's address, without credentials."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def authorization(self) -> str:
        """The header by which the proxy knows its user."""
        pair = f"{self.user}:{self.password or ''}"
        return f"Basic {b64encode(pair.encode()).decode()}"

    @property
    def userinfo(self) -> str:
        """Credentials as they stand in an address."""
        return f"{quote(self.user, safe='')}:{quote(self.password or '', safe='')}@" if self.user else ""


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of an environment, by the scheme of the target."""

    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    direct: re.Pattern[str] | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Proxies":
        """Return the proxies of an environment."""
        settings = {
            scheme: {
                key: environ.get(f"CONNECTOR_{scheme.upper()}_PROXY_{key}", "").strip()
                for key in ("HOST", "PORT", "SCHEME", "USER", "PASSWORD")
            }
            for scheme in ("http", "https")
        }
        hosts = [part.strip() for part in environ.get("CONNECTOR_HTTP_NON_PROXY_HOSTS", "").split("|") if part.strip()]
        pattern = "|".join(re.escape(host).replace(r"\*", ".*") for host in hosts)
        return cls(settings, re.compile(pattern, re.IGNORECASE) if pattern else None)

    def of(self, target: Target) -> Proxy | None:
        """Return the proxy for a target, None for a direct connection.

        Raises:
            ConnectorInputError: The proxy's port is no number.
        """
        found = self.settings.get(target.scheme)
        if not found or not found["HOST"] or not found["PORT"]:
            return None
        if self.direct is not None and self.direct.fullmatch(target.host):
            return None
        if not found["PORT"].isdecimal():
            raise ConnectorInputError(
                f"CONNECTOR_{target.scheme.upper()}_PROXY_PORT is '{found['PORT']}'; write the number of the port"
            )
        return Proxy(
            scheme=found["SCHEME"].lower() or "http",
            host=found["HOST"],
            port=int(found["PORT"]),
            user=found["USER"] or None,
            password=found["PASSWORD"] or None,
        )
