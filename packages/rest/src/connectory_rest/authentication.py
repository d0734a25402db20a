"""How a request says who sends it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr

from connectory_rest.inputs import URL_PATTERN, Inputs, Url, choice
from connectory_sdk import Property

GROUP = "authentication"
EMPTY_PASSWORD = "SPEC_PASSWORD_EMPTY_PATTERN"


def known_client_authentication(value: Any) -> Any:
    """Say in the reference's words what is wrong with a client authentication."""
    if value == "":
        raise ValueError("must not be empty")
    if isinstance(value, str) and value not in ("basicAuthHeader", "credentialsBody"):
        raise ValueError(
            f"Unsupported client authentication method: {value}. Please use either 'basicAuthHeader' or"
            " 'credentialsBody'."
        )
    return value


class NoAuthentication(Inputs):
    """Nobody in particular."""

    model_config = ConfigDict(title="None")
    type: Literal["noAuth"] = "noAuth"

    def __deepcopy__(self, memo: object = None) -> "NoAuthentication":
        """Return itself: pydantic copies defaults for each request, and there is nothing to keep apart."""
        return self


class Basic(Inputs):
    """User and password."""

    model_config = ConfigDict(title="Basic")
    type: Literal["basic"]
    username: str = Field(title="Username", description="Name of the user", min_length=1)
    password: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None, title="Password", description="Password of the user; empty for none"
    )

    def secret(self) -> str:
        """Return the password; several spellings mean an empty one."""
        password = self.password.get_secret_value() if self.password else ""
        return "" if password == EMPTY_PASSWORD else password


class Bearer(Inputs):
    """A token that somebody else obtained."""

    model_config = ConfigDict(title="Bearer token")
    type: Literal["bearer"]
    token: SecretStr = Field(title="Bearer token", description="Sent as 'Authorization: Bearer ...'", min_length=1)


class ApiKey(Inputs):
    """A key in a header or in the query."""

    model_config = ConfigDict(title="API key")
    type: Literal["apiKey"]
    api_key_location: Annotated[
        Literal["headers", "query"],
        choice("ApiKeyLocation", "headers", "query"),
        Property(value="headers", labels={"headers": "Headers", "query": "Query parameters"}),
    ] = Field(title="API key location", description="Where the key is sent")
    name: str = Field(title="API key name", description="Name of the header or query parameter", min_length=1)
    value: SecretStr = Field(title="API key value", description="The key itself", min_length=1)


class ClientCredentials(Inputs):
    """OAuth 2.0: the client itself asks for a token."""

    model_config = ConfigDict(title="OAuth 2.0 client credentials")
    type: Literal["oauth-client-credentials-flow"]
    oauth_token_endpoint: Annotated[Url, Property(pattern=URL_PATTERN)] = Field(
        title="OAuth 2.0 token endpoint", description="Address that gives tokens", min_length=1
    )
    client_id: str = Field(title="Client ID", description="Id of your application", min_length=1)
    client_secret: SecretStr = Field(title="Client secret", description="Secret of your application", min_length=1)
    audience: Annotated[str | None, Property(optional=True)] = Field(
        default=None, title="Audience", description="The API that the token is for"
    )
    client_authentication: Annotated[
        Literal["basicAuthHeader", "credentialsBody"],
        BeforeValidator(known_client_authentication),
        Property(
            value="basicAuthHeader",
            labels={
                "basicAuthHeader": "Send client credentials as Basic header",
                "credentialsBody": "Send client credentials in the body",
            },
        ),
    ] = Field(
        title="Client authentication", description="How id and secret are sent to the token endpoint", min_length=1
    )
    scopes: Annotated[str | None, Property(optional=True)] = Field(
        default=None, title="Scopes", description="What the token shall allow, blanks between"
    )


class RefreshToken(Inputs):
    """OAuth 2.0: a user agreed once; the refresh token stands for that."""

    model_config = ConfigDict(title="OAuth 2.0 refresh token")
    type: Literal["oauth-refresh-token"]
    oauth_token_endpoint: Annotated[
        Url, Property(id="authentication.oauthRefreshToken.oauthTokenEndpoint", pattern=URL_PATTERN)
    ] = Field(title="OAuth 2.0 token endpoint", description="Address that gives tokens", min_length=1)
    client_id: Annotated[str, Property(id="authentication.oauthRefreshToken.clientId")] = Field(
        title="Client ID", description="Id of your application", min_length=1
    )
    client_secret: Annotated[
        SecretStr | None, Property(id="authentication.oauthRefreshToken.clientSecret", optional=True)
    ] = Field(default=None, title="Client secret", description="Secret of your application, if it has one")
    refresh_token: Annotated[SecretStr, Property(id="authentication.oauthRefreshToken.refreshToken")] = Field(
        title="Refresh token", description="The token that was given when the user agreed", min_length=1
    )
    scopes: Annotated[str | None, Property(id="authentication.oauthRefreshToken.scopes", optional=True)] = Field(
        default=None, title="Scopes", description="What the token shall allow, blanks between"
    )


OAuth = ClientCredentials | RefreshToken
Authentication = Annotated[
    NoAuthentication | Basic | Bearer | ApiKey | ClientCredentials | RefreshToken, Field(discriminator="type")
]


class AuthenticationConfiguration(Inputs):
    """A reusable credential; where it holds an authentication, that one counts."""

    authentication: Authentication | None = None
