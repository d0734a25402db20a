"""The one way in which the engine says no."""

from typing import Literal

Kind = Literal["INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "INVALID_STATE"]


class Rejected(Exception):  # noqa: N818 - a command is rejected, which is no fault of the engine
    """A command that the engine does not carry out; `text` is worded as the real engine words it."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def rejected(command: str, kind: Kind, reason: str) -> Rejected:
    """Make the rejection of a command."""
    return Rejected(kind, f"Command '{command}' rejected with code '{kind}': {reason}")
