"""A described service with its names in code: operations, their fields, logins."""

from dataclasses import dataclass, field
from typing import Any

from connectory_runtime.descriptions.api import Api, Field, Login, Operation
from connectory_runtime.descriptions.names import (
    class_name,
    function_name,
    unique,
    variable_name,
)

LOGINS = {"bearer": "Bearer token", "basic": "Basic", "key": "API key", "client": "OAuth client credentials"}
TAGS = {"bearer": "bearer", "basic": "basic", "key": "apiKey", "client": "oauth-client-credentials-flow"}
"""What the dropdown of logins writes: the words of Camunda's REST template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A field of an operation, with its names in code."""

    field: Field
    attribute: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An operation, with its names in code."""

    operation: Operation
    function: str
    model: str
    parts: tuple[Part, ...]

    def at(self, place: str) -> list[Part]:
        """Return the fields of one place."""
        return [part for part in self.parts if part.field.place == place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A field of a login: its name, label, help, whether it is a secret, and what it starts with."""

    attribute: str
    title: str
    description: str
    secret: bool
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginForm:
    """A login, with its names in code."""

    login: Login
    model: str
    tag: str
    title: str
    members: tuple[Member, ...] = field(default=())


def forms(api: Api) -> list[Form]:
    """Return the operations with unique names in code."""
    functions: set[str] = {"connector", "connectory_connectors", "lifespan", "job"}
    models: set[str] = {"Request"}
    found = []
    for operation in api.operations.values():
        function, model = function_name(operation.id, functions), class_name(operation.id, models)
        functions.add(function)
        models.add(model)
        attributes: set[str] = {"server", "authentication"}
        variables: set[str] = set()
        parts = []
        for one in operation.fields:
            attribute, variable = function_name(one.name, attributes), variable_name(one.name, variables)
            attributes.add(attribute)
            variables.add(variable)
            parts.append(Part(field=one, attribute=attribute, variable=variable))
        found.append(Form(operation=operation, function=function, model=model, parts=tuple(parts)))
    return found


def form_logins(api: Api) -> list[LoginForm]:
    """Return the logins with unique names in code; none where nobody is asked."""
    if api.logins == ((),):
        return []
    models: set[str] = {"Call", "Service"}
    found: list[LoginForm] = []
    for login in api.logins:
        titles = [LOGINS[scheme.kind] for scheme in login]
        same = [one for one in api.logins if [scheme.kind for scheme in one] == [scheme.kind for scheme in login]]
        if len(same) > 1:
            titles = [f"{LOGINS[scheme.kind]} ({scheme.name})" for scheme in login]
        model = class_name("And ".join(titles) or "No login", models)
        models.add(model)
        members = tuple(member for scheme in login for member in members_of(scheme, several=len(login) > 1))
        tag = unique("-and-".join(TAGS[scheme.kind] for scheme in login) or "noAuth", {one.tag for one in found})
        found.append(
            LoginForm(login=login, model=model, tag=tag, title=" and ".join(titles) or "None", members=members)
        )
    return found


def members_of(scheme: Any, *, several: bool) -> list[Member]:
    """Return what a modeller gives for a scheme."""
    before = function_name(scheme.name, ()) + "_" if several else ""
    more = f". {scheme.description}" if scheme.description else ""

    def member(name: str, title: str, text: str, *, secret: bool = False, default: str | None = None) -> Member:
        return Member(attribute=before + name, title=title, description=text + more, secret=secret, default=default)

    if scheme.kind == "basic":
        return [
            member("username", "User name", "Who calls"),
            member("password", "Password", "Best a secret: {{secrets.NAME}}", secret=True),
        ]
    if scheme.kind == "key":
        text = f"Sent as '{scheme.key}'; best a secret: {{{{secrets.NAME}}}}"
        return [member("key", f"API key ({scheme.key})", text, secret=True)]
    if scheme.kind == "client":
        return [
            member("token_url", "Token URL", "Where tokens are fetched", default=scheme.token_url or None),
            member("client_id", "Client id", "From the service's administrator"),
            member("client_secret", "Client secret", "Best a secret: {{secrets.NAME}}", secret=True),
            member("scopes", "Scopes", "What is asked for, separated by spaces", default=scheme.scopes),
        ]
    return [member("token", "Token", "Best a secret: {{secrets.NAME}}", secret=True)]
