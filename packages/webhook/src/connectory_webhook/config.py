"""What a modeller sets: the properties below ``inbound.``."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic.alias_generators import to_camel

from connectory_sdk import Group, Property

GROUPS = (
    Group("endpoint", "Webhook configuration"),
    Group("authentication", "Authentication"),
    Group("authorization", "Authorization"),
    Group("webhookResponse", "Webhook response"),
)
PATH = r"^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$"
PATH_MESSAGE = (
    "can only contain letters, numbers, or single underscores/hyphens and cannot begin or end with an underscore/hyphen"
)
SCOPES = {"body", "url", "parameters"}


class Settings(BaseModel, defer_build=True):
    """Names are camel case in a model, unknown ones are ignored: old templates wrote more."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class NoAuth(Settings):
    """Everybody may call."""

    model_config = ConfigDict(title="None")
    type: Literal["NONE"] = "NONE"


class Basic(Settings):
    """User and password."""

    model_config = ConfigDict(title="Basic")
    type: Literal["BASIC"]
    username: Annotated[str, Property(feel="optional")] = Field(
        title="Username", description="User that callers give", min_length=1
    )
    password: Annotated[SecretStr, Property(feel="optional")] = Field(
        title="Password", description="Password that callers give", min_length=1
    )


class ApiKey(Settings):
    """A key at a place of the caller's choice."""

    model_config = ConfigDict(title="API key")
    type: Literal["APIKEY"]
    api_key: Annotated[SecretStr, Property(feel="optional")] = Field(
        title="API key", description="Expected key", min_length=1
    )
    api_key_locator: Annotated[str, Property(feel="required", lazy=True)] = Field(
        '=split(request.headers.authorization, " ")[2]',
        title="API key locator",
        description="Expression that finds the key in the request",
    )


class JwtSettings(Settings):
    """Where keys come from and what a token must allow."""

    jwk_url: Annotated[str, Property(feel="optional")] = Field(
        title="JWK URL", description="Address of the keys that sign tokens", min_length=1
    )
    permissions_expression: Annotated[str | None, Property(feel="required", lazy=True)] = Field(
        None,
        title="JWT role property expression",
        description='Expression that finds the roles in the token, such as =if admin = true then ["admin"] else roles',
    )
    required_permissions: Annotated[list[str] | None, Property(feel="required")] = Field(
        None, title="Required roles", description="List of roles that a token must have"
    )


class Jwt(Settings):
    """A signed token."""

    model_config = ConfigDict(title="JWT")
    type: Literal["JWT"]
    jwt: JwtSettings = Field(title="JWT")


class OldJwt(Settings):
    """Where one older template wrote what a token must allow; named, so that its FEEL is evaluated."""

    required_permissions: Annotated[list[str] | None, Property(feel="required")] = None


Authorization = Annotated[NoAuth | Basic | ApiKey | Jwt, Field(discriminator="type")]


class Inbound(Settings):
    """The properties of a webhook."""

    method: Annotated[
        Literal["any", "get", "post", "put", "delete"],
        Property(
            group="endpoint",
            labels={"any": "Any", "get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE"},
        ),
    ] = Field("any", title="Webhook method", description="Which HTTP method callers use")
    context: Annotated[str, Property(group="endpoint", pattern=(PATH, PATH_MESSAGE))] = Field(
        title="Webhook ID", description="Last part of the address, after /inbound/", min_length=1
    )
    should_validate_hmac: Annotated[
        Literal["enabled", "disabled"],
        Property(group="authentication", labels={"enabled": "Enabled", "disabled": "Disabled"}),
    ] = Field("disabled", title="HMAC authentication", description="Whether calls must be signed")
    hmac_secret: Annotated[
        SecretStr | None,
        Property(group="authentication", shown_when=("inbound.shouldValidateHmac", ("enabled",))),
    ] = Field(None, title="HMAC secret key", description="Shared key; use {{secrets.NAME}}")
    hmac_header: Annotated[
        str | None, Property(group="authentication", shown_when=("inbound.shouldValidateHmac", ("enabled",)))
    ] = Field(None, title="HMAC header", description="Header that has the signature, such as X-Hub-Signature-256")
    hmac_algorithm: Annotated[
        Literal["sha_1", "sha_256", "sha_512"],
        Property(
            group="authentication",
            shown_when=("inbound.shouldValidateHmac", ("enabled",)),
            labels={"sha_1": "SHA-1", "sha_256": "SHA-256", "sha_512": "SHA-512"},
        ),
    ] = Field("sha_256", title="HMAC algorithm", description="How the signature is made")
    hmac_scopes: Annotated[
        list[str],
        Property(group="authentication", feel="required", shown_when=("inbound.shouldValidateHmac", ("enabled",))),
    ] = Field(
        default_factory=lambda: ["body"],
        title="HMAC scopes",
        description='What is signed: =["body"], =["url", "body"], =["url", "parameters"]',
    )
    auth: Annotated[Authorization, Property(group="authorization")] = Field(
        default_factory=NoAuth, title="Authorization type", description="Who may call"
    )
    verification_expression: Annotated[
        str | None, Property(group="webhookResponse", feel="required", lazy=True, type="Text")
    ] = Field(
        None,
        title="One time verification response expression",
        description="Answers a provider's handshake; a result that is not null is the answer, and nothing else happens",
    )
    response_expression: Annotated[
        str | None, Property(group="webhookResponse", feel="required", lazy=True, type="Text")
    ] = Field(
        None,
        title="Response expression",
        description="Expression for the answer: statusCode, headers and body",
    )
    jwt: Annotated[OldJwt | None, Property(hidden=True)] = None

    @model_validator(mode="before")
    @classmethod
    def accept_older_templates(cls, data: Any) -> Any:
        """Read what earlier template versions wrote where today's properties say nothing."""
        if not isinstance(data, Mapping):
            return data
        settings = {**(data.get("inbound") or {}), **data} if isinstance(data.get("inbound"), Mapping) else dict(data)
        jwt = settings.get("jwt")
        if "auth" not in settings and settings.get("authorizationType") == "JWT" and isinstance(jwt, Mapping):
            settings["auth"] = {"type": "JWT", "jwt": jwt}
        auth = settings.get("auth")
        if isinstance(auth, Mapping) and isinstance(auth.get("jwt"), Mapping) and "jwtRoleExpression" in auth["jwt"]:
            roles = {"permissionsExpression": auth["jwt"]["jwtRoleExpression"], **auth["jwt"]}
            settings["auth"] = {**auth, "jwt": roles}
        if isinstance(settings.get("auth"), Mapping) and not settings["auth"].get("type"):
            settings["auth"] = {"type": "NONE"}
        return {name: value for name, value in settings.items() if value not in (None, "")}

    @field_validator("context")
    @classmethod
    def check_path(cls, path: str) -> str:
        """Refuse a path that could never be called."""
        if not re.fullmatch(PATH, path):
            raise ValueError(PATH_MESSAGE)
        return path

    @field_validator("hmac_scopes")
    @classmethod
    def check_scopes(cls, scopes: list[str]) -> list[str]:
        """Refuse a combination that signs nothing that callers could sign."""
        chosen = {scope.strip().lower() for scope in scopes if scope.strip()} or {"body"}
        if not chosen <= SCOPES or not ("url" in chosen or chosen == {"body"}) or chosen == {"url"}:
            raise ValueError("must be [body], [url, body], [url, parameters] or [url, body, parameters]")
        return sorted(chosen)

    @model_validator(mode="after")
    def check_signature(self) -> "Inbound":
        """A signature needs a key and a header to be looked for."""
        if self.should_validate_hmac == "enabled" and not (self.hmac_secret and self.hmac_header):
            raise ValueError("hmacSecret and hmacHeader must not be empty when HMAC authentication is enabled")
        return self


class WebhookConfig(BaseModel, defer_build=True):
    """All properties that the connector reads."""

    inbound: Inbound
