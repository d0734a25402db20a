"""What a person gets to read when a text is no expression."""

import copy
import pickle

import pytest

import connectory_feel as feel


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("a == 1", 4, 'equality is a single "="'),
        ("a && b", 3, 'write "and"'),
        ("a || b", 3, 'write "or"'),
        ("'text'", 1, "double quotes"),
        ("it's = 1", 3, "backticks"),
        ("if a then 1", 12, 'needs an "else"'),
        ("f(content-type: 1)", 15, "hyphen"),
        ("my name = 1", 4, "backticks"),
        ("x.and", 3, "`and`"),
        ("a ? b : c", 3, "if ... then"),
        ("f(1,)", 5, "comma too many"),
        ('a["b"', 6, '"[" is not closed'),
        ("f(1, 2", 7, '"(" is not closed'),
        ("!a", 1, "not(...)"),
        ("a % 2", 3, "modulo"),
    ],
)
def test_common_mistakes_have_a_hint(text: str, column: int, hint: str) -> None:
    """The message names the place and what was probably meant."""
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)

    assert caught.value.column == column
    assert hint in caught.value.hint
    assert hint in str(caught.value)


def test_message_shows_the_line_and_a_caret() -> None:
    """Found, expected, the line itself, and a mark under the place."""
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile("1 +\n  [2, 3\n")

    error = caught.value
    assert (error.line, error.column, error.position) == (3, 1, 12)
    message, _, caret = str(error).split("\n")
    assert message.startswith("cannot parse the expression at line 3, column 1: found the end of the expression")
    assert caret == "^"


def test_long_lines_are_cut_around_the_place() -> None:
    """A long expression does not flood the log."""
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile("1 + " * 500 + "* 2" + " + 1" * 500)

    _, shown, caret = str(caught.value).split("\n")
    assert len(shown) < 110
    assert shown[caret.index("^")] == "*"


@pytest.mark.parametrize(
    "text", ["", " ", "// only a comment", "1 2", "1e3", "[1..3] = 1", "{a: 1}.f(1)", "--x", "a.b.", "``"]
)
def test_no_expression(text: str) -> None:
    """These texts are no expressions, also not for the reference."""
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile(text)


def test_error_survives_copying_and_pickling() -> None:
    """Process pools and test runners pickle exceptions."""
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile("1 +")

    for again in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert str(again) == str(caught.value)
        assert again.position == 3
