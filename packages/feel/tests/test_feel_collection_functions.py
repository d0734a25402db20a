"""Built-ins for lists, contexts, ranges and truth values."""

import pytest

import connectory_feel as feel


def value(expression: str, **context: object) -> object:
    return feel.compile(expression).evaluate(context)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("list contains([1, 2.0], 2)", True),
        ('list contains(["1"], 1)', False),
        ("list contains([null], null)", True),
        ("index of([1, 2, 1.0], 1)", [1, 3]),
        ("append([1], [2], null)", [1, [2], None]),
        ("concatenate([1], 2, [[3]])", [1, 2, [3]]),
        ("union([1, 1], [1.0, 2])", [1, 2]),
        ('distinct values([1, true, "1", null, null, {a: 1}, {a: 1.0}])', [1, True, "1", None, {"a": 1}]),
        ("duplicate values([3, 1, 3, [2], [2]])", [3, [2]]),
        ("flatten([1, [[2], [[3]]], []])", [1, 2, 3]),
        ("insert before([1, 2], 3, 9)", [1, 2, 9]),
        ("insert before([1, 2], -1, 9)", [1, 9, 2]),
        ("remove([1, 2, 3], -1)", [1, 2]),
        ("remove([1, 2, 3], 7)", [1, 2, 3]),
        ("sublist([1, 2, 3], -2)", [2, 3]),
        ("sublist([1, 2, 3], 2, 1)", [2]),
        ("sublist(list: [1, 2, 3], start: 2)", [2, 3]),
        ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("reverse([1, null])", [None, 1]),
        ("sort([2, 3, 1], function(a, b) a > b)", [3, 2, 1]),
        ("count([null])", 1),
        ("is empty([])", True),
    ],
)
def test_lists(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("count(null)", "Illegal arguments: 'null'"),
        ("sublist([1], 0)", "start position must be a non-zero number"),
        ("partition([1], 0)", "'size' should be greater than zero but was '0'"),
        ("sort([1, 2], function(a) true)", "expect boolean function with 2 arguments, but found '1'"),
        ("sort([1, 2], function(a, b) 1)", "expected boolean but found '1'"),
    ],
)
def test_a_wrong_list_function_is_null_with_a_reason(expression: str, reason: str) -> None:
    result = feel.compile(expression).run()

    assert result.value is None
    assert reason in result.warnings[-1].message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('get value({a: {b: 1}}, ["a", "b"])', 1),
        ('get value({a: 1}, ["a", "b"])', None),
        ('get value(key: "a", m: {a: 1})', 1),
        ("get entries({a: 1, f: function() 1})", [{"key": "a", "value": 1}]),
        ('context put({a: 1}, "a", 2)', {"a": 2}),
        ('context put({a: 1}, ["a", "b", "c"], 2)', {"a": {"b": {"c": 2}}}),
        ('put({}, "a", 1)', {"a": 1}),
        ("context merge([{a: 1, b: 1}, {b: 2}])", {"a": 1, "b": 2}),
        ("put all({a: 1}, {a: 2})", {"a": 2}),
        ("context merge({a: 1}, null)", None),
        ('context([{key: "a", value: 1}, {key: "b", value: null}])', {"a": 1, "b": None}),
        ('context([{key: "a"}])', None),
    ],
)
def test_contexts(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_putting_leaves_the_context_as_it_was() -> None:
    given = {"a": {"b": 1}}

    assert value('context put(c, ["a", "x"], 2)', c=given) == {"a": {"b": 1, "x": 2}}
    assert given == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "expression",
    [
        *("before(1, 2)", "before(1, (1..3])", "before([1..2), [2..3])", "after([5..6], 4)", "after(3, [1..3))"),
        *("meets([1..2], [2..3])", "met by([2..3], [1..2])", "overlaps([1..3], [2..5])", "overlaps([1..5], [2..3])"),
        *("overlaps before([1..3], [2..5])", "overlaps after([2..5], [1..3])", "finishes(3, [1..3])"),
        *("finishes([2..3], [1..3])", "finished by([1..3], 3)", "finished by([1..3], [2..3])", "includes([1..3], 2)"),
        *("includes([1..3], (1..3))", "during(2, [1..3])", "during([2..3], [1..3])", "starts(1, [1..3])"),
        *("starts([1..2], [1..3])", "started by([1..3], 1)", "started by([1..3], [1..2])", "coincides(2, 2.0)"),
        *("coincides([1..3], [1..3])", 'during(@"2024-05-05", [@"2024-01-01"..@"2024-12-31"])'),
    ],
)
def test_ranges_that_lie_as_the_function_says(expression: str) -> None:
    assert value(expression) is True


@pytest.mark.parametrize(
    "expression",
    [
        *("before(1, [1..3])", "meets([1..2), [2..3])", "overlaps([1..2), [2..3])", "overlaps before([2..5], [1..3])"),
        *("finishes(3, [1..3))", "includes([1..3), 3)", "starts((1..2], [1..3])", "coincides([1..3], [1..3))"),
        "coincides([3..3], 3)",
    ],
)
def test_ranges_that_do_not(expression: str) -> None:
    assert value(expression) is False


def test_ranges_of_different_kinds_have_no_relation() -> None:
    result = feel.compile('before(1, [@"P1D"..@"P2D"])').run()

    assert result.value is None
    assert "Illegal arguments: '1', '[P1D..P2D]'" in result.warnings[0].message


def test_a_point_cannot_meet_a_range() -> None:
    with pytest.raises(feel.FeelError, match="meets"):
        value("meets(1, [1..2])")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("all([true, null])", None),
        ("all(false, null)", False),
        ("all([])", True),
        ("any([false, 1])", None),
        ("any(true, 1)", True),
        ("any([])", False),
        ("not(1)", None),
        ("is defined(a.b)", False),
        ("get or else(null, 1)", 1),
        ("get or else(false, 1)", False),
    ],
)
def test_truth_has_three_values(expression: str, expected: object) -> None:
    assert value(expression) is expected


def test_an_assertion_that_holds_gives_its_value() -> None:
    assert value("assert(x, x > 1)", x=2) == 2


@pytest.mark.parametrize(
    ("expression", "message"),
    [("assert(1, false)", "The condition is not fulfilled"), ('assert(1, null, "no order")', "no order")],
)
def test_an_assertion_that_fails_ends_the_evaluation(expression: str, message: str) -> None:
    with pytest.raises(feel.FeelAssertionError, match=message):
        value(expression)


@pytest.mark.parametrize("name", ["string", "to json", "distinct values", "flatten", "abs"])
def test_values_that_contain_each_other_many_times_over_are_not_written_out(name: str) -> None:
    with pytest.raises(feel.FeelLimitError):
        value(f"{name}(for i in 1..40 return [partial, partial])")
