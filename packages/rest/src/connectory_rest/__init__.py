"""REST and GraphQL: call services over HTTP.

A request is built from the model (`outgoing`: address, headers, body) and sent over connections that live as long as
the runtime (`exchange`, `clients`, `transport`). Its answer becomes the result of the job (`answers`), or an error with
the code and variables that models know (`failures`, `policy`). Tokens are fetched once for all jobs (`tokens`).

`polling` asks again and again while a process waits.

What only a job needs, the HTTP libraries among it, is imported when the first one comes, not with this module.
"""

from typing import Any

from connectory_rest import icons
from connectory_rest.authentication import AuthenticationConfiguration, ClientCredentials, RefreshToken
from connectory_rest.graphql import GraphqlRequest, as_rest, without_errors
from connectory_rest.polling import polling
from connectory_rest.requests import ENDPOINT, PAYLOAD, POLICY, RESPONSE, TIMEOUT, TLS, RestRequest
from connectory_rest.state import Http, lifespan
from connectory_sdk import Connector, ConnectorInputError, Group, JobContext, hookimpl
from connectory_sdk.documents import DocumentReturn

__all__ = ["Http", "connectory_connectors", "graphql", "lifespan", "polling", "query", "rest", "send_request"]

GROUPS = (
    Group("authentication", "Authentication"),
    Group(ENDPOINT, "HTTP endpoint"),
    Group(TIMEOUT, "Timeouts"),
    Group(PAYLOAD, "Payload"),
    Group(TLS, "TLS", tooltip="Certificates, where the server or your network asks for them"),
    Group(RESPONSE, "Response"),
    Group(POLICY, "Failures and limits", tooltip="What an error status means, waiting, and limits"),
)

ERRORS = {
    "404, 500 and so on": "the service answered with this status; error.variables.response has headers and body",
    "408": "no connection in time, silence, refused, unknown host, or broken off",
    "SSL_HANDSHAKE_FAILED": "the server's certificate is not trusted, or it does not take ours",
    "OAUTH_TOKEN_ERROR": "the token endpoint gave no token",
    "OAUTH_REFRESH_TOKEN_EXPIRED": "the refresh token is no longer valid: log in again and store the new one",
    "RESPONSE_TOO_LARGE": "the answer is over the limit that the message names",
}

rest = Connector(
    id="connectory.rest.outbound",
    name="HTTP REST",
    title="REST call",
    type="io.camunda:http-json:1",
    version=1,
    description="Call a REST service over HTTP",
    lifespan=lifespan,
    groups=GROUPS,
    icon=icons.REST,
    keywords=("rest", "http", "api", "call", "webservice", "json"),
    errors=ERRORS,
    example=(
        'Method: GET\nURL: ="https://shop.example.com/orders/" + orderId\nAuthentication: Bearer token\n'
        "Bearer token: {{secrets.SHOP_TOKEN}}\nResult expression: ={state: response.body.state}"
    ),
)

graphql = Connector(
    id="connectory.rest.graphql",
    name="GraphQL",
    title="GraphQL call",
    type="io.camunda:connector-graphql:1",
    version=1,
    description="Call a GraphQL service over HTTP",
    lifespan=lifespan,
    groups=tuple(group for group in GROUPS if group.id != TLS),
    icon=icons.GRAPHQL,
    keywords=("graphql", "http", "api", "query", "mutation"),
    errors={"GRAPHQL_ERROR": "the answer has errors, also with status 200 and data beside them", **ERRORS},
    example=(
        "Method: POST\nURL: https://shop.example.com/graphql\nQuery: query order($id: ID!) { order(id: $id) { state } }"
        "\nVariables: ={id: orderId}\nResult expression: ={state: response.body.data.order.state}"
    ),
)


@rest.operation("request", name="Send request")
async def send_request(request: RestRequest, job: JobContext[Http]) -> dict[str, Any] | DocumentReturn:
    """Send a request.

    Returns:
        status, headers, body, reason and document of the answer
    """
    from connectory_rest.calls import call

    return await call(request, job)


@graphql.operation("query", name="Send query")
async def query(request: GraphqlRequest, job: JobContext[Http]) -> dict[str, Any] | DocumentReturn:
    """Send a query or mutation; errors that the service reports in its answer are errors of the job.

    Returns:
        status, headers, body, reason and document of the answer; the data is body.data
    """
    from connectory_rest.calls import call

    return await call(as_rest(request), job, check=without_errors)


@rest.configuration("io.camunda.connectors:rest-authentication:1")
async def check_authentication(credential: AuthenticationConfiguration, http: Http) -> None:
    """Ask for a token where the credential is for OAuth; the other kinds say nothing of the service they are for."""
    grant = credential.authentication
    if grant is None:
        raise ConnectorInputError("authentication: the configuration holds none")
    if isinstance(grant, ClientCredentials | RefreshToken):
        await http.tokens.check(grant)


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the connectors of this distribution."""
    return [rest, graphql, polling]
