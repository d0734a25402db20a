"""Strings as Java sees them: lengths and positions count UTF-16 units, so that `"😀"` has a length of 2."""

__all__ = ["TRIMMED", "is_blank", "length", "substring"]

TRIMMED = "".join(map(chr, range(0x21)))
# What Character.isWhitespace accepts: separators but the non-breaking ones, and some control characters.
_WHITESPACE = (
    TRIMMED[9:14]
    + TRIMMED[28:33]
    + "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)


def _is_basic(text: str) -> bool:
    """Say whether every character is one UTF-16 unit."""
    return text.isascii() or max(text) <= "\uffff"


def length(text: str) -> int:
    """Count the UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) >> 1


def substring(text: str, begin: int, end: int) -> str:
    """Cut out the UTF-16 units from `begin` to before `end`; both lie within the text."""
    if _is_basic(text):
        return text[begin:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[begin * 2 : end * 2].decode("utf-16-le", "surrogatepass")


def is_blank(text: str) -> bool:
    """Say whether there is nothing but white space."""
    return not text.strip(_WHITESPACE)
