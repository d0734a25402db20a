"""``connectory engine``: the local engine alone."""

import argparse

from connectory_runtime.cli.errors import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen at (8080); 0 takes a free one")
    parser.add_argument("--data", metavar="FILE", help="keep the engine's state in this file, and go on from it")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    try:
        from connectory_engine import Engine, JournalError
        from connectory_engine.gateway.server import AddressInUseError
        from connectory_engine.gateway.server import run as serve
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] != "connectory_engine":
            raise
        raise CommandError("the engine is not installed. Try: pip install 'connectory[engine]'") from None
    try:
        serve(
            Engine(data=options.data),
            host=options.host,
            port=options.port,
            ready=lambda address: print(f"engine at {address}/v2, Ctrl+C ends it", flush=True),
        )
    except (AddressInUseError, JournalError) as exc:
        raise CommandError(str(exc)) from None
    return 0
