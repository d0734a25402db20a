"""Linked resources and reusable credentials: fields that are more than a variable."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectory_sdk import Connector, JobContext, Property
from connectory_sdk.linked import LinkedResource
from connectory_sdk.template import TemplateError, inbound_templates, outbound_template


class Token(BaseModel):
    model_config = ConfigDict(title="Token")
    kind: Literal["token"]
    token: SecretStr = Field(title="Token", description="What the ledger gave")


class Anonymous(BaseModel):
    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"


class LedgerKey(BaseModel):
    model_config = ConfigDict(title="Ledger account")
    login: Annotated[Token | Anonymous, Field(discriminator="kind")] = Field(title="Login")
    region: str | None = Field(None, title="Region")
    port: int = Field(443, title="Port")


KEY = Property(configuration=("acme:ledger:1", 2))


class Post(BaseModel):
    account: Annotated[LedgerKey | None, KEY] = Field(None, title="Account", description="Chosen, not typed")
    form: Annotated[LinkedResource, Property(resource="form")] = Field(title="Form", description="ID of the form")
    script: Annotated[LinkedResource | None, Property(resource="RPA")] = Field(None, title="Script")


class Listed(BaseModel):
    account: Annotated[LedgerKey, KEY] = Field(title="Account")


def template(*models: type[BaseModel], engines: str = "^8.10") -> dict[str, Any]:
    """Return the template of a connector with an operation for each model."""
    made: Connector[Any] = Connector(id="acme.a.outbound", name="A", type="acme:a:1", version=1, engines=engines)
    for model in models:

        async def call(request: Any, job: JobContext) -> None: ...

        call.__annotations__["request"] = model
        made.operation(model.__name__.lower())(call)
    return outbound_template(made)


def by_id(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in made["properties"]}


def test_a_linked_resource_is_asked_for_by_id_and_version() -> None:
    """Its type is fixed; a tag is asked for only where the version is chosen by tag."""
    form = by_id(template(Post))

    parts = {part: form[f"form.{part}"] for part in ("resourceType", "resourceId", "bindingType", "versionTag")}
    assert {part: entry["binding"] for part, entry in parts.items()} == {
        part: {"linkName": "form", "property": part, "type": "zeebe:linkedResource"} for part in parts
    }
    assert (parts["resourceType"]["type"], parts["resourceType"]["value"]) == ("Hidden", "form")
    assert (parts["resourceId"]["label"], parts["resourceId"]["constraints"]) == ("Form", {"notEmpty": True})
    assert [choice["value"] for choice in parts["bindingType"]["choices"]] == ["latest", "deployment", "versionTag"]
    assert parts["versionTag"]["condition"]["property"] == "form.bindingType"
    assert "form.include" not in form


def test_one_that_may_be_missing_has_a_switch() -> None:
    """Nothing of it is written while the switch is off."""
    form = by_id(template(Post))

    assert form["script.include"]["binding"] == {"key": "script.include", "type": "zeebe:taskHeader"}
    on = {"property": "script.include", "equals": True, "type": "simple"}
    assert [form[f"script.{part}"]["condition"] for part in ("resourceType", "resourceId", "bindingType")] == [on] * 3
    assert form["script.versionTag"]["condition"]["allMatch"][0] == on


def test_links_of_two_operations_are_told_apart() -> None:
    """Ids and conditions name the operation, the links do not."""
    form = by_id(template(Post, Listed))

    tag = form["post:script.versionTag"]
    assert tag["binding"]["linkName"] == "script"
    assert [part["property"] for part in tag["condition"]["allMatch"]] == [
        "operation",
        "post:script.include",
        "post:script.bindingType",
    ]


def test_a_credential_is_chosen_and_its_definition_embedded() -> None:
    """Once for both operations; plain fields, secrets marked, conditions as in any form."""
    made = template(Post, Listed)
    form = by_id(made)

    chosen, needed = form["post:account"], form["listed:account"]
    assert (chosen["type"], chosen["configurationTemplate"]) == ("Configuration", "acme:ledger:1")
    assert chosen["binding"] == {"name": "account", "type": "zeebe:input"}
    assert (chosen["optional"], needed["constraints"]) == (True, {"notEmpty": True})
    (definition,) = made["configurationTemplates"]
    fields = definition.pop("properties")
    assert definition == {"id": "acme:ledger:1", "kind": "CREDENTIAL", "version": 2, "name": "Ledger account"}
    assert [entry["binding"] for entry in fields] == [
        {"name": name, "type": "property"} for name in ("login.kind", "login.token", "region", "port")
    ]
    assert [entry.get("secret") for entry in fields] == [None, True, None, None]
    assert not [entry for entry in fields if "feel" in entry or "optional" in entry]
    assert fields[1]["condition"] == {"property": "login.kind", "equals": "token", "type": "simple"}


def test_an_event_can_choose_a_credential_too() -> None:
    """It is a property of the event then."""
    made: Connector[Any] = Connector(id="acme.a", name="A", type="acme:a:1", version=1, engines="^8.10")

    async def listen(config: Listed, inbound: Any) -> None: ...

    listen.__annotations__["config"] = Listed
    made.inbound("acme:a-inbound:1", name="A", id="acme.a.inbound", kinds=("start",))(listen)

    (found,) = inbound_templates(made, made.inbounds["acme:a-inbound:1"])

    assert by_id(found)["account"]["binding"] == {"name": "account", "type": "zeebe:property"}
    assert [one["id"] for one in found["configurationTemplates"]] == ["acme:ledger:1"]


class Deep(BaseModel):
    form: Annotated[LinkedResource, Property(resource="form")] = Field(title="Form")


class DeepLink(BaseModel):
    data: Deep = Field(title="Data")


class Untyped(BaseModel):
    form: LinkedResource = Field(title="Form")


class DeepKey(BaseModel):
    data: Listed = Field(title="Data")


class Map(BaseModel):
    model_config = ConfigDict(title="Map")
    headers: dict[str, str] = Field(title="Headers")


class MapKey(BaseModel):
    account: Annotated[Map, KEY] = Field(title="Account")


class NoModel(BaseModel):
    account: Annotated[str, KEY] = Field(title="Account")


class Nameless(BaseModel):
    region: str = Field(title="Region")


class NamelessKey(BaseModel):
    account: Annotated[Nameless, KEY] = Field(title="Account")


class Newer(BaseModel):
    account: Annotated[LedgerKey, Property(configuration=("acme:ledger:1", 3))] = Field(title="Account")


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ((DeepLink,), r"Deep\.form: a linked resource belongs to a task; declare it at the top of the request"),
        ((Untyped,), r"Untyped\.form: say what kind of resource is linked, with Property\(resource='form'\)"),
        ((DeepKey,), r"Listed\.account: a reusable credential is chosen at the top of the form; declare it there"),
        ((MapKey,), r"Map\.headers: a field of a reusable credential is a text, a number, a switch or a choice"),
        ((NoModel,), r"NoModel\.account: a reusable credential is a pydantic model; annotate the field with one"),
        ((NamelessKey,), r"NamelessKey\.account: 'Nameless' has no title; add model_config = ConfigDict\(title=...\)"),
        ((Listed, Newer), r"Newer\.account: the credential 'acme:ledger:1' is declared in two ways; use one model and"),
    ],
)
def test_what_cannot_be(models: tuple[type[BaseModel], ...], message: str) -> None:
    """One line names model, field and remedy."""
    with pytest.raises(TemplateError, match=message):
        template(*models)


@pytest.mark.parametrize("engines", ["^8.6", "^8.9", "8.9.1", ">=8.9 <9"])
def test_credentials_need_a_modeler_that_knows_them(engines: str) -> None:
    """An older one would refuse the whole template."""
    with pytest.raises(TemplateError, match=r"Listed\.account: .* from Camunda 8\.10 on; .* engines='\^8\.10'"):
        template(Listed, engines=engines)
