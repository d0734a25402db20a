"""What a modeller says of a GraphQL call, and what its answer means."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from connectory_rest.authentication import GROUP, Authentication, AuthenticationConfiguration, NoAuthentication
from connectory_rest.inputs import URL_PATTERN, Flag, Inputs, Seconds, Texts, Url
from connectory_rest.requests import (
    ENDPOINT,
    PAYLOAD,
    POLICY,
    RESPONSE,
    TIMEOUT,
    WITH_BODY,
    Method,
    Policy,
    RestRequest,
    ReturnFormat,
)
from connectory_sdk import ConnectorError, Property
from connectory_sdk.texts import NotBlank


class Query(Inputs):
    """The call itself."""

    method: Annotated[Method, Property(group=ENDPOINT, value="POST")] = Field(
        title="Method", description="POST sends query and variables in the body, GET in the address"
    )
    url: Annotated[Url, Property(group=ENDPOINT, pattern=URL_PATTERN)] = Field(
        title="URL", description="Address of the GraphQL service"
    )
    headers: Annotated[Texts | None, Property(group=ENDPOINT, feel="required", optional=True)] = Field(
        default=None, title="Headers", description="Map of header names to values"
    )
    query: Annotated[str, NotBlank, Property(group=PAYLOAD, type="Text")] = Field(
        title="Query or mutation", description="GraphQL document", min_length=1
    )
    variables: Annotated[dict[str, Any] | None, Property(group=PAYLOAD, feel="required", optional=True)] = Field(
        default=None, title="Variables", description="Map of the document's variables"
    )
    connection_timeout_in_seconds: Annotated[Seconds, Property(group=TIMEOUT, value=20)] = Field(
        default=None, title="Connection timeout", description="Seconds to connect; 0 for no limit"
    )
    read_timeout_in_seconds: Annotated[Seconds, Property(group=TIMEOUT, value=20)] = Field(
        default=None, title="Read timeout", description="Longest silence of the server in seconds; 0 for no limit"
    )
    store_response: Annotated[Flag, Property(hidden=True)] = False


class GraphqlRequest(Inputs):
    """One call of a GraphQL service."""

    authentication: Annotated[Authentication | None, Property(group=GROUP)] = Field(
        default=NoAuthentication(), title="Type", description="How the request says who sends it"
    )
    authentication_configuration: Annotated[AuthenticationConfiguration | None, Property(hidden=True)] = None
    graphql: Query
    document_return_format: Annotated[ReturnFormat | None, Property(group=RESPONSE)] = None
    connectory_policy: Annotated[Policy | None, Property(group=POLICY)] = None

    @model_validator(mode="before")
    @classmethod
    def old_token(cls, data: Any) -> Any:
        """Accept the place where the first three templates put a bearer token."""
        if not isinstance(data, Mapping):
            return data
        chosen, call = data.get("authentication"), data.get("graphql")
        old = call.get("authentication") if isinstance(call, Mapping) else None
        if isinstance(chosen, Mapping) and chosen.get("type") == "bearer" and isinstance(old, Mapping):
            token = chosen.get("token") or old.get("token")
            return {**data, "authentication": {**chosen, "token": token}}
        return data


def as_rest(request: GraphqlRequest) -> RestRequest:
    """Return the REST request that carries a GraphQL query."""
    call = request.graphql
    query = call.query.replace("\\n", "").replace(
        '\\"', '"'
    )  # as Camunda does: texts with escapes pasted from elsewhere
    with_body = call.method in WITH_BODY
    body: dict[str, Any] = {"query": query}
    if call.variables is not None:
        body["variables"] = call.variables
    return RestRequest.model_construct(
        authentication=request.authentication,
        authentication_configuration=request.authentication_configuration,
        method=call.method,
        url=call.url,
        headers=call.headers,
        query_parameters=None if with_body else {**body, **as_text(call.variables)},
        body=body if with_body else None,
        connection_timeout_in_seconds=call.connection_timeout_in_seconds,
        read_timeout_in_seconds=call.read_timeout_in_seconds,
        document_return_format=request.document_return_format,
        store_response=call.store_response,
        connectory_policy=request.connectory_policy,
    )


def as_text(variables: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the variables as they stand in an address."""
    if variables is None:
        return {}
    return {"variables": json.dumps(variables, ensure_ascii=False, separators=(",", ":"))}


def without_errors(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result, unless the service reports errors in it.

    Raises:
        ConnectorError: It does, also where it gave data as well.
    """
    body = result["body"]
    from connectory_rest.answers import structure

    content = structure(body) if isinstance(body, str) else body
    errors = content.get("errors") if isinstance(content, Mapping) else None
    if not isinstance(errors, list) or not errors:
        return result
    first = errors[0]
    message = first.get("message") if isinstance(first, Mapping) else None
    raise ConnectorError(
        message if isinstance(message, str) and message else "GraphQL response contains errors",
        code="GRAPHQL_ERROR",
        variables={"response": {"body": content, "headers": result["headers"]}},
    )
