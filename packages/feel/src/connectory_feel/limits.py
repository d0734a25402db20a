"""How much text, depth, work and memory one expression may use.

The limits of the evaluation under way are kept for each thread. Code that makes something large asks first:
`check_size(items)` before a list, text or context of that size is built, `charge(steps)` before that many steps are
taken. Both raise `FeelLimitError`, which ends the evaluation; it is never turned into null.
"""

from threading import local

from connectory_feel.errors import FeelLimitError

__all__ = ["DEFAULT", "Limits", "active", "charge", "check_depth", "check_size", "evaluation"]


class Limits:
    """Upper bounds for one expression and for one evaluation of it."""

    __slots__ = ("calls", "depth", "exponent", "regex_seconds", "size", "steps", "text")

    def __init__(
        self,
        *,
        text: int = 200_000,
        depth: int = 1_000,
        calls: int = 400,
        steps: int = 2_000_000,
        size: int = 2_000_000,
        exponent: int = 10_000,
        regex_seconds: float = 1.0,
    ) -> None:
        """Set the bounds.

        Args:
            text: characters of an expression.
            depth: levels of nesting in an expression.
            calls: functions of the expression that are under way at the same time.
            steps: loop turns, filter tests, calls of functions in loops and the like, in one evaluation.
            size: items of a list, entries of a context or characters of a string that an evaluation makes.
            exponent: greatest magnitude of a number that is written out in digits.
            regex_seconds: time for one search with a regular expression.
        """
        self.text = text
        self.depth = depth
        self.calls = calls
        self.steps = steps
        self.size = size
        self.exponent = exponent
        self.regex_seconds = regex_seconds


DEFAULT = Limits()


class _Active(local):
    """The limits and the counters of this thread's evaluation."""

    limits = DEFAULT
    steps = DEFAULT.steps
    calls = 0


_active = _Active()


def active() -> Limits:
    """Give the limits of the evaluation under way in this thread (the defaults outside of one)."""
    return _active.limits


def check_size(size: int, what: str = "result") -> None:
    """Fail if something of this size may not be made."""
    if size > _active.limits.size:
        msg = f"the {what} would have a size of {size}; the limit is {_active.limits.size}"
        raise FeelLimitError(msg)


def charge(steps: int) -> None:
    """Use up steps of the evaluation; fail when none are left."""
    left = _active.steps - steps
    _active.steps = left
    if left < 0:
        msg = f"the evaluation needs more than {_active.limits.steps} steps"
        raise FeelLimitError(msg)


def check_depth(depth: int, what: str = "value") -> None:
    """Fail if something is nested deeper than an expression may be."""
    if depth > _active.limits.depth:
        msg = f"the {what} is nested deeper than {_active.limits.depth} levels"
        raise FeelLimitError(msg)


class evaluation:  # noqa: N801 - used as a function in a `with` statement
    """Give the evaluation in the block its own limits and a full budget."""

    __slots__ = ("_before", "_limits")

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits

    def __enter__(self) -> None:
        self._before = (_active.limits, _active.steps, _active.calls)
        _active.limits = self._limits
        _active.steps = self._limits.steps
        _active.calls = 0

    def __exit__(self, *_: object) -> None:
        _active.limits, _active.steps, _active.calls = self._before
