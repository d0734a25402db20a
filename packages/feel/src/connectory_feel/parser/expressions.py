"""Whole texts: `if`, `for`, `some`, `every`, logic, comparisons and unary tests."""

from collections.abc import Callable

from connectory_feel import syntax as s
from connectory_feel.errors import FeelLimitError
from connectory_feel.limits import Limits
from connectory_feel.parser.calculations import Calculations
from connectory_feel.parser.patterns import (
    AND,
    BETWEEN,
    COMPARISON,
    CONSTANT,
    CONSTANTS,
    ELSE,
    FOR,
    IF,
    IN,
    INSTANCE,
    NOT,
    OR,
    QUANTIFIER,
    RETURN,
    SATISFIES,
    SPACE,
    THEN,
    TYPE,
    UNARY_COMPARISON,
    Match,
)
from connectory_feel.parser.reading import NoMatchError
from connectory_feel.stack import LEVELS_PER_STACK, fresh_stack

__all__ = ["parse"]


class _Parser(Calculations):
    """The rules of whole texts, of what begins with a keyword, of comparisons and tests."""

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

    # --- expressions

    def expression(self) -> s.Node:
        """`if`, `for`, `some`, `every` or a disjunction."""
        at = self.space()
        if at in self.expressions:
            known = self.expressions[at]
            if known is None:
                raise NoMatchError
            self.at = known[1]
            return known[0]
        self.depth += 1
        if self.depth > self.limits.depth:
            msg = f"the expression is nested deeper than {self.limits.depth} levels"
            raise FeelLimitError(msg)
        try:
            node = self._expression(at) if self.depth < self.next_stack else self.deeper(at)
        except NoMatchError:
            self.expressions[at] = None
            raise
        finally:
            self.depth -= 1
        self.expressions[at] = (node, self.at)
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
            for match, rule in ((IF, self.conditional), (FOR, self.loop), (QUANTIFIER, self.quantified)):
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
        self.word(THEN, "then")
        then = self.expression()
        self.word(ELSE, "else")
        return s.If(condition, then, self.expression())

    def loop(self, _: str) -> s.Node:
        iterators = self.iterators()
        self.word(RETURN, "return")
        return s.For(iterators, self.expression())

    def quantified(self, word: str) -> s.Node:
        iterators = self.iterators()
        self.word(SATISFIES, "satisfies")
        return s.Quantified(word == "every", iterators, self.expression())

    def iterators(self) -> list[tuple[str, s.Node]]:
        iterators = []
        while True:
            name = self.name()
            self.word(IN, "in")
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
        return self.logic("or", OR, self.conjunction)

    def conjunction(self) -> s.Node:
        return self.logic("and", AND, self.comparison)

    def logic(self, word: str, match: Match, operand: Callable[[], s.Node]) -> s.Node:
        first = operand()
        found = match(self.text, self.space())
        if found is None:
            return first
        operands = [first]
        while found is not None:
            before = self.at
            self.at = found.end()
            node = self.attempt(operand)
            if node is None:
                self.at = before
                break
            operands.append(node)
            found = match(self.text, self.space())
        return s.Logic(word, operands) if len(operands) > 1 else first

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
        found = COMPARISON(text, at)
        if found is not None:
            self.at = found.end()
            return s.Comparison(found[0], left, self.mathematics())
        found = IN(text, at)
        if found is not None:
            self.at = found.end()
            return s.In(left, self.tests_of_in())
        found = BETWEEN(text, at)
        if found is not None:
            self.at = found.end()
            low = self.mathematics()
            self.word(AND, "and")
            return s.Between(left, low, self.mathematics())
        found = INSTANCE(text, at)
        if found is not None:
            self.at = found.end()
            return s.InstanceOf(left, self.type_name())
        raise self.fail("an operator")

    def type_name(self) -> str:
        found = TYPE(self.text, self.space())
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
        self.word(NOT, "not")
        return s.NotTest(self.tests_in_parentheses())

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
        found = CONSTANT(text, at)
        if found is not None and found[0] != "null" and SPACE(text, found.end()).end() == len(text):  # type: ignore[union-attr]
            # Only as the very last of the text does a boolean stand for itself; elsewhere it is an expression.
            self.at = found.end()
            return s.InputComparison("=", s.Literal(CONSTANTS[found[0]]))
        start = text[at : at + 1]
        if start in "<>([]" and start:
            node = self.attempt(self.input_comparison if start in "<>" else self.interval)
            if node is not None:
                return node
            self.at = at
        return s.Test(self.expression())

    def input_comparison(self) -> s.Node:
        found = UNARY_COMPARISON(self.text, self.space())
        if found is None:
            raise self.fail("a comparison")
        self.at = found.end()
        return s.InputComparison(found[0], self.mathematics())


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
    except NoMatchError:
        raise parser.error() from None
