"""Reads Postman collections, format 2.1."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectory_runtime.descriptions.api import Api, DescriptionError, Field, Login, Operation, Scheme
from connectory_runtime.descriptions.names import label, sentence, words
from connectory_runtime.descriptions.reading import read

NOT_FIELDS = {"accept", "content-type", "authorization", "content-length", "host", "user-agent"}
LANGUAGES = {"json": "application/json", "xml": "application/xml", "html": "text/html", "text": "text/plain"}
UNKNOWN = re.compile(r"\{\{([^{}]+)\}\}")


def read_postman(path: Path) -> Api:
    """Return what a Postman collection describes.

    Raises:
        DescriptionError: It cannot be used; names file, place and remedy.
    """
    said = read(path)
    said = said["collection"] if isinstance(said.get("collection"), dict) else said  # as Postman's API wraps it
    info = said.get("info")
    if not isinstance(info, dict) or not isinstance(said.get("item"), list):
        raise DescriptionError(
            f"{path} is no Postman collection: 'info' or 'item' is missing; export it as Collection v2.1"
        )
    schema = str(info.get("schema", ""))
    if "v2.0" in schema or "v1" in schema:
        raise DescriptionError(f"{path} is a collection of an older format; export it again as Collection v2.1")
    return Collection(path, said).api()


class Collection:
    """One collection while it is read."""

    def __init__(self, path: Path, said: dict[str, Any]) -> None:
        self.path = path
        self.said = said
        self.notes: list[str] = []
        self.variables = {
            str(one.get("key")): str(one.get("value", ""))
            for one in listed(said.get("variable"))
            if one.get("value") not in (None, "")
        }

    def api(self) -> Api:
        """Return the whole."""
        found = list(self.requests(self.said["item"], (), self.said.get("auth")))
        if not found:
            raise DescriptionError(f"{self.path} has no request: 'item' is empty; give another collection")
        servers = [self.address(request)[0] for _, request, _ in found]
        server = max(set(servers), key=servers.count)
        operations: dict[str, Operation] = {}
        for names, request, auth in found:
            operation = self.operation(names, request, auth, server)
            operations[unused(operation.id, operations)] = operation
        if not server:
            self.notes.append("no request has a host: the form asks for the address")
        return Api(
            title=sentence(self.said["info"].get("name"), 60) or self.path.stem,
            version=str(self.said["info"].get("version", "")),
            server=server,
            operations={key: rename(operation, key) for key, operation in operations.items()},
            notes=list(dict.fromkeys(self.notes)),
        )

    def requests(
        self, items: list[Any], above: tuple[str, ...], auth: Any
    ) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
        """Yield names, request and login of all requests, folder by folder."""
        for item in items:
            if not isinstance(item, dict):
                continue
            names = (*above, str(item.get("name", "")))
            if isinstance(item.get("item"), list):
                yield from self.requests(item["item"], names, item.get("auth", auth))
            elif isinstance(item.get("request"), dict | str):
                request = item["request"] if isinstance(item["request"], dict) else {"url": item["request"]}
                request = {**request, "answers": item.get("response")}
                yield names, request, request.get("auth") or item.get("auth") or auth

    def filled(self, text: object) -> str:
        """Return a text with the collection's variables in it; unknown ones stay."""
        said = str(text)
        for _ in range(5):  # values may name others
            said, before = UNKNOWN.sub(lambda match: self.variables.get(match[1].strip(), match[0]), said), said
            if said == before:
                break
        return said

    def address(self, request: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
        """Return server, path with ``{name}`` for what is filled in, and what else is known of the address."""
        url = request.get("url")
        facts: Mapping[str, Any] = url if isinstance(url, dict) else {"raw": str(url or "")}
        raw = self.filled(facts.get("raw") or "")
        if not raw and facts.get("host"):
            host, path = ".".join(map(str, facts["host"])), "/".join(map(str, facts.get("path") or []))
            raw = self.filled(f"{facts.get('protocol', 'https')}://{host}/{path}")
        if raw and not re.match(r"https?://|\{\{", raw):
            raw = f"https://{raw}"
        unknown = re.match(r"\{\{[^{}]+\}\}", raw)  # a host that no variable gives
        parts = urlsplit(raw[unknown.end() :] if unknown else raw)
        server = f"{parts.scheme}://{parts.netloc}" if parts.netloc and not unknown else ""
        path = "/" + parts.path.strip("/")
        base = UNKNOWN.match(str(facts.get("raw") or ""))  # a variable like baseUrl is the server, its path included
        if server and base and (whole := self.filled(base[0]).rstrip("/")).startswith(server):
            server, path = whole, path.removeprefix(urlsplit(whole).path) or "/"
        path = re.sub(r"(?<=/):([A-Za-z_][\w-]*)", r"{\1}", path)
        path = UNKNOWN.sub(lambda match: "{" + re.sub(r"\W+", "_", match[1].strip()) + "}", path)
        return server, path, facts

    def operation(self, names: tuple[str, ...], request: Mapping[str, Any], auth: Any, server: str) -> Operation:
        """Return one operation."""
        own, path, facts = self.address(request)
        method = str(request.get("method") or "GET").upper()
        described = request.get("description")
        text = sentence(described.get("content") if isinstance(described, dict) else described)
        media, body, whole = self.body(request.get("body"), " / ".join(names))
        status, answer = answer_of(request.get("answers"))
        return Operation(
            id="_".join(word.lower() for word in words(names[-1])) or f"{method.lower()}_{'_'.join(words(path))}",
            name=sentence(names[-1], 70) or f"{method} {path}",
            description=text or f"{method} {path}",
            method=method,
            path=path,
            fields=(*self.parameters(path, facts), *self.headers(request.get("header")), *body),
            media=media,
            whole=whole,
            logins=(self.login(auth),),
            server=own if own != server else "",
            status=status,
            answer=answer,
        )

    def parameters(self, path: str, facts: Mapping[str, Any]) -> Iterator[Field]:
        """Yield what goes into path and query."""
        known = {str(one.get("key")): one for one in listed(facts.get("variable"))}
        for name in dict.fromkeys(re.findall(r"{([^{}]+)}", path)):
            yield self.field(name, "path", known.get(name, {}), required=True)
        seen = set()
        for one in listed(facts.get("query")):
            if (name := str(one.get("key") or "")) and name not in seen:
                seen.add(name)
                yield self.field(name, "query", one, required=False)

    def headers(self, said: Any) -> Iterator[Field]:
        """Yield the headers that a modeller may want to change."""
        for one in listed(said):
            name = str(one.get("key") or "")
            if name and name.lower() not in NOT_FIELDS and not one.get("disabled"):
                yield self.field(name, "header", one, required=False)

    def field(self, name: str, place: Any, said: Mapping[str, Any], *, required: bool) -> Field:
        """Return the field for a text; a value that the collection gives for certain is its default."""
        value = self.filled(said.get("value") or "")
        sure = bool(value) and not UNKNOWN.search(value) and not re.fullmatch(r"<.*>", value)
        described = said.get("description")
        text = sentence(described.get("content") if isinstance(described, dict) else described)
        return Field(
            name=name,
            place=place,
            kind="str",
            required=required,
            title=label(name),
            description=text or (f"Such as {sentence(value, 60)}" if sure else label(name)),
            default=value if sure and place == "header" else None,
            example=value if sure else "text" if required else None,
            style="simple" if place in ("path", "header") else "form",
            explode=place == "query",
        )

    def body(self, said: Any, where: str) -> tuple[str, list[Field], bool]:
        """Return media type, fields, and whether the body is one field."""
        if not isinstance(said, dict) or said.get("disabled"):
            return "", [], False
        mode = said.get("mode")
        if mode in ("urlencoded", "formdata"):
            fields = [
                self.member(str(one.get("key")), one.get("value"), document=one.get("type") == "file")
                for one in listed(said.get(mode))
                if one.get("key")
            ]
            media = "multipart/form-data" if mode == "formdata" else "application/x-www-form-urlencoded"
            return (media, fields, False) if fields else ("", [], False)
        if mode == "file":
            return "application/octet-stream", [self.member("body", None, document=True)], True
        if mode == "graphql":
            return "application/json", [self.member("query", "text"), self.member("variables", {})], False
        text = self.filled(said.get("raw") or "")
        if mode != "raw" or not text.strip():
            return "", [], False
        language = ((said.get("options") or {}).get("raw") or {}).get("language", "")
        value = json_of(text)
        if isinstance(value, dict) and value:
            return "application/json", [self.member(name, inner) for name, inner in value.items()], False
        if value is not None:
            return "application/json", [self.member("body", value)], True
        if language == "json":
            self.notes.append(f"the body of '{where}' is no JSON: it is one field, a text")
        media = LANGUAGES.get(language, "text/plain")
        return media, [self.member("body", text)], True

    def member(self, name: str, value: Any, *, document: bool = False) -> Field:
        """Return the field for a part of a body; its type is that of the sample."""
        kinds = {bool: "bool", int: "int", float: "float", dict: "dict[str, Any]", list: "list[Any]", str: "str"}
        kind = "Document" if document else kinds.get(type(value), "Any")
        shape = {"dict[str, Any]": " (a context)", "list[Any]": " (a list)", "Document": " (a document)"}.get(kind, "")
        known = isinstance(value, str | int | float) and not isinstance(value, bool) and not UNKNOWN.search(str(value))
        hint = f"Such as {sentence(value, 60)}" if known and value != "" else label(name)
        return Field(
            name=name,
            place="body",
            kind=kind,
            required=False,
            title=label(name),
            description=hint + shape,
            example=value if value not in ("", None) else None,
            long=kind == "str" and isinstance(value, str) and "\n" in value,
            explode=True,
            style="form",
        )

    def login(self, said: Any) -> Login:
        """Return how a request's caller proves who it is."""
        if not isinstance(said, dict) or said.get("type") in (None, "noauth"):
            return ()
        kind = said["type"]
        facts = {str(one.get("key")): one.get("value") for one in listed(said.get(kind))}
        if kind in ("bearer", "basic"):
            return (Scheme(name=kind, kind=kind),)
        if kind == "apikey":
            key = self.filled(facts.get("key") or "X-API-Key")
            return (Scheme(name=kind, kind="key", place="query" if facts.get("in") == "query" else "header", key=key),)
        if kind == "oauth2" and facts.get("grant_type") == "client_credentials":
            url = self.filled(facts.get("accessTokenUrl") or "")
            scopes = self.filled(facts.get("scope") or "")
            url, scopes = ("" if UNKNOWN.search(text) else text for text in (url, scopes))
            return (Scheme(name=kind, kind="client", token_url=url, scopes=scopes),)
        if kind == "oauth2":
            return (Scheme(name=kind, kind="bearer"),)
        self.notes.append(f"authorization '{kind}' is left out: it has no place in a form")
        return ()


def listed(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or of the older form of it, an object."""
    if isinstance(value, dict):
        return [{"key": key, "value": inner} for key, inner in value.items()]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def json_of(text: str) -> Any:
    """Return the value of a JSON text in which variables may stand for values; None where it is none."""
    for said in (text, re.sub(r'(?<!")\{\{[^{}]+\}\}(?!")', "null", text)):
        try:
            return json.loads(said)
        except ValueError:
            continue
    return None


def answer_of(saved: Any) -> tuple[int, Any]:
    """Return status and body of the first saved answer that is well."""
    for one in listed(saved) if isinstance(saved, list) else ():
        code = one.get("code")
        if isinstance(code, int) and 200 <= code < 300:
            return code, json_of(str(one.get("body") or ""))
    return 200, None


def unused(name: str, taken: Mapping[str, Any]) -> str:
    """Return the name, with a number where another request has it."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def rename(operation: Operation, id: str) -> Operation:
    """Return the operation under another id."""
    from dataclasses import replace

    return replace(operation, id=id)
