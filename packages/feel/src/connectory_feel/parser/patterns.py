"""The words and signs of FEEL. Each pattern is the `match` of a regular expression, called with a text and a place."""

import re
from collections.abc import Callable

__all__ = [
    "AND",
    "BETWEEN",
    "COMPARISON",
    "CONSTANT",
    "CONSTANTS",
    "ELSE",
    "ESCAPE",
    "ESCAPED",
    "FOR",
    "FUNCTION",
    "FUNCTION_NAME",
    "IF",
    "IN",
    "INSTANCE",
    "KEY",
    "NAME",
    "NOT",
    "NUMBER",
    "OR",
    "PARAMETER",
    "QUANTIFIER",
    "RETURN",
    "SATISFIES",
    "SOLID",
    "SPACE",
    "STRING",
    "THEN",
    "TYPE",
    "UNARY_COMPARISON",
    "Match",
]

Match = Callable[[str, int], re.Match[str] | None]

_CURRENCY = "$¢-¥֏؋৲৳৻૱௹฿៛₠-\u20cf"
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u093c\u0941-\u0948\u200c\u200d"
_WORD = rf"(?:[^\W\d]|[{_CURRENCY}])[\w{_CURRENCY}{_MARKS}]*"
_RESERVED = "null|true|false|function|in|return|then|else|satisfies|and|or"
_NAME_END = rf"(?![\w{_CURRENCY}{_MARKS}])"
_NAME = rf"(?!(?:{_RESERVED}){_NAME_END}){_WORD}"
_QUOTED = r"`[^`]+`"
# DMN counts more characters as white space than Python's \s does, and fewer: no separators of files and groups.
_BLANK = "[\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"

# What surely is no white space and no comment; the end of the text counts as well.
SOLID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:;()[]{}<>=+-*\"'?@!`") | {""}

SPACE = re.compile(rf"(?:{_BLANK}+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*").match
NAME = re.compile(rf"{_QUOTED}|{_NAME}").match
# Names of functions have spaces; of the reserved words only these names have some.
_WITH_RESERVED = rf"(?:date and time|years and months duration|get or else){_NAME_END}|(?:and|or)(?= *\()"
FUNCTION_NAME = re.compile(rf"{_QUOTED}|{_WITH_RESERVED}|{_NAME}(?: +{_NAME})*").match
PARAMETER = re.compile(rf"{_QUOTED}|{_NAME}(?: +{_NAME})*").match
KEY = re.compile(r'(?:(?!//|/\*)[^"{}:,\[\]`])+').match
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+").match
ESCAPE = re.compile(r"\\([nrtbf'\"\\])").sub
COMPARISON = re.compile(r"<=|>=|!=|<|>|=").match
UNARY_COMPARISON = re.compile(r"<=|>=|<|>").match
TYPE = re.compile(
    rf"years and months duration|days and time duration|date and time|(?:{_QUOTED}|{_NAME})|function|null"
).match
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}


def _keyword(word: str) -> Match:
    return re.compile(word + _NAME_END).match


IF, THEN, ELSE = _keyword("if"), _keyword("then"), _keyword("else")
FOR, RETURN = _keyword("for"), _keyword("return")
QUANTIFIER, SATISFIES = _keyword("(?:some|every)"), _keyword("satisfies")
AND, OR, IN, BETWEEN = _keyword("and"), _keyword("or"), _keyword("in"), _keyword("between")
INSTANCE = re.compile(rf"instance{_BLANK}+of{_NAME_END}").match
FUNCTION = _keyword("function")
NOT = _keyword("not")
CONSTANT = _keyword("(?:null|true|false)")
CONSTANTS = {"null": None, "true": True, "false": False}
