"""Who asks: a token, an app, a user who has agreed before, or a webhook's address."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from connectory_sdk import Property
from connectory_sdk.texts import NotBlank
from connectory_teams.values import Id, blank_is_absent

Secret = Annotated[SecretStr, NotBlank]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(blank_is_absent)]


class Kind(BaseModel, defer_build=True):
    """A kind of authentication; equal ones share a token."""

    model_config = ConfigDict(frozen=True)


class Token(Kind):
    """A token that somebody fetched."""

    model_config = ConfigDict(title="Bearer token")
    type: Literal["token"]
    token: Secret = Field(title="Bearer token", description="Access token for Microsoft Graph; it lives about an hour")


class ClientCredentials(Kind):
    """The app itself, without a user: by secret or by certificate."""

    model_config = ConfigDict(title="Client credentials")
    type: Literal["clientCredentials"]
    client_id: Id = Field(alias="clientId", title="Client ID", description="Application ID of the app registration")
    tenant_id: Id = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[OptionalSecret, Property(optional=True)] = Field(
        default=None,
        alias="clientSecret",
        title="Client secret",
        description="Secret of the app; or give a certificate",
    )
    certificate: Annotated[str | None, BeforeValidator(blank_is_absent), Property(type="Text", optional=True)] = Field(
        default=None, title="Certificate", description="Certificate of the app as PEM text, in place of a secret"
    )
    private_key: Annotated[OptionalSecret, Property(type="Text", optional=True)] = Field(
        default=None, alias="privateKey", title="Private key", description="Private key of the certificate as PEM text"
    )
    passphrase: Annotated[OptionalSecret, Property(optional=True)] = Field(
        default=None, title="Passphrase", description="Passphrase of the private key, if it has one"
    )

    def model_post_init(self, context: Any) -> None:
        """Want a secret, or a certificate with its key."""
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and privateKey belong together; give both, or a clientSecret")
        if self.client_secret is None and self.private_key is None:
            raise ValueError("clientSecret must not be blank; give it, or a certificate with its privateKey")


class Refresh(Kind):
    """A user who has agreed once, by the refresh token of that time."""

    model_config = ConfigDict(title="Refresh token")
    type: Literal["refresh"]
    token: Secret = Field(title="Refresh token", description="Refresh token of the user in whose name the app acts")
    client_id: Id = Field(alias="clientId", title="Client ID", description="Application ID that the token was made for")
    tenant_id: Id = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[OptionalSecret, Property(optional=True)] = Field(
        default=None, alias="clientSecret", title="Client secret", description="Only where the app is no public client"
    )


class Webhook(Kind):
    """No app at all: the address of a Workflows webhook, which is its own permission."""

    model_config = ConfigDict(title="Workflows webhook (no app)")
    type: Literal["webhook"]
    url: Secret = Field(
        title="Webhook URL", description="Address that Workflows gave for the chat or channel; a secret"
    )


Authentication = Token | ClientCredentials | Refresh | Webhook

D = TypeVar("D", bound=BaseModel)


class Call(BaseModel, Generic[D], defer_build=True):
    """Input of an operation: who asks, and what for."""

    authentication: Annotated[
        Annotated[Authentication, Field(discriminator="type")],
        Property(group="authentication", value="clientCredentials"),
    ] = Field(title="Type", description="Who asks; messages need a user, so a refresh token or a bearer token")
    data: Annotated[D, Property(group="data")] = Field(title="Data")
