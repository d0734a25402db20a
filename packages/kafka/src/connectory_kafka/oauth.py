"""Tokens for SASL OAUTHBEARER, by the client credentials grant that Java's own login module makes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka.abc import AbstractTokenProvider  # type: ignore[import-untyped,unused-ignore]

from connectory_sdk import ConnectorInputError
from connectory_sdk.shared import Shared

EARLY = 0.8  # of a token's life; Java's client renews at the same point (sasl.login.refresh.window.factor)

REFUSED = {400, 401, 403}


class TokenError(ConnectionError):
    """No token could be had, so no connection; aiokafka takes it as such. The message shows no secret.

    Args:
        message: Why.
        final: The endpoint refused; asking again would end in the same way.
    """

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthToken:
    """Where a token comes from.

    Args:
        endpoint: Address of the token endpoint.
        client_id: Who asks.
        client_secret: Proves it.
        scope: What for; empty for the server's default.
        extensions: Extensions of the SASL message, such as Confluent's ``logicalCluster``.
    """

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    extensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, properties: Mapping[str, str], jaas: Mapping[str, str], username: str | None, password: str | None
    ) -> "OAuthToken":
        """Return what properties say; the model's credentials stand in for the client's.

        Raises:
            ConnectorInputError: Something is missing.
        """
        found = {
            "sasl.oauthbearer.token.endpoint.url": properties.get("sasl.oauthbearer.token.endpoint.url"),
            "clientId": properties.get("sasl.oauthbearer.client.credentials.client.id")
            or jaas.get("clientId")
            or username,
            "clientSecret": properties.get("sasl.oauthbearer.client.credentials.client.secret")
            or jaas.get("clientSecret")
            or password,
        }
        if absent := [name for name, value in found.items() if not value]:
            raise ConnectorInputError(
                f"sasl.mechanism OAUTHBEARER needs {', '.join(absent)}: give the endpoint as a property, "
                "clientId and clientSecret in 'sasl.jaas.config' or as username and password"
            )
        endpoint, client_id, client_secret = (str(value) for value in found.values())
        if not endpoint.startswith(("https://", "http://")):
            raise ConnectorInputError(
                "'sasl.oauthbearer.token.endpoint.url' must be an https:// address; tokens from files are not read"
            )
        extensions = tuple((k.removeprefix("extension_"), v) for k, v in jaas.items() if k.startswith("extension_"))
        scope = properties.get("sasl.oauthbearer.scope") or jaas.get("scope", "")
        return cls(
            endpoint=endpoint, client_id=client_id, client_secret=client_secret, scope=scope, extensions=extensions
        )


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc,unused-ignore]
    """What aiokafka asks for a token at each connection; one request for all who wait, kept for most of its life."""

    def __init__(self, source: OAuthToken) -> None:
        self.source = source
        self.asking = Shared[OAuthToken, tuple[str, float]]()
        self.kept = ""
        self.until = 0.0

    async def token(self) -> str:
        """Return a token that is still good."""
        if time.monotonic() >= self.until:
            self.kept, life = await self.asking.get(self.source, lambda: fetched(self.source))
            self.until = time.monotonic() + life * EARLY
        return self.kept

    def extensions(self) -> dict[str, str]:
        """Return what goes with the token."""
        return dict(self.source.extensions)


async def fetched(source: OAuthToken) -> tuple[str, float]:
    """Return a new token and its life in seconds."""
    import httpx  # for those alone who ask for tokens

    form = {"grant_type": "client_credentials"} | ({"scope": source.scope} if source.scope else {})
    try:
        async with httpx.AsyncClient(timeout=30) as http:
            reply = await http.post(source.endpoint, data=form, auth=(source.client_id, source.client_secret))
    except httpx.HTTPError as exc:
        raise TokenError(f"token endpoint '{source.endpoint}' cannot be reached: {type(exc).__name__}") from exc
    try:
        body = reply.json()
    except ValueError:
        body = {}
    token = body.get("access_token") if isinstance(body, dict) else None
    if not reply.is_success or not token:
        reason = body.get("error_description") or body.get("error") if isinstance(body, dict) else None
        raise TokenError(
            f"token endpoint '{source.endpoint}' gave no token: status {reply.status_code} {reason or ''}".rstrip(),
            final=reply.status_code in REFUSED,
        )
    return str(token), float(body.get("expires_in") or 300)
