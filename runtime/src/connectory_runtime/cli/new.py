"""``connectory new``: a connector distribution to begin with."""

import argparse
from pathlib import Path

from connectory_runtime.cli.errors import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("name", metavar="NAME", help="name of the distribution, such as acme-tickets")
    parser.add_argument("--inbound", action="store_true", help="with events that start and continue processes")
    parser.add_argument("--to", type=Path, default=Path(), metavar="DIR", help="where its folder goes (here)")


def run(options: argparse.Namespace) -> int:
    """Write the distribution.

    Raises:
        CommandError: The name is none, or the folder cannot be written.
    """
    from connectory_runtime.scaffold import Names, ScaffoldError, plain, write

    try:
        names = Names.of(options.name)
        folder: Path = options.to / names.distribution
        write(names, plain(names, inbound=options.inbound), folder)
    except ScaffoldError as exc:
        raise CommandError(str(exc)) from exc
    print(f"{folder} written. Next: cd {folder} && pip install -e '.[dev]' && pytest && connectory list")
    return 0
