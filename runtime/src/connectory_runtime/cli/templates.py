"""``connectory templates``: show, export, make and collect element templates."""

import argparse
import os
from pathlib import Path
from typing import Any

from connectory_runtime.cli.errors import CommandError

FOLDER = Path(".camunda") / "element-templates"
"""Where Camunda Modeler looks, beside the diagrams or in a folder above them."""


NOTHING = "no templates; install connectors, such as: pip install 'connectory[rest]'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the templates of the installed connectors")
    listing.add_argument("--cluster", metavar="VERSION", help="only what fits this Camunda version, such as 8.9")
    export = actions.add_parser("export", help="write them to where the modeler finds them")
    export.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER}")
    export.add_argument("--cluster", metavar="VERSION", help="only what fits this Camunda version, such as 8.9")
    export.add_argument("--check", action="store_true", help="write nothing; say what is missing or different")
    export.add_argument("--hybrid", action="store_true", help="also variants whose task type the modeller can change")
    new = actions.add_parser("new", help="make a template of your own from a TOML or YAML file, without code")
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER}")
    collect = actions.add_parser(
        "collect", help="for authors: compare the templates that connectors below this folder carry with their models"
    )
    collect.add_argument("--folder", type=Path, metavar="DIR", help="a folder for the templates of all of them too")
    mode = collect.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="say what differs (default)")
    mode.add_argument("--write", action="store_true", help="write what changed, keep what it replaces")
    collect.add_argument(
        "--unreleased", action="store_true", help="with --write: replace what was never released, same version"
    )


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


def show(arguments: argparse.Namespace) -> int:
    """Print id, version, engines and name."""
    from connectory_runtime.carried import all_versions
    from connectory_sdk.template.collection import newest

    chosen = newest(every := all_versions(), arguments.cluster)
    if not chosen:
        raise CommandError(none(every, arguments.cluster))
    width = max((len(template["id"]) for template in chosen), default=0)
    for template in chosen:
        engines = template["engines"]["camunda"]
        print(f"{template['id']:{width}}  {template['version']:>3}  {engines:7} {template['name']}")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write templates into a folder of the modeler."""
    from connectory_runtime.carried import all_versions
    from connectory_sdk.template import dumps, file_name
    from connectory_sdk.template.collection import newest
    from connectory_sdk.template.hybrid import hybrid

    chosen = newest(every := all_versions(), arguments.cluster)
    if not chosen:
        raise CommandError(none(every, arguments.cluster))
    if arguments.hybrid:
        chosen += [hybrid(template) for template in chosen]
    folder: Path = arguments.folder
    if arguments.check:
        stale = [t for t in chosen if not same(folder / file_name(t), dumps(t))]
        for template in stale:
            print(f"{folder / file_name(template)}: missing or different; run the same without --check")
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


def none(every: list[dict[str, Any]], cluster: str | None) -> str:
    """Return why there is no template, and what to do."""
    if not every:
        return NOTHING
    ranges = ", ".join(sorted({str(template["engines"]["camunda"]) for template in every}))
    return f"no template fits Camunda {cluster}; there are some for {ranges}"


def same(path: Path, text: str) -> bool:
    """Tell whether a file has this text."""
    return path.is_file() and path.read_text() == text


def new(arguments: argparse.Namespace) -> int:
    """Make a template from a file of a few lines."""
    from connectory_runtime.carried import current
    from connectory_sdk.template import dumps
    from connectory_sdk.template.custom import custom_template

    template = custom_template(arguments.file, [one for several in current().values() for one in several])
    path: Path = arguments.to / f"{template['id'].replace('.', '-')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(template))
    print(f"{path} (version {template['version']})")
    print("Next: open a diagram with Camunda Modeler, select a task, 'Select template'.")
    return 0


def collect(arguments: argparse.Namespace) -> int:
    """Compare or write the templates that connectors carry, and those of the repository."""
    from connectory_sdk.template.collection import differences, write

    if arguments.unreleased and not arguments.write:
        raise CommandError("--unreleased says how to write; add --write")
    wanted = folders(arguments.folder)
    if not wanted:
        raise CommandError(
            "no installed connector has its source below this folder; install yours with: pip install -e ."
        )
    found = []
    for folder, templates in wanted.items():
        if arguments.write:
            for path in write(templates, folder, unreleased=arguments.unreleased):
                print(f"{path} written")
        else:
            found += [f"{folder}: {line}" for line in differences(templates, folder)]
    for line in found:
        print(line)
    if not found and not arguments.write:
        print(f"{sum(map(len, wanted.values()))} templates in {len(wanted)} folders are as the models say")
    return 1 if found else 0


def folders(whole: Path | None) -> dict[Path, list[dict[str, Any]]]:
    """Return what belongs into which folder: of each connector with its source here, and of all of them."""
    from connectory_runtime import carried, installed

    here = Path.cwd()
    modules = {one.name: one.module for one in installed.found()}
    wanted = {
        folder.relative_to(here): templates
        for name, templates in carried.current().items()
        if (folder := carried.folder_of(modules[name])) is not None and folder.is_relative_to(here)
    }
    if whole is not None:
        wanted[whole] = sorted((one for several in wanted.values() for one in several), key=lambda one: str(one["id"]))
    return wanted


ACTIONS = {"list": show, "export": export, "new": new, "collect": collect}
