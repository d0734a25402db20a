"""The folder of committed templates."""

import copy
from pathlib import Path
from typing import Any

import pytest

from connectory_sdk.template import TemplateError
from connectory_sdk.template.collection import differences, fits, newest, write

TEMPLATE: dict[str, Any] = {
    "name": "Board",
    "id": "connectory.board.outbound",
    "version": 1,
    "engines": {"camunda": "^8.6"},
    "properties": [],
}


def changed(**facts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(TEMPLATE), **facts}


def test_a_folder_that_was_written_is_up_to_date(tmp_path: Path) -> None:
    """Writing again writes nothing."""
    assert write([TEMPLATE], tmp_path) == [tmp_path / "board-outbound.json"]

    assert differences([TEMPLATE], tmp_path) == []
    assert write([TEMPLATE], tmp_path) == []


def test_a_change_needs_the_next_version(tmp_path: Path) -> None:
    """The message says from which to which."""
    write([TEMPLATE], tmp_path)

    with pytest.raises(
        TemplateError, match=r"'connectory\.board\.outbound' has changed: raise its version from 1 to 2"
    ):
        write([changed(name="Table")], tmp_path)
    with pytest.raises(TemplateError, match="raise its version"):
        write([changed(name="Table", version=3)], tmp_path)


def test_the_old_version_is_kept(tmp_path: Path) -> None:
    """Models in use go on using it."""
    write([TEMPLATE], tmp_path)

    write([changed(name="Table", version=2)], tmp_path)

    assert "Board" in (tmp_path / "versioned" / "board-outbound-1.json").read_text()
    assert '"version": 2' in (tmp_path / "board-outbound.json").read_text()
    assert (tmp_path / "index.json").read_text().count('"id"') == 2


def test_what_is_out_of_date_is_named(tmp_path: Path) -> None:
    """Changed, missing and forgotten files."""
    write([TEMPLATE], tmp_path)
    (tmp_path / "old.json").write_text("{}")

    found = differences([changed(name="Table", version=2), changed(id="connectory.new.outbound")], tmp_path)

    assert [line.split()[0] for line in found] == ["board-outbound.json", "new-outbound.json", "old.json"]


@pytest.mark.parametrize(("cluster", "answer"), [("8.6", True), ("8.10", True), ("8.5", False), ("9.0", False)])
def test_which_clusters_a_template_is_for(cluster: str, answer: bool) -> None:
    """A caret range: the same major version, at least the minor one."""
    assert fits(TEMPLATE, cluster) is answer


def test_an_unknown_cluster_version_is_refused() -> None:
    """One line that says what to write."""
    with pytest.raises(ValueError, match=r"'latest' is no cluster version; write two numbers, such as 8\.9"):
        fits(TEMPLATE, "latest")


def test_the_newest_version_that_fits() -> None:
    """An older cluster gets an older version."""
    new = changed(version=2, engines={"camunda": "^8.9"})

    assert [t["version"] for t in newest([TEMPLATE, new], "8.8")] == [1]
    assert [t["version"] for t in newest([TEMPLATE, new], "8.9")] == [2]
    assert [t["version"] for t in newest([TEMPLATE, new], None)] == [2]
