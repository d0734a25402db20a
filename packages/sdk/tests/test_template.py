"""What follows from the models in an element template."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectory_sdk import Connector, Group, JobContext, Property
from connectory_sdk.template import (
    TemplateError,
    check,
    dumps,
    inbound_templates,
    outbound_template,
    outbound_templates,
)
from connectory_sdk.template.hybrid import hybrid
from connectory_sdk.template.properties import properties


class NoAuth(BaseModel):
    model_config = ConfigDict(title="None")
    type: Literal["none"] = "none"


class Basic(BaseModel):
    model_config = ConfigDict(title="Basic")
    type: Literal["basic"]
    password: SecretStr = Field(title="Password", description="Of the user")


Authentication = Annotated[NoAuth | Basic, Field(discriminator="type")]


class Shared(BaseModel):
    authentication: Annotated[Authentication | None, Property(group="auth")] = Field(
        default=NoAuth(), title="Authentication"
    )


class Send(Shared):
    text: Annotated[str, Property(type="Text")] = Field(title="Text", description="What to send", min_length=1)
    urgent: bool = Field(False, title="Urgent", description="Ring the bell")
    times: int = Field(1, title="Times", description="How often")
    colour: Literal["red", "blue"] = Field("red", title="Colour")
    extra: dict[str, Any] | None = Field(None, title="Extra", description="Anything else")


class Delete(Shared):
    id: str = Field(title="ID", description="What to delete")
    secret_switch: Annotated[bool, Property(hidden=True)] = False


def connector() -> Connector[Any]:
    made: Connector[Any] = Connector(
        id="acme.board.outbound",
        name="Board",
        type="acme:board:1",
        version=3,
        groups=(Group("auth", "Authentication"),),
    )

    @made.operation("send", name="Send")
    async def send(request: Send, job: JobContext) -> None: ...

    @made.operation("delete", name="Delete")
    async def delete(request: Delete, job: JobContext) -> None: ...

    return made


def entries() -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in outbound_template(connector())["properties"]}


def test_types_choose_the_kind_of_field() -> None:
    """Texts take FEEL on demand, maps always, numbers and booleans keep their type."""
    form = entries()

    assert (form["send:text"]["type"], form["send:text"]["feel"]) == ("Text", "optional")
    assert (form["send:urgent"]["type"], form["send:urgent"]["feel"]) == ("Boolean", "static")
    assert (form["send:times"]["type"], form["send:times"]["value"]) == ("Number", 1)
    assert (form["send:extra"]["feel"], form["send:extra"]["optional"]) == ("required", True)
    assert form["send:colour"]["choices"] == [{"name": "red", "value": "red"}, {"name": "blue", "value": "blue"}]


def test_a_union_becomes_a_dropdown_with_conditions() -> None:
    """The members' fields show for their choice, once for all operations that share them."""
    form = entries()

    assert form["authentication.type"]["value"] == "none"
    assert form["authentication.password"]["condition"] == {
        "property": "authentication.type",
        "equals": "basic",
        "type": "simple",
    }
    assert "condition" not in form["authentication.type"]


def test_fields_of_one_operation_are_conditional() -> None:
    """Their id and condition name the operation; their binding does not."""
    form = entries()

    assert form["delete:id"]["condition"] == {"property": "operation", "equals": "delete", "type": "simple"}
    assert form["delete:id"]["binding"] == {"name": "id", "type": "zeebe:input"}
    assert form["delete:id"]["constraints"] == {"notEmpty": True}


def test_hidden_fields_stay_out() -> None:
    """The runtime accepts them; the modeller does not see them."""
    assert not [key for key in entries() if "secret_switch" in key]


def test_the_tail_says_version_and_retries() -> None:
    """Every template ends with the headers that the runtime reads."""
    form = entries()

    assert form["version"]["value"] == "3"
    assert form["retryCount"]["binding"] == {"property": "retries", "type": "zeebe:taskDefinition"}
    assert {"resultVariable", "resultExpression", "errorExpression", "retryBackoff", "jobTimeout"} <= set(form)


def test_the_same_models_give_the_same_text() -> None:
    """Generated files can be compared."""
    assert dumps(outbound_template(connector())) == dumps(outbound_template(connector()))


def test_a_field_without_a_title_is_refused() -> None:
    """The error names model, field and remedy."""
    made: Connector[Any] = Connector(id="acme.a.outbound", name="A", type="acme:a:1", version=1)

    class Untitled(BaseModel):
        name: str

    async def call(request: Untitled, job: JobContext) -> None: ...

    call.__annotations__["request"] = Untitled
    made.operation("a")(call)

    with pytest.raises(TemplateError, match=r"Untitled\.name has no title; add Field\(title=\.\.\.\)"):
        outbound_template(made)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"condition": {"property": "nowhere", "equals": "x", "type": "simple"}}, "condition-target-exists"),
        ({"condition": {"property": "jobTimeout", "isActive": True, "type": "simple"}}, "condition-property-order"),
        ({"condition": {"property": "operation", "equals": "x", "type": "simple"}}, "condition-value-in-choices"),
        ({"group": "nowhere"}, "group-target-exists"),
        ({"id": "send:times"}, "unique-property-id"),
    ],
)
def test_broken_templates_are_found(change: dict[str, Any], rule: str) -> None:
    """Each semantic rule reports what breaks it."""
    template = outbound_template(connector())
    broken = next(entry for entry in template["properties"] if entry["id"] == "send:text")
    broken.update(change)

    assert [problem for problem in check(template) if problem.startswith(rule)]


def test_operations_are_offered_one_by_one() -> None:
    """The modeler finds each by name and keywords, and a preset chooses it."""
    template = outbound_template(connector())

    assert template["groups"][0] == {"id": "operation", "label": "Operation"}
    assert template["steps"][0] == {"name": "Send", "keywords": ["send"], "presetId": "operation_send"}
    assert template["presets"][1] == {"id": "operation_delete", "properties": {"operation": "delete"}}


def test_a_deprecated_connector_says_what_to_use_instead() -> None:
    """The modeler shows it."""
    old = connector()
    old.deprecated = "Use Table instead"

    assert outbound_template(old)["deprecated"] == {"message": "Use Table instead"}


def test_markers_are_properties_that_nobody_sees() -> None:
    """Tools read them from the process."""
    marked = connector()
    marked.markers = {"io.acme.toolContainer": "true"}

    found = [e for e in outbound_template(marked)["properties"] if e["binding"]["type"] == "zeebe:property"]

    assert [(e["binding"]["name"], e["value"], e["type"]) for e in found] == [
        ("io.acme.toolContainer", "true", "Hidden")
    ]


def test_a_hybrid_template_lets_the_type_be_changed() -> None:
    """The type is the first field; the header with the id stays that of the base."""
    made = hybrid(outbound_template(connector()))

    assert check(made) == []
    assert (made["id"], made["name"]) == ("acme.board.outbound-hybrid", "Hybrid Board")
    assert made["groups"][0]["id"] == "taskDefinitionType"
    first = made["properties"][0]
    assert (first["type"], first["value"], first["group"]) == ("String", "acme:board:1", "taskDefinitionType")
    assert next(e for e in made["properties"] if e["id"] == "id")["value"] == "acme.board.outbound"


def test_an_inbound_connector_needs_an_id_and_kinds_that_there_are() -> None:
    """The message says what to pass."""
    made: Connector[Any] = Connector(id="acme.board", name="Board", type="acme:board:1", version=1)

    class Config(BaseModel):
        topic: str = Field(title="Topic")

    async def listen(config: Config, inbound: Any) -> None: ...

    listen.__annotations__["config"] = Config
    made.inbound("acme:a:1", name="A")(listen)
    made.inbound("acme:b:1", name="B", id="acme.b", kinds=("end",))(listen)

    with pytest.raises(TemplateError, match=r"'acme:a:1' has no id for its templates; pass id='acme\.board\.inbound'"):
        inbound_templates(made, made.inbounds["acme:a:1"])
    with pytest.raises(TemplateError, match="has the kind 'end'; write some of start, message-start"):
        inbound_templates(made, made.inbounds["acme:b:1"])


def test_a_description_with_an_angle_bracket_is_refused() -> None:
    """The panel takes it for HTML and shows nothing of it; links are meant."""

    class Bracket(BaseModel):
        linked: str = Field(title="Linked", description='See <a href="https://acme.example">there</a>')
        path: str = Field(title="Path", description="Last part: /inbound/<ID>")

    with pytest.raises(TemplateError, match=r"Bracket\.path: the modeler takes '<' in a description for HTML"):
        list(properties(Bracket))


def test_the_pattern_of_an_optional_field_lets_it_be_empty() -> None:
    """The panel looks at the text "undefined" then."""

    class Optional(BaseModel):
        life: Annotated[str | None, Property(pattern=("^PT.*$", "must be a duration"))] = Field(None, title="Life")

    (entry,) = properties(Optional)

    assert entry["constraints"]["pattern"]["value"] == "^undefined$|^PT.*$"


def test_each_kind_of_element_has_a_template() -> None:
    """Ids and names tell them apart; the header says the connector's id in all."""
    made = connector()
    made.kinds = ("task", "end")

    task, end = outbound_templates(made)

    assert task == outbound_template(made)
    assert (end["id"], end["name"]) == ("acme.board.outbound.end", "Board (end event)")
    assert end["elementType"] == {"value": "bpmn:EndEvent", "eventDefinition": "bpmn:MessageEventDefinition"}
    assert end["properties"] == task["properties"]
    assert end["appliesTo"] == ["bpmn:EndEvent"]


@pytest.mark.parametrize("kinds", [(), ("task", "script")])
def test_a_kind_that_there_is_not_is_refused(kinds: tuple[str, ...]) -> None:
    """The message says which there are."""
    made = connector()
    made.kinds = kinds

    with pytest.raises(
        TemplateError, match=r"'acme\.board\.outbound' has the kinds .*; write some of task, send, throw"
    ):
        outbound_templates(made)


def test_output_and_errors_may_start_with_something() -> None:
    """The modeller can change it."""
    made = connector()
    made.result_variable, made.result_expression, made.error_expression = "answer", "={id: response.id}", "=null"

    form = {entry["id"]: entry.get("value") for entry in outbound_template(made)["properties"]}

    assert form["resultVariable"] == "answer"
    assert (form["resultExpression"], form["errorExpression"]) == ("={id: response.id}", "=null")
    assert "value" not in entries()["resultVariable"]


def test_an_input_needs_the_name_of_a_variable() -> None:
    """The engine takes no other; a header may have any."""

    class Dashed(BaseModel):
        kind: str = Field(title="Kind", alias="content-type")

    class Header(BaseModel):
        kind: Annotated[str, Property(binding="header")] = Field(title="Kind", alias="content-type")

    with pytest.raises(TemplateError, match=r"Dashed\.kind: 'content-type' in 'content-type' is no name of a variable"):
        list(properties(Dashed))
    assert next(properties(Header))["binding"]["key"] == "content-type"


def test_an_example_and_whether_another_field_is_shown() -> None:
    """Pydantic's first example is the template's; a field can be shown with another, or in place of it."""

    class Shown(BaseModel):
        host: str = Field(title="Host", examples=["shop.acme.example", "other"])
        path: Annotated[str, Property(shown_when=("host", True))] = Field(title="Path")
        socket: Annotated[str, Property(shown_when=("host", False))] = Field(title="Socket")

    host, path, socket = properties(Shown)

    assert host["exampleValue"] == "shop.acme.example"
    assert path["condition"] == {"property": "host", "isActive": True, "type": "simple"}
    assert socket["condition"] == {"property": "host", "isActive": False, "type": "simple"}


def test_a_condition_on_a_field_that_is_not_there_names_connector_and_field() -> None:
    """The generator refuses; it does not write a form that never shows the field."""
    made: Connector[Any] = Connector(id="acme.a.outbound", name="A", type="acme:a:1", version=1)

    class Shown(BaseModel):
        name: Annotated[str, Property(shown_when=("colour", ("red",)))] = Field(title="Name")

    async def call(request: Shown, job: JobContext) -> None: ...

    call.__annotations__["request"] = Shown
    made.operation("a")(call)

    with pytest.raises(TemplateError, match=r"'acme\.a\.outbound'.*'name' is shown by 'colour', which is no property"):
        outbound_template(made)


def test_two_fields_with_one_id_are_refused() -> None:
    """The message says how to tell them apart."""
    made: Connector[Any] = Connector(id="acme.a.outbound", name="A", type="acme:a:1", version=1)

    class Twice(BaseModel):
        one: Annotated[str, Property(id="same")] = Field(title="One")
        two: Annotated[str, Property(id="same")] = Field(title="Two")

    async def call(request: Twice, job: JobContext) -> None: ...

    call.__annotations__["request"] = Twice
    made.operation("a")(call)

    with pytest.raises(TemplateError, match=r"two properties 'same'; give one another id with Property\(id=\.\.\.\)"):
        outbound_template(made)


def test_inbound_templates_differ_by_kind() -> None:
    """A plain start has no correlation; a catch event needs a key; a message start may need one."""
    made: Connector[Any] = Connector(id="acme.board", name="Board", type="acme:board:1", version=1)

    class Config(BaseModel):
        topic: str = Field(title="Topic", description="What to listen to")

    async def listen(config: Config, inbound: Any) -> None: ...

    listen.__annotations__["config"] = Config
    made.inbound("acme:board-inbound:1", name="Listen to the board", id="acme.board.inbound")(listen)

    templates = {
        template["id"].rsplit(".", 1)[1]: {entry["id"]: entry for entry in template["properties"]}
        for template in inbound_templates(made, made.inbounds["acme:board-inbound:1"])
    }

    assert set(templates) == {"start", "message-start", "intermediate", "boundary", "receive"}
    assert "correlationKeyPayload" not in templates["start"]
    assert "condition" not in templates["intermediate"]["correlationKeyPayload"]
    assert templates["message-start"]["correlationKeyPayload"]["condition"]["property"] == "correlationRequired"
    assert templates["receive"]["topic"]["binding"] == {"name": "topic", "type": "zeebe:property"}
