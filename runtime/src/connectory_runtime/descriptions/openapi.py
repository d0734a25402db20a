"""Reads OpenAPI 3.0 and 3.1."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectory_runtime.descriptions.api import Api, DescriptionError, Field, Login, Operation
from connectory_runtime.descriptions.names import sentence, words
from connectory_runtime.descriptions.reading import read
from connectory_runtime.descriptions.references import Node, References
from connectory_runtime.descriptions.schemas import Schemas
from connectory_runtime.descriptions.security import Security

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
NOT_FIELDS = {"accept", "content-type", "authorization"}  # headers that OpenAPI describes elsewhere
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS = 40  # members of a body that become fields; larger bodies are one expression
STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def read_openapi(path: Path) -> Api:
    """Return what an OpenAPI file describes.

    Raises:
        DescriptionError: It cannot be used; names file, place and remedy.
    """
    said = read(path)
    version = str(said.get("openapi", ""))
    if not re.match(r"3\.[01](\.|$)", version):
        other = version or ("Swagger " + str(said["swagger"]) if "swagger" in said else "")
        hint = f"it says {other}; convert it to OpenAPI 3.0 or 3.1" if other else "write openapi: 3.1.0 at its top"
        raise DescriptionError(f"{path} is no OpenAPI 3.0 or 3.1 description: {hint}")
    return Reader(path, said).api()


class Reader:
    """One file while it is read."""

    def __init__(self, path: Path, said: dict[str, Any]) -> None:
        self.path = path
        self.said = said
        self.references = References(path, said)
        self.schemas = Schemas(self.references)
        self.notes: list[str] = []
        self.security = Security(path, said, self.references, self.notes)

    def api(self) -> Api:
        """Return the whole."""
        info = self.said.get("info") if isinstance(self.said.get("info"), dict) else {}
        operations: dict[str, Operation] = {}
        places: dict[str, str] = {}
        for where, operation in self.operations():
            if operation.id in operations:
                raise DescriptionError(
                    f"{self.path}: {where} and {places[operation.id]} have the same operationId '{operation.id}'; "
                    "rename one"
                )
            operations[operation.id], places[operation.id] = operation, where
        if not operations:
            raise DescriptionError(f"{self.path} describes no operation: 'paths' has none; give another file")
        server = self.server(self.said)
        if not server:
            self.notes.append("it names no server: the form asks for the address")
        elif not server.startswith(("http://", "https://")):
            self.notes.append(f"its server '{server}' has no host: the form asks for the whole address")
        return Api(
            title=sentence((info or {}).get("title"), 60) or self.path.stem,
            version=str((info or {}).get("version", "")),
            server=server,
            operations=operations,
            notes=list(dict.fromkeys(self.notes)),
        )

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Yield place and operation, in the order of the file."""
        paths = self.said.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            node = self.references.resolved(item, f"paths.{path}")
            for method, said in node.value.items() if isinstance(node.value, dict) else ():
                if method in METHODS and isinstance(said, dict):
                    where = f"{method.upper()} {path}"
                    yield where, self.operation(where, method.upper(), path, said, node)

    def operation(self, where: str, method: str, path: str, said: Mapping[str, Any], item: Node) -> Operation:
        """Return one operation."""
        fields = list(self.parameters(where, path, said, item))
        media, body, whole = self.body(where, said, item.base)
        status, answer = self.answer(where, said, item.base)
        return Operation(
            id=str(said.get("operationId") or "_".join([method.lower(), *words(path)])),
            name=sentence(said.get("summary"), 70).rstrip(".") or f"{method} {path}",
            description=sentence(said.get("description") or said.get("summary")) or f"{method} {path}",
            method=method,
            path=path,
            fields=(*fields, *body),
            media=media,
            whole=whole,
            logins=self.logins(said),
            server=self.server(said) or self.server(item.value),
            status=status,
            answer=answer,
        )

    def logins(self, said: Mapping[str, Any]) -> tuple[Login, ...]:
        """Return how an operation's caller proves who it is."""
        wanted = said.get("security", self.said.get("security"))
        return self.security.logins(wanted if isinstance(wanted, list) else [])

    def server(self, said: Any) -> str:
        """Return the first address, its variables replaced by their defaults."""
        servers = said.get("servers") if isinstance(said, dict) else None
        first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
        url = str(first.get("url", ""))
        for name, facts in (first.get("variables") or {}).items():
            url = url.replace(f"{{{name}}}", str((facts or {}).get("default", "")))
        return "" if url == "/" else url.rstrip("/")

    def parameters(self, where: str, path: str, said: Mapping[str, Any], item: Node) -> Iterator[Field]:
        """Yield what goes into path, query, headers and cookies; the operation's own win over those of the path."""
        found: dict[tuple[str, str], Field] = {}
        for holder in (item.value, said):
            listed = holder.get("parameters")
            for index, one in enumerate(listed if isinstance(listed, list) else []):
                node = self.references.resolved(one, f"{where}: parameters[{index}]", item.base)
                name, place = str(node.value.get("name", "")), node.value.get("in")
                if not name:
                    raise DescriptionError(f"{self.path}: {where}: parameters[{index}] has no 'name'; add it")
                if place not in STYLES:
                    raise DescriptionError(
                        f"{self.path}: {where}: parameter '{name}': 'in' must be one of {', '.join(STYLES)}; mend it"
                    )
                if place == "header" and name.lower() in NOT_FIELDS:
                    continue
                found[name, place] = self.parameter(f"{where}: parameter '{name}'", name, place, node)
        missing = [name for name in re.findall(r"{([^{}]+)}", path) if (name, "path") not in found]
        if missing:
            raise DescriptionError(
                f"{self.path}: {where}: the path has '{{{missing[0]}}}', but no parameter of this name; add it"
            )
        yield from sorted(found.values(), key=lambda field: list(STYLES).index(field.place) if field.required else 9)

    def parameter(self, where: str, name: str, place: Any, node: Node) -> Field:
        """Return the field of a parameter."""
        said = node.value
        content = said.get("content")
        schema, style = said.get("schema"), said.get("style", STYLES[place])
        if isinstance(content, dict) and content:
            schema, style = (next(iter(content.values())) or {}).get("schema"), "json"
        return self.schemas.field(
            name,
            place,
            schema if schema is not None else {"type": "string"},
            where,
            node.base,
            required=place == "path" or said.get("required") is True,
            description=said.get("description"),
            example=example_of(said),
            style=style,
            explode=bool(said.get("explode", style == "form")),
        )

    def body(self, where: str, said: Mapping[str, Any], base: str) -> tuple[str, list[Field], bool]:
        """Return media type, fields, and whether the body is one field."""
        if "requestBody" not in said:
            return "", [], False
        node = self.references.resolved(said["requestBody"], f"{where}: requestBody", base)
        content = node.value.get("content")
        if not isinstance(content, dict) or not content:
            return "", [], False
        media = preferred(list(content))
        said_of_media = content[media] if isinstance(content[media], dict) else {}
        where = f"{where}: body"
        schema, given = said_of_media.get("schema", {}), example_of(said_of_media)
        needed = node.value.get("required") is True
        if is_json(media) or media in FORMS:
            whole = self.schemas.merged(schema, where, node.base)
            members = [one for one in self.schemas.members(whole) if not read_only(one[1])]
            if 0 < len(members) <= MOST_FIELDS and not {"oneOf", "anyOf"} & whole.value.keys():
                required = whole.value.get("required") or []
                examples = given if isinstance(given, dict) else {}
                fields = [
                    self.schemas.field(
                        name,
                        "body",
                        inner,
                        f"{where}: '{name}'",
                        place,
                        required=name in required,
                        example=examples.get(name),
                    )
                    for name, inner, place in members
                ]
                return media, sorted(fields, key=lambda field: not field.required), False
        kind = schema if is_json(media) else {"type": "string", **({} if text(media) else {"format": "binary"})}
        description = node.value.get("description") or "What is sent"
        field = self.schemas.field(
            "body", "body", kind, where, node.base, required=needed, description=description, example=given
        )
        return media, [field], True

    def answer(self, where: str, said: Mapping[str, Any], base: str) -> tuple[int, Any]:
        """Return status and example of an answer that is well."""
        responses = said.get("responses")
        good = [key for key in responses if re.fullmatch(r"2\d\d", str(key))] if isinstance(responses, dict) else []
        if not good:
            return 200, None
        key = min(good, key=str)
        node = self.references.resolved(responses[key], f"{where}: responses.{key}", base)  # type: ignore[index]
        content = node.value.get("content") if isinstance(node.value, dict) else None
        media = next((one for one in content or {} if is_json(one)), None)
        if not isinstance(content, dict) or media is None or not isinstance(content[media], dict):
            return int(key), None
        found = example_of(content[media])
        if found is None:
            found = self.schemas.example(content[media].get("schema"), f"{where}: responses.{key}", node.base)
        return int(key), found


def example_of(said: Mapping[str, Any]) -> Any:
    """Return the example beside a schema."""
    if said.get("example") is not None:
        return said["example"]
    examples = said.get("examples")
    for one in examples.values() if isinstance(examples, dict) else ():
        if isinstance(one, dict) and one.get("value") is not None:
            return one["value"]
    return None


def preferred(media: list[str]) -> str:
    """Return the media type that suits a form best: JSON, a form, else the first."""
    for wanted in (is_json, lambda one: one in FORMS):
        if found := next((one for one in media if wanted(one)), None):
            return found
    return media[0]


def is_json(media: str) -> bool:
    """Tell whether a media type is JSON."""
    return bool(re.fullmatch(r"application/(.+\+)?json|\*/\*", media.partition(";")[0].strip().lower()))


def text(media: str) -> bool:
    """Tell whether a media type is text."""
    return bool(re.match(r"text/|application/(.+\+)?xml|application/(graphql|yaml|x-yaml)", media.lower()))


def read_only(schema: Any) -> bool:
    """Tell whether only the service writes a property."""
    return isinstance(schema, dict) and schema.get("readOnly") is True
