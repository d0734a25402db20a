"""The built-in functions."""

from connectory_feel.values import Function

FUNCTIONS: dict[str, list[Function]] = {}
