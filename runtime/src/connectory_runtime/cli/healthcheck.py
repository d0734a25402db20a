"""``connectory healthcheck``: asks the service beside it whether it is ready; for containers, which have no curl."""

import argparse
import json
import os
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from connectory_runtime.cli.errors import CommandError
from connectory_runtime.settings.environment import Environment, port

READINESS = "/actuator/health/readiness"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "url", nargs="?", help="what is asked; else HEALTHCHECK_URL, else the readiness of this machine"
    )
    parser.add_argument("--timeout", type=float, default=3, metavar="SECONDS", help="how long to wait (default: 3)")


def run(options: argparse.Namespace) -> int:
    """Print what the service says; 0 when it is ready, 1 when it is not or does not answer."""
    url = options.url or os.environ.get("HEALTHCHECK_URL") or own_address(Environment(os.environ))
    if not url.startswith(("http://", "https://")):
        raise CommandError(f"'{url}' is no address; write http://HOST:PORT{READINESS}", code=1)
    # The service is on this machine: a proxy that the environment names for the outside is not asked.
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(url, timeout=options.timeout) as reply:
            print(f"ready: {url} answers {reply.status}")
            return 0
    except HTTPError as exc:
        with exc:
            raise CommandError(f"not ready: {url} answers {exc.code}{reasons(exc.read())}", code=1) from None
    except (OSError, HTTPException, ValueError) as exc:
        cause = exc.reason if isinstance(exc, URLError) else exc
        raise CommandError(f"not ready: {url} does not answer: {cause}", code=1) from None


def own_address(environ: Environment) -> str:
    """Return where the service of the same environment answers."""
    number = environ.parsed(port, 8080, "SERVER_PORT", "server.port")
    if number == 0:
        raise CommandError("SERVER_PORT is 0, which is another port at each start; set HEALTHCHECK_URL", code=1)
    host = environ.text("SERVER_ADDRESS") or "0.0.0.0"  # noqa: S104 - what the service listens on by default
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{number}{READINESS}"


def reasons(body: bytes) -> str:
    """Return what of the service is down, as its health says it."""
    try:
        components: dict[str, Any] = json.loads(body)["components"]
        down = {name: one.get("details", {}) for name, one in components.items() if one["status"] != "UP"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return "".join(f"; {name}: {details.get('problem', 'down')}" for name, details in down.items())
