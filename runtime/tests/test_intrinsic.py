"""The intrinsic function that needs cryptography, and those of packages; the others are tested through jobs."""

import base64
import json

import pytest

from connectory_runtime.intrinsic import app_token, create_github_token, positional
from connectory_sdk import ConnectorInputError


def test_the_token_of_a_github_app() -> None:
    """It is signed for a minute, and a key that lost its line breaks is understood."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

    for written in (pem, pem.replace("\n", "\\n"), pem.replace("\n", " ")):
        head, claims, signature = app_token(written, "app-7", now=1_000).split(".")
        padded = [part + "=" * (-len(part) % 4) for part in (head, claims, signature)]
        key.public_key().verify(
            base64.urlsafe_b64decode(padded[2]), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        assert json.loads(base64.urlsafe_b64decode(padded[0])) == {"alg": "RS256", "typ": "JWT"}
        assert json.loads(base64.urlsafe_b64decode(padded[1])) == {"iat": 1_000, "exp": 1_060, "iss": "app-7"}


async def test_wrong_keys_are_input_errors() -> None:
    """The parameter is named, its value is not shown."""
    with pytest.raises(ConnectorInputError, match="parameter 0 must be an RSA private key") as error:
        await create_github_token(["hunter2", "app", "7"])

    assert "hunter2" not in str(error.value)


async def test_parameters_of_a_function_of_a_package() -> None:
    """They are positional; what has no default must be there and not be null, and there are no more than it takes."""

    async def join(first: str, second: str, sign: str = "-") -> str:
        return first + sign + second

    async def count(*values: str) -> int:
        return len(values)

    call = positional("join", join)

    assert await call(["a", "b"]) == "a-b"
    assert await call(["a", "b", "+"]) == "a+b"
    assert await positional("count", count)(["a"] * 7) == 7
    for parameters in (["a"], ["a", None]):
        with pytest.raises(ConnectorInputError, match="Parameter at index 1 is required but not provided"):
            await call(parameters)
    with pytest.raises(ConnectorInputError, match="join: there are 4 parameters, it takes 3 at most"):
        await call(["a"] * 4)


def test_a_function_that_wants_more_than_parameters() -> None:
    """It could never be called."""

    async def wrong(text: str, *, sign: str) -> str:
        return text + sign

    with pytest.raises(TypeError, match="'wrong' must do with positional arguments"):
        positional("wrong", wrong)
