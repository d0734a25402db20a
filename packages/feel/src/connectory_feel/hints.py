"""What a person probably meant, for the message of a syntax error."""

import re

__all__ = ["describe", "hint"]

_RESERVED = frozenset(["null", "true", "false", "function", "in", "return", "then", "else", "satisfies", "and", "or"])
_DOUBLED = {
    "==": 'equality is a single "="',
    "&&": 'write "and"',
    "||": 'write "or"',
    "=>": 'write ">="',
    "=<": 'write "<="',
    "<>": 'write "!="',
    "++": 'there is no "++"',
    "?.": 'a path over null is null anyway: write "."',
    "??": 'write "get or else(a, b)"',
}


def describe(text: str, position: int) -> str:
    """Quote what stands at a position."""
    if position >= len(text):
        return "the end of the expression"
    found = re.compile(r"\w+|\W").match(text, position)
    part = found[0] if found else text[position]
    if not part[0].isalnum() and text[position : position + 2] in _DOUBLED:
        part = text[position : position + 2]
    return f'"{part}"' if part != '"' else "'\"'"


def hint(text: str, position: int, expected: list[str]) -> str:
    """Guess the mistake from what stands at and around a position."""
    rest = text[position:]
    before = text[:position].rstrip()
    around = text[max(0, position - 1) : position + 1]
    for pair in (rest[:2], around):
        if pair in _DOUBLED:
            return _DOUBLED[pair]
    if rest[:1] == "'":
        if re.search(r"\w$", text[:position]):
            return "a name with an apostrophe goes in backticks: `it's`"
        return 'texts are written in double quotes: "text"'
    if rest[:1] == "%":
        return 'write "modulo(a, b)"'
    if rest[:1] == "!":
        return 'write "not(...)"'
    if rest[:1] == "&":
        return 'write "and"'
    if rest[:1] == "|":
        return 'write "or"'
    if '"else"' in expected:
        return 'every "if ... then ..." needs an "else"'
    if '"then"' in expected and rest[:1] in "?{":
        return 'write "if ... then ... else ..."'
    if rest[:1] == "?":
        return 'write "if ... then ... else ..."'
    if rest[:1] == ":" and re.search(r"\w-\w+$", before):
        return "a name with a hyphen goes in backticks, a key in quotes"
    word = re.match(r"\w+", rest)
    if word and word[0] in _RESERVED and before.endswith("."):
        return f"a reserved word goes in backticks: `{word[0]}`"
    if rest[:1] == "=" and before[-1:] in "<>!=":
        return "comparisons are =, !=, <, <=, > and >="
    if before[-1:] == "," and rest[:1] in ")]}":
        return "there is a comma too many"
    if not rest and _open(text):
        return f'"{_open(text)}" is not closed'
    if re.match(r"\w", rest) and re.search(r"[\w`]$", before) and before != text[:position]:
        return "a name with spaces goes in backticks: `my name`"
    return ""


def _open(text: str) -> str:
    """Give the last bracket that is not closed."""
    opened = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for sign in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        if sign in "([{":
            opened.append(sign)
        elif sign in pairs and opened:
            opened.pop()
    return opened[-1] if opened else ""
