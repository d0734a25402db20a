"""Going deeper than the call stack of one thread.

Python counts the depth of calls for each thread. Deeply nested expressions go on in a helper thread, which starts to
count anew, instead of a higher recursion limit, which would change the program that we are a guest in.
"""

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

__all__ = ["LEVELS_PER_STACK", "fresh_stack"]

# A level of nesting takes about ten calls of the parser; a thread has a thousand, and our caller has used some.
LEVELS_PER_STACK = 40

_Result = TypeVar("_Result")


def fresh_stack(function: Callable[..., _Result], *arguments: object) -> _Result:
    """Call a function in a thread of its own, wait for it, and return or raise what it did."""
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function(*arguments))
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, name="feel", daemon=True)
    thread.start()
    thread.join()
    if errors:
        try:
            raise errors[0]
        finally:
            errors.clear()
    return results[0]
