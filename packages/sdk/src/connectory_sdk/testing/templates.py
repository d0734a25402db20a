"""Committed element templates."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectory_sdk.template import dumps, file_name


def assert_template_unchanged(template: Mapping[str, Any], folder: Path) -> None:
    """Fail if the committed file of a template is not what the models give now."""
    path = folder / file_name(dict(template))
    assert path.is_file(), f"{path} is missing; run: connectory templates collect --write"
    assert json.loads(path.read_text()) == json.loads(dumps(dict(template))), (
        f"{path} is not what the models give; raise the version, and run: connectory templates collect --write"
    )
