"""``connectory list``: the installed connectors; imports none of them unless asked to."""

import argparse

from connectory_runtime import installed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="import them, too; exit code 1 when one does not load")


def run(options: argparse.Namespace) -> int:
    """Print what is installed, and why what is broken cannot work."""
    known = installed.distributions()
    allowed = installed.allowed()
    every = installed.found(known)
    refused = checked(every, allowed) if options.check else {}
    rows = [(one, refused.get(one.name) or installed.problem(one, known)) for one in every]
    code = 1 if refused else 0
    if options.json:
        import json

        listed = [
            {"name": one.name, "distribution": one.distribution, "version": one.version, "module": one.module}
            | ({"problem": problem} if problem else {})
            | ({} if allowed is None or one.name in allowed else {"allowed": False})
            for one, problem in rows
        ]
        print(json.dumps(listed, indent=2))
        return code
    if not rows:
        print("no connectors are installed. Try: pip install 'connectory[rest,slack,kafka]'")
    for one, problem in rows:
        said = f"  cannot be loaded: {problem}" if problem else ""
        if allowed is not None and one.name not in allowed:
            said = "  left out: CONNECTORY_CONNECTORS does not name it"
        print(f"{one.name:12} {one.distribution} {one.version}{said}")
    return code


def checked(every: list[installed.Found], allowed: list[str] | None) -> dict[str, str]:
    """Import what is allowed; return why what does not load does not."""
    import logging

    from connectory_runtime import discovery

    logging.getLogger("connectory_runtime.discovery").setLevel(logging.ERROR)  # the list says it
    broken = dict(
        discovery.load([one.name for one in every if allowed is None or one.name in allowed], strict=False).broken
    )
    return {name: message.partition(" cannot be loaded: ")[2] or message for name, message in broken.items()}
