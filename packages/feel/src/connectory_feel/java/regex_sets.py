"""Character sets of Java's regular expressions, written as sets of the `regex` package (version 1 syntax)."""

import re

__all__ = ["PatternError", "character", "letters_of_both_cases", "named_set", "shorthand"]


class PatternError(Exception):
    """The text is not a regular expression of Java."""


_SHORTHANDS = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": r"\x09-\x0d\x20",
    "h": r"\x09\x20\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\x0a-\x0d\x85\u2028\u2029",
}
_UNICODE_SHORTHANDS = {"d": r"\p{Nd}", "w": r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}", "s": r"\p{White_Space}"}
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "Graph": r"\x21-\x7e",
    "Print": r"\x20-\x7e",
    "Blank": r"\x09\x20",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r"\x09-\x0d\x20",
}
_UNICODE_POSIX = {
    "Lower": r"\p{Lowercase}",
    "Upper": r"\p{Uppercase}",
    "Alpha": r"\p{Alphabetic}",
    "Digit": r"\p{Nd}",
    "Alnum": r"\p{Alphabetic}\p{Nd}",
    "Punct": r"\p{P}",
    "Graph": r"[^\p{White_Space}\p{Cc}\p{Cs}\p{Cn}]",
    "Print": r"\p{Zs}[^\p{White_Space}\p{Cc}\p{Cs}\p{Cn}]",
    "Blank": r"\p{Zs}\x09",
    "Cntrl": r"\p{Cc}",
    "XDigit": r"\p{Nd}\p{Hex_Digit}",
    "Space": r"\p{White_Space}",
}
_BINARY = {
    "alphabetic": r"\p{Alphabetic}",
    "ideographic": r"\p{Ideographic}",
    "letter": r"\p{L}",
    "lowercase": r"\p{Lowercase}",
    "uppercase": r"\p{Uppercase}",
    "titlecase": r"\p{Lt}",
    "punctuation": r"\p{P}",
    "control": r"\p{Cc}",
    "white_space": r"\p{White_Space}",
    "whitespace": r"\p{White_Space}",
    "digit": r"\p{Nd}",
    "hex_digit": r"\p{Hex_Digit}",
    "hexdigit": r"\p{Hex_Digit}",
    "join_control": r"\p{Join_Control}",
    "joincontrol": r"\p{Join_Control}",
    "noncharacter_code_point": r"\p{Noncharacter_Code_Point}",
    "noncharactercodepoint": r"\p{Noncharacter_Code_Point}",
    "assigned": r"\P{Cn}",
    "alnum": r"\p{Alphabetic}\p{Nd}",
    "word": _UNICODE_SHORTHANDS["w"],
}
_JAVA = {
    "LowerCase": r"\p{Lowercase}",
    "UpperCase": r"\p{Uppercase}",
    "Alphabetic": r"\p{Alphabetic}",
    "Ideographic": r"\p{Ideographic}",
    "TitleCase": r"\p{Lt}",
    "Digit": r"\p{Nd}",
    "Defined": r"\P{Cn}",
    "Letter": r"\p{L}",
    "LetterOrDigit": r"\p{L}\p{Nd}",
    "JavaIdentifierStart": r"\p{L}\p{Nl}\p{Sc}\p{Pc}",
    "JavaIdentifierPart": r"\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mc}\p{Mn}\x00-\x08\x0e-\x1b\x7f-\x9f\p{Cf}",
    "UnicodeIdentifierStart": r"\p{L}\p{Nl}",
    "UnicodeIdentifierPart": r"\p{L}\p{Nl}\p{Pc}\p{Nd}\p{Mc}\p{Mn}\x00-\x08\x0e-\x1b\x7f-\x9f\p{Cf}",
    "IdentifierIgnorable": r"\x00-\x08\x0e-\x1b\x7f-\x9f\p{Cf}",
    "SpaceChar": r"\p{Z}",
    "Whitespace": r"\x09-\x0d\x1c-\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000",
    "ISOControl": r"\p{Cc}",
    "Mirrored": r"\p{Bidi_Mirrored}",
}
_CATEGORIES = frozenset(
    [
        "Cn",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Me",
        "Mc",
        "Nd",
        "Nl",
        "No",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Pd",
        "Ps",
        "Pe",
        "Pc",
        "Po",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Pi",
        "Pf",
        "L",
        "M",
        "N",
        "Z",
        "C",
        "P",
        "S",
    ]
)
_MORE_CATEGORIES = {"LC": r"\p{Lu}\p{Ll}\p{Lt}", "LD": r"\p{L}\p{Nd}", "L1": r"\x00-\xff", "all": r"\x00-\U0010ffff"}
_CASED = r"\p{Lu}\p{Ll}\p{Lt}"
_SAFE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ \-]*")


def character(code: int) -> str:
    """Write one character so that it means itself, inside and outside of a set."""
    if 0x30 <= code <= 0x39 or 0x41 <= code <= 0x5A or 0x61 <= code <= 0x7A:
        return chr(code)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def letters_of_both_cases(low: int, high: int) -> str:
    """Write what a range of characters gains when the case of ASCII letters does not count."""
    more = ""
    for first, last, shift in ((0x41, 0x5A, 0x20), (0x61, 0x7A, -0x20)):
        start, end = max(low, first), min(high, last)
        if start <= end:
            more += f"{chr(start + shift)}-{chr(end + shift)}"
    return more


def shorthand(letter: str, *, unicode: bool) -> str:
    r"""Write the set of `\d`, `\W` and the like."""
    lower = letter.lower()
    content = _UNICODE_SHORTHANDS.get(lower) if unicode else None
    if content is None:
        content = _SHORTHANDS[lower]
    return content if letter == lower else f"[^{content}]"


def named_set(name: str, *, negative: bool, any_case: bool, unicode: bool) -> str:
    r"""Write the set of `\p{name}` or `\P{name}`."""
    content = _content(name, any_case=any_case, unicode=unicode)
    return f"[^{content}]" if negative else content


def _content(name: str, *, any_case: bool, unicode: bool) -> str:
    key, separator, value = name.partition("=")
    if separator:
        return _keyed(key.lower(), value, any_case=any_case)
    if name.startswith("In") and _SAFE_NAME.fullmatch(name, 2):
        return f"\\p{{Block={name[2:]}}}"
    if name.startswith("java") and name[4:] in _JAVA:
        return _CASED if any_case and name[4:] in {"LowerCase", "UpperCase", "TitleCase"} else _JAVA[name[4:]]
    if name.startswith("Is"):
        return _is(name[2:], any_case=any_case)
    if name in _POSIX:
        if any_case and name in {"Lower", "Upper"}:
            return _CASED if unicode else "a-zA-Z"
        return _UNICODE_POSIX.get(name, _POSIX[name]) if unicode else _POSIX[name]
    return _category(name, any_case=any_case)


def _category(name: str, *, any_case: bool) -> str:
    if any_case and name in {"Lu", "Ll", "Lt"}:
        return _CASED
    if name in _CATEGORIES:
        return f"\\p{{{name}}}"
    if name in _MORE_CATEGORIES:
        return _MORE_CATEGORIES[name]
    raise PatternError(name)


def _is(name: str, *, any_case: bool) -> str:
    lower = name.lower()
    if lower in _BINARY:
        return _CASED if any_case and lower in {"lowercase", "uppercase", "titlecase"} else _BINARY[lower]
    if name in _CATEGORIES or name in _MORE_CATEGORIES:
        return _category(name, any_case=any_case)
    return _keyed("script", name, any_case=any_case)


def _keyed(key: str, value: str, *, any_case: bool) -> str:
    if key in {"gc", "general_category"}:
        return _category(value, any_case=any_case)
    kind = {"sc": "Script", "script": "Script", "blk": "Block", "block": "Block"}.get(key)
    if kind is None or _SAFE_NAME.fullmatch(value) is None:
        raise PatternError(key)
    return f"\\p{{{kind}={value}}}"
