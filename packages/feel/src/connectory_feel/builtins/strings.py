"""Built-ins for strings."""

from connectory_feel.errors import FeelError
from connectory_feel.java import strings as java
from connectory_feel.java.regexes import PatternError, Regex, ReplacementError, compiled
from connectory_feel.limits import charge, check_size
from connectory_feel.temporal.arithmetic import whole
from connectory_feel.temporal.calendar import wrap_int
from connectory_feel.values import Function, FunctionFailure, Value, display, illegal_arguments, is_number

__all__ = ["FUNCTIONS"]


def substring(string: Value, start: Value) -> Value:
    """Give the text from a position, which counts from 1, or from the end if negative."""
    if type(string) is not str or not is_number(start):
        raise illegal_arguments(string, start)
    size = java.length(string)
    return _cut(string, _begin(start, size), size, size)


def substring_of_length(string: Value, start: Value, length: Value) -> Value:
    """Give so many characters from a position."""
    if type(string) is not str or not is_number(start) or not is_number(length):
        raise illegal_arguments(string, start, length)
    size = java.length(string)
    begin = _begin(start, size)
    return _cut(string, begin, min(begin + wrap_int(whole(length)), size), size)


def _begin(start: Value, size: int) -> int:
    position = wrap_int(whole(start))
    return position - 1 if position > 0 else size + position


def _cut(string: str, begin: int, end: int, size: int) -> str:
    if not 0 <= begin <= end:
        msg = f"substring: begin {begin}, end {end}, length {size}"
        raise FeelError(msg)
    return java.substring(string, begin, end)


def string_length(string: Value) -> Value:
    """Count the UTF-16 units of a text."""
    if type(string) is not str:
        raise illegal_arguments(string)
    return java.length(string)


def upper_case(string: Value) -> Value:
    """Give the text in upper case."""
    if type(string) is not str:
        raise illegal_arguments(string)
    return string.upper()


def lower_case(string: Value) -> Value:
    """Give the text in lower case."""
    if type(string) is not str:
        raise illegal_arguments(string)
    return string.lower()


def trim(string: Value) -> Value:
    """Cut spaces and control characters from both ends."""
    if type(string) is not str:
        raise illegal_arguments(string)
    return string.strip(java.TRIMMED)


def is_blank(string: Value) -> Value:
    """Say whether a text is empty or white space alone."""
    if type(string) is not str:
        raise illegal_arguments(string)
    return java.is_blank(string)


def substring_before(string: Value, match: Value) -> Value:
    """Give the text before the first occurrence of another; empty if there is none."""
    if type(string) is not str or type(match) is not str:
        raise illegal_arguments(string, match)
    at = string.find(match)
    return string[:at] if at > 0 else ""


def substring_after(string: Value, match: Value) -> Value:
    """Give the text after the first occurrence of another; empty if there is none."""
    if type(string) is not str or type(match) is not str:
        raise illegal_arguments(string, match)
    at = string.find(match)
    return string[at + len(match) :] if at >= 0 else ""


def contains(string: Value, match: Value) -> Value:
    """Say whether a text has another in it."""
    if type(string) is not str or type(match) is not str:
        raise illegal_arguments(string, match)
    return match in string


def starts_with(string: Value, match: Value) -> Value:
    """Say whether a text starts with another."""
    if type(string) is not str or type(match) is not str:
        raise illegal_arguments(string, match)
    return string.startswith(match)


def ends_with(string: Value, match: Value) -> Value:
    """Say whether a text ends with another."""
    if type(string) is not str or type(match) is not str:
        raise illegal_arguments(string, match)
    return string.endswith(match)


def _pattern(pattern: str, flags: str = "", *, what: str = "pattern") -> Regex:
    try:
        return compiled(pattern, flags)
    except PatternError:
        msg = f"Invalid {what} '{pattern}'"
        raise FunctionFailure(msg) from None


def matches(string: Value, pattern: Value) -> Value:
    """Say whether a part of a text matches a regular expression."""
    if type(string) is not str or type(pattern) is not str:
        raise illegal_arguments(string, pattern)
    return _pattern(pattern).search(string)


def matches_with_flags(string: Value, pattern: Value, flags: Value) -> Value:
    """Say whether a part of a text matches a regular expression with flags."""
    if type(string) is not str or type(pattern) is not str or type(flags) is not str:
        raise illegal_arguments(string, pattern, flags)
    return _pattern(pattern, flags).search(string)


def replace(string: Value, pattern: Value, replacement: Value) -> Value:
    """Replace what matches a regular expression."""
    if type(string) is not str or type(pattern) is not str or type(replacement) is not str:
        raise illegal_arguments(string, pattern, replacement)
    return _replaced(string, pattern, replacement, "")


def replace_with_flags(string: Value, pattern: Value, replacement: Value, flags: Value) -> Value:
    """Replace what matches a regular expression with flags."""
    arguments = string, pattern, replacement, flags
    if not all(type(argument) is str for argument in arguments):
        raise illegal_arguments(*arguments)
    return _replaced(str(string), str(pattern), str(replacement), str(flags))


def _replaced(string: str, pattern: str, replacement: str, flags: str) -> str:
    try:
        return _pattern(pattern, flags).replace(string, replacement)
    except ReplacementError:
        msg = f"Invalid pattern '{pattern}'"
        raise FunctionFailure(msg) from None


def split(string: Value, delimiter: Value) -> Value:
    """Cut a text where a regular expression matches."""
    if type(string) is not str or type(delimiter) is not str:
        raise illegal_arguments(string, delimiter)
    return _pattern(delimiter, what="pattern for delimiter").split(string)


def extract(string: Value, pattern: Value) -> Value:
    """Give all parts of a text that match a regular expression."""
    if type(string) is not str or type(pattern) is not str:
        raise illegal_arguments(string, pattern)
    return _pattern(pattern).find_all(string)


def string_join(items: Value) -> Value:
    """Put texts together; nulls are left out."""
    if type(items) is not list:
        raise illegal_arguments(items)
    return _joined(items, "")


def string_join_with(items: Value, delimiter: Value) -> Value:
    """Put texts together with another between them."""
    if type(items) is not list or (type(delimiter) is not str and delimiter is not None):
        raise illegal_arguments(items, delimiter)
    return _joined(items, delimiter or "")


def string_join_within(items: Value, delimiter: Value, prefix: Value, suffix: Value) -> Value:
    """Put texts together with another between them, one before and one after."""
    if type(items) is list:
        if type(prefix) is str and type(suffix) is str and (type(delimiter) is str or delimiter is None):
            return f"{prefix}{_joined(items, delimiter or '')}{suffix}"
        if prefix is None and suffix is None and (type(delimiter) is str or delimiter is None):
            return _joined(items, delimiter or "")
    raise illegal_arguments(items, delimiter, prefix, suffix)


def _joined(items: list[Value], delimiter: str) -> str:
    texts = [item for item in items if type(item) is str]
    if len(texts) != len(items) - items.count(None):
        shown = ", ".join(map(display, items))
        msg = f"expected a list of strings but found 'Vector({shown})'"
        raise FunctionFailure(msg)
    check_size(sum(map(len, texts)) + len(delimiter) * len(texts), "text")
    charge(len(texts))
    return delimiter.join(texts)


FUNCTIONS: dict[str, list[Function]] = {
    "substring": [
        Function(("string", "start position"), substring),
        Function(("string", "start position", "length"), substring_of_length),
    ],
    "string length": [Function(("string",), string_length)],
    "upper case": [Function(("string",), upper_case)],
    "lower case": [Function(("string",), lower_case)],
    "trim": [Function(("string",), trim)],
    "is blank": [Function(("string",), is_blank)],
    "substring before": [Function(("string", "match"), substring_before)],
    "substring after": [Function(("string", "match"), substring_after)],
    "contains": [Function(("string", "match"), contains)],
    "starts with": [Function(("string", "match"), starts_with)],
    "ends with": [Function(("string", "match"), ends_with)],
    "matches": [
        Function(("input", "pattern"), matches),
        Function(("input", "pattern", "flags"), matches_with_flags),
    ],
    "replace": [
        Function(("input", "pattern", "replacement"), replace),
        Function(("input", "pattern", "replacement", "flags"), replace_with_flags),
    ],
    "split": [Function(("string", "delimiter"), split)],
    "extract": [Function(("input", "pattern"), extract)],
    "string join": [
        Function(("list",), string_join),
        Function(("list", "delimiter"), string_join_with),
        Function(("list", "delimiter", "prefix", "suffix"), string_join_within),
    ],
}
