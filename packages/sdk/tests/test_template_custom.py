"""Templates without code."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from connectory_sdk import Connector, JobContext
from connectory_sdk.template import TemplateError, outbound_template
from connectory_sdk.template.custom import custom_template


class Call(BaseModel):
    method: Literal["GET", "POST"] = Field("GET", title="Method")
    url: str = Field(title="URL", description="Whom to call")
    body: Any = Field(None, title="Body", description="What to send")
    token: str | None = Field(None, title="Token", description="Who calls")


def base() -> dict[str, Any]:
    connector: Connector[Any] = Connector(id="connectory.http.outbound", name="HTTP", type="acme:http:1", version=4)

    @connector.operation("call")
    async def call(request: Call, job: JobContext) -> None: ...

    return outbound_template(connector)


TOML = """
id = "acme.tickets.create"
name = "Create ticket"
version = 2
based-on = "connectory.http.outbound"

[fixed]
url = "https://tickets.example"
body = "={title: title}"
resultExpression = "={ticket: response.number}"

[fields.title]
label = "Title"
required = true

[fields.kind]
label = "Kind"
choices = ["bug", "wish"]
value = "bug"
"""


YAML = """
id: acme.tickets.create
name: Create ticket
version: 2
based-on: connectory.http.outbound
fixed:
  url: https://tickets.example
  body: "={title: title}"
  resultExpression: "={ticket: response.number}"
fields:
  title:
    label: Title
    required: true
  kind:
    label: Kind
    choices: [bug, wish]
    value: bug
"""


def made(tmp_path: Path, text: str = TOML, *, name: str = "ticket.toml") -> dict[str, Any]:
    path = tmp_path / name
    path.write_text(text)
    return custom_template(path, [base()])


def test_fixed_values_are_hidden_and_fields_come_before_them(tmp_path: Path) -> None:
    """Expressions of fixed values see the fields; the modeller sees only these."""
    template = made(tmp_path)

    inputs = [
        (e["binding"]["name"], e["type"]) for e in template["properties"] if e["binding"]["type"] == "zeebe:input"
    ]
    assert inputs == [("title", "String"), ("kind", "Dropdown"), ("url", "Hidden"), ("body", "Hidden")]


def test_identity_and_defaults_are_its_own(tmp_path: Path) -> None:
    """Id and version reach the headers; a fixed result expression becomes the default."""
    template = made(tmp_path)
    values = {e["id"]: e.get("value") for e in template["properties"] if "id" in e}

    assert (template["id"], template["version"]) == ("acme.tickets.create", 2)
    assert (values["id"], values["version"]) == ("acme.tickets.create", "2")
    assert values["resultExpression"] == "={ticket: response.number}"
    assert values["taskDefinitionType"] == "acme:http:1"


def test_fixed_lists_and_maps_are_feel(tmp_path: Path) -> None:
    """As are numbers and switches."""
    text = TOML.replace('"={title: title}"', '{tags = ["a", "b"], urgent = true, size = 2}')

    (body,) = [e["value"] for e in made(tmp_path, text)["properties"] if e["binding"].get("name") == "body"]

    assert body == '={"tags": ["a", "b"], "urgent": true, "size": 2}'


def test_a_fixed_choice_may_be_an_expression(tmp_path: Path) -> None:
    """Nobody knows before what it gives."""
    made(tmp_path, TOML.replace("[fixed]", '[fixed]\nmethod = "=if urgent then \\"POST\\" else \\"GET\\""'))


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """Which of the two is a matter of taste."""
    assert made(tmp_path, YAML, name="ticket.yaml") == made(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: [", "is not YAML: while parsing"),
        ("- id", "write names and values, such as id: acme.tickets.create"),
        (YAML.replace("label: Title", ""), "fields.title has no label"),
        (YAML.replace("fixed:", "fixed: url\nother:"), "unknown key 'other'"),
        (YAML.partition("fixed:")[0] + "fixed: url", "'fixed' must have names and values below it"),
        (YAML.partition("fields:")[0] + "fields:\n  title: Title", "fields.title must have a label below it"),
    ],
)
def test_mistakes_in_yaml_are_named(tmp_path: Path, text: str, message: str) -> None:
    """One line, as for TOML."""
    with pytest.raises(TemplateError) as refused:
        made(tmp_path, text, name="ticket.yml")

    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOML.replace("connectory.http.outbound", "connectory.soap"), "no template 'connectory.soap' to base on"),
        (TOML.replace("url =", "uri ="), "has no input 'uri'; did you mean 'url'?"),
        (TOML.replace('label = "Title"', ""), "fields.title has no label; give it one"),
        (TOML.replace("[fields.title]", "[fields.token]"), "field 'token' has the name of an input"),
        (TOML.replace('name = "Create', 'title = "Create'), "unknown key 'title'"),
        (TOML.replace('name = "Create ticket"', ""), "'name' is missing"),
        ("id = ", "is not TOML"),
        (TOML.replace("url =", "colour ="), "has no input 'colour'; it has body, method, token, url"),
        (TOML.replace("[fixed]", '[fixed]\nmethod = "PUT"'), "'method' cannot be 'PUT'; write one of GET, POST"),
        (TOML.replace("acme.tickets.create", "../create"), "id '../create' may have letters, digits and . : _ - only"),
        (TOML.replace("version = 2", 'version = "2"'), "version is '2'; write a whole number"),
        (TOML.replace("version = 2", "version = true"), "version is True; write a whole number"),
        (TOML.replace("version = 2", 'icon = "no.svg"'), "no.svg cannot be read: No such file or directory"),
        (TOML.replace("version = 2", 'icon = "ticket.toml"'), "ticket.toml is no SVG; give a file with an <svg>"),
        (TOML.replace("required = true", 'required = "yes"'), "fields.title.required is 'yes'; write true or false"),
        (TOML.replace("required = true", "value = 3"), "fields.title.value is 3, which does not fit the type 'String'"),
        (TOML.replace("required = true", 'feel = "yes"'), "feel is 'yes'; write one of optional, required, static"),
        (TOML.replace("required = true", 'type = "Dropdown"'), "fields.title is a dropdown without choices; add some"),
        (TOML.replace("[fields.title]", '[fields."a-b"]'), "fields.a-b becomes a variable; give it a name of letters"),
        (TOML.replace('["bug", "wish"]', '"bug"'), "fields.kind.choices is 'bug'; write a list"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    """File, key and remedy in one line."""
    with pytest.raises(TemplateError) as refused:
        made(tmp_path, text)

    assert message in str(refused.value)
    assert "ticket.toml" in str(refused.value)
