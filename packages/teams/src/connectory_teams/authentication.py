"""Who asks: a token, an app, a user who has agreed before, or a webhook's address."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from connectory_sdk import Property
from connectory_teams.fields import AUTHENTICATION, Secret, Text, blank_is_absent


class Token(BaseModel, defer_build=True):
    """A token that somebody fetched."""

    model_config = ConfigDict(title="Bearer token")
    type: Literal["token"]
    token: Secret = Field(title="Bearer token", description="Access token for Microsoft Graph; it lives about an hour")


class ClientCredentials(BaseModel, defer_build=True):
    """The app itself, without a user: by secret or by certificate."""

    model_config = ConfigDict(title="Client credentials")
    type: Literal["clientCredentials"]
    client_id: Text = Field(alias="clientId", title="Client ID", description="Application ID of the app registration")
    tenant_id: Text = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None,
        alias="clientSecret",
        title="Client secret",
        description="Secret of the app; or give a certificate",
    )
    certificate: Annotated[str | None, Property(type="Text", optional=True)] = Field(
        default=None, title="Certificate", description="Certificate of the app as PEM text, in place of a secret"
    )
    private_key: Annotated[SecretStr | None, Property(type="Text", optional=True)] = Field(
        default=None, alias="privateKey", title="Private key", description="Private key of the certificate as PEM text"
    )
    passphrase: Annotated[SecretStr | None, Property(optional=True)] = Field(
        default=None, title="Passphrase", description="Passphrase of the private key, if it has one"
    )

    @field_validator("client_secret", "private_key", "passphrase", "certificate", mode="before")
    @classmethod
    def blank(cls, value: Any) -> Any:
        """Take an empty field for none."""
        return blank_is_absent(value)

    def model_post_init(self, context: Any) -> None:
        """Want a secret, or a certificate with its key."""
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and privateKey belong together; give both, or a clientSecret")
        if self.client_secret is None and self.private_key is None:
            raise ValueError("clientSecret must not be blank; give it, or a certificate with its privateKey")


class Refresh(BaseModel, defer_build=True):
    """A user who has agreed once, by the refresh token of that time."""

    model_config = ConfigDict(title="Refresh token")
    type: Literal["refresh"]
    token: Secret = Field(title="Refresh token", description="Refresh token of the user in whose name the app acts")
    client_id: Text = Field(
        alias="clientId", title="Client ID", description="Application ID that the token was made for"
    )
    tenant_id: Text = Field(alias="tenantId", title="Tenant ID", description="Directory ID or a domain of the tenant")
    client_secret: Annotated[SecretStr | None, BeforeValidator(blank_is_absent), Property(optional=True)] = Field(
        default=None, alias="clientSecret", title="Client secret", description="Only where the app is no public client"
    )


class Webhook(BaseModel, defer_build=True):
    """No app at all: the address of a Workflows webhook, which is its own permission."""

    model_config = ConfigDict(title="Workflows webhook (no app)")
    type: Literal["webhook"]
    url: Secret = Field(
        title="Webhook URL", description="Address that Workflows gave for the chat or channel; a secret"
    )


Authentication = Token | ClientCredentials | Refresh | Webhook


class Request(BaseModel, defer_build=True):
    """What all operations share."""

    authentication: Annotated[
        Annotated[Authentication, Field(discriminator="type")],
        Property(group=AUTHENTICATION, value="clientCredentials"),
    ] = Field(title="Type", description="Who asks; messages need a user, so a refresh token or a bearer token")


D = TypeVar("D", bound=BaseModel)


class Call(Request, Generic[D]):
    """A call of Graph: who asks, and what for."""

    data: D = Field(title="Data")
