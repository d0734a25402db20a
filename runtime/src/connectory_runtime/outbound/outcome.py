"""What became of a job: one of three values, which a worker translates into one command for the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What observers may want to know of any outcome; not part of the command."""

    operation: str | None = field(default=None, compare=False)
    response: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Observed):
    """The job is done.

    Args:
        variables: Output variables.
        result: The job result of an ad-hoc sub-process, in the engine's words.
        ignored: An error expression ignored the error.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    ignored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Observed):
    """The job failed.

    Args:
        message: Shown in the incident when no retries are left.
        retries: Retries left; 0 raises the incident at once.
        backoff: When the next attempt may start; None says nothing to the engine.
        variables: Local variables of the element.
        code: The error's code, if it has one.
    """

    message: str
    retries: int
    backoff: timedelta | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BpmnErrorThrown(Observed):
    """The process handles an error: a boundary event or event sub-process catches the code."""

    code: str
    message: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


Outcome = Completed | Failed | BpmnErrorThrown
