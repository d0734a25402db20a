"""The command ``connectory``: a table of commands, each in a module that is imported when it is asked for.

A command's module has ``add_arguments(parser)`` and ``run(options) -> int``. It raises `CommandError` for wrong use.
"""

import argparse
import os
import sys
from importlib import import_module

from connectory_runtime.cli.errors import CommandError, known_error

COMMANDS = {
    "run": "run BPMN files on an embedded engine, with the installed connectors",
    "dev": "engine and connectors on one port, redeploying files when they change",
    "start": "the service: workers, health and metrics, beside a cluster",
    "engine": "the local engine alone, speaking /v2",
    "list": "installed connectors",
    "templates": "element templates of the installed connectors",
    "catalogue": "a page about the installed connectors, for people who draw processes",
    "new": "scaffold of a connector distribution",
    "doctor": "check cluster, credentials, connectors and secrets",
    "replay": "offer dead letters to the processes again",
    "feel": "evaluate a FEEL expression",
    "healthcheck": "ask the service on this machine whether it is ready",
}
"""Commands and what they do; the module of each has its name."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(overview())
        return 0 if given else 2
    if given[0] == "--version":
        from importlib.metadata import version

        print(f"connectory {version('connectory-runtime')}")
        return 0
    name = given[0]
    if name not in available():
        print(f"connectory: there is no command '{name}'; known are {', '.join(available())}", file=sys.stderr)
        return 2
    module = import_module(f"{__name__}.{name}")
    parser = argparse.ArgumentParser(prog=f"connectory {name}", description=COMMANDS[name])
    module.add_arguments(parser)
    options = parser.parse_args(given[1:])
    try:
        return int(module.run(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone, as in "connectory list | head"; whatever is left in the buffer goes nowhere.
        sys.stdout = None
        return 0
    except Exception as exc:
        if not known_error(exc):
            raise
        print(f"connectory {name}: {exc}", file=sys.stderr)
        return exc.code if isinstance(exc, CommandError) else 2


def available() -> list[str]:
    """Return the commands that this distribution has."""
    folder = os.path.dirname(__file__)  # a look into the folder is all that finding a module here needs
    return [name for name in COMMANDS if os.path.exists(os.path.join(folder, f"{name}.py"))]


def overview() -> str:
    """Return what the command says of itself."""
    lines = [f"  {name:11} {COMMANDS[name]}" for name in available()]
    return "\n".join(
        ["usage: connectory COMMAND [options]", "", *lines, "", "connectory COMMAND --help says more about one."]
    )
