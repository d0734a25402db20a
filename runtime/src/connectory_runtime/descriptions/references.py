"""Follows ``$ref``: inside a description, and to files beside it."""

from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from connectory_runtime.descriptions.api import DescriptionError
from connectory_runtime.descriptions.reading import needed, read

MOST = 100  # references that lead to references; more is a circle


class References:
    """The places that a description names.

    `referencing` resolves them (it is what jsonschema uses): pointers with their escapes, anchors, and addresses
    relative to the file in which they stand.

    Args:
        path: The description's file.
        root: What it says.
    """

    def __init__(self, path: Path, root: dict[str, Any]) -> None:
        self.path = path
        self.referencing = needed("referencing", "referencing", path)
        jsonschema = needed("referencing.jsonschema", "referencing", path)
        self.specification = jsonschema.DRAFT202012
        self.base = path.resolve().as_uri()
        resource = self.referencing.Resource(contents=root, specification=self.specification)
        registry = self.referencing.Registry(retrieve=self.retrieve)
        self.registry = registry.with_resource(self.base, resource)

    def retrieve(self, uri: str) -> Any:
        """Read a file beside the description; nothing is fetched."""
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise DescriptionError(f"$ref '{uri}' is not on this machine; save it beside the file")
        return self.referencing.Resource(
            contents=read(Path(url2pathname(parts.path))), specification=self.specification
        )

    def resolved(self, node: Any, where: str, base: str | None = None) -> "Node":
        """Return what a node is in the end.

        Args:
            node: An object, perhaps with a reference.
            where: Its place, for messages.
            base: Address of the file in which it stands.

        Raises:
            DescriptionError: A reference leads nowhere, or in a circle.
        """
        base = base or self.base
        seen: list[str] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            address = urljoin(base, reference)
            if address in seen or len(seen) > MOST:
                raise DescriptionError(f"{self.path}: {where}: $ref '{reference}' leads back to itself; mend it")
            seen.append(address)
            beside = {key: value for key, value in node.items() if key in ("description", "summary")}
            try:
                found = self.registry.resolver(base).lookup(reference)
            except self.referencing.exceptions.Unresolvable as exc:
                if (why := retrieving(exc)) is not None:
                    raise DescriptionError(f"{self.path}: {where}: {why}") from exc
                raise DescriptionError(f"{self.path}: {where}: $ref '{reference}' leads nowhere; mend it") from exc
            node, base = found.contents, urljoin(base, reference).partition("#")[0]
            if isinstance(node, dict):
                node = {**node, **beside}
        return Node(node, base, seen[-1] if seen else "")


def retrieving(exc: BaseException) -> DescriptionError | None:
    """Return why another file could not be read, where that is behind an error."""
    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, DescriptionError):
        cause = cause.__cause__ or cause.__context__
    return cause


class Node:
    """A resolved value, the file in which it stands, and the address under which it was found."""

    __slots__ = ("address", "base", "value")

    def __init__(self, value: Any, base: str, address: str) -> None:
        self.value = value
        self.base = base
        self.address = address
