"""What a call of the Web API is, and what a method needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectory_sandbox.slack.workspace import SlackError, Token, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call whose token and arguments have passed the first checks."""

    arguments: Mapping[str, Any]
    token: Token
    workspace: Workspace
    base: str

    def text(self, name: str) -> str:
        """Return an argument as text, empty without it."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return an argument as truth, as a form or JSON says it."""
        return str(self.arguments.get(name, "")).lower() in {"true", "1"}

    def needs(self, *scopes: str) -> None:
        """Refuse a token that has none of the scopes."""
        if not self.token.scopes & set(scopes):
            provided = ",".join(sorted(self.token.scopes))
            raise SlackError("missing_scope", needed=scopes[0], provided=provided)


Carry = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method.

    Args:
        carry: Carries it out and returns the answer's members.
        scope: What the token must be allowed; methods with scopes that depend on arguments check themselves.
        required: Arguments that must be there.
        reads: A read method takes no JSON body.
    """

    carry: Carry
    scope: str | None
    required: tuple[str, ...]
    reads: bool
