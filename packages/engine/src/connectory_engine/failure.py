"""What goes wrong inside a process: an incident, never an error of the engine."""


class Failure(Exception):  # noqa: N818 - the process fails, not the engine
    """An element cannot go on; `type` and `message` are those of the incident."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type
        self.message = message


class NotATime(ValueError):  # noqa: N818 - as above
    """A text that is no time; says so in the real engine's words."""
