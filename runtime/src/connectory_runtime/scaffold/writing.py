"""Writes a distribution into a new folder, all of it or nothing."""

import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from connectory_runtime.scaffold.names import Names, ScaffoldError
from connectory_sdk.template.collection import templates_of
from connectory_sdk.template.collection import write as write_templates


def write(names: Names, files: Mapping[str, str], folder: Path) -> None:
    """Write files and the element templates that follow from them.

    Args:
        names: The names of the distribution.
        files: Texts by path, below the folder.
        folder: Must not exist.

    Raises:
        ScaffoldError: The folder exists or cannot be written, or the module's name is taken.
    """
    if folder.exists():
        raise ScaffoldError(f"'{folder}' exists; choose another name, or another place with --to")
    if importlib.util.find_spec(names.module) is not None:
        raise ScaffoldError(f"a Python module '{names.module}' is installed already; choose another name")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
            draft = Path(place, folder.name)
            for path, text in files.items():
                (draft / path).parent.mkdir(parents=True, exist_ok=True)
                (draft / path).write_text(text, encoding="utf-8")
            make_templates(names, draft)
            draft.rename(folder)
    except OSError as exc:
        raise ScaffoldError(f"cannot write to '{folder.parent}': {exc.strerror}; choose a place with --to") from exc


def make_templates(names: Names, folder: Path) -> None:
    """Write the element templates of a distribution that is not installed."""
    source = str(folder / "src")
    sys.path.insert(0, source)
    try:
        module = importlib.import_module(names.module)
        write_templates(templates_of(module.connectory_connectors()), folder / "src" / names.module / "templates")
    finally:
        sys.path.remove(source)
        for name in [name for name in sys.modules if name.split(".")[0] == names.module]:
            del sys.modules[name]
    for compiled in (folder / "src").rglob("__pycache__"):
        shutil.rmtree(compiled)
