"""Every setting stands in the documentation."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "running.md"


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="there is no docs/running.md beside the package")
def test_every_variable_is_documented() -> None:
    """Who adds one says what it does."""
    text = DOCUMENT.read_text()
    names: set[str] = set()
    for path in (ROOT / "runtime" / "src" / "connectory_runtime" / "settings").glob("*.py"):
        names |= set(re.findall(r'"((?:CAMUNDA|CONNECTORY|SERVER|ZEEBE)_[A-Z_]+[A-Z])"', path.read_text()))

    assert sorted(name for name in names if name not in text) == []
