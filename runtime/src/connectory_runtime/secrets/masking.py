"""Keep the values of secrets out of everything that leaves for the engine or the log."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

STARS = "***"
SHORT = 3
"""Shorter values are masked as whole words only: replacing every "e" tells nothing and ruins the message."""


class Masked:
    """The secrets that one job used, for masking what is said about it."""

    __slots__ = ("_pattern", "values")

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, name: str, value: str) -> None:
        """Remember a value that was handed out."""
        self.values[name] = value
        self._pattern = None

    def text(self, text: str) -> str:
        """Return a text without the values, nor as JSON or a URL writes them."""
        pattern = self.pattern()
        return text if pattern is None else pattern.sub(STARS, text)

    def value(self, value: Any) -> Any:
        """Return a copy of a JSON value with its keys and texts masked; what contains itself ends in a note."""
        return value if self.pattern() is None else self._value(value, ())

    def _value(self, value: Any, around: tuple[int, ...]) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, Mapping | list | tuple):
            return value
        if id(value) in around:
            return "[circular reference]"
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._value(item, inside) for key, item in value.items()}
        return [self._value(item, inside) for item in value]

    def pattern(self) -> re.Pattern[str] | None:
        """Return what finds all values; None when there are none."""
        if self._pattern is None and self.values:
            forms = {form for value in self.values.values() for form in written_forms(value)}
            parts = [
                re.escape(form) if len(form) >= SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
                for form in sorted(forms, key=len, reverse=True)
            ]
            self._pattern = re.compile("|".join(parts)) if parts else None
        return self._pattern


def written_forms(value: str) -> set[str]:
    """Return the ways in which a value may appear in a message."""
    if not value.strip():
        return set()
    escaped = json.dumps(value, ensure_ascii=False)[1:-1]
    return {value, escaped, quote(value, safe=""), quote_plus(value), quote(value)}
