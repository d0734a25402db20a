"""Hostile and huge expressions end soon, with a FEEL error or a value."""

import sys
import threading
import time

import pytest

import connectory_feel as feel

NESTED = {
    "parentheses": ("(", "1", ")"),
    "lists": ("[", "1", "]"),
    "contexts": ("{a: ", "1", "}"),
    "conditions": ("if true then ", "1", " else 2"),
    "filters": ("[1][", "1", "]"),
    "quantifiers": ("some i in [1] satisfies ", "true", ""),
    "functions": ("function(x) ", "1", ""),
}


@pytest.mark.parametrize("kind", NESTED)
def test_deep_nesting_works(kind: str) -> None:
    """500 levels are fine, in an ordinary thread with its ordinary recursion limit."""
    opening, inner, closing = NESTED[kind]
    limit = sys.getrecursionlimit()

    feel.compile(opening * 500 + inner + closing * 500).evaluate()

    assert sys.getrecursionlimit() == limit


def test_nested_calls_work() -> None:
    """200 calls within each other are fine."""
    assert feel.compile("abs(" * 200 + "-1" + ")" * 200).evaluate() == 1


@pytest.mark.parametrize("kind", NESTED)
def test_too_deep_is_a_limit_error(kind: str) -> None:
    """Beyond the limit there is a clear error, closed or not."""
    opening, inner, closing = NESTED[kind]

    for text in (opening * 20_000 + inner + closing * 20_000, opening * 20_000):
        with pytest.raises(feel.FeelLimitError):
            feel.compile(text[:190_000])


@pytest.mark.parametrize(
    "text", ["1" + " + 1" * 5_000, "true" + " and true" * 5_000, "x" + ".a" * 5_000, "x" + "[1]" * 5_000]
)
def test_long_chains_are_no_depth(text: str) -> None:
    """A long text that does not nest is only long."""
    feel.compile(text).evaluate({"x": None})


LOOP = "{f: function(c) c.f(c), r: f({f: function(c) c.f(c)})}"
DOUBLING = "{a: [1, 1], " + ", ".join(f"{chr(98 + n)}: [{chr(97 + n)}, {chr(97 + n)}]" for n in range(24)) + "}"
TEXT_DOUBLING = (
    '{a: "xxxxxxxxxx", ' + ", ".join(f"{chr(98 + n)}: {chr(97 + n)} + {chr(97 + n)}" for n in range(24)) + "}"
)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..100000, j in 1..100000 return i",
        "count(for i in -99999999999999999999..99999999999999999999 return 1)",
        "some i in 1..1000000000 satisfies i < 0",
        LOOP,
        TEXT_DOUBLING,
        'replace("' + "a" * 40 + '!", "(a|aa)+$", "x")',
        "for i in 1..1000000 return partial",
        "string(for i in 1..1500000 return 1111111111)",
    ],
)
def test_hostile_expressions_end_with_a_limit_error(text: str) -> None:
    """Steps, sizes, calls and the time of regular expressions are bounded."""
    start = time.monotonic()

    with pytest.raises(feel.FeelLimitError):
        feel.compile(text).evaluate()

    assert time.monotonic() - start < 20


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){20}", "((a+)*)*$"])
def test_catastrophic_patterns_end(pattern: str) -> None:
    """Whether a pattern is decided or given up, it takes no longer than its time."""
    start = time.monotonic()

    try:
        feel.compile("matches(x, p)").evaluate({"x": "a" * 60 + "!", "p": pattern})
    except feel.FeelLimitError as error:
        assert "regular expression" in str(error)  # noqa: PT017 - either outcome is fine

    assert time.monotonic() - start < 5


def test_a_small_value_that_is_huge_as_json() -> None:
    """Sharing makes a value cheap to have; writing it out is bounded."""
    value = feel.compile(DOUBLING).evaluate()

    with pytest.raises(feel.FeelLimitError):
        feel.to_json(value)


@pytest.mark.parametrize(
    "text", ["10 ** 999999999", "(10 ** 999999999) * 10", "-(10 ** 999999999)", "10 ** -999999999 = 0"]
)
def test_huge_exponents_are_numbers(text: str) -> None:
    """A great number is cheap as long as nobody writes out its digits."""
    start = time.monotonic()

    feel.to_json(feel.compile(text).evaluate())

    assert time.monotonic() - start < 1


def test_limits_can_be_set() -> None:
    """Each expression has its own limits, and an evaluation within a function of the host has its own budget."""
    limits = feel.Limits(steps=10, text=50, depth=5)

    assert feel.compile("for i in 1..9 return i", limits=limits).evaluate() == list(range(1, 10))
    with pytest.raises(feel.FeelLimitError, match="more than 10 steps"):
        feel.compile("for i in 1..11 return i", limits=limits).evaluate()
    with pytest.raises(feel.FeelLimitError, match="limit is 50"):
        feel.compile("1 + " * 20 + "1", limits=limits)
    with pytest.raises(feel.FeelLimitError, match="deeper than 5"):
        feel.compile("((((((1))))))", limits=limits)


def test_budget_is_new_for_each_evaluation() -> None:
    """What one evaluation used up is no matter of the next."""
    expression = feel.compile("for i in 1..900 return i", limits=feel.Limits(steps=1_000))

    for _ in range(5):
        assert len(expression.evaluate()) == 900


def test_threads_share_an_expression() -> None:
    """An expression has no state of its own between evaluations."""
    expression = feel.compile("sum(for i in 1..n return i)")
    results: dict[int, object] = {}

    def run(n: int) -> None:
        results[n] = [expression.evaluate({"n": n}) for _ in range(20)][-1]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {n: n * (n + 1) // 2 for n in range(1, 9)}
