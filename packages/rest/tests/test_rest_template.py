"""Our templates, and what the official ones of all versions write."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectory_rest import connectory_connectors, graphql, polling, rest
from connectory_sdk import Connector
from connectory_sdk.testing import ConnectorTests, operations


class TestRest(ConnectorTests):
    connector = rest
    templates = Path(__file__).parents[1] / "src" / "connectory_rest" / "templates"
    example: ClassVar[dict[str, Any]] = {
        "request": {
            "method": "POST",
            "url": "https://api.example.com/orders",
            "authentication": {
                "type": "oauth-client-credentials-flow",
                "oauthTokenEndpoint": "https://login.example.com/token",
                "clientId": "shop",
                "clientSecret": "s3cret",
                "clientAuthentication": "basicAuthHeader",
            },
            "body": {"id": 1},
            "clientTls": {"clientPrivateKey": "k3y", "privateKeyPassword": "passw0rd"},
        }
    }


class TestGraphql(ConnectorTests):
    connector = graphql
    templates = Path(__file__).parents[1] / "src" / "connectory_rest" / "templates"
    example: ClassVar[dict[str, Any]] = {
        "query": {
            "graphql": {"method": "POST", "url": "https://api.example.com/graphql", "query": "{ me { id } }"},
            "authentication": {"type": "bearer", "token": "t0ken"},
        }
    }


class TestPolling(ConnectorTests):
    connector = polling
    templates = Path(__file__).parents[1] / "src" / "connectory_rest" / "templates"
    inbound_example: ClassVar[dict[str, Any]] = {
        "io.camunda:http-polling:1": {
            "method": "GET",
            "url": "https://api.example.com/orders/1",
            "authentication": {"type": "bearer", "token": "t0ken"},
        }
    }


def test_both_connectors_are_found() -> None:
    """The hook gives REST and GraphQL under Camunda's job types."""
    found = {each.id: each.type for each in connectory_connectors()}

    assert found["connectory.rest.outbound"] == "io.camunda:http-json:1"
    assert found["connectory.rest.graphql"] == "io.camunda:connector-graphql:1"


def test_no_http_library_is_imported_before_it_is_needed() -> None:
    """Listing connectors must not load what calls need."""
    costly = ["httpx", "aiohttp", "yarl", "idna", "certifi"]
    code = f"import sys, connectory_rest; print([name for name in {costly} if name in sys.modules])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


OFFICIAL = os.environ.get("CONNECTORY_OFFICIAL_TEMPLATES")
UNREAD = {"groupSetCookieHeaders", "writeTimeoutInSeconds"}  # of these Camunda's runtime makes nothing either
CONDITION = re.compile(r"(\S+) (?:==|in) (.*)")
CREDENTIALS = {
    "basic": "Basic dXNlcjpwYXNz",
    "bearer": "Bearer token",
    "oauth-client-credentials-flow": "Bearer T",
    "oauth-refresh-token": "Bearer T",
}


def official(kind: str) -> list[Any]:
    """Return all published versions of a template, each with each of its authentications."""
    if not OFFICIAL:
        return [pytest.param(None, "", marks=pytest.mark.skip(reason="CONNECTORY_OFFICIAL_TEMPLATES is not set"))]
    return [
        pytest.param(template, choice, id=f"{template['id']}-{template['version']}-{choice}")
        for template in json.loads(Path(OFFICIAL).read_text())["templates"]
        if template["connector"] == kind
        for choice in next(
            (
                each["choices"]
                for each in template["properties"]
                if each["binding"] == "authentication.type" and "choices" in each
            ),
            [""],
        )
    ]


def filled(template: Any, choice: str, base: str) -> dict[str, Any]:
    """Return the variables that a template writes: its defaults, and samples where a user must write something."""
    samples = {
        "url": f"{base}/x", "graphql.url": f"{base}/x", "graphql.query": "{ a }", "authentication.username": "user",
        "authentication.password": "pass", "authentication.token": "token", "graphql.authentication.token": "token",
        "authentication.oauthTokenEndpoint": f"{base}/token", "authentication.clientId": "id",
        "authentication.clientSecret": "secret", "authentication.clientAuthentication": "credentialsBody",
        "authentication.refreshToken": "refresh", "authentication.name": "X-Key", "authentication.value": "key",
        "authentication.apiKeyLocation": "headers", "headers": {"X-A": 1}, "queryParameters": {"q": None},
        "documentReturnFormat.choice": "JSON",
    }  # fmt: skip
    shown: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    for each in template["properties"]:
        if condition := each.get("condition"):
            target, wanted = CONDITION.fullmatch(condition).groups()
            if shown.get(target) not in (wanted if isinstance(wanted := json.loads(wanted), list) else [wanted]):
                continue
        value = choice if each["binding"] == "authentication.type" and choice else each.get("default")
        value = samples.get(each["binding"]) if value is None else value
        shown[each.get("id")] = value
        if each["bindingType"] == "zeebe:input" and value is not None:
            *path, last = each["binding"].split(".")
            inside = variables
            for part in path:
                inside = inside.setdefault(part, {})
            inside[last] = value
    return variables


@pytest.mark.parametrize(
    ("template", "choice", "connector"),
    [
        *(pytest.param(*each.values, rest, id=each.id, marks=each.marks) for each in official("rest")),
        *(pytest.param(*each.values, graphql, id=each.id, marks=each.marks) for each in official("graphql")),
    ],
)
async def test_every_published_template_works(
    template: Any, choice: str, connector: Connector[Any], peer: Any, stack: Any
) -> None:
    """A task that any version made, with any authentication, makes the call that it made under Camunda's runtime."""
    call = await stack.enter_async_context(operations(connector))
    peer.on("/token", {"body": '{"access_token": "T"}'})
    variables = filled(template, choice, peer.base)
    kind = choice or variables.get("authentication", {}).get("type", "noAuth")

    await call(next(iter(connector.operations)), variables)

    request = peer.received[-1]
    assert request.header("authorization") == CREDENTIALS.get(kind)
    assert request.header("x-key") == ("key" if kind == "apiKey" else None)
    assert {name.partition(".")[0] for name in bound(template)} - UNREAD <= set(connector.input_variables)


def bound(template: Any) -> set[str]:
    """Return the variables that any revision of a template writes."""
    properties = [*template["properties"], *(template.get("otherRevisionsAlsoBind") or [])]
    return {each["binding"] for each in properties if each["bindingType"] == "zeebe:input"}


async def test_an_early_slip_of_the_pen_is_read(send: Any, peer: Any) -> None:
    """One revision of the first templates wrote `queryParamters`."""
    await send(peer.base, queryParamters={"a": 1})

    assert peer.received[0].target == "/?a=1"
