"""From text to nodes.

The grammar is the one of Camunda's engine, a PEG with ordered choice: what comes first in a choice wins, and a choice
that was made is kept. The parser reads characters, not tokens, because what is a name depends on the place: keys of
contexts may hold nearly anything, names of functions may have spaces. Each rule returns a node and leaves `self.at`
behind it. Where a choice has to go back, the rule is remembered with its position, so that no text takes
more than linear time.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from connectory_feel import syntax as s
from connectory_feel.errors import FeelLimitError, FeelSyntaxError
from connectory_feel.hints import describe, hint
from connectory_feel.limits import Limits
from connectory_feel.stack import LEVELS_PER_STACK, fresh_stack
from connectory_feel.temporal_literals import temporal_literal

__all__ = ["parse"]

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
_SOLID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:;()[]{}<>=+-*\"'?@!`") | {""}

_space = re.compile(rf"(?:{_BLANK}+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*").match
_name = re.compile(rf"{_QUOTED}|{_NAME}").match
# Names of functions have spaces; of the reserved words only these names have some.
_WITH_RESERVED = rf"(?:date and time|years and months duration|get or else){_NAME_END}|(?:and|or)(?= *\()"
_function_name = re.compile(rf"{_QUOTED}|{_WITH_RESERVED}|{_NAME}(?: +{_NAME})*").match
_parameter = re.compile(rf"{_QUOTED}|{_NAME}(?: +{_NAME})*").match
_key = re.compile(r'(?:(?!//|/\*)[^"{}:,\[\]`])+').match
_string = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match
_number = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+").match
_escape = re.compile(r"\\([nrtbf'\"\\])").sub
_comparison = re.compile(r"<=|>=|!=|<|>|=").match
_unary_comparison = re.compile(r"<=|>=|<|>").match
_type = re.compile(
    rf"years and months duration|days and time duration|date and time|(?:{_QUOTED}|{_NAME})|function|null"
).match
_escaped = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}

# A text of more digits is slow to turn into an int, and is rounded in the first operation anyway.
_INT_DIGITS = 34


def _keyword(word: str) -> Callable[[str, int], "re.Match[str] | None"]:
    return re.compile(word + _NAME_END).match


_if, _then, _else = _keyword("if"), _keyword("then"), _keyword("else")
_for, _return = _keyword("for"), _keyword("return")
_quantifier, _satisfies = _keyword("(?:some|every)"), _keyword("satisfies")
_and, _or, _in, _between = _keyword("and"), _keyword("or"), _keyword("in"), _keyword("between")
_instance = re.compile(rf"instance{_BLANK}+of{_NAME_END}").match
_function = _keyword("function")
_not = re.compile(rf"not{_NAME_END}").match
_constant = _keyword("(?:null|true|false)")
_constants = {"null": None, "true": True, "false": False}


class _NoMatchError(Exception):
    """This choice does not fit here."""


class _Parser:
    """One text on its way to nodes."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.next_stack = LEVELS_PER_STACK
        self.limits = limits
        self.furthest = -1
        self.expected: list[str] = []
        self.memo: dict[int, tuple[s.Node, int] | None] = {}
        self.values: dict[int, tuple[s.Node, int] | None] = {}

    # --- failing

    def fail(self, expected: str, at: int | None = None) -> _NoMatchError:
        """Note what was expected; the furthest place is the one that the message shows."""
        position = self.at if at is None else at
        if position > self.furthest:
            self.furthest = position
            self.expected = [expected]
        elif position == self.furthest and expected not in self.expected:
            self.expected.append(expected)
        return _NoMatchError()

    def error(self) -> FeelSyntaxError:
        position = max(self.furthest, 0)
        return FeelSyntaxError(
            self.text,
            position,
            found=describe(self.text, position),
            expected=" or ".join(self.expected) or "an expression",
            hint=hint(self.text, position, self.expected),
        )

    # --- reading

    def space(self) -> int:
        if self.text[self.at : self.at + 1] in _SOLID:
            return self.at
        self.at = at = _space(self.text, self.at).end()  # type: ignore[union-attr]
        return at

    def sign(self, sign: str) -> None:
        """Read a sign that has to be here."""
        at = self.space()
        if not self.text.startswith(sign, at):
            raise self.fail(f'"{sign}"')
        self.at = at + len(sign)

    def accept(self, sign: str) -> bool:
        at = self.space()
        if self.text.startswith(sign, at):
            self.at = at + len(sign)
            return True
        return False

    def word(self, match: Callable[[str, int], "re.Match[str] | None"], word: str) -> None:
        """Read a keyword that has to be here."""
        found = match(self.text, self.space())
        if found is None:
            raise self.fail(f'"{word}"')
        self.at = found.end()

    def name(self) -> str:
        found = _name(self.text, self.space())
        if found is None:
            raise self.fail("a name")
        self.at = found.end()
        return found[0].strip("`")

    # --- whole texts

    def whole_expression(self) -> s.Node:
        node = self.expression()
        self.end()
        return node

    def whole_tests(self) -> s.Node:
        """`-`, `not(tests)` or tests, in the order of the reference: not, tests, dash."""
        self.space()
        start = self.at
        node = self.attempt(self.negated_tests)
        if node is None:
            self.at = start
            node = self.attempt(self.positive_tests)
        if node is None:
            self.at = start
            self.sign("-")
            node = s.AnyInput()
        self.end()
        return node

    def end(self) -> None:
        if self.space() < len(self.text):
            raise self.fail("the end of the expression")

    def attempt(self, rule: Callable[[], s.Node]) -> s.Node | None:
        try:
            return rule()
        except _NoMatchError:
            return None

    # --- expressions

    def expression(self) -> s.Node:
        """`if`, `for`, `some`, `every` or a disjunction."""
        at = self.space()
        if at in self.memo:
            known = self.memo[at]
            if known is None:
                raise _NoMatchError
            self.at = known[1]
            return known[0]
        self.depth += 1
        if self.depth > self.limits.depth:
            msg = f"the expression is nested deeper than {self.limits.depth} levels"
            raise FeelLimitError(msg)
        try:
            node = self._expression(at) if self.depth < self.next_stack else self.deeper(at)
        except _NoMatchError:
            self.memo[at] = None
            raise
        finally:
            self.depth -= 1
        self.memo[at] = (node, self.at)
        return node

    def deeper(self, at: int) -> s.Node:
        """Go on with a call stack of its own."""
        before = self.next_stack
        self.next_stack = self.depth + LEVELS_PER_STACK
        try:
            return fresh_stack(self._expression, at)
        finally:
            self.next_stack = before

    def _expression(self, at: int) -> s.Node:
        start = self.text[at : at + 1]
        if start in "ifse" and start:
            for match, rule in ((_if, self.conditional), (_for, self.loop), (_quantifier, self.quantified)):
                found = match(self.text, at)
                if found is not None:
                    self.at = found.end()
                    node = self.attempt(lambda rule=rule, found=found: rule(found[0]))  # type: ignore[misc]
                    if node is not None:
                        return node
                    self.at = at
        return self.disjunction()

    def conditional(self, _: str) -> s.Node:
        condition = self.expression()
        self.word(_then, "then")
        then = self.expression()
        self.word(_else, "else")
        return s.If(condition, then, self.expression())

    def loop(self, _: str) -> s.Node:
        iterators = self.iterators()
        self.word(_return, "return")
        return s.For(iterators, self.expression())

    def quantified(self, word: str) -> s.Node:
        iterators = self.iterators()
        self.word(_satisfies, "satisfies")
        return s.Quantified(word == "every", iterators, self.expression())

    def iterators(self) -> list[tuple[str, s.Node]]:
        iterators = []
        while True:
            name = self.name()
            self.word(_in, "in")
            at = self.space()
            source = self.attempt(self.span)
            if source is None:
                self.at = at
                source = self.chain()
            iterators.append((name, source))
            if not self.accept(","):
                return iterators

    def span(self) -> s.Node:
        """`1..3`; what is no span is a value with paths and filters, no calculation."""
        start = self.mathematics()
        self.sign("..")
        return s.Span(start, self.mathematics())

    def disjunction(self) -> s.Node:
        first = self.conjunction()
        if _or(self.text, self.space()) is None:
            return first
        operands = [first]
        while (found := _or(self.text, self.space())) is not None:
            before = self.at
            self.at = found.end()
            node = self.attempt(self.conjunction)
            if node is None:
                self.at = before
                break
            operands.append(node)
        return s.Logic("or", operands) if len(operands) > 1 else first

    def conjunction(self) -> s.Node:
        first = self.comparison()
        if _and(self.text, self.space()) is None:
            return first
        operands = [first]
        while (found := _and(self.text, self.space())) is not None:
            before = self.at
            self.at = found.end()
            node = self.attempt(self.comparison)
            if node is None:
                self.at = before
                break
            operands.append(node)
        return s.Logic("and", operands) if len(operands) > 1 else first

    def comparison(self) -> s.Node:
        at = self.space()
        start = self.text[at : at + 1]
        if start in "<>([]" and start:
            node = self.attempt(self.input_comparison if start in "<>" else self.interval)
            if node is not None:
                return node
            self.at = at
        left = self.mathematics()
        at = self.space()
        node = self.attempt(lambda: self.compared(left))
        if node is None:
            self.at = at
            return left
        return node

    def compared(self, left: s.Node) -> s.Node:
        """What may follow the left side of a comparison."""
        text, at = self.text, self.at
        found = _comparison(text, at)
        if found is not None:
            self.at = found.end()
            return s.Comparison(found[0], left, self.mathematics())
        found = _in(text, at)
        if found is not None:
            self.at = found.end()
            return s.In(left, self.tests_of_in())
        found = _between(text, at)
        if found is not None:
            self.at = found.end()
            low = self.mathematics()
            self.word(_and, "and")
            return s.Between(left, low, self.mathematics())
        found = _instance(text, at)
        if found is not None:
            self.at = found.end()
            return s.InstanceOf(left, self.type_name())
        raise self.fail("an operator")

    def type_name(self) -> str:
        found = _type(self.text, self.space())
        if found is None:
            raise self.fail("the name of a type")
        self.at = found.end()
        parts = [found[0].strip("`")]
        while self.accept("."):
            parts.append(self.name())
        return ".".join(parts)

    # --- unary tests

    def tests_of_in(self) -> s.Node:
        at = self.space()
        if self.text.startswith("(", at):
            node = self.attempt(self.tests_in_parentheses)
            if node is not None:
                return node
            self.at = at
        return self.positive_test()

    def tests_in_parentheses(self) -> s.Node:
        self.sign("(")
        node = self.positive_tests()
        self.sign(")")
        return node

    def negated_tests(self) -> s.Node:
        self.word(_not, "not")
        self.sign("(")
        node = self.positive_tests()
        self.sign(")")
        return s.NotTest(node)

    def positive_tests(self) -> s.Node:
        tests = [self.positive_test()]
        while self.text.startswith(",", self.space()):
            before = self.at
            self.at += 1
            node = self.attempt(self.positive_test)
            if node is None:
                self.at = before
                break
            tests.append(node)
        return tests[0] if len(tests) == 1 else s.AtLeastOne(tests)

    def positive_test(self) -> s.Node:
        text, at = self.text, self.space()
        found = _constant(text, at)
        if found is not None and found[0] != "null" and _space(text, found.end()).end() == len(text):  # type: ignore[union-attr]
            # Only as the very last of the text does a boolean stand for itself; elsewhere it is an expression.
            self.at = found.end()
            return s.InputComparison("=", s.Literal(_constants[found[0]]))
        start = text[at : at + 1]
        if start in "<>([]" and start:
            node = self.attempt(self.input_comparison if start in "<>" else self.interval)
            if node is not None:
                return node
            self.at = at
        return s.Test(self.expression())

    def input_comparison(self) -> s.Node:
        found = _unary_comparison(self.text, self.space())
        if found is None:
            raise self.fail("a comparison")
        self.at = found.end()
        return s.InputComparison(found[0], self.mathematics())

    def interval(self) -> s.Node:
        at = self.space()
        opening = self.text[at : at + 1]
        if opening not in "([]" or not opening:
            raise self.fail('"["')
        self.at = at + 1
        self.depth += 1
        try:
            start = self.mathematics()
        finally:
            self.depth -= 1
        if not self.accept(".."):
            raise _NoMatchError
        end = self.mathematics()
        at = self.space()
        closing = self.text[at : at + 1]
        if closing not in ")[]" or not closing:
            raise self.fail('"]" or ")"')
        self.at = at + 1
        return s.Interval(start, end, start_included=opening == "[", end_included=closing == "]")

    # --- operators

    def mathematics(self) -> s.Node:
        """Sums and all that binds tighter."""
        at = self.space()
        if at in self.values:
            known = self.values[at]
            if known is None:
                raise _NoMatchError
            self.at = known[1]
            return known[0]
        try:
            node = self.sum()
        except _NoMatchError:
            self.values[at] = None
            raise
        self.values[at] = (node, self.at)
        return node

    def sum(self) -> s.Node:
        first = self.product()
        rest: list[tuple[str, s.Node]] = []
        text = self.text
        while text[(at := self.space()) : at + 1] in ("+", "-"):
            self.at = at + 1
            node = self.attempt(self.product)
            if node is None:
                self.at = at
                break
            rest.append((text[at], node))
        return s.Arithmetic(first, rest) if rest else first

    def product(self) -> s.Node:
        first = self.power()
        rest: list[tuple[str, s.Node]] = []
        text = self.text
        while text[(at := self.space()) : at + 1] in ("*", "/"):
            self.at = at + 1
            node = self.attempt(self.power)
            if node is None:
                self.at = at
                break
            rest.append((text[at], node))
        return s.Arithmetic(first, rest) if rest else first

    def power(self) -> s.Node:
        first = self.negation()
        rest: list[s.Node] = []
        while self.text.startswith("**", at := self.space()):
            self.at = at + 2
            node = self.attempt(self.negation)
            if node is None:
                self.at = at
                break
            rest.append(node)
        return s.Power(first, rest) if rest else first

    def negation(self) -> s.Node:
        at = self.space()
        text = self.text
        if text[at : at + 1] != "-":
            return self.chain()
        self.at = at + 1
        return s.Negation(self.chain())

    def chain(self) -> s.Node:
        """A value with paths and filters."""
        target = self.value()
        steps: list[s.PathStep | s.Filter] = []
        text = self.text
        while True:
            at = self.space()
            sign = text[at : at + 1]
            if sign == "." and text[at : at + 2] != "..":
                self.at = at + 1
                found = _name(text, self.space())
                if text.startswith("time offset", self.at):  # the one property whose name has a space
                    self.at += len("time offset")
                    steps.append(s.PathStep("time offset"))
                    continue
                if found is None:
                    self.fail("the name of an entry")
                    self.at = at
                    break
                self.at = found.end()
                steps.append(s.PathStep(found[0].strip("`")))
            elif sign == "[":
                self.at = at + 1
                condition = self.attempt(self.filter_condition)
                if condition is None:
                    self.at = at
                    break
                steps.append(s.Filter(condition))
            else:
                break
        return s.Postfix(target, steps) if steps else target

    def filter_condition(self) -> s.Node:
        node = self.expression()
        self.sign("]")
        return node

    # --- values

    def value(self) -> s.Node:
        text = self.text
        at = self.space()
        start = text[at : at + 1]
        if start == '"':
            return s.Literal(self.string())
        if start in "0123456789." and start:
            found = _number(text, at)
            if found is not None:
                self.at = found.end()
                return s.Literal(_to_number(found[0]))
        elif start == "-":
            # A number may have a sign of its own, directly before it: `--1` is 1, and `--x` is nothing.
            found = _number(text, at + 1)
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
            found = _constant(text, at)
            if found is not None:
                self.at = found.end()
                return s.Literal(_constants[found[0]])
            found = _function(text, at)
            if found is not None:
                self.at = found.end()
                return self.function()
        raise self.fail("an expression", at)

    def named(self, at: int) -> s.Node | None:
        """A call, or a variable."""
        text = self.text
        found = _function_name(text, at)
        if found is None:
            return None
        end = _space(text, found.end()).end()  # type: ignore[union-attr]
        if text[end : end + 1] == "(":
            self.at = end + 1
            name = found[0].strip("`")
            node = self.attempt(lambda: self.call(name, []))
            if node is not None:
                return node
        found = _name(text, at)
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
        path = [name]
        while self.accept("."):
            path.append(self.name())
        if len(path) == 1 or self.text[(at := self.space()) : at + 1] != "(":
            raise _NoMatchError
        self.at = at + 1
        return self.call(path.pop(), path)

    def call(self, name: str, path: list[str]) -> s.Node:
        """The arguments behind an opening parenthesis."""
        at = self.space()
        if self.accept(")"):
            return s.Call(name, [], None, path)
        names: list[str] = []
        arguments: list[s.Node] = []
        found = _parameter(self.text, at)
        named = False
        if found is not None:
            end = _space(self.text, found.end()).end()  # type: ignore[union-attr]
            named = self.text[end : end + 1] == ":"
        while True:
            if named:
                found = _parameter(self.text, self.space())
                if found is None:
                    raise self.fail("the name of a parameter")
                self.at = found.end()
                names.append(found[0].strip("`"))
                self.sign(":")
            arguments.append(self.argument())
            if not self.accept(","):
                break
        if not self.accept(")"):
            raise self.fail('"," or ")"')
        return s.Call(name, arguments, names if named else None, path)

    def argument(self) -> s.Node:
        at = self.space()
        if self.text[at : at + 1] in ("(", "[", "]"):
            node = self.attempt(self.interval)
            if node is not None:
                return node
            self.at = at
        return self.expression()

    def list_literal(self) -> s.Node:
        self.sign("[")
        items: list[s.Node] = []
        if self.accept("]"):
            return s.ListLiteral(items)
        while True:
            items.append(self.expression())
            if not self.accept(","):
                break
        if not self.accept("]"):
            raise self.fail('"," or "]"')
        return s.ListLiteral(items)

    def context(self) -> s.Node:
        self.sign("{")
        entries: list[tuple[str, s.Node]] = []
        if self.accept("}"):
            return s.ContextLiteral(entries)
        while True:
            key = self.key()
            self.sign(":")
            entries.append((key, self.expression()))
            if not self.accept(","):
                break
        if not self.accept("}"):
            raise self.fail('"," or "}"')
        return s.ContextLiteral(entries)

    def key(self) -> str:
        at = self.space()
        found = _string(self.text, at)
        if found is not None:
            self.at = found.end()
            return found[1]  # as it is written, escapes and all
        if self.text[at : at + 1] == "`":
            return self.name()
        found = _key(self.text, at)
        if found is None:
            raise self.fail("a key")
        self.at = found.end()
        return found[0].strip()

    def function(self) -> s.Node:
        self.sign("(")
        parameters: list[str] = []
        if not self.accept(")"):
            while True:
                found = _parameter(self.text, self.space())
                if found is None:
                    raise self.fail("the name of a parameter")
                self.at = found.end()
                parameters.append(found[0].strip("`"))
                if not self.accept(","):
                    break
            self.sign(")")
        return s.FunctionLiteral(parameters, self.expression())

    def string(self) -> str:
        found = _string(self.text, self.at)
        if found is None:
            if self.text.startswith('"', self.at):
                raise self.fail('the closing """ of the text', len(self.text))
            raise self.fail("a text in double quotes")
        self.at = found.end()
        text = found[1]
        return _escape(lambda m: _escaped[m[1]], text) if "\\" in text else text


def _to_number(text: str) -> int | Decimal:
    if "." not in text and len(text) <= _INT_DIGITS:
        return int(text)
    return Decimal(text)


def parse(text: str, *, unary: bool, limits: Limits) -> s.Node:
    """Parse an expression, or unary tests.

    Raises:
        FeelSyntaxError: the text is neither.
        FeelLimitError: the text is too long or nested too deep.
    """
    if len(text) > limits.text:
        msg = f"the expression has {len(text)} characters; the limit is {limits.text}"
        raise FeelLimitError(msg)
    parser = _Parser(text, limits)
    try:
        return parser.whole_tests() if unary else parser.whole_expression()
    except _NoMatchError:
        raise parser.error() from None
