"""Signatures made by openssl, not by our own code, over HTTP: each algorithm, encoding and scope."""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

KEY = "k&y of the shöp"
FORM = "application/x-www-form-urlencoded"
SETTINGS = {
    "inbound.type": "io.camunda:webhook:1",
    "inbound.context": "signed",
    "deduplicationMode": "AUTO",
    "inbound.shouldValidateHmac": "enabled",
    "inbound.hmacSecret": "{{secrets.KEY}}",
    "inbound.hmacHeader": "X-Signature",
}


def digest(content: bytes, algorithm: str = "sha256") -> bytes:
    """What ``openssl dgst -sha256 -hmac KEY -binary`` prints."""
    command = ["openssl", "dgst", f"-{algorithm}", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.encode().hex()}", "-binary"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def base64(content: bytes) -> str:
    """What ``openssl base64 -A`` prints."""
    return subprocess.run(["openssl", "base64", "-A"], input=content, capture_output=True, check=True).stdout.decode()


@dataclass(frozen=True)
class Case:
    """A call, and what its sender signs; ``URL`` stands for the address without query."""

    name: str
    scopes: str
    signed: bytes
    method: str = "POST"
    query: str = ""
    body: bytes = b""
    kind: str = "application/json"


BODY = b'{"b": "\xc3\xa4 1", "a": "x y"}'
CASES = [
    Case("body", "", BODY, body=BODY),
    Case("body, spaces kept", '=["body"]', b'{ "a" :\n1}', body=b'{ "a" :\n1}'),
    Case("empty body", "body", b""),
    Case("xml", "BODY", b"<a>1</a>", body=b"<a>1</a>", kind="text/xml"),
    Case("url and form", '=["url", "body"]', b"URLFrom+49 1To+4&8", body=b"To=%2B4%268&From=%2B49+1", kind=FORM),
    Case("url and form with charset", "url,body", b"URLa1b2", body=b"b=2&a=1", kind=f"{FORM}; charset=UTF-8"),
    Case("url and object of texts", "body,url", "URLax ybä 1".encode(), body=BODY),
    Case("url and array", '["url","body"]', b'URL[1,"x",{"a":null}]', body=b'[1, "x", {"a": null}]'),
    Case("url and number", '["url","body"]', b"URL42", body=b" 42 "),
    Case("url and no body", '["url","body"]', b"URL"),
    Case("url, query not signed", '["url","body"]', b"URLa1", query="?z=1", body=b'{"a":"1"}'),
    Case("parameters", '=["url","parameters"]', b"URL?a=1", "GET", query="?a=1"),
    Case("parameters in the order of the request", "url,parameters", b"URL?b=2&a=1&c=3", "GET", query="?b=2&a=1&c=3"),
    Case("parameters encoded", "url,parameters", b"URL?q=x+y%26z&e=", "GET", query="?q=x%20y%26z&e"),
    Case("parameters of a post", "url,parameters", b"URL?a=1", query="?a=1", body=b'{"x":"y"}'),
    Case("all of a get", "url,body,parameters", b"URL?a=1", "GET", query="?a=1"),
    Case("all of a post", "url,body,parameters", b"URLxy", query="?a=1", body=b'{"x":"y"}'),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_what_callers_sign(start: Any, models: Any, case: Case) -> None:
    """Each scope's bytes are those of the contract; one byte more is refused."""
    values = {**SETTINGS, "inbound.hmacScopes": case.scopes} if case.scopes else SETTINGS
    async with start(secrets={"KEY": KEY}) as side:
        await side.deploy(models.started("signed", values, task=False))

        async def call(content: bytes) -> int:
            url = f"{side.runtime.address}/inbound/signed"
            signature = digest(content.replace(b"URL", url.encode())).hex()
            headers = {"x-signature": signature, "content-type": case.kind}
            answer = await side.http.request(case.method, url + case.query, content=case.body, headers=headers)
            return int(answer.status_code)

        assert [await call(case.signed), await call(case.signed + b"x")] == [200, 401]
        assert len(side.variables("signed")) == 1


@pytest.mark.parametrize(("setting", "algorithm"), [("sha_1", "sha1"), ("sha_256", "sha256"), ("sha_512", "sha512")])
async def test_algorithms_and_encodings(start: Any, models: Any, setting: str, algorithm: str) -> None:
    """Hex, tagged hex and base64; not the digest of another algorithm, a part of it, or nothing."""
    async with start(secrets={"KEY": KEY}) as side:
        await side.deploy(models.started("signed", {**SETTINGS, "inbound.hmacAlgorithm": setting}, task=False))

        async def call(*given: str) -> int:
            headers = [(b"content-type", b"application/json"), *((b"X-Signature", g.encode("latin-1")) for g in given)]
            return int((await side.http.post("/inbound/signed", content=BODY, headers=headers)).status_code)

        right = digest(BODY, algorithm)
        other = digest(BODY, "sha384")
        accepted = [right.hex(), f"{algorithm}={right.hex()}", base64(right)]
        refused = [
            right.hex()[:-1],
            base64(right)[:-2],
            f"a=b={right.hex()}",
            other.hex(),
            base64(other),
            "",
            "=",
            "\xe4",
        ]

        assert [await call(given) for given in accepted] == [200] * 3
        assert [await call(given) for given in refused] == [401] * len(refused)
        assert await call() == 401
        assert len(side.variables("signed")) == 3


async def test_the_address_behind_a_proxy(start: Any, models: Any) -> None:
    """Scheme and host that the caller used are those that the proxy says."""
    values = {**SETTINGS, "inbound.hmacScopes": "url,body"}
    async with start(secrets={"KEY": KEY}) as side:
        await side.deploy(models.started("signed", values, task=False))
        headers = {
            "x-signature": digest(b"https://hooks.example.com/inbound/signeda1").hex(),
            "x-forwarded-proto": "https",
            "x-forwarded-host": "hooks.example.com",
        }

        behind = await side.http.post("/inbound/signed", json={"a": "1"}, headers=headers)
        direct = await side.http.post(
            "/inbound/signed", json={"a": "1"}, headers={"x-signature": headers["x-signature"]}
        )

        assert [behind.status_code, direct.status_code] == [200, 401]


async def test_github_s_own_example(start: Any, models: Any) -> None:
    """The values that GitHub's documentation gives for testing an implementation."""
    content = b"Hello, World!"
    values = {**SETTINGS, "inbound.hmacHeader": "X-Hub-Signature-256"}
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    async with start(secrets={"KEY": "It's a Secret to Everybody"}) as side:
        await side.deploy(models.started("signed", values, task=False))

        headers = {"x-hub-signature-256": signature, "content-type": "text/xml"}
        answer = await side.http.post("/inbound/signed", content=content, headers=headers)

        assert answer.status_code == 200
