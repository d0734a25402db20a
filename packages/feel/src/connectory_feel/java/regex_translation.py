r"""Translation of Java's regular expressions into those of the `regex` package (version 1 syntax).

The two languages look alike and differ in many places: what `.`, `$` and `\w` match, sets within sets, letters whose
case does not count, which texts are no expressions at all. So the text is parsed as Java does and written anew, with
every character escaped and every group counted.
"""

import re

from connectory_feel.errors import FeelLimitError
from connectory_feel.java.regex_sets import PatternError, character, letters_of_both_cases, named_set, shorthand

__all__ = ["PatternError", "Translation", "translate"]

_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>")
_FLAGS = re.compile(r"\?([idmsuxU]*)(?:-([idmsuxU]*))?([:)])")
_REFERENCE = re.compile("\0(\\d+)\0")
_MAX_COUNT = 0x7FFF_FFFF
# Repetitions are written out when an expression is compiled; beyond this, time and memory for it become noticeable.
_MAX_WEIGHT = 50_000
_MAX_LENGTH = 10_000
_MAX_DEPTH = 100

_TERMINATORS = r"\x0a\x0d\x85\u2028\u2029"
_END = r"(?:\Z|(?=\x0d\x0a\Z|[\x0d\x85\u2028\u2029]\Z)|(?<!\x0d)(?=\x0a\Z))"
_END_OF_LINE = r"(?:\Z|(?=[\x0d\x85\u2028\u2029])|(?<!\x0d)(?=\x0a))"
_START_OF_LINE = r"(?:\A|(?<=[\x0a\x85\u2028\u2029]|\x0d(?!\x0a))(?!\Z))"
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
_POSITIONS = {"b": r"\b", "B": r"\B", "A": r"\A", "G": r"\G", "z": r"\Z", "Z": _END, "X": r"\X"}
_LINEBREAK = r"(?:\x0d\x0a|[\x0a-\x0d\x85\u2028\u2029])"


class Translation:
    """An expression in the other language.

    Attributes:
        text: the expression for `regex.compile` with `regex.V1`.
        groups: the number of groups.
        names: the numbers of the named groups.
        repeats: how many repetitions it has; the time for a search grows at most with this power of the text's length.
        nested: whether a repetition or a choice is repeated, so that the time can grow without bound.
    """

    __slots__ = ("groups", "names", "nested", "repeats", "text")

    def __init__(self) -> None:
        self.text = ""
        self.groups = 0
        self.names: dict[str, int] = {}
        self.repeats = 0
        self.nested = False


def translate(pattern: str, flags: str) -> Translation:
    """Translate an expression; `flags` are letters of `imsx`, others mean nothing.

    Raises:
        PatternError: the text is no expression, or uses what cannot be translated.
        FeelLimitError: the text is too long, or would be with its repetitions written out.
    """
    if len(pattern) > _MAX_LENGTH:
        msg = f"a regular expression of {len(pattern)} characters; the limit is {_MAX_LENGTH}"
        raise FeelLimitError(msg)
    return _Parser(pattern, {flag for flag in flags if flag in "imsx"}).parse()


class _Parser:
    def __init__(self, text: str, flags: set[str]) -> None:
        self.text = text
        self.at = 0
        self.flags = flags
        self.depth = 0
        self.weight = 0  # the number of atoms so far, repeated ones counted again and again
        self.result = Translation()

    def parse(self) -> Translation:
        text = self.alternatives()
        if self.at < len(self.text):
            raise PatternError("unmatched ')'")
        groups = self.result.groups
        # A reference to a group that the expression does not have never matches.
        self.result.text = _REFERENCE.sub(lambda m: f"(?:\\{m[1]})" if int(m[1]) <= groups else "(?!)", text)
        return self.result

    # --- the text

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("unexpected end")
        self.at += 1
        return self.text[self.at - 1]

    def found(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def skip_comments(self) -> None:
        while "x" in self.flags and self.peek():
            if self.peek() in " \t\n\x0b\f\r":
                self.at += 1
            elif self.peek() == "#":
                while self.peek() and self.peek() not in "\n\r\x85\u2028\u2029":
                    self.at += 1
            else:
                return

    # --- structure

    def alternatives(self) -> str:
        branches = [self.sequence()]
        while self.found("|"):
            branches.append(self.sequence())
        return "|".join(branches)

    def sequence(self) -> str:
        parts: list[str] = []
        while True:
            self.skip_comments()
            following = self.peek()
            if following in ("", "|", ")"):
                return "".join(parts)
            if following == "{":
                self.repeat()  # of nothing
                continue
            quoted = self.quoted() if self.found("\\Q") else None
            if quoted is not None:  # a repetition after it belongs to its last character
                parts += [self.literal(ord(letter)) for letter in quoted[:-1]]
                self.weight += len(quoted) - 1
            repeats, weight = self.result.repeats, self.weight
            self.weight += 1
            atom = self.atom() if quoted is None else self.literal(ord(quoted[-1])) if quoted else None
            if atom is not None:
                parts.append(self.repeated(atom, repeats, weight, choice=following == "(" and "|" in atom))

    def quoted(self) -> str:
        r"""Read the text of `\Q...\E`."""
        end = self.text.find("\\E", self.at)
        literal = self.text[self.at : end if end >= 0 else len(self.text)]
        self.at = end + 2 if end >= 0 else len(self.text)
        return literal

    def repeated(self, atom: str, repeats: int, weight: int, *, choice: bool) -> str:
        """Read how often an atom is repeated; `repeats` and `weight` are those before the atom."""
        self.skip_comments()
        if self.peek() and self.peek() in "*+?":
            counts, low = self.take(), 1
        elif self.peek() == "{":
            counts, low = self.repeat()
        else:
            return atom
        if self.peek() and self.peek() in "?+":
            counts += self.take()
        self.result.nested = self.result.nested or choice or self.result.repeats > repeats
        self.result.repeats += 1
        self.weight += (self.weight - weight) * max(low - 1, 0)
        if self.weight > _MAX_WEIGHT:
            msg = f"a regular expression with its repetitions written out has more than {_MAX_WEIGHT} parts"
            raise FeelLimitError(msg)
        return f"{atom}{counts}"

    def repeat(self) -> tuple[str, int]:
        found = _REPEAT.match(self.text, self.at)
        if found is None:
            raise PatternError("illegal repetition")
        low, high = int(found[1][:12]), int((found[3] or found[1])[:12])
        if max(low, high) > _MAX_COUNT or high < low:
            raise PatternError("illegal range of a repetition")
        self.at = found.end()
        return found[0], low

    def atom(self) -> str | None:
        """Read one thing that can be repeated; None for what takes no place, like a change of flags."""
        following = self.take()
        if following == "(":
            return self.group()
        if following == "[":
            return self.wrapped(self.char_set())
        if following == "\\":
            return self.escape()
        if following == ".":
            return self.dot()
        if following == "^":
            return _START_OF_LINE if "m" in self.flags else r"\A"
        if following == "$":
            return _END_OF_LINE if "m" in self.flags else _END
        if following in "*+?":
            raise PatternError("dangling repetition")
        return self.literal(ord(following))

    def dot(self) -> str:
        if "s" in self.flags:
            return r"[\x00-\U0010ffff]"
        return r"[^\x0a]" if "d" in self.flags else f"[^{_TERMINATORS}]"

    def literal(self, code: int) -> str:
        if "i" not in self.flags:
            return character(code)
        if "u" in self.flags:
            return f"(?i-f:{character(code)})"
        other = letters_of_both_cases(code, code)
        return f"[{character(code)}{other[0]}]" if other else character(code)

    def wrapped(self, char_set: str) -> str:
        return f"(?i-f:{char_set})" if "i" in self.flags and "u" in self.flags else char_set

    # --- groups

    def group(self) -> str | None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise PatternError("nested too deep")
        flags = set(self.flags)
        opening = self.opening()
        if opening is None:  # (?i) holds until the group around ends
            self.depth -= 1
            return None
        body = self.alternatives()
        if not self.found(")"):
            raise PatternError("unclosed group")
        self.flags = flags
        self.depth -= 1
        return f"{opening}{body})"

    def opening(self) -> str | None:
        for start in ("?:", "?=", "?!", "?>", "?<=", "?<!"):
            if self.found(start):
                return f"({start}"
        if self.text.startswith("?<", self.at):
            found = _NAME.match(self.text, self.at + 1)
            if found is None or found[1] in self.result.names:
                raise PatternError("not a name for a group")
            self.at = found.end()
            self.result.names[found[1]] = self.result.groups + 1
        elif self.peek() == "?":
            return self.flag_group()
        self.result.groups += 1
        return "("

    def flag_group(self) -> str | None:
        found = _FLAGS.match(self.text, self.at)
        if found is None:
            raise PatternError("unknown kind of group")
        self.at = found.end()
        self.flags = (self.flags | set(found[1])) - set(found[2] or "")
        return "(?:" if found[3] == ":" else None

    # --- escapes

    def escape(self) -> str:
        letter = self.take()
        if letter in "123456789":
            return self.reference(letter)
        if letter == "k":
            found = _NAME.match(self.text, self.at)
            if found is None or found[1] not in self.result.names:
                raise PatternError("no group of this name")
            self.at = found.end()
            return self.referenced(self.result.names[found[1]])
        if letter in "dDwWsShHvV":
            return f"[{shorthand(letter, unicode='U' in self.flags)}]"
        if letter in "pP":
            return self.wrapped(f"[{self.property(letter)}]")
        if letter == "R":
            return _LINEBREAK
        if letter == "b" and self.found("{g}"):
            raise PatternError("boundaries of grapheme clusters")
        if letter in _POSITIONS:
            return _POSITIONS[letter]
        return self.literal(self.escaped_character(letter))

    def reference(self, digits: str) -> str:
        number = int(digits)
        while self.peek() and self.peek() in "0123456789" and number * 10 + int(self.peek()) <= self.result.groups:
            number = number * 10 + int(self.take())
        return self.referenced(number)

    def referenced(self, number: int) -> str:
        self.result.repeats += 1
        return f"(?i-f:\0{number}\0)" if "i" in self.flags else f"\0{number}\0"

    def property(self, letter: str) -> str:
        name = self.take()
        if name == "{":
            end = self.text.find("}", self.at)
            if end < 0:
                raise PatternError("unclosed name of a set")
            name, self.at = self.text[self.at : end], end + 1
        any_case = "i" in self.flags
        return named_set(name, negative=letter == "P", any_case=any_case, unicode="U" in self.flags)

    def escaped_character(self, letter: str) -> int:
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "0":
            return self.number(r"[0-3][0-7]{2}|[0-7]{1,2}", 8)
        if letter == "x":
            if self.found("{"):
                code = self.number(r"[0-9a-fA-F]{1,8}(?=\})", 16)
                self.at += 1
                if code > 0x10FFFF:
                    raise PatternError("no such character")
                return code
            return self.number(r"[0-9a-fA-F]{2}", 16)
        if letter == "u":
            return self.number(r"[0-9a-fA-F]{4}", 16)
        if letter == "c":
            return ord(self.take()) ^ 64
        if letter == "N":
            return self.named_character()
        if letter.isascii() and letter.isalpha():
            raise PatternError("unknown escape")
        return ord(letter)

    def number(self, form: str, base: int) -> int:
        found = re.compile(form).match(self.text, self.at)
        if found is None:
            raise PatternError("not a character's number")
        self.at = found.end()
        return int(found[0], base)

    def named_character(self) -> int:
        import unicodedata

        end = self.text.find("}", self.at)
        if not self.found("{") or end < 0:
            raise PatternError("not a character's name")
        name, self.at = self.text[self.at : end], end + 1
        try:
            return ord(unicodedata.lookup(name))
        except (KeyError, TypeError):
            raise PatternError("no character of this name") from None

    # --- sets

    def char_set(self) -> str:
        """Read a set after its `[`."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise PatternError("nested too deep")
        negative = "^" if self.found("^") else ""
        operands: list[str] = []
        content = ""
        first = True
        while True:
            self.skip_comments()
            if self.peek() == "]" and not first:
                self.at += 1
                break
            if self.found("&&"):
                operands.append(content)
                content = ""
            else:
                content += self.set_item()
            first = False
        self.depth -= 1
        operands = [operand for operand in [*operands, content] if operand]
        if not operands:
            raise PatternError("empty set")
        if len(operands) == 1:
            return f"[{negative}{operands[0]}]"
        joined = "&&".join(f"[{operand}]" for operand in operands)
        return f"[{negative}[{joined}]]"

    def set_item(self) -> str:
        if self.found("["):
            return self.char_set()
        if self.found("\\Q"):
            return "".join(self.span(ord(letter), ord(letter)) for letter in self.quoted())
        low = self.set_character()
        if isinstance(low, str):
            return low
        if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]", "["):
            if self.text.startswith("-&&", self.at):
                return self.span(low, low)
            self.at += 1
            self.skip_comments()
            high = self.set_character()
            if isinstance(high, str) or high < low:
                raise PatternError("illegal range of characters")
            return self.span(low, high)
        return self.span(low, low)

    def span(self, low: int, high: int) -> str:
        text = character(low) if low == high else f"{character(low)}-{character(high)}"
        return text + letters_of_both_cases(low, high) if "i" in self.flags else text

    def set_character(self) -> int | str:
        """Read one character of a set, or a set that stands for itself."""
        letter = self.take()
        if letter != "\\":
            return ord(letter)
        letter = self.take()
        if letter in "dDwWsShHvV":
            return shorthand(letter, unicode="U" in self.flags)
        if letter in "pP":
            return self.property(letter)
        if letter in "123456789":
            raise PatternError("a reference in a set")
        return self.escaped_character(letter)
