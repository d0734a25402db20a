"""``connectory new``: a connector distribution to begin with."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from connectory_runtime.cli.errors import CommandError

if TYPE_CHECKING:
    from connectory_runtime.descriptions import Api


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="name of the distribution, such as acme-tickets")
    parser.add_argument("--inbound", action="store_true", help="with events that start and continue processes")
    parser.add_argument("--to", type=Path, default=Path(), metavar="DIR", help="where its folder goes (here)")
    described = parser.add_argument_group("from a description of a service")
    source = described.add_mutually_exclusive_group()
    source.add_argument("--openapi", type=Path, metavar="FILE", help="OpenAPI 3.0 or 3.1, JSON or YAML")
    source.add_argument("--postman", type=Path, metavar="FILE", help="Postman collection, format 2.1")
    described.add_argument("--operation", action="append", default=[], metavar="ID", help="only this one; repeatable")
    described.add_argument("--list", action="store_true", help="show the operations, make nothing")


def run(options: argparse.Namespace) -> int:
    """Write the distribution.

    Raises:
        CommandError: The name is none, a description cannot be used, or the folder cannot be written.
    """
    path: Path | None = options.openapi or options.postman
    check(options, described=path is not None)
    api = None if path is None else read(options, path)
    if options.list and api is not None:
        print(overview(api))
        return 0
    from connectory_runtime.scaffold import Names, ScaffoldError, plain, write

    try:
        names = Names.of(options.name)
        folder: Path = options.to / names.distribution
        if api is None or path is None:
            write(names, plain(names, inbound=options.inbound), folder)
        else:
            from connectory_runtime.descriptions import distribution

            write(names, distribution(api, names), folder)
            for note in api.notes:
                print(f"{path}: {note}", file=sys.stderr)
    except ScaffoldError as exc:
        raise CommandError(str(exc)) from exc
    print(f"{folder} written. Next: cd {folder} && pip install -e '.[dev]' && pytest && connectory list")
    return 0


def check(options: argparse.Namespace, *, described: bool) -> None:
    """Refuse options that do not go together."""
    if not described and (options.list or options.operation):
        raise CommandError("--operation and --list are about a description; name it with --openapi or --postman")
    if described and options.inbound:
        raise CommandError("--inbound has no place here: descriptions say what a service takes, not what it reports")
    if options.name is None and not options.list:
        raise CommandError("the name is missing; write connectory new acme-tickets")


def read(options: argparse.Namespace, path: Path) -> "Api":
    """Return the described service with the operations that are wanted.

    Raises:
        CommandError: The description cannot be used.
    """
    from connectory_runtime.descriptions import DescriptionError, chosen, read_openapi, read_postman

    try:
        api = read_openapi(path) if options.openapi else read_postman(path)
        return api if options.list else chosen(api, options.operation, path)
    except DescriptionError as exc:
        raise CommandError(str(exc)) from exc


def overview(api: "Api") -> str:
    """Return a line for each operation."""
    width = max(len(name) for name in api.operations)
    return "\n".join(f"{one.id:{width}}  {one.method:6} {one.path}  {one.name}" for one in api.operations.values())
