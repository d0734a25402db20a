"""Searching, replacing and splitting with Java's regular expressions, with a bound on the time."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from connectory_feel.errors import FeelLimitError
from connectory_feel.java.regex_translation import PatternError, translate
from connectory_feel.limits import active, charge, check_size

if TYPE_CHECKING:
    import regex  # type: ignore[import-untyped]

__all__ = ["PatternError", "Regex", "ReplacementError", "compiled"]

_PLAIN_REPLACEMENT = frozenset("$\\")
_SPECIAL = frozenset("\\[](){}.*+?^$|")
# A search that needs no more steps than this is over before a clock would notice; asking the clock costs more.
_HARMLESS = 100_000


class ReplacementError(Exception):
    """The replacement refers to a group that is not there, or ends within an escape."""


class Regex:
    """A compiled expression."""

    __slots__ = ("_compiled", "_groups", "_names", "_power", "_source")

    def __init__(self, pattern: str, flags: str) -> None:
        import regex

        translation = translate(pattern, flags)
        try:
            self._compiled = regex.compile(translation.text, regex.V1)
        except (regex.error, RecursionError, OverflowError, IndexError) as error:
            raise PatternError(str(error)) from None
        self._source = pattern
        self._groups = translation.groups
        self._names = translation.names
        self._power = 99 if translation.nested else translation.repeats + 1

    def _seconds(self, text: str) -> float | None:
        """Give the time for a search, None if it cannot take long."""
        size = len(text)
        if self._power < 8 and (size + 1) ** self._power < _HARMLESS:
            return None
        return active().regex_seconds

    def _late(self) -> FeelLimitError:
        seconds = active().regex_seconds
        return FeelLimitError(f"the regular expression '{self._source}' needs more than {seconds:g} s for its text")

    def search(self, text: str) -> bool:
        """Say whether any part of the text matches."""
        seconds = self._seconds(text)
        if seconds is None:
            return self._compiled.search(text) is not None
        try:
            return self._compiled.search(text, timeout=seconds, concurrent=True) is not None
        except TimeoutError:
            raise self._late() from None

    def matches(self, text: str) -> "Iterator[regex.Match[str]]":
        """Give the matches from left to right."""
        seconds = self._seconds(text)
        try:
            if seconds is None:
                yield from self._compiled.finditer(text)
            else:
                yield from self._compiled.finditer(text, timeout=seconds, concurrent=True)
        except TimeoutError:
            raise self._late() from None

    def find_all(self, text: str) -> list[str]:
        """Give the parts of the text that match."""
        found = [match[0] for match in self.matches(text)]
        charge(len(found))
        return found

    def split(self, text: str) -> list[str]:
        """Cut the text at the matches; one of no width at the start cuts nothing off."""
        parts = []
        start = 0
        for match in self.matches(text):
            if match.end() == 0:
                continue
            parts.append(text[start : match.start()])
            start = match.end()
        parts.append(text[start:])
        charge(len(parts))
        return parts

    def replace(self, text: str, replacement: str) -> str:
        """Replace the matches.

        Raises:
            ReplacementError: there is a match and the replacement is not well formed.
        """
        plain = _PLAIN_REPLACEMENT.isdisjoint(replacement) and (len(text) + 1) * len(replacement) < _HARMLESS
        if plain and self._seconds(text) is None:
            return str(self._compiled.sub(replacement, text))
        pieces: list[str | int] | None = None
        parts: list[str] = []
        start = size = 0
        for match in self.matches(text):
            if pieces is None:
                pieces = self._pieces(replacement)
            parts.append(text[start : match.start()])
            inserted = "".join([piece if type(piece) is str else match[piece] or "" for piece in pieces])
            size += len(inserted)
            if size > 100_000:
                check_size(size, "text")
            parts.append(inserted)
            start = match.end()
        if pieces is None:
            return text
        charge(len(parts))
        parts.append(text[start:])
        return "".join(parts)

    def _pieces(self, replacement: str) -> list[str | int]:
        """Take a replacement apart: texts and numbers of groups."""
        if "$" not in replacement and "\\" not in replacement:
            return [replacement]
        pieces: list[str | int] = []
        at = 0
        while at < len(replacement):
            letter = replacement[at]
            at += 1
            if letter == "\\":
                if at == len(replacement):
                    raise ReplacementError
                pieces.append(replacement[at])
                at += 1
            elif letter == "$":
                group, at = self._group(replacement, at)
                pieces.append(group)
            else:
                pieces.append(letter)
        return pieces

    def _group(self, replacement: str, at: int) -> tuple[int, int]:
        """Read the group after a `$`: its number, or its name in braces."""
        if replacement[at : at + 1] == "{":
            end = replacement.find("}", at)
            name = replacement[at + 1 : end]
            if end < 0 or name not in self._names:
                raise ReplacementError
            return self._names[name], end + 1
        digit = replacement[at : at + 1]
        if not digit.isascii() or not digit.isdigit() or int(digit) > self._groups:
            raise ReplacementError
        number = int(digit)
        at += 1
        while (digit := replacement[at : at + 1]) and digit.isascii() and digit.isdigit():
            if number * 10 + int(digit) > self._groups:
                break
            number = number * 10 + int(digit)
            at += 1
        return number, at


class _Literal(Regex):
    """An expression that is a plain text."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        self._source = text
        self._groups = 0
        self._names = {}

    def search(self, text: str) -> bool:
        return self._source in text

    def find_all(self, text: str) -> list[str]:
        count = text.count(self._source)
        charge(count)
        return [self._source] * count

    def split(self, text: str) -> list[str]:
        parts = text.split(self._source)
        charge(len(parts))
        return parts

    def replace(self, text: str, replacement: str) -> str:
        if self._source not in text:
            return text
        # The only group is the match as a whole.
        new = "".join([piece if isinstance(piece, str) else self._source for piece in self._pieces(replacement)])
        check_size(len(text) + text.count(self._source) * len(new), "text")
        return text.replace(self._source, new)


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: str = "") -> Regex:
    """Compile an expression of Java; the most recent ones are kept.

    Raises:
        PatternError: the text is no expression.
    """
    if pattern and not flags and _SPECIAL.isdisjoint(pattern):
        return _Literal(pattern)
    return Regex(pattern, flags)
