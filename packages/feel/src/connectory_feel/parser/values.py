"""Values: literals, variables, calls, lists, contexts and functions."""

from abc import ABC, abstractmethod
from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.parser.patterns import (
    CONSTANT,
    CONSTANTS,
    ESCAPE,
    ESCAPED,
    FUNCTION,
    FUNCTION_NAME,
    KEY,
    NAME,
    NUMBER,
    PARAMETER,
    SPACE,
    STRING,
)
from connectory_feel.parser.reading import NoMatchError, Reader
from connectory_feel.temporal_literals import temporal_literal

__all__ = ["Values"]

# A text of more digits is slow to turn into an int, and is rounded in the first operation anyway.
_INT_DIGITS = 34


class Values(Reader, ABC):
    """The rules of values; what stands inside of one is an expression again."""

    @abstractmethod
    def expression(self) -> s.Node:
        """Any expression."""

    @abstractmethod
    def argument(self) -> s.Node:
        """An argument of a call."""

    def value(self) -> s.Node:
        """What stands for itself: a literal, a name, a call, or anything in brackets."""
        text = self.text
        at = self.space()
        start = text[at : at + 1]
        if start == '"':
            return s.Literal(self.string())
        if start in "0123456789." and start:
            found = NUMBER(text, at)
            if found is not None:
                self.at = found.end()
                return s.Literal(_to_number(found[0]))
        elif start == "-":
            # A number may have a sign of its own, directly before it: `--1` is 1, and `--x` is nothing.
            found = NUMBER(text, at + 1)
            if found is not None:
                self.at = found.end()
                number = _to_number(found[0])
                return s.Literal(-number if type(number) is int else number.copy_negate())  # type: ignore[union-attr]
        elif start == "(":
            self.at = at + 1
            node = self.expression()
            self.sign(")")
            # In parentheses an interval is always a test, never the range that it would be as an argument.
            if type(node) is s.Interval:
                return s.AtLeastOne([node])
            # `(x).y` is not `x.y`: a missing `x` is null there, and null has no `y`.
            return s.Postfix(node, []) if type(node) is s.Name else node
        elif start == "[":
            return self.list_literal()
        elif start == "{":
            return self.context()
        elif start == "?":
            self.at = at + 1
            return s.Input()
        elif start == "@":
            self.at = at + 1
            self.space()
            return s.Literal(temporal_literal(self.string()))
        else:
            named = self.named(at)
            if named is not None:
                return named
            found = CONSTANT(text, at)
            if found is not None:
                self.at = found.end()
                return s.Literal(CONSTANTS[found[0]])
            found = FUNCTION(text, at)
            if found is not None:
                self.at = found.end()
                return self.function()
        raise self.fail("an expression", at)

    def named(self, at: int) -> s.Node | None:
        """A call, or a variable."""
        text = self.text
        found = FUNCTION_NAME(text, at)
        if found is None:
            return None
        end = SPACE(text, found.end()).end()  # type: ignore[union-attr]
        if text[end : end + 1] == "(":
            self.at = end + 1
            name = found[0].strip("`")
            node = self.attempt(lambda: self.call(name, []))
            if node is not None:
                return node
        found = NAME(text, at)
        if found is None:
            return None
        self.at = found.end()
        name = found[0].strip("`")
        if text[(end := self.space()) : end + 1] == ".":
            node = self.attempt(lambda: self.qualified_call(name))
            if node is not None:
                return node
        self.at = found.end()
        return s.Name(name)

    def qualified_call(self, name: str) -> s.Node:
        """`a.b.f(...)`: the call of a function that a context holds."""
        path = [name]
        while self.accept("."):
            path.append(self.name())
        if len(path) == 1 or self.text[(at := self.space()) : at + 1] != "(":
            raise NoMatchError
        self.at = at + 1
        return self.call(path.pop(), path)

    def call(self, name: str, path: list[str]) -> s.Node:
        """The arguments behind an opening parenthesis."""
        found = PARAMETER(self.text, self.space())
        if found is not None:
            end = SPACE(self.text, found.end()).end()  # type: ignore[union-attr]
            if self.text[end : end + 1] == ":":
                named = self.listed(self.named_argument, ")")
                return s.Call(name, [value for _, value in named], [parameter for parameter, _ in named], path)
        return s.Call(name, self.listed(self.argument, ")"), None, path)

    def named_argument(self) -> tuple[str, s.Node]:
        """`name: argument`."""
        name = self.parameter()
        self.sign(":")
        return name, self.argument()

    def parameter(self) -> str:
        """The name of a parameter, which may have spaces."""
        found = PARAMETER(self.text, self.space())
        if found is None:
            raise self.fail("the name of a parameter")
        self.at = found.end()
        return found[0].strip("`")

    def list_literal(self) -> s.Node:
        """`[a, b]`."""
        self.sign("[")
        return s.ListLiteral(self.listed(self.expression, "]"))

    def context(self) -> s.Node:
        """`{key: a, "other": b}`."""
        self.sign("{")
        return s.ContextLiteral(self.listed(self.entry, "}"))

    def entry(self) -> tuple[str, s.Node]:
        """`key: a`."""
        key = self.key()
        self.sign(":")
        return key, self.expression()

    def key(self) -> str:
        """A name, a text, or nearly any characters up to the colon."""
        at = self.space()
        found = STRING(self.text, at)
        if found is not None:
            self.at = found.end()
            return found[1]  # as it is written, escapes and all
        if self.text[at : at + 1] == "`":
            return self.name()
        found = KEY(self.text, at)
        if found is None:
            raise self.fail("a key")
        self.at = found.end()
        return found[0].strip()

    def function(self) -> s.Node:
        """`function(a, b) expression`, behind its first word."""
        self.sign("(")
        parameters = self.listed(self.parameter, ")")
        return s.FunctionLiteral(parameters, self.expression())

    def string(self) -> str:
        """A text in double quotes, its escapes read."""
        found = STRING(self.text, self.at)
        if found is None:
            if self.text.startswith('"', self.at):
                raise self.fail('the closing """ of the text', len(self.text))
            raise self.fail("a text in double quotes")
        self.at = found.end()
        text = found[1]
        return ESCAPE(lambda m: ESCAPED[m[1]], text) if "\\" in text else text


def _to_number(text: str) -> int | Decimal:
    if "." not in text and len(text) <= _INT_DIGITS:
        return int(text)
    return Decimal(text)
