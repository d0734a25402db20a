"""Reads a description's file: JSON or YAML."""

import json
from pathlib import Path
from typing import Any

from connectory_runtime.descriptions.api import DescriptionError

MOST_BYTES = 50 * 2**20  # the largest public descriptions have about 20 MiB


def read(path: Path) -> dict[str, Any]:
    """Return what a file says.

    Raises:
        DescriptionError: It cannot be read, or is neither JSON nor YAML, or no object.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DescriptionError(f"{path} is larger than {MOST_BYTES >> 20} MiB; give a description of one service")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise DescriptionError(f"cannot read {path}: {exc.strerror}; give the description's file") from exc
    except UnicodeDecodeError as exc:
        raise DescriptionError(f"{path} is no text in UTF-8; save it as JSON or YAML in UTF-8") from exc
    said = parsed(path, text)
    if not isinstance(said, dict):
        raise DescriptionError(f"{path} is no description: it has no members; give an OpenAPI or Postman file")
    return said


def parsed(path: Path, text: str) -> Any:
    """Return the value of a text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
            raise DescriptionError(f"{path}:{exc.lineno} is not JSON: {exc.msg}") from exc
    except RecursionError as exc:
        raise DescriptionError(f"{path} is nested too deeply") from exc
    yaml = needed("yaml", "PyYAML", path)
    try:
        return yaml.load(text, Loader=loader(yaml))
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise DescriptionError(f"{path}{line} is not YAML: {getattr(exc, 'problem', None) or exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise DescriptionError(f"{path} is not YAML: {exc}") from exc


def needed(module: str, name: str, path: Path) -> Any:
    """Import what only descriptions need.

    Raises:
        DescriptionError: It is not installed.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as exc:
        raise DescriptionError(
            f"reading {path} needs {name}; install it: pip install 'connectory[descriptions]'"
        ) from exc


def loader(yaml: Any) -> Any:
    """Return a safe loader that leaves dates as texts, as JSON would have them, and keys as they are written."""

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where there is a compiled one

    class Loader(base):  # type: ignore[misc]  # the module comes at run time
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
            return {str(key): value for key, value in super().construct_mapping(node, deep=deep).items()}

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return Loader
