"""``connectory list``: the installed connectors; imports none of them."""

import argparse

from connectory_runtime import installed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print what is installed, and why what is broken cannot work."""
    known = installed.distributions()
    rows = [(one, installed.problem(one, known)) for one in installed.found(known)]
    if options.json:
        import json

        listed = [
            {"name": one.name, "distribution": one.distribution, "version": one.version, "module": one.module}
            | ({"problem": problem} if problem else {})
            for one, problem in rows
        ]
        print(json.dumps(listed, indent=2))
        return 0
    if not rows:
        print("no connectors are installed. Try: pip install 'connectory[rest,slack,kafka]'")
    for one, problem in rows:
        print(f"{one.name:12} {one.distribution} {one.version}" + (f"  cannot be loaded: {problem}" if problem else ""))
    return 0
