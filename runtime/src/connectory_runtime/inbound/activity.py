"""What happened to a subscription, for modellers and operators: the last lines, and its health."""

import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

log = logging.getLogger(__name__)

SIZE = 100
MOST = 2_000  # characters of one line: what callers send may be quoted
LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.WARNING}
Status = Literal["UP", "DOWN", "UNKNOWN"]


class Activity(NamedTuple):
    """One line; a tuple, because each event makes one or two."""

    severity: str
    tag: str
    message: str
    time: float

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

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: deque[Activity] = deque(maxlen=SIZE)
        self.health = Health()

    def add(self, severity: str, tag: str, message: str) -> None:
        """Add a line."""
        severity = severity if severity in LEVELS else "INFO"
        text = message if len(message) <= MOST else f"{message[:MOST]}…"
        self.lines.append(Activity(severity, tag, text, time.time()))
        level = LEVELS[severity]
        if log.isEnabledFor(level):
            log.log(level if tag != "Correlation" or level > logging.INFO else logging.DEBUG, "%s: %s", self.name, text)

    def report(self, health: Health) -> None:
        """Take over a health that differs."""
        if health == self.health:
            return
        self.health = health
        reason = f": {health.message}" if health.message else ""
        severity = "INFO" if health.status == "UP" else "ERROR"
        self.add(severity, "Health", f"Health status changed to {health.status}{reason}")
