"""Calculations: sums, products, powers, signs; paths and filters behind a value."""

from collections.abc import Callable

from connectory_feel import syntax as s
from connectory_feel.parser.patterns import NAME
from connectory_feel.parser.reading import NoMatchError
from connectory_feel.parser.values import Values

__all__ = ["Calculations"]


class Calculations(Values):
    """The rules of what binds tighter than a comparison."""

    def mathematics(self) -> s.Node:
        """Sums and all that binds tighter."""
        at = self.space()
        if at in self.calculations:
            known = self.calculations[at]
            if known is None:
                raise NoMatchError
            self.at = known[1]
            return known[0]
        try:
            node = self.sum()
        except NoMatchError:
            self.calculations[at] = None
            raise
        self.calculations[at] = (node, self.at)
        return node

    def sum(self) -> s.Node:
        """`a + b - c`."""
        return self.operations("+", "-", self.product)

    def product(self) -> s.Node:
        """`a * b / c`."""
        return self.operations("*", "/", self.power)

    def operations(self, sign: str, other: str, operand: Callable[[], s.Node]) -> s.Node:
        """Operands with either sign between them, from left to right."""
        first = operand()
        text = self.text
        if text[(at := self.space()) : at + 1] not in (sign, other):
            return first
        rest: list[tuple[str, s.Node]] = []
        while text[(at := self.space()) : at + 1] in (sign, other):
            self.at = at + 1
            node = self.attempt(operand)
            if node is None:
                self.at = at
                break
            rest.append((text[at], node))
        return s.Arithmetic(first, rest) if rest else first

    def power(self) -> s.Node:
        """`a ** b ** c`, from left to right."""
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
        """`-a`."""
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
                found = NAME(text, self.space())
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
        """What stands in the brackets of a filter."""
        node = self.expression()
        self.sign("]")
        return node

    def interval(self) -> s.Node:
        """`[a..b]`, with any of the brackets."""
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
            raise NoMatchError
        end = self.mathematics()
        at = self.space()
        closing = self.text[at : at + 1]
        if closing not in ")[]" or not closing:
            raise self.fail('"]" or ")"')
        self.at = at + 1
        return s.Interval(start, end, start_included=opening == "[", end_included=closing == "]")

    def argument(self) -> s.Node:
        """An argument of a call: an interval, or an expression."""
        at = self.space()
        if self.text[at : at + 1] in ("(", "[", "]"):
            node = self.attempt(self.interval)
            if node is not None:
                return node
            self.at = at
        return self.expression()
