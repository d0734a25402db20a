"""What FEEL means, one example a line: expression, context, value, types of warnings."""

from decimal import Decimal

import pytest

import connectory_feel as feel

Example = tuple[str, dict[str, object], object, list[str]]
NONE: dict[str, object] = {}
NO_VARIABLE, NO_ENTRY, NO_PROPERTY = "NO_VARIABLE_FOUND", "NO_CONTEXT_ENTRY_FOUND", "NO_PROPERTY_FOUND"
NO_FUNCTION, FAILED, TYPE, NOT_COMPARABLE = (
    "NO_FUNCTION_FOUND",
    "FUNCTION_INVOCATION_FAILURE",
    "INVALID_TYPE",
    "NOT_COMPARABLE",
)

NUMBERS: list[Example] = [
    ("0.1 + 0.2 = 0.3", NONE, True, []),
    ("10 / 3", NONE, Decimal("3.333333333333333333333333333333333"), []),
    ("-2 ** 2", NONE, 4, []),
    ("2 ** 3 ** 2", NONE, 64, []),
    ("1 - -1", NONE, 2, []),
    ("string(1.0)", NONE, "1.0", []),
    ("9007199254740993 + 0", NONE, 9007199254740993, []),
    ("a + b", {"a": 0.1, "b": 0.2}, Decimal("0.3"), []),
    ("1 / 0", NONE, None, [TYPE]),
    ('1 + "a"', NONE, None, [TYPE]),
    ("-x", {"x": "a"}, None, [TYPE]),
]
NAMES_AND_PATHS: list[Example] = [
    ("missing", NONE, None, [NO_VARIABLE]),
    ("missing = null", NONE, True, [NO_VARIABLE]),
    ("missing.a.b", NONE, None, [NO_VARIABLE]),
    ("x.a.b", {"x": {}}, None, [NO_ENTRY, NO_ENTRY]),
    ("x.a", {"x": [{"a": 1}, {"a": 2}]}, [1, 2], []),
    ("x.a", {"x": 1}, None, [NO_PROPERTY]),
    ("`a b`.`c d`", {"a b": {"c d": 1}}, 1, []),
    ("a-b", {"a": 5, "b": 3, "a-b": 0}, 2, []),
    ("{a-b: 1, c: 2}", NONE, {"a-b": 1, "c": 2}, []),
    ('{"a": 1, b: a + 1, b: b + 1}', NONE, {"a": 1, "b": 3}, []),
    ("inner", {"inner": 1}, 1, []),
]
LOGIC: list[Example] = [
    ("null and false", NONE, False, [TYPE]),
    ("null or true", NONE, True, [TYPE]),
    ("true and null", NONE, None, [TYPE]),
    ("false and missing", NONE, False, []),
    ("if null then 1 else 2", NONE, 2, [TYPE]),
    ("some x in [null, true] satisfies x", NONE, True, [TYPE]),
    ("every x in [] satisfies x", NONE, True, []),
    ("every x in [1, 2], y in [3, 4] satisfies x < y", NONE, True, []),
    ('1 = "1"', NONE, None, [NOT_COMPARABLE]),
    ("null < 1", NONE, None, [NOT_COMPARABLE]),
    ("null != 1", NONE, True, []),
    ('[1, "a"] = [1, 2]', NONE, False, []),
    ("5 between 1 and 5", NONE, True, []),
    ("[1] instance of list", NONE, True, []),
]
LISTS: list[Example] = [
    ("[1, 2, 3][item > 1]", NONE, [2, 3], []),
    ("[1, 2, 3][-1]", NONE, 3, []),
    ("[1, 2, 3][4]", NONE, None, []),
    ("[{a: 1}, {a: 2}][a = 2]", NONE, [{"a": 2}], []),
    ("[{a: 1}][a = b]", {"b": 1}, [{"a": 1}], []),
    ("[1, 2, 3][n]", {"n": 2}, 2, []),
    ("1[1]", NONE, None, [TYPE]),
    ("for i in 3..1 return i", NONE, [3, 2, 1], []),
    ("for i in [1, 2], j in [10, 20] return i + j", NONE, [11, 21, 12, 22], []),
    ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", NONE, [1, 2, 6, 24], []),
    ("for i in 5 return i", NONE, None, [TYPE]),
]
FUNCTIONS: list[Example] = [
    ("{double: function(x) 2 * x, y: double(4)}.y", NONE, 8, []),
    ("{f: function(x) x + y, y: 1, z: f(1)}.z", {"y": 10}, 11, []),
    ("{f: function(x) x}.f", NONE, None, [NO_ENTRY]),
    ('substring(start position: 2, string: "abc")', NONE, "bc", []),
    ("nothing(1)", NONE, None, [NO_FUNCTION]),
    ("string length(1)", NONE, None, [FAILED]),
    ("before([1..3], 5)", NONE, True, []),
    ("{a: {f: function(x) x + 1}, b: a.f(1)}", NONE, {"a": {}, "b": 2}, []),
    ("sort([3, 1, 2], function(x, y) x < y)", NONE, [1, 2, 3], []),
    ("floor(n: 1.5, scala: 0)", NONE, 1, []),
]
TEXTS: list[Example] = [
    ('"a" + "b"', NONE, "ab", []),
    ('"line\\nbreak \\u0041"', NONE, "line\nbreak \\u0041", []),
    ('"Z" < "a"', NONE, True, []),
    ('string length("😀")', NONE, 2, []),
    ("1 // comment", NONE, 1, []),
    ("1 /* a */ + /* b */ 2", NONE, 3, []),
]
TEMPORAL: list[Example] = [
    ('date("2024-02-29") + duration("P1Y") = date("2025-02-28")', NONE, True, []),
    ('@"2024-01-01" < @"2024-01-02"', NONE, True, []),
    ('string(@"P1DT2H")', NONE, "P1DT2H", []),
    ('@"2024-01-02".weekday', NONE, 2, []),
    ('time("10:00:00") < time("11:00:00Z")', NONE, None, [NOT_COMPARABLE]),
    ('date("not a date")', NONE, None, []),
]


@pytest.mark.parametrize(
    ("text", "context", "value", "warnings"),
    [*NUMBERS, *NAMES_AND_PATHS, *LOGIC, *LISTS, *FUNCTIONS, *TEXTS, *TEMPORAL],
)
def test_expression(text: str, context: dict[str, object], value: object, warnings: list[str]) -> None:
    """Each example has its value, and a warning for each thing that became null, in order."""
    result = feel.compile(text).run(context)

    shown = feel.to_json(result.value) if isinstance(result.value, dict) else result.value
    assert shown == value
    assert type(shown) is type(value)
    assert [warning.type for warning in result.warnings] == warnings


@pytest.mark.parametrize(
    ("tests", "value", "passes"),
    [
        ("-", 1, True),
        ("5", 5, True),
        ("> 3, 1", 1, True),
        ("not(1, 2)", 3, True),
        ("[1..5[", 5, False),
        ("]1..5]", 5, True),
        ("? * 2 > 9", 5, True),
        ("even(?)", 4, True),
        ("[1, 5]", 5, True),
        ('"a", "b"', "b", True),
        ("null", None, True),
        ('< "a"', 1, None),
    ],
)
def test_unary_tests(tests: str, value: object, passes: bool | None) -> None:
    """Tests look at the input; what cannot be compared is null."""
    assert feel.compile(tests, unary=True).evaluate({"cellInput": value}) is passes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "No variable found with name 'x'"),
        ("{a: 1}.b", "No context entry found with key 'b'. Available keys: 'a'"),
        ('1 + "a"', "Can't add '\"a\"' to '1'"),
        ("1 / 0", "Can't divide '1' by '0'"),
        ("f(1, 2)", "No function found with name 'f' and 2 parameters"),
        ("f(a: 1)", "No function found with name 'f' and parameters: a"),
        ("abs(true)", "Failed to invoke function 'abs': Illegal arguments: 'true'"),
        ("[1] = 1", "Can't compare '[1]' with '1'"),
        ("if 1 then 2 else 3", "Expected boolean but found '1'"),
    ],
)
def test_words_of_warnings(text: str, message: str) -> None:
    """Warnings say what was missing or wrong, in the words of Camunda's engine."""
    [warning] = feel.compile(text).run().warnings

    assert warning.message == message


def test_assertion_fails_the_evaluation() -> None:
    """An assertion does not become null; what was noted until the end comes with the error."""
    expression = feel.compile('assert(x, x != null, "x is needed")')

    assert expression.evaluate({"x": 1}) == 1
    with pytest.raises(feel.FeelAssertionError, match="x is needed") as caught:
        expression.run({})
    assert caught.value.warnings


def test_question_mark_needs_an_input() -> None:
    """Outside of unary tests there is nothing that `?` could be."""
    with pytest.raises(feel.FeelError, match="No input value available"):
        feel.compile("? + 1").evaluate()
