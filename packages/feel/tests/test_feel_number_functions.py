"""Built-ins for numbers and for lists of numbers."""

from decimal import Decimal

import pytest

import connectory_feel as feel


def text(expression: str) -> object:
    return feel.compile(f"string({expression})").evaluate()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("floor(-1.5)", "-2"),
        ("ceiling(-1.5)", "-1"),
        ("floor(156, -1)", "1.5E+2"),
        ("floor(n: -1.25, scala: 1)", "-1.3"),
        ("ceiling(1.2, 3)", "1.200"),
        ("round up(-1.21, 1)", "-1.3"),
        ("round down(-1.29, 1)", "-1.2"),
        ("round half up(2.5, 0)", "3"),
        ("round half down(2.5, 0)", "2"),
        ("decimal(2.5, 0)", "2"),
        ('decimal(2.5, 0, "half_up")', "3"),
        ("abs(-2.50)", "2.50"),
        ('abs(@"-PT3H")', "PT3H"),
        ("modulo(-7, 3)", "2"),
        ("modulo(7, -3)", "-2"),
        ("modulo(5.5, 2.0)", "1.5"),
        ("sqrt(16)", "4.0"),
        ("sqrt(-1)", None),
        ("exp(0)", "1.0"),
        ("log(1)", "0.0"),
        ("odd(-3.0)", "true"),
        ("even(2.5)", "false"),
        ("odd(2.5)", "false"),
        ("sum([1, 2.50])", "3.50"),
        ("sum([])", None),
        ("product(2, 1.5)", "3.0"),
        ("mean([1, 2])", "1.5"),
        ("median([5, 1, 3])", "3"),
        ("stddev(2, 4, 4, 4, 5, 5, 7, 9)", "2.138089935299395"),
        ("mode([3, 1, 3, 1, 2])", "[1, 3]"),
        ("min([1.0, 1])", "1.0"),
        ('max("a", "b")', "b"),
        ('min(@"P2M", @"P1Y")', "P2M"),
    ],
)
def test_numbers(expression: str, expected: object) -> None:
    assert text(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("floor(true)", "Illegal arguments: 'true'"),
        ("sum([1, true])", "expected number but found 'true'"),
        ('min([1, "a"])', '[1, "a"] is not comparable'),
        ('decimal(1, 0, "near")', "Illegal argument 'near' for rounding mode"),
        ("floor(1.5, 2147483647)", "Failed to apply rounding mode 'FLOOR': BigInteger would overflow supported range"),
    ],
)
def test_a_failure_is_null_with_a_reason(expression: str, reason: str) -> None:
    result = feel.compile(expression).run()

    assert result.value is None
    assert reason in result.warnings[0].message


@pytest.mark.parametrize(
    "expression", ["modulo(1, 0)", "log(0)", "exp(1000)", "stddev([1])", "sqrt(10**400)", "min([[1], [2]])"]
)
def test_where_there_is_no_number_the_evaluation_ends(expression: str) -> None:
    with pytest.raises(feel.FeelError):
        feel.compile(expression).evaluate()


@pytest.mark.parametrize(
    "expression", ['floor(number("1e999999999"))', 'decimal(number("1e999999999"), 2)', "floor(1.5, 100000000)"]
)
def test_digits_without_end_are_refused(expression: str) -> None:
    with pytest.raises(feel.FeelLimitError):
        feel.compile(expression).evaluate()


def test_random_numbers_lie_between_zero_and_one() -> None:
    numbers = [feel.compile("random number()").evaluate() for _ in range(20)]

    assert all(isinstance(number, Decimal) and 0 <= number < 1 for number in numbers)
    assert len(set(numbers)) > 1
