"""``connectory templates``: show, export, make and collect element templates."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from connectory_runtime import discovery
from connectory_runtime.cli.errors import CommandError

FOLDER = Path(".camunda") / "element-templates"
"""Where Camunda Modeler looks, beside the diagrams or in a folder above them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the templates of the installed connectors")
    listing.add_argument("--cluster", metavar="VERSION", help="only what fits this Camunda version, such as 8.9")
    export = actions.add_parser("export", help="write them to where the modeler finds them")
    export.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER}")
    export.add_argument("--cluster", metavar="VERSION", help="only what fits this Camunda version, such as 8.9")
    export.add_argument("--check", action="store_true", help="write nothing; say what is missing or different")
    new = actions.add_parser("new", help="make a template of your own from a TOML file, without code")
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER}")
    collect = actions.add_parser("collect", help="for the repository: compare the committed templates with the models")
    collect.add_argument("--folder", type=Path, default=Path("templates"), metavar="DIR")
    mode = collect.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="say what differs (default)")
    mode.add_argument("--write", action="store_true", help="write what changed, keep what it replaces")


def run(arguments: argparse.Namespace) -> int:
    """Run the chosen action.

    Raises:
        CommandError: A folder, a file or a version cannot be used.
    """
    from connectory_sdk.template import TemplateError

    try:
        return ACTIONS[arguments.action](arguments)
    except (TemplateError, ValueError) as exc:
        raise CommandError(str(exc)) from exc
    except OSError as exc:
        raise CommandError(f"cannot write to {exc.filename}: {exc.strerror}") from exc


def installed() -> list[dict[str, Any]]:
    """Return the templates of the installed connectors, all versions."""
    from connectory_sdk.template.collection import templates_of

    return templates_of(connector for several in discovery.load().connectors.values() for connector in several)


def show(arguments: argparse.Namespace) -> int:
    """Print id, version, engines and name."""
    from connectory_sdk.template.collection import newest

    chosen = newest(installed(), arguments.cluster)
    width = max((len(template["id"]) for template in chosen), default=0)
    for template in chosen:
        engines = template["engines"]["camunda"]
        print(f"{template['id']:{width}}  {template['version']:>3}  {engines:7} {template['name']}")
    if not chosen:
        print("no templates; install connectors, such as: pip install 'connectory[rest]'")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write templates into a folder of the modeler."""
    from connectory_sdk.template import dumps, file_name
    from connectory_sdk.template.collection import newest

    chosen = newest(installed(), arguments.cluster)
    folder: Path = arguments.folder
    if arguments.check:
        stale = [t for t in chosen if not same(folder / file_name(t), dumps(t))]
        for template in stale:
            print(f"{folder / file_name(template)}: missing or different")
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for template in chosen:
        (folder / file_name(template)).write_text(dumps(template))
    print(f"{len(chosen)} templates in {folder}")
    if os.path.commonpath([folder.absolute(), FOLDER.absolute()]) == str(FOLDER.absolute()):
        print("Next: open a diagram in this folder with Camunda Modeler, select a task, 'Select template'.")
    else:
        print(f"Next: copy them to {FOLDER} beside your diagrams, or to the modeler's resources/element-templates.")
    return 0


def same(path: Path, text: str) -> bool:
    """Tell whether a file has this text."""
    return path.is_file() and path.read_text() == text


def new(arguments: argparse.Namespace) -> int:
    """Make a template from a TOML file."""
    from connectory_sdk.template import dumps
    from connectory_sdk.template.custom import custom_template

    template = custom_template(arguments.file, installed())
    path: Path = arguments.to / f"{template['id'].replace('.', '-')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(template))
    print(f"{path} (version {template['version']})")
    print("Next: open a diagram with Camunda Modeler, select a task, 'Select template'.")
    return 0


def collect(arguments: argparse.Namespace) -> int:
    """Compare or write the committed templates of this repository."""
    from connectory_sdk.template.collection import differences, write

    folder: Path = arguments.folder
    if arguments.write:
        for path in write(installed(), folder):
            print(f"{path} written")
        return 0
    found = differences(installed(), folder)
    for line in found:
        print(line)
    if not found:
        count = len(json.loads((folder / "index.json").read_text()))
        print(f"{count} templates are as the models say")
    return 1 if found else 0


ACTIONS = {"list": show, "export": export, "new": new, "collect": collect}
