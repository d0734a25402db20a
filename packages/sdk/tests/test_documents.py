"""What a connector's document fields mean, and the handles that come of it."""

from typing import Any

import pytest

from connectory_sdk import ConnectorInputError, Document
from connectory_sdk.documents import composed, handles
from connectory_sdk.testing import MemoryDocuments

STORED = {"camunda.document.type": "camunda", "documentId": "1"}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, None),
        ({"documentMode": "none", "single_camundaReference": STORED}, None),
        ({"documentMode": "single", "single_documentSource": "camunda", "single_camundaReference": STORED}, STORED),
        (
            {"documentMode": "single", "single_documentSource": "inline", "single_inline_content": "x"}
            | {"single_inline_fileName": "a.txt", "single_inline_contentType": "text/plain"},
            {"camunda.document.type": "inline", "content": "x", "name": "a.txt", "contentType": "text/plain"},
        ),
        (
            {"documentMode": "single", "single_documentSource": "external", "single_external_url": "https://x"}
            | {"single_external_fileName": None},
            {"camunda.document.type": "external", "url": "https://x"},
        ),
        ({"documentMode": "multiple", "multiple_expression": [STORED]}, [STORED]),
    ],
)
def test_the_fields_of_a_template_are_put_together(fields: dict[str, Any], found: Any) -> None:
    """As the template's own expression would, had it not lost them; what is not filled in is not there."""
    assert composed({f"data_documents_{name}": value for name, value in fields.items()}, "data_documents") == found


def test_documents_are_one_or_many() -> None:
    """Handles stay, references become handles, null and nothing are none."""
    store = MemoryDocuments()
    handle = Document(STORED, store)

    assert handles(None, store, field="f") == handles("", store, field="f") == []
    assert handles(handle, store, field="f") == handles([STORED, None], store, field="f") == [handle]


@pytest.mark.parametrize("value", ["report.pdf", 7, {"documentId": "1"}, [[STORED]]])
def test_what_is_no_document_names_the_field(value: Any) -> None:
    """One line with what to write."""
    with pytest.raises(
        ConnectorInputError, match=r"^data\.documents needs a document reference or a list of them, such"
    ):
        handles(value, MemoryDocuments(), field="data.documents")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"camunda.document.type": "inline", "name": "a.txt"}, "an inline document needs a 'content'"),
        ({"camunda.document.type": "external", "url": "https://x"}, "nothing from addresses"),
        ({"camunda.document.type": "camunda", "documentId": "7"}, "there is no document '7'"),
    ],
)
async def test_what_is_not_in_memory_is_said(reference: dict[str, Any], message: str) -> None:
    """As an error of the input, not of this code."""
    with pytest.raises(ConnectorInputError, match=message):
        await Document(reference, MemoryDocuments()).read()


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ({"name": "a.json"}, "application/json"),
        ({"name": "a.json", "contentType": "text/plain"}, "text/plain"),
        ({"name": "a"}, None),
        ({}, None),
    ],
)
def test_the_media_type_of_an_inline_document(reference: dict[str, str], kind: str | None) -> None:
    """It follows from the name, unless the reference says it."""
    document = Document({"camunda.document.type": "inline", "content": "{}", **reference}, MemoryDocuments())

    assert document.content_type == kind
