"""Writes the modules of a connector for a described service."""

import ast
import re
import textwrap
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Any

from connectory_runtime.descriptions.api import Api, Operation
from connectory_runtime.descriptions.forms import Form, LoginForm, Part, form_logins, forms
from connectory_runtime.descriptions.names import (
    function_name,
    sentence,
    without_angles,
)


def quoted(text: str) -> str:
    """Return a text as a literal, in pieces that fit into a line."""
    pieces = textwrap.wrap(text, 80, drop_whitespace=False, replace_whitespace=False) or [""]
    return repr(pieces[0]) if len(pieces) == 1 else "(" + "\n".join(map(repr, pieces)) + ")"


def docstring(text: str, indent: str = "    ") -> str:
    """Return a text as a docstring."""
    said = text.replace('"""', "'''").replace("\\", "/").rstrip(".") + "."
    lines = textwrap.wrap(said, 110 - len(indent))
    if len(lines) == 1:
        return f'{indent}"""{lines[0]}"""'
    return "\n".join([f'{indent}"""{lines[0]}', *(indent + line for line in lines[1:]), f'{indent}"""'])


def requests(api: Api, module: str) -> str:
    """Return the module with the models."""
    logins = form_logins(api)
    parts = [
        '"""What each operation needs: the forms follow from these models."""\n',
        "from typing import Annotated, Any, Literal\n",
        "from connectory_sdk import Document, Property",
        "from pydantic import BaseModel, Field\n",
        f"from {module}.logins import {', '.join(login.model for login in logins)}\n" if logins else "",
        "\nclass Request(BaseModel):",
        docstring("What all operations need"),
        "",
        server(api.server),
        *([authentication(logins)] if logins else []),
    ]
    for form in forms(api):
        operation = form.operation
        parts += ["", f"\nclass {form.model}(Request):", docstring(operation.description), ""]
        if operation.server and operation.server != api.server:
            parts.append(server(operation.server))
        parts += [model_field(part, operation) for part in form.parts]
    return "\n".join(parts) + "\n"


def server(url: str) -> str:
    """Return the field with the service's address."""
    whole = url.startswith(("http://", "https://"))
    text = "Address of the service" + (f", such as https://HOST{url}" if url and not whole else "")
    first = f"{quoted(url)}, " if whole else ""
    return (
        f'    server: Annotated[str, Property(group="server")] = Field({first}title="Server", '
        f'description={quoted(text)}, pattern=r"^https?://[^\\s/]")'
    )


def authentication(logins: Sequence[LoginForm]) -> str:
    """Return the field with the login."""
    kind = " | ".join(login.model for login in logins)
    facts = f'title="Authentication", description={quoted("How the service knows who calls")}'
    if len(logins) == 1:
        return f'    authentication: Annotated[{kind}, Property(group="authentication")] = Field({facts})'
    value = f", value={logins[0].tag!r}"
    return (
        f'    authentication: Annotated[{kind}, Property(group="authentication"{value})] = '
        f'Field({facts}, discriminator="type")'
    )


def model_field(part: Part, operation: Operation) -> str:
    """Return one field of a model."""
    one = part.field
    group = "body" if one.place == "body" else "parameters"
    facts = f'group="{group}"' + (', type="Text"' if one.long else "")
    absent = one.default is None and not one.required
    kind = f"{one.kind} | None" if absent and one.kind != "Any" else one.kind
    arguments = []
    if one.default is not None:
        arguments.append(quoted(one.default) if isinstance(one.default, str) else repr(one.default))
    elif absent:
        arguments.append("None")
    if part.variable != part.attribute:
        arguments.append(f"alias={part.variable!r}")
    arguments += [f"title={quoted(one.title)}", f"description={quoted(without_angles(one.description))}"]
    if one.kind == "str" and one.required and one.default is None:
        arguments.append("min_length=1")
    arguments += [f"{name}={bound!r}" for name, bound in one.limits]
    return f"    {part.attribute}: Annotated[{kind}, Property({facts})] = Field({', '.join(arguments)})"


def logins(api: Api, module: str) -> str:
    """Return the module with the logins; empty where nobody is asked."""
    found = form_logins(api)
    if not found:
        return ""
    parts = [
        '"""How the service knows who calls."""\n',
        "from base64 import b64encode",
        "from typing import Annotated, Literal\n",
        "from connectory_sdk import Property",
        "from pydantic import BaseModel, ConfigDict, Field, SecretStr\n",
        f"from {module}.service import Call, Service\n",
    ]
    for one in found:
        parts += [f"\nclass {one.model}(BaseModel):", docstring(one.title), ""]
        if len(found) > 1:
            parts += [
                f"    model_config = ConfigDict(title={quoted(one.title)})\n",
                f'    type: Literal["{one.tag}"] = "{one.tag}"',
            ]
        for member in one.members:
            kind = "SecretStr" if member.secret else "str"
            first = f"{quoted(member.default)}, " if member.default is not None else ""
            last = "" if member.default is not None else ", min_length=1"
            parts.append(
                f"    {member.attribute}: {kind} = Field({first}title={quoted(member.title)}, "
                f"description={quoted(without_angles(member.description))}{last})"
            )
        parts += ["\n    async def sign(self, call: Call, service: Service) -> None:"]
        parts += ['        """Add what the service asks for."""', *signature(one)]
    return "\n".join(parts) + "\n"


def signature(form: LoginForm) -> list[str]:
    """Return the statements that sign a request."""
    lines = []
    for scheme in form.login:
        before = function_name(scheme.name, ()) + "_" if len(form.login) > 1 else ""
        me = f"self.{before}"
        if scheme.kind == "basic":
            lines += [
                f'pair = f"{{{me}username}}:{{{me}password.get_secret_value()}}"',
                'call.headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"',
            ]
        elif scheme.kind == "client":
            lines += [
                f"secret = {me}client_secret.get_secret_value()",
                f"token = await service.token({me}token_url, {me}client_id, secret, {me}scopes)",
                'call.headers["Authorization"] = f"Bearer {token}"',
            ]
        elif scheme.kind == "bearer":
            lines.append(f'call.headers["Authorization"] = f"Bearer {{{me}token.get_secret_value()}}"')
        elif scheme.place == "query":
            lines.append(f"call.query.append(({scheme.key!r}, {me}key.get_secret_value()))")
        else:
            where = "cookies" if scheme.place == "cookie" else "headers"
            lines.append(f"call.{where}[{scheme.key!r}] = {me}key.get_secret_value()")
    return [f"        {line}" for line in lines]


def operations(api: Api, names: Any) -> str:
    """Return the module with the connector and its operations."""
    found = forms(api)
    title = re.sub(r"[\"'\\\\]+", "", sentence(api.title, 60)).rstrip(".")
    parts = [
        f'"""{names.title} connector for Camunda 8, made from a description: {title}.\n',
        "`requests` has what the form asks for, `service` calls the service; here are connector and operations.",
        '"""\n',
        "from pathlib import Path",
        "from typing import Any\n",
        "from connectory_sdk import Connector, Group, JobContext, hookimpl\n",
        f"from {names.module}.requests import {', '.join(sorted(form.model for form in found))}",
        f"from {names.module}.service import Service, lifespan",
        f"from {names.module}.values import VALUES\n",
        '__all__ = ["connector"]\n',
        "connector: Connector[Service] = Connector(",
        f'    id="{names.id}.outbound",',
        f'    name="{names.title}",',
        f'    type="{names.type}:1",',
        "    version=1,",
        f"    description={quoted(sentence(f'Call {api.title}', 120))},",
        "    lifespan=lifespan,",
        "    groups=(",
        '        Group("operation", "Operation"),',
        '        Group("server", "Server"),',
        '        Group("authentication", "Authentication"),',
        '        Group("parameters", "Parameters"),',
        '        Group("body", "Request body"),',
        "    ),",
        '    icon=Path(__file__).with_name("icon.svg").read_text(encoding="utf-8"),',
        '    result_expression="={result: response.body}",',
        ")\n",
    ]
    login = ", login=request.authentication" if form_logins(api) else ""
    parts += [operation_function(form, login) for form in found]
    parts += [
        "\n@hookimpl",
        "def connectory_connectors() -> list[Connector[Any]]:",
        '    """Return the connectors of this distribution."""',
        "    return [connector]",
    ]
    text = "\n".join(parts) + "\n"
    used = sorted(used_values(text))
    line = f"from {names.module}.values import VALUES\n"
    return text.replace(line, line.replace("VALUES", ", ".join(used)) if used else "")


def used_values(text: str) -> set[str]:
    """Return which functions of the module of values a module uses."""
    return functions_of_values() & {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def operation_function(form: Form, login: str) -> str:
    """Return one operation."""
    operation = form.operation
    arguments = [repr(operation.method), "request.server"]
    path = form.at("path")
    values = ", ".join(f"{part.field.name!r}: request.{part.attribute}" for part in path)
    arguments += [f"filled({operation.path!r}, {{{values}}})" if path else repr(operation.path), "job"]
    if query := form.at("query"):
        arguments.append(f"query=[{', '.join(f'*{pairs(part)}' for part in query)}]")
    for place, name in (("header", "headers"), ("cookie", "cookies")):
        if inside := form.at(place):
            members = ", ".join(f"{part.field.name!r}: {header_value(part)}" for part in inside)
            arguments.append(f"{name}={{{members}}}")
    if operation.media:
        arguments.append(f"body={body(form)}")
    described = sentence(operation.description)
    lines = [
        f"\n@connector.operation({operation.id!r}, name={quoted(operation.name)})",
        f"async def {form.function}(request: {form.model}, job: JobContext[Service]) -> dict[str, Any]:",
        docstring(described).removesuffix('"""').rstrip(),
        "",
        "    Returns:",
        "        status, headers, body",
        '    """',
        f"    return await job.state.call({', '.join(arguments)}{login})",
        "",
    ]
    return "\n".join(lines)


def pairs(part: Part) -> str:
    """Return the expression for a parameter of the query."""
    one, value = part.field, f"request.{part.attribute}"
    if one.style == "json":
        return f"as_json_text({one.name!r}, {value})"
    if one.style == "deepObject":
        return f"deep({one.name!r}, {value})"
    separator = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(one.style, ",")
    if one.kind in ("list[Any]", "Any") and not (one.explode and one.style == "form"):
        return f"joined({one.name!r}, {value}" + (")" if separator == "," else f", {separator!r})")
    return f"listed({one.name!r}, {value})"


def header_value(part: Part) -> str:
    """Return the expression for a header or a cookie."""
    return f"request.{part.attribute}"


def body(form: Form) -> str:
    """Return the expression for the body."""
    operation, inside = form.operation, form.at("body")
    media = operation.media.partition(";")[0].strip().lower()
    if media == "*/*":
        media = "application/json"
    members = ", ".join(f"{part.field.name!r}: request.{part.attribute}" for part in inside)
    if media == "application/x-www-form-urlencoded" and not operation.whole:
        return f"form_body({{{members}}})"
    if media == "multipart/form-data" and not operation.whole:
        return f"await multipart_body({{{members}}})"
    value = f"request.{inside[0].attribute}" if operation.whole else f"given({{{members}}})"
    if media.endswith("json"):
        return f"json_body({value})" if media == "application/json" else f"json_body({value}, {media!r})"
    if inside[0].field.kind == "Document":
        return f"await document_body({value}, {media!r})"
    return f"text_body({value}, {media!r})"


def functions_of_values() -> set[str]:
    """Return what the module of values has."""
    tree = ast.parse(text_of("values.py.txt"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def values(used: set[str]) -> str:
    """Return the module of values, with only those functions that are used."""
    source = text_of("values.py.txt")
    tree = ast.parse(source)
    nodes = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    wanted: set[str] = set()
    waiting = {*used, "given", "text"}  # the module of the service uses these two
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        inside = {node.id for node in ast.walk(nodes[name]) if isinstance(node, ast.Name)}
        waiting |= (inside & set(nodes)) - wanted
    lines = source.splitlines()
    for node in reversed([node for name, node in nodes.items() if name not in wanted]):
        del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines) + "\n"


def service(api: Api, module: str) -> str:
    """Return the module that calls the service; it fetches tokens only where a login needs them."""
    text = text_of("service.py.txt")
    if not any(scheme.kind == "client" for login in api.logins for scheme in login):
        text = re.sub(r"^ *#: tokens\n.*?^ *#: end\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return Template(re.sub(r"^ *#: \w+\n", "", text, flags=re.MULTILINE)).substitute(module=module)


def text_of(name: str) -> str:
    """Return a text beside this module."""
    return (files(__package__) / "texts" / name).read_text(encoding="utf-8")
