"""Logging of the service: text or JSON lines, levels by environment."""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping

FIELDS = (
    "jobKey",
    "jobType",
    "elementId",
    "processId",
    "processDefinitionKey",
    "processDefinitionVersion",
    "processInstanceKey",
    "tenantId",
    "executableId",
    "source",
)
LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40, "OFF": 100}
PREFIX = "LOGGING_LEVEL_"
MOST_REPEATS = 1000


class JsonLines(logging.Formatter):
    """One JSON object a line, in the shape that log collectors know."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "severity": "WARNING" if record.levelname == "WARN" else record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Repeats(logging.Filter):
    """Lets a library's line through once in a while: one whose server is away may say so ten times a second.

    Args:
        seconds: How long the same line is held back.
    """

    def __init__(self, seconds: float = 30.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is written; the next one after a pause says how many were not."""
        if record.levelno < logging.WARNING or record.name.startswith("connectory"):
            return True
        key = record.name, str(record.msg)
        since, held = self.seen.get(key, (0.0, 0))
        if record.created - since < self.seconds:
            self.seen[key] = since, held + 1
            return False
        if len(self.seen) >= MOST_REPEATS:  # messages with their values inside are all different
            self.seen.clear()
        self.seen[key] = record.created, 0
        if held:
            record.msg, record.args = f"{record.getMessage()} ({held} more like this)", ()
        return True


class Counting(logging.Handler):
    """Counts lines by logger and level."""

    def __init__(self, count: Callable[[str, str], None]) -> None:
        super().__init__()
        self.count = count

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self.count(record.name, "warn" if record.levelno == logging.WARNING else record.levelname.lower())


def count(into: Callable[[str, str], None]) -> None:
    """Tell a function of each line: its logger and its level."""
    logging.getLogger().addHandler(Counting(into))


def set_up(variables: Mapping[str, str]) -> None:
    """Write logs to stderr as the environment says.

    ``CONNECTORY_LOG_FORMAT`` is ``text`` or ``json``; ``CONNECTORS_LOG_APPENDER=stackdriver`` means JSON as well.
    ``CONNECTORY_LOG_LEVEL`` or ``LOGGING_LEVEL_ROOT`` is the level of all, ``LOGGING_LEVEL_<LOGGER>`` of one.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Repeats())
    wanted = variables.get("CONNECTORY_LOG_FORMAT", "").lower()
    if wanted == "json" or variables.get("CONNECTORS_LOG_APPENDER") == "stackdriver":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level(variables.get("CONNECTORY_LOG_LEVEL") or variables.get("LOGGING_LEVEL_ROOT")) or logging.INFO)
    for name, value in variables.items():
        if name.startswith(PREFIX) and name != f"{PREFIX}ROOT" and (number := level(value)) is not None:
            logging.getLogger(name.removeprefix(PREFIX).lower()).setLevel(number)


def level(text: str | None) -> int | None:
    """Return a level by its name, None for none."""
    return LEVELS.get((text or "").strip().upper())
