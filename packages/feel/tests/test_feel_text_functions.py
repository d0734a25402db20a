"""Built-ins for strings, conversions, JSON and Base64."""

import re
from decimal import Decimal

import pytest

import connectory_feel as feel


def value(expression: str, **context: object) -> object:
    return feel.compile(expression).evaluate(context)


def warned(expression: str, **context: object) -> str:
    result = feel.compile(expression).run(context)
    assert result.value is None
    (warning,) = result.warnings
    return warning.message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('string length("naïve 😀")', 8),
        ('substring("abcdef", 3)', "cdef"),
        ('substring("abcdef", -2)', "ef"),
        ('substring("abcdef", 0)', ""),
        ('substring("abcdef", 2.9, 2.9)', "bc"),
        ('substring("a😀b", 4)', "b"),
        ('substring("a😀b", 2, 2)', "😀"),
        ('substring before("a@b@c", "@")', "a"),
        ('substring before("abc", "x")', ""),
        ('substring after("a@b@c", "@")', "b@c"),
        ('substring after("abc", "")', "abc"),
        ('upper case("straße")', "STRASSE"),
        ('lower case("ΟΔΟΣ")', "οδος"),
        ('trim("\\t x y\\n")', "x y"),
        ('trim("\u2003x\u2003")', "\u2003x\u2003"),
        ('is blank(" \\n\u2003")', True),
        ('is blank("\u00a0")', False),
        ('string join(["a", null, "b"], "-")', "a-b"),
        ('string join([], "-", "<", ">")', "<>"),
        ('string join(["a", "b"], null)', "ab"),
        ('contains("abc", "")', True),
        ('to base64("naïve")', "bmHDr3Zl"),
        ('from base64("bmHDr3Zl")', "naïve"),
    ],
)
def test_strings(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression", ['substring("abc", 5)', 'substring("abc", -4)', 'substring("abc", 2, -1)', 'substring("abc", 2**31)']
)
def test_a_position_outside_a_string_ends_the_evaluation(expression: str) -> None:
    with pytest.raises(feel.FeelError, match="length 3"):
        value(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("upper case(1)", "Failed to invoke function 'upper case': Illegal arguments: '1'"),
        ('contains("a", null)', "Failed to invoke function 'contains': Illegal arguments: '\"a\"', 'null'"),
        (
            'string join(["a", 1])',
            "Failed to invoke function 'string join': expected a list of strings but found 'Vector(\"a\", 1)'",
        ),
        ('from base64("*")', "Failed to invoke function 'from base64': Failed to decode '*' as Base64"),
        ('number("12x")', "Failed to invoke function 'number': Can't parse '12x' as a number"),
        ('from json("{a}")', "Failed to invoke function 'from json': Failed to parse JSON from '{a}'"),
        ("date(day)", "Failed to invoke function 'date': Failed to parse date from 'soon'"),
    ],
)
def test_a_wrong_argument_makes_null_and_says_why(expression: str, message: str) -> None:
    assert warned(expression, day="soon") == message


def test_a_constant_text_that_is_no_date_is_null_without_a_warning() -> None:
    result = feel.compile('date("soon")').run()

    assert (result.value, result.warnings) == (None, [])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("string(1.50)", "1.50"),
        ("string(-0.0)", "0.0"),
        ("string(1/3)", "0." + "3" * 34),
        ("string(0.0000001)", "1E-7"),
        ('string(["a", {b: null}])', '["a", {b:null}]'),
        ("string(null)", None),
        ("string([1..3))", "[1..3)"),
        ('number("1e3") = 1000', True),
        ('string(number("1.50"))', "1.50"),
        ('number("1.234,5", ".", ",")', Decimal("1234.5")),
        ('number("1,5", null, ",")', Decimal("1.5")),
        ('to json({a: [1.50, null, "q\\"", @"PT1H"]})', '{"a":[1.50,null,"q\\"","PT1H"]}'),
        ('from json("[1, 2.50, null, {\\"a\\": true}] and more")', [1, Decimal("2.5"), None, {"a": True}]),
        ('from json("1e999")', None),
    ],
)
def test_conversions(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize("text", ["", "nul", "[1,]", "01", "1x", "truex", "NaN", "'a'", '"\n"', "[" * 100_000])
def test_what_is_not_json(text: str) -> None:
    assert warned("from json(text)", text=text).startswith("Failed to invoke function 'from json'")


def test_identifiers_are_of_version_7_and_in_the_order_of_time() -> None:
    first, second = str(value("uuid()")), str(value("uuid()"))

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first[:13] <= second[:13]
    assert first != second
