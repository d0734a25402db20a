"""The distributions of this repository, as their tests see them."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit import ROOT

FOLDERS = sorted(path.parent for path in [*ROOT.glob("packages/*/pyproject.toml"), ROOT / "runtime" / "pyproject.toml"])
"""All but the meta distribution, which is the root."""

Run = Callable[..., str]
Install = Callable[..., Path]


def project(folder: Path) -> dict[str, Any]:
    """Return what a distribution says of itself."""
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]
