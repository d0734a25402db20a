"""What happened to a subscription, for modellers and operators: the last lines, and its health."""

import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

log = logging.getLogger(__name__)

LINES = 100
MOST = 2_000  # characters of one line: what callers send may be quoted
LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.WARNING}
ROUTINE = {"Correlation", "GET", "HEAD", "POST", "PUT", "DELETE"}
"""Tags of what goes well again and again: no lines of an operator's log."""
Status = Literal["UP", "DOWN", "UNKNOWN"]
Source = Literal["RUNTIME", "CONNECTOR"]
"""Who says a line; in logs of JSON."""


class Activity(NamedTuple):
    """One line; a tuple, because each event makes one or two, whose message becomes text when somebody reads it."""

    severity: str
    tag: str
    content: object
    time: float

    @property
    def message(self) -> str:
        """What happened."""
        text = str(self.content)
        return text if len(text) <= MOST else f"{text[:MOST]}…"

    def described(self, runtime_id: str) -> dict[str, Any]:
        """Return what the endpoints say."""
        return {
            "severity": self.severity,
            "tag": self.tag,
            "timestamp": datetime.fromtimestamp(self.time, UTC).isoformat(),
            "message": self.message,
            "runtimeId": runtime_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a subscription works."""

    status: Status = "UNKNOWN"
    code: str | None = None
    message: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    time: float = field(default_factory=time.time, compare=False)

    def described(self) -> dict[str, Any]:
        """Return what the endpoints say."""
        return {
            "status": self.status,
            "error": None if self.message is None else {"code": self.code, "message": self.message},
            "details": dict(self.details) or None,
            "lastUpdatedAt": datetime.fromtimestamp(self.time, UTC).isoformat(),
        }


class Journal:
    """The last lines of one subscription, and its health; both also go to the log."""

    def __init__(self, name: str, size: int = LINES, *, executable_id: str = "") -> None:
        self.name = name
        self.executable_id = executable_id
        self.lines: deque[Activity] = deque(maxlen=size)
        self.health = Health()

    def add(self, severity: str, tag: str, content: object, *, source: Source = "RUNTIME") -> None:
        """Add a line; what is no text yet becomes one when somebody reads it."""
        level = LEVELS.get(severity)
        if level is None:
            severity, level = "INFO", logging.INFO
        line = Activity(severity, tag, content, time.time())
        self.lines.append(line)
        if level == logging.INFO and tag in ROUTINE:
            level = logging.DEBUG
        if log.isEnabledFor(level):
            log.log(
                level, "%s: %s", self.name, line.message, extra={"executableId": self.executable_id, "source": source}
            )

    def report(self, health: Health, *, source: Source = "RUNTIME") -> None:
        """Take over a health that differs."""
        if health == self.health:
            return
        self.health = health
        reason = f": {health.message}" if health.message else ""
        severity = "INFO" if health.status == "UP" else "ERROR"
        self.add(severity, "Health", f"Health status changed to {health.status}{reason}", source=source)
