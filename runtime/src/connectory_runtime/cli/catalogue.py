"""``connectory catalogue``: a page about the installed connectors, for people who draw processes."""

import argparse
from pathlib import Path

from connectory_runtime import discovery, installed
from connectory_runtime.cli.errors import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--html", type=Path, required=True, metavar="DIR", help="write index.html and the templates into this folder"
    )


def run(options: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        CommandError: The folder cannot be written to, or a connector cannot become a form.
    """
    from connectory_runtime.catalogue import entries, page
    from connectory_sdk.template import TemplateError, dumps, file_name

    folder: Path = options.html
    try:
        listed = entries(discovery.load().connectors, {one.name: one for one in installed.found()}, installed.extras())
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        for entry in listed:
            for template in entry.templates:
                (folder / "templates" / file_name(template)).write_text(dumps(template))
        (folder / "index.html").write_text(page(listed))
    except TemplateError as exc:
        raise CommandError(str(exc)) from exc
    except OSError as exc:
        raise CommandError(f"cannot write to {exc.filename}: {exc.strerror}") from exc
    print(f"{len(listed)} connectors in {folder / 'index.html'}")
    return 0
