"""Regular expressions have the syntax and the meaning that Java gives them, and their time is bounded."""

import time

import pytest

import connectory_feel as feel
from connectory_feel.java.regexes import PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "flags", "matching", "other"),
    [
        (r"^\d+$", "", "42", "٤٢"),
        (r"^\w$", "", "w", "é"),
        (r"^.$", "", "é", "\n"),
        (r"^.$", "s", "\n", ""),
        (r"a$", "", "a\n", "a\n\n"),
        (r"a\z", "", "a", "a\n"),
        (r"^b", "m", "a\nb", "ab"),
        (r"É", "i", "É", "é"),
        (r"(?iu)É", "", "é", "e"),
        (r"^[^a-c]$", "i", "D", "B"),
        (r"x y # z", "x", "xy", "x y # z"),
        (r"^[a-z&&[^aeiou]]+$", "", "rhythm", "rain"),
        (r"^[a-c[x-z]]+$", "", "abxy", "m"),
        (r"^[^a-c[x-z]]$", "", "m", "y"),
        (r"^[]a]+$", "", "a]", "["),
        (r"^\Q.*\E$", "", ".*", "ab"),
        (r"^\Qab\E+$", "", "abb", "abab"),
        (r"^\p{Alpha}+$", "", "abc", "äbc"),
        (r"^\p{L}+$", "", "äbc", "a1"),
        (r"^\p{IsGreek}+$", "", "αβγ", "abc"),
        (r"^\p{InCyrillic}+$", "", "жук", "beetle"),
        (r"^\p{javaUpperCase}+$", "", "ÄÖ", "äö"),
        (r"^\x41\u0042\x{43}\0104$", "", "ABCD", "abcd"),
        (r"^(?<letter>.)\k<letter>$", "", "zz", "zy"),
        (r"^(a)(b)?\2$", "", "abb", "a"),
        (r"^\h\v$", "", "\t\n", "\n\t"),
        (r"^a\Rb$", "", "a\r\nb", "a\r\r\nb"),
        (r"(?<=\$)\d", "", "$5", "€5"),
        (r"^(?>a+)b$", "", "aab", "aa"),
        (r"^a{2}{3}$", "", "aa", "aaa"),
        (r"\1", "", None, "1"),
    ],
)
def test_a_pattern_matches_as_in_java(pattern: str, flags: str, matching: str | None, other: str) -> None:
    expression = compiled(pattern, flags)

    assert matching is None or expression.search(matching)
    assert not expression.search(other)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "[", "[]", "[z-a]", "*", "a**", "a{", "a{2,1}", "{", r"\y", r"\p{Nonsense}", r"\pX", "(?P<n>a)"),
        *(
            "(?<1>a)",
            "(?<n>a)(?<n>b)",
            r"\k<n>",
            "(?#c)",
            r"\u12",
            r"\x{110000}",
            r"[\b]",
            "a\\",
            r"\E",
            "(?i",
            "[a-\\d]",
        ),
    ],
)
def test_what_is_no_expression_of_java_is_none_here(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


def test_an_invalid_pattern_makes_null_and_a_warning() -> None:
    result = feel.compile('matches("abc", "(")').run()

    assert result.value is None
    assert repr(result.warnings) == (
        "[[FUNCTION_INVOCATION_FAILURE] Failed to invoke function 'matches': Invalid pattern '(']"
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r'replace("2024-05", "(\d+)-(\d+)", "$2/$1")', "05/2024"),
        (r'replace("ab", "(?<x>a)", "<${x}>")', "<a>b"),
        (r'replace("ab", "(a)|(b)", "[$2]")', "[][b]"),
        (r'replace("ab", "(a)", "$12")', "a2b"),
        (r'replace("a.b", "\.", "\\$")', "a$b"),
        (r'replace("abc", "", "-")', "-a-b-c-"),
        (r'replace("abc", "x", "$9")', "abc"),
        (r'replace("abc", "b", "$9")', None),
        (r'replace("abc", "b", "\\")', None),
        (r'replace("ABC", "b", "x", "i")', "AxC"),
        (r'split("a1b22c", "\d+")', ["a", "b", "c"]),
        (r'split("a,,", ",")', ["a", "", ""]),
        (r'split("ab", "")', ["a", "b", ""]),
        (r'extract("k1=v1 k2=v2", "v\d")', ["v1", "v2"]),
        (r'extract("abc", "(a)(b)")', ["ab"]),
    ],
)
def test_functions_with_patterns(expression: str, expected: object) -> None:
    assert feel.compile(expression).evaluate() == expected


@pytest.mark.parametrize("pattern", ["(a|a)*$", "(a|aa)+$", "^(a?){30}(a?)*b$", "(.*,){12}P"])
def test_a_search_without_end_is_ended(pattern: str) -> None:
    limits = feel.Limits(regex_seconds=0.1)
    started = time.monotonic()

    try:
        found = feel.compile("matches(text, pattern)", limits=limits).evaluate(
            {"text": "a" * 60 + ",1" * 30 + "!", "pattern": pattern}
        )
    except feel.FeelLimitError as error:
        assert "regular expression" in str(error)  # noqa: PT017 - either outcome is fine, a hang is not
    else:
        assert found is False
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("pattern", ["((a{9999}){9999}){9999}", "a" * 20_000 + "+"])
def test_an_expression_that_would_be_large_is_refused(pattern: str) -> None:
    with pytest.raises(feel.FeelLimitError):
        compiled(pattern)
