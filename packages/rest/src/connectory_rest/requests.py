"""What a modeller says of a REST call."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from connectory_rest.authentication import GROUP, Authentication, AuthenticationConfiguration, NoAuthentication
from connectory_rest.inputs import URL_PATTERN, Count, Flag, Inputs, Seconds, Switch, Texts, Url, choice
from connectory_sdk import Property

ENDPOINT, TIMEOUT, PAYLOAD, TLS, RESPONSE, POLICY = "endpoint", "timeout", "payload", "tls", "response", "policy"
WITH_BODY = ("POST", "PUT", "PATCH")

Method = Annotated[
    Literal["GET", "POST", "PUT", "PATCH", "DELETE"], choice("HttpMethod", "POST", "GET", "DELETE", "PATCH", "PUT")
]


def known_choice(value: Any) -> Any:
    """Refuse an unknown return format before anything is sent."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if value not in ("DOCUMENT", "TEXT", "JSON"):
        raise ValueError(f"documentReturnFormat.choice must be one of DOCUMENT, TEXT, JSON. Got: {value}")
    return value


class ReturnFormat(Inputs):
    """What becomes of the answer; without a choice, JSON objects and lists are parsed and all else is text."""

    choice: Annotated[
        Literal["JSON", "TEXT", "DOCUMENT"] | None,
        BeforeValidator(known_choice),
        Property(
            id="documentReturnFormat",
            optional=True,
            labels={"JSON": "as JSON", "TEXT": "as text", "DOCUMENT": "Document reference"},
        ),
    ] = Field(
        default=None,
        title="Response format",
        description="Empty: JSON objects and lists are parsed, everything else is text",
    )
    encoding: Annotated[
        str | None,
        Property(id="documentReturnFormatEncoding", optional=True, shown_when=("documentReturnFormat", ("TEXT",))),
    ] = Field(default=None, title="Encoding", description="Character set of the text; empty for UTF-8")

    @model_validator(mode="after")
    def known_encoding(self) -> "ReturnFormat":
        """Refuse an unknown encoding before anything is sent."""
        if self.choice == "TEXT" and self.encoding and self.encoding.strip():
            try:
                "".encode(self.encoding.strip())
            except LookupError:
                raise ValueError(f"Unsupported charset '{self.encoding}'") from None
        return self


class ClientTls(Inputs):
    """Certificates, as PEM text."""

    client_certificate: Annotated[str | None, Property(type="Text", optional=True)] = Field(
        default=None, title="Client certificate", description="PEM; may hold a chain. Needs the private key, too"
    )
    client_private_key: Annotated[SecretStr | None, Property(type="Text", optional=True)] = Field(
        default=None, title="Client private key", description="PEM, encrypted or not"
    )
    private_key_password: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None, title="Private key password", description="Only for an encrypted key"
    )
    trusted_certificate: Annotated[str | None, Property(type="Text", optional=True)] = Field(
        default=None,
        title="Trusted certificate",
        description="PEM; the server's certificate or its authority, instead of those that the system trusts",
    )


class Policy(Inputs):
    """What happens when the call fails; nothing of it is in official templates."""

    retry_on: Annotated[str | None, Property(optional=True, placeholder="408, 429, 5xx")] = Field(
        default=None,
        title="Retry on status",
        description="Only these statuses are retried, every other error is an incident at once. Empty: all are retried",
    )
    fail_on: Annotated[str | None, Property(optional=True, placeholder="400, 422")] = Field(
        default=None, title="Fail on status", description="These statuses are an incident at once, without retries"
    )
    bpmn_error_on: Annotated[str | None, Property(optional=True, placeholder="404, 409")] = Field(
        default=None,
        title="BPMN error on status",
        description="These statuses throw a BPMN error; its code is the status, such as 404",
    )
    retry_after: Annotated[Switch, Property(value=True)] = Field(
        default=None,
        title="Wait as the server says",
        description="On 429 and 503 with Retry-After or rate-limit headers, try again then; it costs no retry",
    )
    idempotency_key: Annotated[Flag, Property(value=False)] = Field(
        default=False,
        title="Send an idempotency key",
        description="Header 'Idempotency-Key', the same in all retries of the job, so that nothing is done twice",
    )
    total_timeout_in_seconds: Annotated[Seconds, Property(optional=True)] = Field(
        default=None,
        title="Total timeout",
        description="Seconds for the whole exchange with redirects and body; empty or 0 for no limit",
    )
    max_response_bytes: Annotated[Count, Property(optional=True)] = Field(
        default=None, title="Largest answer", description="In bytes; a longer one is an error. Empty or 0 for no limit"
    )
    max_request_bytes: Annotated[Count, Property(optional=True)] = Field(
        default=None, title="Largest request", description="In bytes; a longer body is not sent. Empty or 0: no limit"
    )


class RestRequest(Inputs):
    """One call of a REST service."""

    authentication: Annotated[Authentication | None, Property(group=GROUP)] = Field(
        default=NoAuthentication(), title="Type", description="How the request says who sends it"
    )
    authentication_configuration: Annotated[AuthenticationConfiguration | None, Property(hidden=True)] = None
    method: Annotated[Method, Property(group=ENDPOINT, value="GET")] = Field(
        title="Method", description="HTTP method of the request"
    )
    url: Annotated[Url, Property(group=ENDPOINT, pattern=URL_PATTERN)] = Field(
        title="URL", description="Address to call, starting with http:// or https://"
    )
    headers: Annotated[Texts | None, Property(group=ENDPOINT, feel="required", optional=True)] = Field(
        default=None, title="Headers", description="Map of header names to values"
    )
    query_parameters: Annotated[Texts | None, Property(group=ENDPOINT, feel="required", optional=True)] = Field(
        default=None, title="Query parameters", description="Map of names to values, added to those in the URL"
    )
    query_paramters: Annotated[Texts | None, Property(hidden=True)] = None  # so spelled by an early template
    skip_encoding: Annotated[str | None, Property(hidden=True)] = None
    follow_redirects: Annotated[Flag, Property(group=ENDPOINT, value=False)] = Field(
        default=False, title="Follow redirects", description="Follow answers that name another address, up to 50"
    )
    connection_timeout_in_seconds: Annotated[Seconds, Property(group=TIMEOUT, value=20)] = Field(
        default=None, title="Connection timeout", description="Seconds to connect; 0 for no limit"
    )
    read_timeout_in_seconds: Annotated[Seconds, Property(group=TIMEOUT, value=20)] = Field(
        default=None, title="Read timeout", description="Longest silence of the server in seconds; 0 for no limit"
    )
    body: Annotated[
        Any,
        Property(
            group=PAYLOAD, type="Text", feel="optional", optional=True, shown_when=("method", ("POST", "PUT", "PATCH"))
        ),
    ] = Field(
        default=None,
        title="Request body",
        description="JSON, form fields or parts (by the header Content-Type), text, or documents",
    )
    ignore_null_values: Annotated[
        Flag, Property(group=PAYLOAD, value=False, shown_when=("method", ("POST", "PUT", "PATCH")))
    ] = Field(default=False, title="Ignore null values", description="Leave members that are null out of a JSON body")
    client_tls: Annotated[ClientTls | None, Property(group=TLS)] = None
    document_return_format: Annotated[ReturnFormat | None, Property(group=RESPONSE)] = None
    store_response: Annotated[Flag, Property(hidden=True)] = False
    # A job sees all variables of its process, and many a process has a "policy" of its own.
    connectory_policy: Annotated[Policy | None, Property(group=POLICY)] = None

    @property
    def identity(self) -> Authentication | None:
        """Who sends the request: a reusable credential counts more than what stands in the element."""
        configured = self.authentication_configuration
        return configured.authentication if configured and configured.authentication else self.authentication
