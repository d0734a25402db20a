"""Endpoints of the HTTP service itself, to try a client against.

=============================  =========================================================================================
``/status/CODE``               an answer of this status; ``?retry-after=2`` adds the header
``/delay/SECONDS``             an echo, later
``/broken``                    JSON that ends in the middle
``/drop``                      no answer: the connection is closed
``/basic/USER/PASSWORD``       401 without this basic authentication
``/bearer/TOKEN``              401 without this bearer token
``/api-key/NAME/VALUE``        401 without this header, or this argument of the query
``/oauth/token``               client credentials, refresh token and password grants; the credentials in the form or as
                               basic authentication
``/oauth/resource``            401 without a token that the endpoint above gave and that has not expired
anything else                  an echo: method, url, query, headers, body
=============================  =========================================================================================
"""

import asyncio
import base64
import secrets
import time
from typing import Any

from connectory_sandbox.asgi import Answer, DroppedError, Request
from connectory_sandbox.masking import masked, masked_headers, masked_url
from connectory_sandbox.secrets import MARK

GRANTS = {
    "client_credentials": (),
    "refresh_token": ("refresh_token",),
    "password": ("username", "password"),
    "authorization_code": ("code",),
}
LIFETIME = 3600


def readable(request: Request) -> Any:
    """Return the body as JSON if it says so and is, as text if it is text, else in base64."""
    if not request.content:
        return None
    if request.content_type == "application/x-www-form-urlencoded":
        return request.form
    if request.content_type.endswith(("/json", "+json")):
        try:
            return request.json()
        except ValueError:
            pass  # shown as the text that it is
    try:
        return request.content.decode(request.charset)
    except (UnicodeDecodeError, LookupError):
        return base64.b64encode(request.content).decode()


def echo(request: Request, url: str) -> Answer:
    """Answer with what was asked, without credentials: an answer lands in process variables."""
    return Answer.json(
        {
            "method": request.method,
            "url": masked_url(url),
            "query": masked(request.query),
            "headers": masked_headers(request.headers),
            "body": masked(readable(request)),
        }
    )


class TokenEndpoint:
    """An OAuth token endpoint and what its tokens are good for."""

    def __init__(self) -> None:
        self.issued: dict[str, float] = {}
        self.lifetime: float = LIFETIME

    def answer(self, request: Request) -> Answer:
        """Return a token, or say as RFC 6749 section 5.2 does what is wrong."""
        if request.method != "POST" or request.content_type != "application/x-www-form-urlencoded":
            return refusal("invalid_request", "POST a form: application/x-www-form-urlencoded")
        form = request.form
        grant = form.get("grant_type", "")
        if grant not in GRANTS:
            return refusal("unsupported_grant_type", f"'{grant}' is none of {', '.join(GRANTS)}")
        if missing := [name for name in GRANTS[grant] if not form.get(name)]:
            return refusal("invalid_request", f"'{missing[0]}' is missing")
        user, _ = basic(request)
        if not (user or form.get("client_id")):
            return refusal("invalid_client", "client_id is missing in the form and as basic authentication", status=401)
        token = MARK + secrets.token_urlsafe(12)
        self.issued[token] = time.monotonic() + self.lifetime
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self.lifetime)}
        if scope := form.get("scope"):
            answer["scope"] = scope
        if grant != "client_credentials":
            answer["refresh_token"] = MARK + secrets.token_urlsafe(12)
        return Answer.json(answer, headers={"cache-control": "no-store"})

    def valid(self, token: str | None) -> bool:
        """Tell whether a token was issued here and lives."""
        return token is not None and self.issued.get(token, 0) > time.monotonic()

    def expire(self) -> None:
        """Let all tokens end now."""
        self.issued.clear()


def refusal(error: str, description: str, *, status: int = 400) -> Answer:
    """Return an OAuth error."""
    return Answer.json({"error": error, "error_description": description}, status=status)


def basic(request: Request) -> tuple[str, str]:
    """Return user and password of basic authentication, empty without it."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def unauthorized(challenge: str) -> Answer:
    """Return the answer to wrong or missing credentials."""
    return Answer.json({"error": "unauthorized"}, status=401, headers={"www-authenticate": challenge})


async def endpoint(request: Request, tokens: TokenEndpoint, url: str) -> Answer:
    """Answer a request to the service itself."""
    match request.path.strip("/").split("/"):
        case ["status", code] if code.isdigit() and 200 <= int(code) <= 599:
            after = request.query.get("retry-after")
            headers = {"retry-after": after} if after else {}
            return Answer.json({"status": int(code)}, status=int(code), headers=headers)
        case ["delay", seconds] if seconds.replace(".", "", 1).isdigit():
            await asyncio.sleep(float(seconds))
        case ["broken"]:
            return Answer(headers={"content-type": "application/json"}, content=b'{"half": [1, 2')
        case ["drop"]:
            raise DroppedError
        case ["basic", user, password] if basic(request) != (user, password):
            return unauthorized('Basic realm="sandbox"')
        case ["bearer", token] if request.bearer != token:
            return unauthorized("Bearer")
        case ["api-key", name, value] if value not in (request.headers.get(name.lower()), request.query.get(name)):
            return unauthorized("ApiKey")
        case ["oauth", "token"]:
            return tokens.answer(request)
        case ["oauth", "resource"] if not tokens.valid(request.bearer):
            return unauthorized('Bearer error="invalid_token"')
    return echo(request, url)
