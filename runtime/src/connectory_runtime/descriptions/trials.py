"""Writes what shows that a made connector works: tests, a process, what the sandbox answers to it."""

import json
from string import Template
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.sax.saxutils import quoteattr

from connectory_runtime.descriptions.api import Api
from connectory_runtime.descriptions.code import quoted, text_of
from connectory_runtime.descriptions.forms import Form, LoginForm, Member, Part, form_logins, forms
from connectory_sdk.sandbox import is_loopback

NOWHERE = "https://api.example.com"  # where a description names no host
MADE_UP = {
    "username": "anna",
    "token_url": "https://login.example.com/token",
    "client_id": "client-1",
    "scopes": "read",
}


def server_of(api: Api, form: Form) -> str:
    """Return the address that tests and examples call."""
    url = form.operation.server or api.server
    if not url.startswith(("http://", "https://")):
        return NOWHERE + url
    parts = urlsplit(url)
    # The sandbox plays the outside world, not what runs on this machine.
    return NOWHERE + parts.path if is_loopback(parts.hostname or "") else url


def login_value(member: Member) -> str:
    """Return what tests give for a field of a login."""
    if member.secret:
        return f"{member.attribute}-1"
    named = next((value for name, value in MADE_UP.items() if member.attribute.endswith(name)), "text")
    default = member.default or ""
    return default if default and (named[:4] != "http" or default.startswith("http")) else named


def variables(api: Api, form: Form) -> dict[str, Any]:
    """Return input variables that an operation accepts."""
    found: dict[str, Any] = {"server": server_of(api, form)}
    if (login := first_login(api, form)) is not None:
        tag = {"type": login.tag} if len(form_logins(api)) > 1 else {}
        found["authentication"] = tag | {member.attribute: login_value(member) for member in login.members}
    return found | {part.variable: value for part in form.parts if (value := sample(part)) is not None}


def first_login(api: Api, form: Form) -> LoginForm | None:
    """Return the login that tests use: the first that the operation takes."""
    return next((one for one in form_logins(api) if one.login in form.operation.logins), None)


class Stored:
    """Stands for a document in the code of a test."""

    def __repr__(self) -> str:
        return "DOCUMENT"


def sample(part: Part) -> Any:
    """Return a value for a field that is of its type; None where none is known and none is needed."""
    one = part.field
    if one.kind == "Document":
        return Stored()
    value, kind = one.example, one.kind
    good = {
        "str": isinstance(value, str) and value != "",
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "list[Any]": isinstance(value, list),
        "dict[str, Any]": isinstance(value, dict),
        "Any": value is not None,
    }
    if good.get(kind, repr(value) in kind) and within(value, one.limits):
        return value
    if one.default is not None:
        return one.default
    made_up: dict[str, Any] = {"str": "text", "int": 1, "float": 1.0, "bool": True, "list[Any]": ["text"]}
    made_up |= {"dict[str, Any]": {"key": "text"}, "Any": "text"}
    return made_up.get(kind, one.default) if one.required else None


def within(value: Any, limits: tuple[tuple[str, float], ...]) -> bool:
    """Tell whether a number keeps to its bounds."""
    checks = {"ge": lambda a, b: a >= b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "lt": lambda a, b: a < b}
    return all(checks[name](value, bound) for name, bound in limits)


def written(value: Any) -> str:
    """Return a value as it stands in an address, written independently of the made code."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(written, value))
    if isinstance(value, dict):
        return ",".join(f"{key},{written(inner)}" for key, inner in value.items())
    return str(value)


def query_of(part: Part, value: Any) -> list[tuple[str, str]]:
    """Return the parameters that a value becomes."""
    one = part.field
    if one.style == "json":
        return [(one.name, json.dumps(value))]
    if isinstance(value, dict) and one.style == "deepObject":
        return [(f"{one.name}[{key}]", written(inner)) for key, inner in value.items()]
    if isinstance(value, dict) and one.explode:
        return [(key, written(inner)) for key, inner in value.items()]
    if isinstance(value, list) and one.explode and one.style == "form":
        return [(one.name, written(inner)) for inner in value]
    if isinstance(value, list):
        separator = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(one.style, ",")
        return [(one.name, separator.join(map(written, value)))]
    return [(one.name, written(value))]


def sent(api: Api, form: Form) -> tuple[str, str, list[tuple[str, str]], Any]:
    """Return what the service should receive: method, address, query, body; `...` for a body that is not compared."""
    operation, said = form.operation, variables(api, form)

    def given(place: str) -> list[tuple[Part, Any]]:
        return [(part, said[part.variable]) for part in form.at(place) if part.variable in said]

    path = operation.path
    for part, value in given("path"):
        path = path.replace(f"{{{part.field.name}}}", quote(written(value), safe=""))
    query = [pair for part, value in given("query") for pair in query_of(part, value)]
    if (login := first_login(api, form)) is not None:
        keys = [scheme.key for scheme in login.login if scheme.kind == "key" and scheme.place == "query"]
        names = [member for member in login.members if member.title.startswith("API key")]
        query += [(key, login_value(member)) for key, member in zip(keys, names, strict=False)]
    # An address may end in a query of its own; and empty values of a query are left out when it is read.
    address = urlsplit(server_of(api, form).rstrip("/") + path + (f"?{urlencode(query)}" if query else ""))
    body: Any = None
    if operation.media:
        json_media = operation.media.partition(";")[0].endswith("json") or operation.media.startswith("*/*")
        members = {part.field.name: value for part, value in given("body")}
        body = (members.get("body") if operation.whole else members) if json_media else ...
    return operation.method, address._replace(query="").geturl(), parse_qsl(address.query), body


def tests(api: Api, names: Any) -> str:
    """Return the test module."""
    examples, expected = [], []
    for form in forms(api):
        examples.append(f"    {form.operation.id!r}: {literal(variables(api, form))},")
        expected.append(f"    {form.operation.id!r}: {literal(sent(api, form))},")
    every = "\n".join(examples)
    document = (
        'DOCUMENT = Document({"camunda.document.type": "inline", "content": "text"}, MemoryDocuments())\n'
        if "DOCUMENT" in every
        else ""
    )
    values = {"examples": every, "sent": "\n".join(expected), "document": document, "module": names.module}
    return Template(text_of("tests.py.txt")).substitute(values)


def literal(value: Any) -> str:
    """Return a value as Python code whose texts fit into lines."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        inside = ", ".join(map(literal, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return "..." if value is ... else repr(value)


def answers(api: Api, form: Form) -> str:
    """Return what the sandbox answers to the example."""
    method, url, _, _ = sent(api, form)
    answer: dict[str, Any] = {"status": form.operation.status}
    if form.operation.answer is not None:
        answer["body"] = form.operation.answer
    return json.dumps([{"method": method, "url": url, "answer": answer}], indent=2, ensure_ascii=False) + "\n"


def example(api: Api) -> Form:
    """Return the operation of the example: the first that needs no document."""
    found = forms(api)
    return next((form for form in found if "DOCUMENT" not in repr(variables(api, form))), found[0])


def process(api: Api, names: Any, form: Form) -> str:
    """Return a process with one task that calls the operation."""
    said = variables(api, form)
    login = first_login(api, form)
    inputs = {"server": said["server"]}
    for member in login.members if login else ():
        secret = f"{{{{secrets.{names.variable}_{member.attribute.upper()}}}}}"
        inputs[f"authentication.{member.attribute}"] = secret if member.secret else login_value(member)
    if "type" in said.get("authentication", {}):
        inputs["authentication.type"] = said["authentication"]["type"]
    for part in form.parts:
        if part.variable in said:
            value = said[part.variable]
            inputs[part.variable] = value if isinstance(value, str) else "=" + json.dumps(value, ensure_ascii=False)
    lines = [
        f"          <zeebe:input source={quoteattr(source)} target={quoteattr(target)} />"
        for target, source in inputs.items()
    ]
    values = {
        "module": names.module,
        "title": quoteattr(names.title),
        "task": quoteattr(form.operation.name),
        "template": f"{names.id}.outbound",
        "type": f"{names.type}:1",
        "operation": quoteattr(form.operation.id),
        "inputs": "\n".join(lines),
    }
    return Template(text_of("process.bpmn.txt")).substitute(values)
