"""Reusable credentials are tried before a process uses them: value from the cluster, secrets, the connector's check."""

import http.server
import json
import logging
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from connectory_engine.testing import LocalEngine
from connectory_runtime.testing import LocalRuntime, serving
from connectory_sdk import Connector, ConnectorError, ConnectorInputError

SECRETS = {"KEY": "right-key", "WRONG": "wr0ng-key"}

REST = "io.camunda.connectors:rest-authentication:1"


class Key(BaseModel):
    key: SecretStr
    region: str = "eu"


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> Any:
    """Yield the key that the service takes."""
    yield "right-key"


def ledger(id: str = "acme.ledger.outbound") -> Connector[Any]:
    """Make a connector that checks its keys."""
    connector: Connector[Any] = Connector(id=id, name="Ledger", type=id, version=1, lifespan=lifespan)

    @connector.configuration("acme:ledger:1")
    async def check(credential: Key, state: str) -> None:
        given = credential.key.get_secret_value()
        if credential.region == "moon":
            raise ConnectorInputError("there is no region 'moon'")
        if credential.region == "sea":
            raise RuntimeError(f"lost {given}")
        if credential.region == "far":
            raise ConnectorError("no connection", code="408")
        if given != state:
            raise ConnectorError(f"{given} was refused", code="401")

    return connector


@pytest.fixture
def runtime(local_engine: LocalEngine) -> Iterator[LocalRuntime]:
    """A runtime with that connector beside a local engine."""
    with serving(local_engine, connectors=[ledger()], secrets=SECRETS) as running:
        yield running


def validate(runtime: LocalRuntime, reference: Any, id: Any = "acme:ledger:1", **more: Any) -> Any:
    """Ask whether a credential works."""
    body = json.dumps({"credentialId": id, "credentialRef": reference, "tenantId": "<default>", **more}).encode()
    address = f"{runtime.address}/configurations/validate"
    with urllib.request.urlopen(urllib.request.Request(address, body)) as answer:
        return json.load(answer)


@pytest.mark.parametrize(
    ("reference", "code", "message"),
    [
        ('={key: "{{secrets.WRONG}}"}', "UNAUTHORIZED", "The credential was refused"),
        ('={region: "eu"}', "INVALID_INPUT", "The configuration is not valid"),
        ('={key: "{{secrets.KEY}}", region: "moon"}', "INVALID_INPUT", "The configuration is not valid"),
        ('="right-key"', "INVALID_INPUT", "The configuration is not valid"),
        ("=camunda.vars.env.nowhere", "RESOLUTION_ERROR", "The configuration could not be resolved"),
        ("=1 +", "RESOLUTION_ERROR", "The configuration could not be resolved"),
        ('={key: "{{secrets.NOBODY}}"}', "RESOLUTION_ERROR", "The configuration could not be resolved"),
        ('={key: "{{secrets.WRONG}}", region: "sea"}', "ERROR", "The configuration could not be checked"),
        ('={key: "{{secrets.WRONG}}", region: "far"}', "ERROR", "The configuration could not be checked"),
    ],
)
def test_what_does_not_work(
    runtime: LocalRuntime, caplog: pytest.LogCaptureFixture, reference: str, code: str, message: str
) -> None:
    """The caller gets a code and a general sentence, the log a line with the reason, and neither a secret."""
    answer = validate(runtime, reference)

    assert answer == {"status": "FAILURE", "code": code, "message": message}
    (line,) = [one.getMessage() for one in caplog.records if one.getMessage().startswith("configuration ")]
    assert line.startswith(f"configuration 'acme:ledger:1': {code}: ")
    assert "wr0ng-key" not in line


@pytest.mark.parametrize("reference", ['={key: "{{secrets.KEY}}"}', '{key: "secrets.KEY"}', '={key: ["right-key"]}'])
def test_what_works(runtime: LocalRuntime, reference: str) -> None:
    """Bound as a job's variables are, with both notations of secrets."""
    assert validate(runtime, reference) == {"status": "SUCCESS"}


def test_what_cannot_be_asked(runtime: LocalRuntime) -> None:
    """A kind nobody knows is unsupported; a question with parts missing, or for another engine, is invalid."""
    assert validate(runtime, "=1", id="acme:unknown:1")["status"] == "UNSUPPORTED"
    for answer in (validate(runtime, None), validate(runtime, " "), validate(runtime, "=1", id=7)):
        assert (answer["status"], answer["code"]) == ("FAILURE", "INVALID_INPUT")
    assert validate(runtime, '={key: "right-key"}', physicalTenantId="default") == {"status": "SUCCESS"}
    assert validate(runtime, '={key: "right-key"}', physicalTenantId="other")["code"] == "INVALID_INPUT"


def test_two_checks_of_one_kind(local_engine: LocalEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Never silently the first or the last: neither, and the log names both."""
    both = [ledger("acme.one.outbound"), ledger("acme.two.outbound")]
    with caplog.at_level(logging.WARNING), serving(local_engine, connectors=both, secrets=SECRETS) as runtime:
        answer = validate(runtime, '={key: "right-key"}')

    assert answer["status"] == "UNSUPPORTED"
    assert "checked by both acme.one.outbound and acme.two.outbound" in caplog.text


def token_endpoint(status: int, answer: Mapping[str, Any]) -> http.server.HTTPServer:
    """Return a server that answers as an OAuth server does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None: ...

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (200, {"access_token": "t", "expires_in": 60}, ("SUCCESS", None)),
        (401, {"error": "invalid_client"}, ("FAILURE", "UNAUTHORIZED")),
        (400, {"error": "invalid_grant"}, ("FAILURE", "UNAUTHORIZED")),
        (503, {}, ("FAILURE", "ERROR")),
    ],
)
def test_oauth_of_rest(
    local_engine: LocalEngine, status: int, said: Mapping[str, Any], expected: tuple[str, str | None]
) -> None:
    """The token endpoint is asked."""
    server = token_endpoint(status, said)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    grant = (
        '={authentication: {type: "oauth-client-credentials-flow", clientId: "i", clientSecret: "{{secrets.KEY}}", '
        f'clientAuthentication: "basicAuthHeader", oauthTokenEndpoint: "http://127.0.0.1:{server.server_port}/token"}}}}'
    )
    try:
        with serving(local_engine, connectors=["rest"], secrets=SECRETS) as runtime:
            answer = validate(runtime, grant, id=REST)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert (answer["status"], answer.get("code")) == expected


def test_other_credentials_of_rest(local_engine: LocalEngine) -> None:
    """Of what is for no token endpoint, only the form can be wrong."""
    with serving(local_engine, connectors=["rest"], secrets=SECRETS) as runtime:
        bearer = validate(runtime, '={authentication: {type: "bearer", token: "{{secrets.KEY}}"}}', id=REST)
        empty = validate(runtime, "={}", id=REST)

    assert bearer == {"status": "SUCCESS"}
    assert empty["code"] == "INVALID_INPUT"
