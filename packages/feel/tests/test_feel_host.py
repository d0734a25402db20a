"""How a program uses FEEL: functions of its own, values in and out, JSON lines."""

import io
import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

import connectory_feel as feel
from connectory_feel.lines import run_lines
from connectory_feel.temporal import Date


def greeting(name: object, punctuation: object = "!") -> object:
    if not isinstance(name, str):
        msg = f"Parameter 'name' must be a String but was {name}"
        raise feel.FunctionFailure(msg)
    return {"text": f"Hello {name}{punctuation}"}


FUNCTIONS = {
    "greet": [feel.Function(("name",), greeting), feel.Function(("name", "punctuation"), greeting)],
    "total of": [feel.Function(("numbers",), lambda numbers: sum(numbers), variadic=True)],
    "abs": [feel.Function(("number",), lambda number: "mine")],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('greet("Ada").text', "Hello Ada!"),
        ('greet(punctuation: "?", name: "Ada").text', "Hello Ada?"),
        ("total of(1, 2, 3)", 6),
        ("abs(-1)", "mine"),
        ('[{n: "Ada"}][greet(n).text = "Hello Ada!"]', [{"n": "Ada"}]),
    ],
)
def test_functions_of_the_host(text: str, value: object) -> None:
    """They are chosen by name and number or names of arguments, before the built-ins."""
    assert feel.compile(text, functions=FUNCTIONS).evaluate() == value


def test_failure_of_a_function_of_the_host() -> None:
    """A failure becomes null with a warning, any other error ends the evaluation."""
    result = feel.compile("greet(1)", functions=FUNCTIONS).run()

    assert result.value is None
    assert [str(warning.type) for warning in result.warnings] == ["FUNCTION_INVOCATION_FAILURE"]
    assert "must be a String" in result.warnings[0].message


def test_functions_of_one_host_are_not_those_of_another() -> None:
    """The cache keeps expressions with their functions apart."""
    other = {"greet": [feel.Function(("name",), lambda name: name)]}

    assert feel.compile('greet("a")', functions=other).evaluate() == "a"
    assert feel.compile('greet("a")', functions=FUNCTIONS).evaluate() == {"text": "Hello a!"}
    assert feel.compile('greet("a")').evaluate() is None


def test_functions_can_be_variables() -> None:
    """A context may hold functions; they are called, not seen."""
    context = {"twice": feel.Function(("x",), lambda x: x * 2)}

    assert feel.compile("twice(4)").evaluate(context) == 8
    assert feel.compile("twice").run(context).warnings[0].type == "NO_VARIABLE_FOUND"


def test_names_are_what_an_expression_reads() -> None:
    """Others ask which variables to fetch."""
    assert set(feel.compile("for i in orders return i.price * rate + `my offset`").names) == {
        "orders",
        "rate",
        "my offset",
    }


def test_expressions_are_kept() -> None:
    """The same text is compiled once."""
    assert feel.compile("1 + kept") is feel.compile("1 + kept")
    assert feel.compile("1 + kept") is not feel.compile("1 + kept", unary=True)


class _Record(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        if key == "inner":
            return {"x": 1.5}
        raise KeyError(key)

    def __iter__(self):
        return iter(["inner"])

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("text", "context", "value"),
    [
        ("x + 0", {"x": 0.1}, Decimal("0.1")),
        ("sum(x)", {"x": (0.1, 0.2)}, Decimal("0.3")),
        ("x.inner.x = 1.5", {"x": _Record()}, True),
        ("inner.x", _Record(), 1.5),
        ("x.a", {"x": MappingProxyType({"a": 1})}, 1),
        ("x.a", OrderedDict(x=OrderedDict(a=2)), 2),
        ('d < @"2024-01-03"', {"d": date(2024, 1, 2)}, True),
        ("x", {"x": 2.5}, 2.5),
    ],
)
def test_values_of_python(text: str, context: Mapping[str, object], value: object) -> None:
    """Floats are read through their shortest text; tuples, mappings and dates are what they look like."""
    assert feel.compile(text).evaluate(context) == value


def test_context_is_not_changed() -> None:
    """Evaluating reads, and writes nothing."""
    context = {"a": [1, 2.5, {"b": [3.5]}], "c": {"d": 0.1}}
    before = json.dumps(context)

    feel.compile('[append(a, 4), context put(c, "d", 5), sum(a[1]) + c.d]').evaluate(context)

    assert json.dumps(context) == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_values_that_feel_has_not(value: object) -> None:
    """What is no FEEL value is an error when it is used."""
    with pytest.raises(feel.FeelError):
        feel.compile("x + 1").evaluate({"x": value})


def test_json_is_what_camunda_writes() -> None:
    """Whole numbers of 64 bits stay whole, others are doubles; temporal values are ISO texts, functions vanish."""
    text = (
        "{a: 1.0, b: 1.10, c: 9007199254740993, d: 10 / 3, e: 2 ** 70,"
        ' f: duration("P1DT2H"), g: function(x) x, h: [null]}'
    )

    value = feel.to_json(feel.compile(text).evaluate())

    assert json.dumps(value) == (
        '{"a": 1, "b": 1.1, "c": 9007199254740993, "d": 3.3333333333333335, '
        '"e": 1.1805916207174113e+21, "f": "PT26H", "h": [null]}'
    )


def lines(*questions: object) -> list[dict[str, object]]:
    out = io.StringIO()
    run_lines([q if isinstance(q, str) else json.dumps(q) for q in questions], out)
    return [json.loads(line, parse_float=Decimal) for line in out.getvalue().splitlines()]


def test_lines() -> None:
    """Values are exact and tagged in both directions; errors say at which stage."""
    answers = lines(
        {"expression": "x + 1.10", "context": {"x": 1}},
        {"expression": 'd + @"P1D"', "context": {"d": {"$type": "date", "value": "2024-02-28"}}},
        {"expression": "f(2)", "definitions": [{"name": "f", "expression": "function(x) x * n"}], "context": {"n": 3}},
        {"expression": "> 3", "unary": True, "input": 4},
        {"expression": "x.y"},
        {"expression": "1 +"},
        {"expression": "assert(1, false)"},
        "no json",
    )

    assert answers[0] == {"kind": "value", "value": Decimal("2.10"), "warnings": []}
    assert answers[1]["value"] == {"$type": "date", "value": "2024-02-29"}
    assert answers[2]["value"] == 6
    assert answers[3]["value"] is True
    assert answers[4]["warnings"] == [{"type": "NO_VARIABLE_FOUND", "message": "No variable found with name 'x'"}]
    assert [(answer["kind"], answer.get("stage")) for answer in answers[5:]] == [
        ("error", "parse"),
        ("error", "evaluate"),
        ("error", "parse"),
    ]


def test_results_may_be_temporal() -> None:
    """Temporal values come out as values, not as texts."""
    value = feel.compile('date("2024-01-02")').evaluate()

    assert isinstance(value, Date)
    assert str(value) == "2024-01-02"
