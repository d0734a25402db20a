"""A text and the place in it: what all rules of the grammar read with."""

from collections.abc import Callable
from typing import TypeVar

from connectory_feel import syntax as s
from connectory_feel.errors import FeelSyntaxError
from connectory_feel.hints import describe, hint
from connectory_feel.limits import Limits
from connectory_feel.parser.patterns import NAME, SOLID, SPACE, Match
from connectory_feel.stack import LEVELS_PER_STACK

__all__ = ["NoMatchError", "Reader"]

Item = TypeVar("Item")


class NoMatchError(Exception):
    """This choice does not fit here."""


class Reader:
    """One text on its way to nodes."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.next_stack = LEVELS_PER_STACK
        self.limits = limits
        self.furthest = -1
        self.expected: list[str] = []
        # What stood at a place, and where it ended; None where the rule did not fit.
        self.expressions: dict[int, tuple[s.Node, int] | None] = {}
        self.calculations: dict[int, tuple[s.Node, int] | None] = {}

    # --- failing

    def fail(self, expected: str, at: int | None = None) -> NoMatchError:
        """Note what was expected; the furthest place is the one that the message shows."""
        position = self.at if at is None else at
        if position > self.furthest:
            self.furthest = position
            self.expected = [expected]
        elif position == self.furthest and expected not in self.expected:
            self.expected.append(expected)
        return NoMatchError()

    def error(self) -> FeelSyntaxError:
        """Say what was found at the furthest place, and what was expected there."""
        position = max(self.furthest, 0)
        return FeelSyntaxError(
            self.text,
            position,
            found=describe(self.text, position),
            expected=" or ".join(self.expected) or "an expression",
            hint=hint(self.text, position, self.expected),
        )

    # --- reading

    def space(self) -> int:
        """Go on behind white space and comments; gives the place."""
        if self.text[self.at : self.at + 1] in SOLID:
            return self.at
        self.at = at = SPACE(self.text, self.at).end()  # type: ignore[union-attr]
        return at

    def sign(self, sign: str) -> None:
        """Read a sign that has to be here."""
        at = self.space()
        if not self.text.startswith(sign, at):
            raise self.fail(f'"{sign}"')
        self.at = at + len(sign)

    def accept(self, sign: str) -> bool:
        """Read a sign if it is here."""
        at = self.space()
        if self.text.startswith(sign, at):
            self.at = at + len(sign)
            return True
        return False

    def word(self, match: Match, word: str) -> None:
        """Read a keyword that has to be here."""
        found = match(self.text, self.space())
        if found is None:
            raise self.fail(f'"{word}"')
        self.at = found.end()

    def name(self) -> str:
        """Read a name, or anything in backticks."""
        found = NAME(self.text, self.space())
        if found is None:
            raise self.fail("a name")
        self.at = found.end()
        return found[0].strip("`")

    def attempt(self, rule: Callable[[], s.Node]) -> s.Node | None:
        """Try a rule; None where it does not fit. The caller goes back."""
        try:
            return rule()
        except NoMatchError:
            return None

    def listed(self, rule: Callable[[], Item], closing: str) -> list[Item]:
        """Read items with commas between them, and the closing sign."""
        if self.accept(closing):
            return []
        items = [rule()]
        while self.accept(","):
            items.append(rule())
        if not self.accept(closing):
            raise self.fail(f'"," or "{closing}"')
        return items
