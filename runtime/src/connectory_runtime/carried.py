"""Element templates of the installed connectors: the current ones from their models, older ones from their wheels."""

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from connectory_runtime import discovery, installed
from connectory_sdk.template.collection import templates_of
from connectory_sdk.template.folders import VERSIONED

FOLDER = "templates"
"""Where a connector's module keeps its templates: the current ones, and older versions in a folder below."""


def current() -> dict[str, list[dict[str, Any]]]:
    """Return the templates that the models of the installed connectors give, by the name of their distribution.

    Raises:
        TemplateError: The models of one cannot become a form.
    """
    loaded = discovery.load(discovery.allowed()).connectors
    return {name: templates_of(connectors) for name, connectors in loaded.items()}


def all_versions() -> list[dict[str, Any]]:
    """Return the current templates and those of older versions.

    Raises:
        TemplateError: The models of one cannot become a form.
    """
    made = current()
    modules = [one.module for one in installed.found() if one.name in made]
    return [*(one for several in made.values() for one in several), *older(modules)]


def older(modules: Iterable[str]) -> list[dict[str, Any]]:
    """Return the older versions that modules carry."""
    folders = [folder for module in modules if (folder := folder_of(module)) is not None]
    return [json.loads(path.read_text()) for folder in folders for path in sorted((folder / VERSIONED).glob("*.json"))]


def folder_of(module: str) -> Path | None:
    """Return the folder of a connector's templates; None for a module that is a single file."""
    spec = find_spec(module)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) / FOLDER if places else None
