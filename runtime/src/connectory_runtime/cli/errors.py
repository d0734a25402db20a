"""Errors that a command tells in one line, without a traceback."""


class CommandError(Exception):
    """Wrong use of a command: one line with the next step.

    Args:
        message: The line.
        code: The exit code.
    """

    def __init__(self, message: str, *, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def known_error(exc: BaseException) -> bool:
    """Tell whether an error explains itself; looked up by name, so that no module is imported for it."""
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(exc).__mro__}
    return bool(names & KNOWN)


KNOWN = {
    "connectory_runtime.cli.errors.CommandError",
    "connectory_runtime.installed.DiscoveryError",
    "connectory_runtime.settings.environment.SettingsError",
    "connectory_runtime.client.transport.SettingError",
}
