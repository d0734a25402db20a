"""Intrinsic functions: ``{"camunda.function.type": "getText", "params": [document]}`` in a job's variables."""

import base64
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import connectory_feel
from connectory_feel import FeelError
from connectory_runtime.durations import milliseconds
from connectory_runtime.feel_functions import PLAIN_FUNCTIONS
from connectory_sdk import ConnectorError, ConnectorInputError, Document
from connectory_sdk.hooks import IntrinsicFunction

Parameters = Sequence[Any]
Function = Callable[[Parameters], Awaitable[Any]]


def required(parameters: Parameters, index: int) -> Any:
    """Return a parameter that must be there.

    Raises:
        ConnectorInputError: It is not.
    """
    if index >= len(parameters) or parameters[index] is None:
        raise ConnectorInputError(f"Parameter at index {index} is required but not provided")
    return parameters[index]


def optional(parameters: Parameters, index: int) -> Any:
    """Return a parameter, or None."""
    return parameters[index] if index < len(parameters) else None


def document(parameters: Parameters, index: int = 0) -> Document:
    """Return a document parameter; a list of one counts as its only member.

    Raises:
        ConnectorInputError: It is none.
    """
    value = required(parameters, index)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Document):
        raise ConnectorInputError(f"Parameter at index {index} must be a document")
    return value


def text(parameters: Parameters, index: int) -> str:
    """Return a text parameter; numbers and booleans are printed.

    Raises:
        ConnectorInputError: It is none.
    """
    value = required(parameters, index)
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        raise ConnectorInputError(f"Parameter at index {index} must be a text")
    return value


async def to_base64(parameters: Parameters) -> str:
    """Return a document or text in base64."""
    value = required(parameters, 0)
    content = text(parameters, 0).encode() if isinstance(value, str | int | float) else None
    return base64.b64encode(await document(parameters).read() if content is None else content).decode()


async def get_text(parameters: Parameters) -> str:
    """Return a document's text."""
    encoding = optional(parameters, 1) or "UTF-8"
    try:
        "".encode(encoding)
    except (LookupError, TypeError):
        raise ConnectorInputError(f"getText: there is no encoding '{encoding}'") from None
    return (await document(parameters).read()).decode(encoding, errors="replace")


async def get_json(parameters: Parameters) -> Any:
    """Return a document's JSON, or what an expression makes of it."""
    try:
        value = json.loads(await document(parameters).read())
    except ValueError as exc:
        raise ConnectorInputError(f"getJson: the document is not JSON: {exc}") from None
    expression = optional(parameters, 1)
    if expression is None:
        return value
    if not isinstance(value, dict):
        raise ConnectorInputError("getJson: with an expression, the document must be a JSON object")
    try:
        compiled = connectory_feel.compile(str(expression).strip(), functions=PLAIN_FUNCTIONS)
        return connectory_feel.to_json(compiled.evaluate(value))
    except FeelError as exc:
        raise ConnectorInputError(f"getJson: '{expression}' fails: {str(exc).splitlines()[0]}") from None


async def create_link(parameters: Parameters) -> str:
    """Return a link to a document."""
    given = optional(parameters, 1)
    try:
        ttl = None if given is None else timedelta(milliseconds=milliseconds(str(given)))
    except (ValueError, OverflowError):
        raise ConnectorInputError(f"createLink: '{given}' is no ISO-8601 duration, such as PT1H") from None
    return await document(parameters).link(time_to_live=ttl)


async def create_github_token(parameters: Parameters) -> str:
    """Return an installation token of a GitHub app."""
    from connectory_runtime.client.problems import UnreachableError
    from connectory_runtime.client.transport import Transport

    key, app, installation = (text(parameters, index) for index in range(3))
    bearer = app_token(key, app, now=int(time.time()))
    headers = {"accept": "application/vnd.github.v3+json", "authorization": f"Bearer {bearer}"}
    async with Transport("https://api.github.com") as github:
        try:
            answer = await github.request(
                "POST", f"/app/installations/{installation}/access_tokens", headers=headers, timeout=20
            )
        except UnreachableError as exc:
            raise ConnectorError(f"createGithubAppInstallationToken: {exc}") from None
    if answer.status >= 300:
        raise ConnectorError(f"createGithubAppInstallationToken: GitHub answered {answer.status}")
    token: Mapping[str, Any] = answer.json()
    return str(token["token"])


def app_token(key: str, app: str, *, now: int) -> str:
    """Return the signed statement by which a GitHub app identifies itself for a minute.

    Raises:
        ConnectorInputError: The key is none, or there is no library to sign with.
    """
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        raise ConnectorInputError(
            "createGithubAppInstallationToken needs the library 'cryptography'; "
            "pip install 'connectory-runtime[crypto]'"
        ) from None
    try:
        private = serialization.load_pem_private_key(normalised_pem(key), None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ConnectorInputError("createGithubAppInstallationToken: parameter 0 must be an RSA private key in PEM")
    parts = [{"alg": "RS256", "typ": "JWT"}, {"iat": now, "exp": now + 60, "iss": app}]
    signed = b".".join(url_base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    signature = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return (signed + b"." + url_base64(signature)).decode()


def url_base64(data: bytes) -> bytes:
    """Return base64 as tokens use it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def normalised_pem(key: str) -> bytes:
    """Return a PEM key with its line breaks, which travel badly through forms and variables."""
    key = key.replace("\\n", "\n").strip()
    if "\n" not in key and (parts := key.split("-----")) and len(parts) == 5:
        body = "\n".join(parts[2].split())
        key = f"-----{parts[1]}-----\n{body}\n-----{parts[3]}-----"
    return key.encode()


def positional(name: str, function: IntrinsicFunction) -> Function:
    """Return a function of a package as one that takes the parameters of a call.

    Raises:
        TypeError: It is not ``async def``, or wants more than positional arguments.
    """
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"intrinsic function '{name}' must be an 'async def' function")
    every = list(inspect.signature(function).parameters.values())
    if any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in every):
        raise TypeError(f"intrinsic function '{name}' must do with positional arguments")
    taken = [one for one in every if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    needed = sum(one.default is one.empty for one in taken)
    most = None if any(one.kind is one.VAR_POSITIONAL for one in every) else len(taken)

    async def call(parameters: Parameters) -> Any:
        for index in range(needed):
            required(parameters, index)
        if most is not None and len(parameters) > most:
            raise ConnectorInputError(f"{name}: there are {len(parameters)} parameters, it takes {most} at most")
        return await function(*parameters)

    return call


FUNCTIONS: Mapping[str, Function] = {
    "base64": to_base64,
    "getText": get_text,
    "getJson": get_json,
    "createLink": create_link,
    "createGithubAppInstallationToken": create_github_token,
}
