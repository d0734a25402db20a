"""The built-in functions of FEEL.

`FUNCTIONS` has for each name its signatures, the shortest first. Each takes FEEL values by position and checks their
types itself, because what happens with the wrong ones is part of what it means: mostly `FunctionFailure`, which becomes
null with a warning, sometimes null alone, rarely `FeelError`, where the reference's engine fails as a whole.
"""

from connectory_feel.builtins import contexts, conversion, dates, lists, logic, numbers, ranges, statistics, strings
from connectory_feel.values import Function

__all__ = ["FUNCTIONS"]

FUNCTIONS: dict[str, list[Function]] = {
    **logic.FUNCTIONS,
    **conversion.FUNCTIONS,
    **numbers.FUNCTIONS,
    **statistics.FUNCTIONS,
    **strings.FUNCTIONS,
    **lists.FUNCTIONS,
    **contexts.FUNCTIONS,
    **dates.FUNCTIONS,
    **ranges.FUNCTIONS,
}
