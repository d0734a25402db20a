"""What people see while a process runs: a line for each step, the end, variables, what the sandbox received."""

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

COLOURS = {"green": "32", "red": "31", "yellow": "33", "dim": "2", "bold": "1"}
SHORT = 76


class Console:
    """Writes lines; in colours on a terminal only."""

    def __init__(self, out: TextIO | None = None, *, quiet: bool = False) -> None:
        self.out = out or sys.stdout
        self.quiet = quiet
        self.coloured = self.out.isatty()

    def line(self, text: str = "") -> None:
        """Write a line at once, so that it is seen when it happens."""
        if not self.quiet:
            print(text, file=self.out, flush=True)

    def colour(self, text: str, colour: str) -> str:
        """Return the text in a colour where there are colours."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.coloured else text

    def step(self, name: str, connector: str, seconds: float, result: str, *, good: bool) -> None:
        """Write what a connector did for an element."""
        mark = self.colour("ok", "green") if good else self.colour("--", "red")
        took = f"{seconds * 1000:6.0f} ms"
        self.line(f"  {mark} {name:28} {self.colour(f'{connector:14} {took}', 'dim')}  {result}")

    def end(self, state: str, note: str) -> None:
        """Write how the process ended."""
        colour = {"completed": "green", "incident": "red"}.get(state, "yellow")
        self.line(f"{self.colour(state, colour)} {note}")

    def values(self, variables: Mapping[str, Any]) -> None:
        """Write the variables, one a line."""
        for name in sorted(variables):
            self.line(f"  {name} = {short(variables[name], 400)}")

    def received(self, entries: list[dict[str, Any]]) -> None:
        """Write what the services of the sandbox received."""
        if not entries:
            return
        self.line("sandbox received")
        for entry in entries:
            self.line(f"  {self.colour(entry['service'], 'bold'):6} {described(entry)}")


def described(entry: Mapping[str, Any]) -> str:
    """Return what a service received, in one line."""
    match entry["service"]:
        case "http" | "graph":
            head = f"{entry['method']} {entry.get('url') or entry.get('path')}"
            content = entry.get("body")
        case "slack":
            head, content = entry["operation"], entry.get("body")
        case "kafka":
            head, content = f"topic {entry['topic']}", {"key": entry.get("key"), "value": entry.get("value")}
        case _:
            head, content = "", {key: value for key, value in entry.items() if key != "service"}
    return f"{head}  {short(content, 200)}" if content not in (None, "", {}) else head


def short(value: Any, most: int = SHORT) -> str:
    """Return a value as JSON in one line, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."
