"""Reads OpenAPI's security schemes."""

from pathlib import Path
from typing import Any

from connectory_runtime.descriptions.api import DescriptionError, Login, Scheme
from connectory_runtime.descriptions.names import sentence
from connectory_runtime.descriptions.references import References


class Security:
    """The schemes of a description.

    Args:
        path: Its file.
        said: What it says.
        references: Where ``$ref`` leads.
        notes: Where it is written down what is left out.
    """

    def __init__(self, path: Path, said: dict[str, Any], references: References, notes: list[str]) -> None:
        self.path = path
        self.references = references
        self.notes = notes
        components = said.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        self.schemes: dict[str, Any] = schemes if isinstance(schemes, dict) else {}

    def logins(self, wanted: list[Any]) -> tuple[Login, ...]:
        """Return the alternatives of a ``security`` list; the schemes of one alternative are used together.

        Raises:
            DescriptionError: A scheme is not described.
        """
        found: list[Login] = []
        for alternative in wanted:
            schemes = [self.scheme(name, scopes) for name, scopes in (alternative or {}).items()]
            known = tuple(scheme for scheme in schemes if scheme is not None)
            if len(known) == len(schemes):
                found.append(known)
        return tuple(dict.fromkeys(found)) or ((),)

    def scheme(self, name: str, scopes: Any) -> Scheme | None:
        """Return a scheme; None for one that has no place in a form."""
        if name not in self.schemes:
            raise DescriptionError(
                f"{self.path}: security names '{name}', which components.securitySchemes does not describe; add it"
            )
        said = self.references.resolved(self.schemes[name], f"components.securitySchemes.{name}").value
        text = sentence(said.get("description"), 160)
        kind, http = said.get("type"), str(said.get("scheme", "")).lower()
        if kind == "apiKey" and said.get("in") in ("header", "query", "cookie"):
            return Scheme(name=name, kind="key", description=text, place=said["in"], key=str(said.get("name", name)))
        if kind == "http" and http in ("bearer", "basic"):
            return Scheme(name=name, kind="bearer" if http == "bearer" else "basic", description=text)
        if kind == "openIdConnect":
            return Scheme(name=name, kind="bearer", description=text)
        if kind == "oauth2":
            flows = said.get("flows") or {}
            client = flows.get("clientCredentials")
            if not isinstance(client, dict):
                return Scheme(name=name, kind="bearer", description=text)
            wanted = scopes if isinstance(scopes, list) and scopes else list(client.get("scopes") or {})
            return Scheme(
                name=name,
                kind="client",
                description=text,
                token_url=str(client.get("tokenUrl", "")),
                scopes=" ".join(map(str, wanted)),
            )
        self.notes.append(f"security scheme '{name}' ({http or kind}) is left out: it has no place in a form")
        return None
