"""What a call of Graph is: who asks what, and the shapes of answers."""

import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.directory import JSON, Directory, GraphError
from connectory_sandbox.graph.login import Issued

NO_APP = (
    "Message POST is allowed in application-only context only for import purposes. Refer to "
    "https://docs.microsoft.com/microsoftteams/platform/graph-api/import-messages/"
    "import-external-messages-to-teams for more details."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call.

    Args:
        ids: What stands in the path where the pattern has a name.
        query: Query options.
        body: The JSON body.
        content: The bytes of the body.
        token: Who asks.
        directory: What Graph knows.
        base: Address of Graph with its version.
        path: Path below it, as it came.
    """

    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    content: bytes
    token: Issued
    directory: Directory
    base: str
    path: str

    def object(self, allowed: set[str]) -> JSON:
        """Return the body, if it is an object with known members."""
        if not isinstance(self.body, dict):
            raise bad("Empty Payload. JSON content expected.")
        for name in self.body:
            if name not in allowed and not name.startswith("@"):
                raise bad(f"Invalid property '{name}'.")
        return self.body


@dataclass(frozen=True, slots=True)
class Method:
    """A call of Graph.

    Args:
        verb: HTTP method.
        pattern: Its path, names in braces.
        scopes: What a user's token needs, one of them.
        roles: What an app's token needs; none if apps may not call it.
        carry: Does it.
        query: Query options that it takes.
    """

    verb: str
    pattern: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    carry: Callable[[Call], Answer]
    query: tuple[str, ...] = ()

    def match(self, verb: str, parts: Sequence[str]) -> dict[str, str] | None:
        """Return the ids of a path, if it is one of this method."""
        wanted = self.pattern.strip("/").split("/")
        if verb != self.verb or len(wanted) != len(parts):
            return None
        ids = {}
        for name, part in zip(wanted, parts, strict=True):
            if name.startswith("{"):
                ids[name[1:-1]] = part
            elif name.lower() != part.lower().removeprefix("microsoft.graph.").removesuffix("()"):
                return None  # functions such as delta may be written in three ways
        return ids

    def permit(self, token: Issued) -> None:
        """Refuse a token that may not."""
        if token.app and not self.roles:
            if self.verb == "POST":
                raise GraphError(401, "Unauthorized", NO_APP)
            raise GraphError(403, "Forbidden", "This API is not supported in application-only context.")
        wanted = self.roles if token.app else self.scopes
        if token.granted is not None and not token.granted & set(wanted):
            kind = "role" if token.app else "scope"
            has = ", ".join(sorted(token.granted))
            raise GraphError(
                403,
                "Forbidden",
                (
                    f"Missing {kind} permissions on the request. API requires one of '{', '.join(wanted)}'. "
                    f"{kind.capitalize()}s on the request '{has}'."
                ),
            )


def bad(message: str) -> GraphError:
    """Return the refusal of a call that is wrong."""
    return GraphError(400, "BadRequest", message)


def entity(call: Call, kind: str, value: JSON, *, status: int = 200) -> Answer:
    """Answer with an object."""
    return Answer.json({"@odata.context": f"{call.base}/$metadata#{kind}/$entity", **value}, status=status)


def collection(call: Call, kind: str, values: Sequence[JSON], *, size: int = 20, largest: int = 50) -> Answer:
    """Answer with a page of a list."""
    top = call.query.get("$top")
    if top is not None:
        if not top.isdigit() or not 1 <= int(top) <= largest:
            raise bad(
                f"Invalid value '{top}' for $top query option found. The $top query "
                f"option requires an integer from 1 to {largest}."
            )
        size = int(top)
    skip = call.query.get("$skiptoken", "0")
    if not skip.isdigit():
        raise bad("Skip token is invalid.")
    start = int(skip)
    page = list(values[start : start + size])
    body: JSON = {"@odata.context": f"{call.base}/$metadata#{kind}", "@odata.count": len(page), "value": page}
    if start + size < len(values):
        options = {**call.query, "$skiptoken": str(start + size)}
        body["@odata.nextLink"] = f"{call.base}{call.path}?{'&'.join(f'{k}={quoted(v)}' for k, v in options.items())}"
    return Answer.json(body)


def quoted(value: str) -> str:
    """Return a value for a query."""
    return urllib.parse.quote(value, safe="$,()'")
