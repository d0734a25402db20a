"""The page about the connector knows every field and every setting."""

import re
from pathlib import Path
from typing import Any

import pytest

from connectory_rest import graphql, rest
from connectory_sdk import Connector
from connectory_sdk.template import outbound_template

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "connectors" / "rest.md").read_text()
SOURCES = "".join(path.read_text() for path in (ROOT / "packages/rest/src/connectory_rest").glob("*.py"))


@pytest.mark.parametrize("connector", [rest, graphql])
def test_every_field_is_described(connector: Connector[Any]) -> None:
    """Each variable that the template writes is on the page, by its path or as a member in its table."""
    names = [entry["binding"].get("name") for entry in outbound_template(connector)["properties"]]

    missing = [
        name for name in names if name and f"`{name}`" not in PAGE and f"`{name.rpartition('.')[2]}`" not in PAGE
    ]

    assert missing == []


def test_every_setting_is_described() -> None:
    """Each environment variable that the code reads is on the page."""
    names = set(re.findall(r'"((?:CONNECTORY_REST|CONNECTOR_HTTP|CAMUNDA_CONNECTOR)_[A-Z0-9_]+)"', SOURCES))

    assert len(names) > 10
    assert [name for name in sorted(names) if name not in PAGE] == []
