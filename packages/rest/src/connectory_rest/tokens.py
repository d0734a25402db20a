"""OAuth tokens: asked for once, used by all jobs until they expire."""

import hashlib
import json
import time
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectory_rest.answers import error_variables, status_error, structure, whole
from connectory_rest.authentication import ClientCredentials, OAuth
from connectory_rest.exchange import Exchange
from connectory_rest.outgoing import Headers, Outgoing
from connectory_rest.settings import Settings
from connectory_rest.urls import Pairs, Target, encoded, parse
from connectory_sdk import ConnectorError
from connectory_sdk.shared import Shared

MOST = 1000
ERROR = "OAUTH_TOKEN_ERROR"
CODES = {"invalid_grant": "OAUTH_REFRESH_TOKEN_EXPIRED", "interaction_required": "OAUTH_INTERACTION_REQUIRED"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when it is of no use any more; printing it shows nothing."""

    value: str
    until: float

    def __repr__(self) -> str:
        return "Token(***)"


class Tokens:
    """All tokens of a runtime. Jobs that want the same one at the same time share one request."""

    def __init__(self, settings: Settings, exchange: Exchange) -> None:
        self.settings = settings
        self.exchange = exchange
        self.known: OrderedDict[str, Token] = OrderedDict()
        self.rotated: OrderedDict[str, str] = OrderedDict()
        self.asking = Shared[str, Token]()

    async def get(self, grant: OAuth) -> tuple[str, bool]:
        """Return a token, and whether it comes from an earlier request.

        Raises:
            ConnectorError: The token endpoint gives none.
        """
        key = fingerprint(grant)
        token = self.known.get(key)
        if token is not None and token.until > time.monotonic():
            return token.value, True
        return (await self.asking.get(key, partial(self.ask, key, grant))).value, False

    async def check(self, grant: OAuth) -> None:
        """Ask for a new token, whichever is known.

        Raises:
            ConnectorError: There is none; the code is ``401`` where the endpoint says that the grant is over.
        """
        self.known.pop(fingerprint(grant), None)
        try:
            await self.get(grant)
        except ConnectorError as exc:
            if exc.code not in CODES.values():
                raise
            raise ConnectorError(exc.message, code="401") from exc

    async def close(self) -> None:
        """Give up what is under way."""
        await self.asking.close()

    def forget(self, grant: OAuth, value: str) -> None:
        """Drop a token that the target does not take, unless there is a newer one already."""
        key = fingerprint(grant)
        token = self.known.get(key)
        if token is not None and token.value == value:
            del self.known[key]

    async def ask(self, key: str, grant: OAuth) -> Token:
        """Ask for a token and keep it as long as it lives."""
        rotated = self.rotated.get(key)
        try:
            answer = await self.request(grant, rotated)
        except ConnectorError as exc:
            if rotated is None or exc.code != CODES["invalid_grant"]:
                raise
            del self.rotated[key]  # the token of the model may have been renewed in the meantime
            answer = await self.request(grant, None)
        value = find(answer, "access_token")
        if isinstance(following := find(answer, "refresh_token"), str):
            keep(self.rotated, key, following)
        lifetime = find(answer, "expires_in")
        token = Token(value if isinstance(value, str) else json.dumps(value), time.monotonic())
        if isinstance(lifetime, int | float) and not isinstance(lifetime, bool):
            token = Token(token.value, token.until + max(0.0, lifetime - self.settings.token_skew))
            keep(self.known, key, token)
        return token

    async def request(self, grant: OAuth, rotated: str | None) -> Any:
        """Return the answer of the token endpoint, which holds a token.

        Raises:
            ConnectorError: It refuses, or its answer holds none.
        """
        form, headers = asked(grant, rotated)
        target = parse(grant.oauth_token_endpoint)
        outgoing = Outgoing(
            method="POST",
            target=target,
            headers=[*headers, ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")],
            content=encoded(form).encode(),
            guarded=self.settings.guard_tokens,
        )
        hint = f"said by the token endpoint at {target.origin}; check client id, secret, scopes and audience"
        async with self.exchange.send(outgoing) as response:
            content = await whole(response, self.settings.max_token_response)
            answer = structure(content.decode("utf-8", errors="replace"))
            error = answer.get("error") if isinstance(answer, dict) else None
            if response.status_code >= 400 and error not in CODES:
                raise status_error(response, content, hint=hint)
            if isinstance(error, str):
                raise ConnectorError(
                    explained(error, answer), code=CODES.get(error, ERROR), variables=error_variables(response, b""),
                    hint=hint,
                )  # fmt: skip
        if find(answer, "access_token") is None:
            raise ConnectorError(missing(target), code=ERROR, hint=hint)
        return answer


def asked(grant: OAuth, rotated: str | None) -> tuple[Pairs, Headers]:
    """Return form and headers of the request for a token."""
    scopes: Pairs = [("scope", grant.scopes)] if grant.scopes and grant.scopes.strip() else []
    secret = grant.client_secret.get_secret_value() if grant.client_secret else ""
    if isinstance(grant, ClientCredentials):
        form: Pairs = [("grant_type", "client_credentials"), ("audience", grant.audience), *scopes]
        if grant.client_authentication == "basicAuthHeader":
            pair = b64encode(f"{grant.client_id}:{secret}".encode()).decode()
            return form, [("Authorization", f"Basic {pair}")]
        return [*form, ("client_id", grant.client_id), ("client_secret", secret)], []
    form = [
        ("grant_type", "refresh_token"),
        ("client_id", grant.client_id),
        ("refresh_token", rotated or grant.refresh_token.get_secret_value()),
    ]
    return [*form, *([("client_secret", secret)] if secret.strip() else []), *scopes], []


def fingerprint(grant: OAuth) -> str:
    """Return what tells grants apart, without secrets."""
    return hashlib.sha256(repr(secrets_of(grant)).encode()).hexdigest()


def secrets_of(grant: OAuth) -> tuple[str | None, ...]:
    """Return all that a token depends on."""
    secret = grant.client_secret.get_secret_value() if grant.client_secret else None
    if isinstance(grant, ClientCredentials):
        more: tuple[str | None, ...] = (grant.audience, grant.client_authentication)
    else:
        more = (grant.refresh_token.get_secret_value(),)
    return (grant.type, grant.oauth_token_endpoint, grant.client_id, secret, grant.scopes, *more)


def keep(cache: "OrderedDict[str, Any]", key: str, value: Any) -> None:
    """Put a value into a cache and drop the oldest one where it grows too large."""
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > MOST:
        cache.popitem(last=False)


def find(value: Any, name: str) -> Any:
    """Return the first member of a name that is not null, at any depth; None where there is none."""
    if isinstance(value, dict):
        if value.get(name) is not None:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for item in value if (found := find(item, name)) is not None), None)
    return None


def explained(error: str, answer: Any) -> str:
    """Return the message for an error that the token endpoint names."""
    description = answer.get("error_description")
    return f"OAuth token exchange failed: {error}." + (f" {description}" if description else "")


def missing(target: Target) -> str:
    """Return the message for an answer without token."""
    return f"OAuth token response does not contain an access_token field ({target.origin})"
