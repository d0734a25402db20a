"""What can go wrong with an expression.

    FeelError                 the evaluation failed, there is no result
    ├── FeelSyntaxError       the text is no expression; knows the position
    ├── FeelAssertionError    `assert(...)` was not fulfilled
    └── FeelLimitError        a limit for text, depth, steps, size or time was reached

All else (a missing variable, a type that does not fit, a built-in that fails) is no error in FEEL: the result is null
and a warning says why.
"""

from collections.abc import Sequence

__all__ = ["FeelAssertionError", "FeelError", "FeelLimitError", "FeelSyntaxError"]


class FeelError(Exception):
    """The expression cannot be evaluated.

    Attributes:
        warnings: what `Expression.run` noted until then.
    """

    warnings: "Sequence[object]" = ()


class FeelAssertionError(FeelError):
    """The condition of `assert(...)` was not fulfilled."""


class FeelLimitError(FeelError):
    """The expression needs more than its limits allow."""


class FeelSyntaxError(FeelError):
    """The text is not a FEEL expression.

    Attributes:
        text: the expression.
        position: where it goes wrong, counted in characters from 0.
        line: the line of the position, from 1.
        column: the column of the position, from 1.
        found: what stands there.
        expected: what could stand there.
        hint: what was probably meant, or an empty text.
    """

    def __init__(self, text: str, position: int, *, found: str, expected: str, hint: str = "") -> None:
        self.text = text
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        start = text.rfind("\n", 0, position) + 1
        self.column = position - start + 1
        self.found = found
        self.expected = expected
        self.hint = hint
        super().__init__(self._describe(start))

    def _describe(self, start: int) -> str:
        end = self.text.find("\n", self.position)
        line = self.text[start : end if end >= 0 else len(self.text)]
        before = self.position - start
        cut = max(0, before - 60)
        shown = ("…" if cut else "") + line[cut : before + 40] + ("…" if len(line) > before + 40 else "")
        caret = " " * (before - cut + (1 if cut else 0)) + "^"
        hint = f"; {self.hint}" if self.hint else ""
        where = f"line {self.line}, column {self.column}"
        what = f"found {self.found}, expected {self.expected}{hint}"
        return f"cannot parse the expression at {where}: {what}\n{shown}\n{caret}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.text, self.position, self.found, self.expected, self.hint)


def _rebuild(text: str, position: int, found: str, expected: str, hint: str) -> FeelSyntaxError:
    return FeelSyntaxError(text, position, found=found, expected=expected, hint=hint)
