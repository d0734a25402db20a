"""``connectory catalogue``: what the installed connectors can do, as a page and in Markdown."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from connectory_runtime.cli.errors import CommandError

if TYPE_CHECKING:
    from connectory_runtime.catalogue import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--html", type=Path, metavar="DIR", help="write index.html and the templates into this folder")
    what.add_argument(
        "--markdown", type=Path, nargs="+", metavar="FILE", help="write the parts of these files that are marked for it"
    )
    parser.add_argument("--check", action="store_true", help="with --markdown: write nothing, say what is out of date")


def run(options: argparse.Namespace) -> int:
    """Write the page, or parts of Markdown files.

    Raises:
        CommandError: A file cannot be written, or a connector cannot become a form.
    """
    from connectory_sdk.template import TemplateError

    try:
        listed = known()
        return html(options.html, listed) if options.html else markdown(options.markdown, listed, check=options.check)
    except TemplateError as exc:
        raise CommandError(str(exc)) from exc
    except OSError as exc:
        verb = "write to" if options.html else "read or write"
        raise CommandError(f"cannot {verb} {exc.filename}: {exc.strerror}") from exc


def known() -> "list[Entry]":
    """Return what is known of the installed connectors."""
    from connectory_runtime import discovery, installed
    from connectory_runtime.carried import older
    from connectory_runtime.catalogue import entries

    found = {one.name: one for one in installed.found()}
    loaded = discovery.load(discovery.allowed()).connectors
    return entries(loaded, found, installed.extras(), older(found[name].module for name in loaded))


def html(folder: Path, listed: "list[Entry]") -> int:
    """Write the page and the templates that it offers."""
    from connectory_runtime.catalogue import page
    from connectory_runtime.catalogue.page import place
    from connectory_sdk.template import dumps

    for versions in (one for entry in listed for one in entry.templates):
        for template in versions:
            path = folder / "templates" / place(template, versions)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dumps(template))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page(listed))
    print(f"{len(listed)} connectors in {folder / 'index.html'}")
    return 0


def markdown(files: list[Path], listed: "list[Entry]", *, check: bool) -> int:
    """Write the marked parts of files."""
    from connectory_runtime.catalogue.markdown import MarkError, filled

    stale = []
    for path in files:
        text = path.read_text()
        try:
            made = filled(text, listed)
        except MarkError as exc:
            raise CommandError(f"{path}: {exc}") from exc
        if made != text:
            stale.append(path)
            if not check:
                path.write_text(made)
    for path in stale:
        print(f"{path} is out of date; run the same without --check" if check else f"{path} written")
    return 1 if check and stale else 0
