"""The nodes of a parsed expression.

Plain classes with slots: they are made by the hundred at each cold compile, and a dataclass would cost the import of
`dataclasses`. Chains (`a.b[1].c`, `1 + 2 - 3`, `a and b and c`) are one node with a list, so that a long text does not
make a deep tree.
"""

__all__ = [
    "AnyInput",
    "Arithmetic",
    "AtLeastOne",
    "Between",
    "Call",
    "Comparison",
    "ContextLiteral",
    "Filter",
    "For",
    "FunctionLiteral",
    "If",
    "In",
    "Input",
    "InputComparison",
    "InstanceOf",
    "Interval",
    "ListLiteral",
    "Literal",
    "Logic",
    "Name",
    "Negation",
    "Node",
    "NotTest",
    "PathStep",
    "Postfix",
    "Power",
    "Quantified",
    "Span",
    "Test",
]


class Node:
    """A part of an expression."""

    __slots__ = ()


class Literal(Node):
    """A constant: null, a boolean, a number, a text or a temporal literal."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Name(Node):
    """A variable."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Input(Node):
    """The value under test, `?`."""

    __slots__ = ()


class ListLiteral(Node):
    """`[a, b]`."""

    __slots__ = ("items",)

    def __init__(self, items: list[Node]) -> None:
        self.items = items


class ContextLiteral(Node):
    """`{a: 1, b: a}`."""

    __slots__ = ("entries",)

    def __init__(self, entries: list[tuple[str, Node]]) -> None:
        self.entries = entries


class PathStep(Node):
    """The `.name` of a chain."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Filter(Node):
    """The `[condition]` of a chain."""

    __slots__ = ("condition",)

    def __init__(self, condition: Node) -> None:
        self.condition = condition


class Postfix(Node):
    """A value followed by paths and filters."""

    __slots__ = ("steps", "target")

    def __init__(self, target: Node, steps: list[PathStep | Filter]) -> None:
        self.target = target
        self.steps = steps


class Call(Node):
    """`name(arguments)`, or `path.name(arguments)`; with named arguments, `names` has one for each."""

    __slots__ = ("arguments", "name", "names", "path")

    def __init__(self, name: str, arguments: list[Node], names: list[str] | None, path: list[str]) -> None:
        self.name = name
        self.arguments = arguments
        self.names = names
        self.path = path


class FunctionLiteral(Node):
    """`function(a, b) body`."""

    __slots__ = ("body", "parameters")

    def __init__(self, parameters: list[str], body: Node) -> None:
        self.parameters = parameters
        self.body = body


class If(Node):
    """`if condition then a else b`."""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, condition: Node, then: Node, otherwise: Node) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class Span(Node):
    """`start..end` of an iterator."""

    __slots__ = ("end", "start")

    def __init__(self, start: Node, end: Node) -> None:
        self.start = start
        self.end = end


class For(Node):
    """`for a in x, b in y return body`."""

    __slots__ = ("body", "iterators")

    def __init__(self, iterators: list[tuple[str, Node]], body: Node) -> None:
        self.iterators = iterators
        self.body = body


class Quantified(Node):
    """`some` or `every` with iterators and a condition."""

    __slots__ = ("condition", "every", "iterators")

    def __init__(self, every: bool, iterators: list[tuple[str, Node]], condition: Node) -> None:
        self.every = every
        self.iterators = iterators
        self.condition = condition


class Logic(Node):
    """A chain of `and` or of `or`."""

    __slots__ = ("operands", "operator")

    def __init__(self, operator: str, operands: list[Node]) -> None:
        self.operator = operator
        self.operands = operands


class Comparison(Node):
    """`left = right` and the other five."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        self.operator = operator
        self.left = left
        self.right = right


class Between(Node):
    """`value between low and high`."""

    __slots__ = ("high", "low", "value")

    def __init__(self, value: Node, low: Node, high: Node) -> None:
        self.value = value
        self.low = low
        self.high = high


class InstanceOf(Node):
    """`value instance of type`."""

    __slots__ = ("type", "value")

    def __init__(self, value: Node, type_: str) -> None:
        self.value = value
        self.type = type_


class In(Node):
    """`value in test`."""

    __slots__ = ("test", "value")

    def __init__(self, value: Node, test: Node) -> None:
        self.value = value
        self.test = test


class Arithmetic(Node):
    """A chain of `+` and `-`, or of `*` and `/`, from left to right."""

    __slots__ = ("first", "rest")

    def __init__(self, first: Node, rest: list[tuple[str, Node]]) -> None:
        self.first = first
        self.rest = rest


class Power(Node):
    """A chain of `**`, from left to right."""

    __slots__ = ("first", "rest")

    def __init__(self, first: Node, rest: list[Node]) -> None:
        self.first = first
        self.rest = rest


class Negation(Node):
    """`-value`."""

    __slots__ = ("value",)

    def __init__(self, value: Node) -> None:
        self.value = value


class Interval(Node):
    """`[start..end]`: a test of the input, or a range when it is the argument of a function."""

    __slots__ = ("end", "end_included", "start", "start_included")

    def __init__(self, start: Node, end: Node, *, start_included: bool, end_included: bool) -> None:
        self.start = start
        self.end = end
        self.start_included = start_included
        self.end_included = end_included


class InputComparison(Node):
    """`< value`: the test whether the input is less, and the like."""

    __slots__ = ("operator", "value")

    def __init__(self, operator: str, value: Node) -> None:
        self.operator = operator
        self.value = value


class Test(Node):
    """An expression as unary test."""

    __slots__ = ("expression",)

    def __init__(self, expression: Node) -> None:
        self.expression = expression


class AtLeastOne(Node):
    """A list of unary tests."""

    __slots__ = ("tests",)

    def __init__(self, tests: list[Node]) -> None:
        self.tests = tests


class NotTest(Node):
    """`not(tests)` as unary test."""

    __slots__ = ("tests",)

    def __init__(self, tests: Node) -> None:
        self.tests = tests


class AnyInput(Node):
    """`-`, the test that is always true."""

    __slots__ = ()
