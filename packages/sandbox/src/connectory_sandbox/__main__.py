"""``python -m connectory_sandbox``: leave the sandbox running beside anything; see ``--help``."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence

from connectory_sandbox.sandbox import Sandbox
from connectory_sandbox.service import SERVICES, Journal, Received


class Printer(Journal):
    """A journal that prints each call as one JSON line, if at all."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__()
        self.quiet = quiet

    def add(self, received: Received) -> None:
        """Print what came; remember nothing, this may run for weeks."""
        if self.quiet:
            return
        print(json.dumps(received.entry(), ensure_ascii=False, default=str), flush=True)  # noqa: T201


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m connectory_sandbox",
        description="Run fakes of Slack, Microsoft Graph, Kafka and an HTTP service on loopback until interrupted. "
        "Prints the environment variables that lead connectors here, then each call as a JSON line.",
    )
    parser.add_argument("--services", help="names, separated by commas; default: all that are installed")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the first service, the others follow; default: free ones"
    )
    parser.add_argument("--answers", help="JSON file with what the HTTP service answers")
    parser.add_argument("--quiet", action="store_true", help="print no calls; GET /_sandbox/received has the latest")
    return parser.parse_args(argv)


async def serve(options: argparse.Namespace) -> None:
    """Run until a signal comes."""
    names = options.services.split(",") if options.services else [n for n in SERVICES if SERVICES[n].installed]
    ports = {name: options.port + index for index, name in enumerate(names)} if options.port else {}
    box = Sandbox(names, options.answers, ports=ports)
    box.journal = Printer(quiet=options.quiet)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C ends asyncio.run instead
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with box:
        for name, value in box.environ.items():
            print(f"{name}={value}", flush=True)  # noqa: T201
        await stop.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        asyncio.run(serve(arguments(argv)))
    except (ValueError, OSError) as exc:
        print(f"error: {exc}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
