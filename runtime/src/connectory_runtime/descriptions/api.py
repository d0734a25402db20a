"""What is known of a service from its description, whatever the format."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Place = Literal["path", "query", "header", "cookie", "body"]


class DescriptionError(Exception):
    """A description cannot be used: one line with file, place and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value that the modeller gives.

    Args:
        name: As the service calls it.
        place: Where in the request it goes.
        kind: Its Python type, as it is written in the model.
        required: Whether a request without it is refused.
        title: Label in the form.
        description: Help in the form.
        default: What is sent where the modeller changes nothing; None for nothing.
        example: A value that fits.
        limits: Bounds of a number: ``ge``, ``le``, ``gt``, ``lt``.
        long: Text of several lines.
        style: How a list or an object is written in a path or a query, as OpenAPI names it.
        explode: Whether its members are parameters of their own.
    """

    name: str
    place: Place
    kind: str
    required: bool
    title: str
    description: str
    default: Any = None
    example: Any = None
    limits: tuple[tuple[str, float], ...] = ()
    long: bool = False
    style: str = ""
    explode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way to prove who calls.

    Args:
        name: What the description calls it.
        kind: A token or a user's name and password in the header ``Authorization``, a key somewhere, or a token that is
            fetched with a client's credentials.
        description: Help in the form.
        place: Where a key goes.
        key: The key's name there.
        token_url: Where tokens come from.
        scopes: What may be asked for, separated by spaces.
    """

    name: str
    kind: Literal["bearer", "basic", "key", "client"]
    description: str = ""
    place: Literal["header", "query", "cookie"] = "header"
    key: str = ""
    token_url: str = ""
    scopes: str = field(default="", compare=False)


Login = tuple[Scheme, ...]
"""Schemes that are used together; none for a service that asks nobody who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request that the service takes.

    Args:
        id: What selects it.
        name: What a modeller reads.
        description: What it does.
        method: GET, POST, ...
        path: With ``{name}`` where path fields go.
        fields: What the modeller gives.
        media: Media type of the body; empty without one.
        whole: The body is one field, not one for each member.
        logins: Any of them will do.
        server: Its own address, where that is not the service's.
        status: Of an answer that is well.
        answer: An example of what it says.
    """

    id: str
    name: str
    description: str
    method: str
    path: str
    fields: tuple[Field, ...] = ()
    media: str = ""
    whole: bool = False
    logins: tuple[Login, ...] = ((),)
    server: str = ""
    status: int = 200
    answer: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A service.

    Args:
        title: Its name.
        version: The description's version.
        server: Its address; empty or without a host where the description does not say.
        operations: What it takes, by id.
        notes: What of the description is left out, one line each.
    """

    title: str
    version: str
    server: str
    operations: dict[str, Operation]
    notes: list[str] = field(default_factory=list)

    @property
    def logins(self) -> tuple[Login, ...]:
        """All ways to prove who calls, in the order in which the operations name them, with all scopes they name."""
        every = [login for operation in self.operations.values() for login in operation.logins]
        scopes: dict[str, dict[str, None]] = {}
        for scheme in (scheme for login in every for scheme in login):
            scopes.setdefault(scheme.name, {}).update(dict.fromkeys(scheme.scopes.split()))
        return tuple(
            tuple(replace(scheme, scopes=" ".join(scopes[scheme.name])) for scheme in login)
            for login in dict.fromkeys(every)
        )
