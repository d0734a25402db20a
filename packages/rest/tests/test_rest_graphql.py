"""GraphQL: query and variables in body or address, errors in answers, all versions of the template."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from connectory_rest import graphql
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.testing import MemoryDocuments, operations

QUERY = "query Q($id: ID) { user(id: $id) { name } }"


@pytest.fixture
async def ask(stack: Any) -> Any:
    call = await stack.enter_async_context(operations(graphql))

    async def one(url: str, method: str = "post", *, top: dict[str, Any] | None = None, **call_: Any) -> Any:
        return await call("query", {"graphql": {"url": url, "method": method, "query": QUERY, **call_}, **(top or {})})

    return one


async def test_a_post_has_query_and_variables_in_its_body(ask: Any, peer: Any) -> None:
    """The template's small letters are taken, and the result is that of REST."""
    peer.on("/", {"body": '{"data": {"user": null}}'})

    result = await ask(peer.base, variables={"id": 1}, headers={"X-A": "1"})

    request = peer.received[0]
    assert (request.method, request.json) == ("POST", {"query": QUERY, "variables": {"id": 1}})
    assert (request.header("content-type"), request.header("x-a")) == ("application/json", "1")
    assert result["body"] == {"data": {"user": None}}


async def test_a_get_has_them_in_its_address(ask: Any, peer: Any) -> None:
    """Variables are JSON text there."""
    await ask(f"{peer.base}/g?a=1", "get", variables={"id": "ü"})

    request = peer.received[0]
    assert parse_qsl(request.target.partition("?")[2]) == [("a", "1"), ("query", QUERY), ("variables", '{"id":"ü"}')]
    assert request.body == b""


async def test_absent_variables_are_left_out(ask: Any, peer: Any) -> None:
    """Null variables are none, for POST and GET."""
    await ask(peer.base, variables=None)
    await ask(peer.base, "GET")

    assert peer.received[0].json == {"query": QUERY}
    assert "variables" not in peer.received[1].target


async def test_escapes_of_pasted_queries_are_undone(ask: Any, peer: Any) -> None:
    """The two characters of an escaped line break go, an escaped quote is a quote."""
    await ask(peer.base, query='{\\n a(b: \\"c\\") }')

    assert peer.received[0].json == {"query": '{ a(b: "c") }'}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"data": {"a": 1}, "errors": [{"message": "no"}, {"message": "nor"}]}', "no"),
        ('{"errors": [{}]}', "GraphQL response contains errors"),
        ('{"errors": ["x"]}', "GraphQL response contains errors"),
    ],
)
async def test_errors_in_an_answer_are_errors(ask: Any, peer: Any, body: str, message: str) -> None:
    """A 200 with errors fails, even with data; both are in the variables."""
    peer.on("/", {"body": body})

    with pytest.raises(ConnectorError) as caught:
        await ask(peer.base)

    assert (caught.value.message, caught.value.code) == (message, "GRAPHQL_ERROR")
    assert caught.value.variables["response"]["body"]["errors"]
    assert set(caught.value.variables["response"]) == {"body", "headers"}


@pytest.mark.parametrize("body", ['{"errors": []}', '{"errors": null}', '{"errors": "x"}', "[1]", ""])
async def test_other_answers_are_results(ask: Any, peer: Any, body: str) -> None:
    """Only a list with something in it reports errors."""
    peer.on("/", {"body": body})

    assert (await ask(peer.base))["status"] == 200


async def test_texts_are_looked_into_and_documents_are_not(ask: Any, peer: Any) -> None:
    """Errors are found in an answer as text; a stored answer is stored."""
    peer.on("/", {"body": '{"errors": [{"message": "no"}]}'})

    returned = await ask(peer.base, top={"documentReturnFormat": {"choice": "TEXT"}})
    text = b"".join([chunk async for chunk in returned.content]).decode()
    with pytest.raises(ConnectorError, match=r"^no$"):
        returned.wrap("TEXT", text)
    document = await MemoryDocuments().create(b"")

    assert returned.wrap("DOCUMENT", document)["document"] is document
    assert (await ask(peer.base, storeResponse="true"))["document"] is not None


@pytest.mark.parametrize(
    "top", [{"authentication": {"type": "bearer", "token": "t"}}, {"authentication": {"type": "bearer"}}]
)
async def test_the_first_templates_put_the_token_elsewhere(ask: Any, peer: Any, top: Any) -> None:
    """`graphql.authentication.token` counts where the usual place is empty."""
    await ask(peer.base, top=top, authentication={"token": "t"})

    assert peer.received[0].header("authorization") == "Bearer t"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"query": ""}, "graphql.query: Validation failed. Original message: must not be empty"),
        ({"query": "  "}, "graphql.query: Validation failed. Original message: must not be blank"),
        ({"query": None}, "graphql.query: Validation failed. Original message: must not be blank"),
        ({"query": None}, "graphql.query"),
        ({"url": "x"}, "graphql.url: Validation failed. Original message: Must be a http(s) URL"),
        ({"method": "HEAD"}, "graphql, method. It Must be `HttpMethod`: one of"),
        ({"variables": "x"}, "graphql, variables. It Must be `Map`"),
        ({"readTimeoutInSeconds": "0.1"}, "graphql, readTimeoutInSeconds. It Must be `Integer`"),
    ],
)
async def test_mistakes_name_the_field(ask: Any, peer: Any, call: Any, words: str) -> None:
    """Paths are those of the model."""
    with pytest.raises(ConnectorInputError) as caught:
        await ask(**{"url": peer.base, **call})

    assert words in str(caught.value)
