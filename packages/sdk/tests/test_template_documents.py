"""Fields that are filled with documents."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from connectory_sdk import Connector, Document, JobContext, Property
from connectory_sdk.documents import DocumentReturnFormat
from connectory_sdk.template import check, outbound_template
from connectory_sdk.template.properties import properties


class Data(BaseModel):
    invoice: Document = Field(title="Invoice", description="To archive")
    terms: Document | None = Field(None, title="Terms", description="To archive too")
    annexes: Annotated[list[Document] | None, Property()] = Field(None, title="Annexes", description="And these")


class Archive(BaseModel):
    data: Data = Field(title="Data")
    shelf: str | None = Field(None, title="Shelf", description="Where", deprecated="nobody has shelves")


@pytest.fixture
def form() -> dict[str, dict[str, Any]]:
    connector: Connector[Any] = Connector(id="acme.archive.outbound", name="Archive", type="acme:archive:1", version=1)

    @connector.operation("archive")
    async def archive(request: Archive, job: JobContext) -> None: ...

    made = outbound_template(connector)
    assert check(made) == []
    return {one["id"]: one for one in made["properties"]}


def test_one_that_must_be_is_asked_where_it_is(form: dict[str, dict[str, Any]]) -> None:
    """No choice of how many; the fields of each source are shown for it alone."""
    source = form["data_invoice_documentSource"]

    assert source["label"] == "Invoice"
    assert [choice["value"] for choice in source["choices"]] == ["camunda", "inline", "external"]
    assert "data_invoice_documentMode" not in form
    assert form["data_invoice_external_url"]["condition"] == {
        "property": "data_invoice_documentSource",
        "equals": "external",
        "type": "simple",
    }
    assert form["data_invoice_inline_content"]["binding"]["name"] == "data.data_invoice_inline_content"


def test_one_that_may_be_starts_with_none(form: dict[str, dict[str, Any]]) -> None:
    """The source is asked only where there is a document."""
    assert form["data_terms_documentMode"]["value"] == "no"
    assert form["data_terms_documentSource"]["condition"]["equals"] == "yes"


def test_many_are_none_one_or_a_list(form: dict[str, dict[str, Any]]) -> None:
    """Several are a FEEL list."""
    assert [choice["value"] for choice in form["data_annexes_documentMode"]["choices"]] == [
        "none",
        "single",
        "multiple",
    ]
    assert form["data_annexes_multiple_expression"]["feel"] == "required"


def test_the_connector_reads_a_hidden_property_alone(form: dict[str, dict[str, Any]]) -> None:
    """It comes after the fields that its expression reads, and gives a reference or a list of them."""
    feel = pytest.importorskip("connectory_feel")
    order = list(form)
    several, one = form["data.annexes"], form["data.invoice"]
    chosen = {"data_annexes_documentMode": "single", "data_annexes_single_documentSource": "inline"}
    written = {"data_annexes_single_inline_content": "teapot", "data_annexes_single_inline_fileName": "a.txt"}

    found = feel.compile(several["value"].removeprefix("=")).evaluate({"data": {**chosen, **written}})

    assert order.index("data.annexes") > order.index("data_annexes_multiple_expression")
    assert (one["type"], several["type"]) == ("Hidden", "Hidden")
    assert [(part["camunda.document.type"], part["content"], part["name"]) for part in found] == [
        ("inline", "teapot", "a.txt")
    ]


def test_a_deprecated_field_is_accepted_but_not_offered(form: dict[str, dict[str, Any]]) -> None:
    """Models of older templates go on; new ones do not have it."""
    assert "shelf" not in form


def test_the_modeller_chooses_what_becomes_of_content() -> None:
    """The fields have Camunda's ids, bindings, values and defaults."""

    class Download(BaseModel):
        format: DocumentReturnFormat = Field(DocumentReturnFormat(), alias="documentReturnFormat")

    choice, encoding = properties(Download)

    assert (choice["id"], choice["binding"]["name"]) == ("documentReturnFormat", "documentReturnFormat.choice")
    assert [(one["value"], one["name"]) for one in choice["choices"]] == [
        ("DOCUMENT", "Document reference"),
        ("TEXT", "as text"),
        ("JSON", "as JSON"),
    ]
    assert (encoding["id"], encoding["binding"]["name"], encoding["value"]) == (
        "documentReturnFormatEncoding",
        "documentReturnFormat.encoding",
        "UTF-8",
    )
    assert encoding["condition"] == {"property": "documentReturnFormat", "equals": "TEXT", "type": "simple"}
