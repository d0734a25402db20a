"""``connectory replay``: dead letters are offered to the processes again, by the runtime that serves them."""

import argparse
import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from connectory_runtime.cli.errors import CommandError

PATIENCE = 600.0  # seconds for the replay of one subscription
REFUSED = 409  # a subscription that does not work; others are replayed all the same


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    port = os.environ.get("SERVER_PORT", "8080")
    parser.add_argument(
        "--url", default=f"http://localhost:{port}", help="address of the runtime (default: %(default)s)"
    )
    parser.add_argument("--process", metavar="ID", help="only subscriptions of this process")
    parser.add_argument("--element", metavar="ID", help="only subscriptions of this element")
    parser.add_argument("--type", help="only subscriptions of this type, such as io.camunda:webhook:1")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Replay; 0 when nothing is left, 1 when something failed again or waits."""
    base = options.url.rstrip("/")
    wanted = {"bpmnProcessId": options.process, "elementId": options.element, "type": options.type}
    query = urlencode({name: value for name, value in wanted.items() if value})
    found = [
        {
            "executableId": one["executableId"],
            "type": one["type"],
            "process": one["elements"][0]["bpmnProcessId"],
            "elements": [element["elementId"] for element in one["elements"]],
        }
        | call("POST", f"{base}/inbound-instances/executables/{one['executableId']}/replay")
        for one in call("GET", f"{base}/inbound?{query}")
    ]
    if options.json:
        print(json.dumps(found, indent=2))
    elif not found:
        print("no subscription fits")
    else:
        for one in found:
            print(line(one))
    return 1 if any(one["failed"] or one["problem"] for one in found) else 0


def line(one: dict[str, Any]) -> str:
    """Return what is said of one subscription."""
    text = f"{one['type']} of process '{one['process']}' ({', '.join(one['elements'])}): {one['taken']} taken"
    if one["failed"]:
        text += f", {one['failed']} failed again; the activity log says why"
    return text + (f"; stopped: {one['problem']}" if one["problem"] else "")


def call(method: str, address: str) -> Any:
    """Return what a runtime answers; what a replay was refused for is its problem.

    Raises:
        CommandError: It does not, or refuses.
    """
    if not address.startswith(("http://", "https://")):
        raise CommandError(f"--url: '{address}' is no address; write for example http://localhost:8080")
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=PATIENCE) as answer:  # noqa: S310 - http or https, looked at above
            return json.load(answer)
    except urllib.error.HTTPError as exc:
        text = exc.read(500).decode(errors="replace")
        if exc.code == REFUSED:
            return {"taken": 0, "failed": 0, "problem": text}
        raise CommandError(f"{address} answers {exc.code}: {text}") from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "reason", exc)
        raise CommandError(f"{address} cannot be asked: {reason}; is 'connectory start' running there?") from exc
