"""Look up settings in environment variables, as Spring names them and as Camunda's other SDKs do."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from connectory_runtime.durations import setting_milliseconds

T = TypeVar("T")

TRUE = {"true", "1", "yes", "on"}
FALSE = {"false", "0", "no", "off"}


class SettingsError(Exception):
    """A setting is missing or wrong: one line that names the variable and says what to write."""


class Environment:
    """Environment variables with lenient names.

    A name is either a variable (``CAMUNDA_REST_ADDRESS``) or a Spring property (``camunda.client.rest-address``), which
    stands for the variables that Spring accepts: dots as underscores, dashes left out or as underscores.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def find(self, *names: str) -> tuple[str, str] | None:
        """Return the first variable that is set, and its value."""
        for name in names:
            for variable in spellings(name):
                if variable in self.variables:
                    return variable, self.variables[variable]
        return None

    def text(self, *names: str) -> str | None:
        """Return the value of the first variable that is set and not blank."""
        for name in names:
            for variable in spellings(name):
                if value := self.variables.get(variable, "").strip():
                    return value
        return None

    def present(self, name: str) -> bool:
        """Tell whether a variable is there, whatever it says."""
        return self.find(name) is not None

    def list(self, *names: str) -> list[str] | None:
        """Return a comma-separated list; None when no variable is set."""
        value = self.text(*names)
        return None if value is None else [item.strip() for item in value.split(",") if item.strip()]

    def parsed(self, parse: Callable[[str], T], default: T, *names: str) -> T:
        """Return a parsed value.

        Raises:
            SettingsError: It cannot be parsed.
        """
        for name in names:
            for variable in spellings(name):
                if value := self.variables.get(variable, "").strip():
                    try:
                        return parse(value)
                    except ValueError as exc:
                        raise SettingsError(f"{variable}: {exc}") from None
        return default

    def flag(self, default: bool, *names: str) -> bool:
        """Return a boolean."""
        return self.parsed(boolean, default, *names)

    def count(self, default: int, *names: str) -> int:
        """Return a whole number of at least one."""
        return self.parsed(positive, default, *names)

    def millis(self, default: int, *names: str) -> int:
        """Return a duration in milliseconds."""
        return self.parsed(setting_milliseconds, default, *names)


def spellings(name: str) -> list[str]:
    """Return the variables that a name stands for."""
    if "." not in name:
        return [name]
    dotted = name.replace(".", "_")
    return list(dict.fromkeys((dotted.replace("-", "").upper(), dotted.replace("-", "_").upper())))


def boolean(text: str) -> bool:
    """Return a boolean.

    Raises:
        ValueError: The text is none.
    """
    if text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    raise ValueError(f"'{text}' is neither true nor false")


def positive(text: str) -> int:
    """Return a whole number of at least one.

    Raises:
        ValueError: The text is none.
    """
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise ValueError(f"'{text}' is no whole number of at least 1")
    return int(text)


def port(text: str) -> int:
    """Return a TCP port; 0 takes a free one.

    Raises:
        ValueError: The text is none.
    """
    if not re.fullmatch(r"[0-9]+", text) or int(text) > 65_535:
        raise ValueError(f"'{text}' is no port; write a number from 0 to 65535")
    return int(text)
