"""Whatever text a model gives: what goes over the wire is a request line, and means what the text meant."""

import re
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectory_rest.javatext import java_text
from connectory_rest.urls import parse
from connectory_sdk import ConnectorInputError

LINE = re.compile(r"/[!-~]*")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = TEXT.filter(bool)


@given(path=TEXT, query=TEXT)
def test_every_text_becomes_a_request_line(path: str, query: str) -> None:
    """No blank, no control character, nothing beyond ASCII can get into the line."""
    target = parse(f"http://h/{path}?{query}")

    assert LINE.fullmatch(target.line)
    assert (target.host, target.port, target.origin) == ("h", 80, "http://h")


@given(path=TEXT, query=TEXT)
def test_a_verbatim_address_is_one_or_is_refused(path: str, query: str) -> None:
    """With skipEncoding a line is sent as it stands, or not at all."""
    try:
        target = parse(f"http://h/{path}?{query}", verbatim=True)
    except ConnectorInputError:
        return

    assert LINE.fullmatch(target.line)


@given(st.lists(st.tuples(NAMES, st.none() | TEXT.filter(bool)), min_size=1))
def test_parameters_arrive_as_they_are(pairs: list[tuple[str, str | None]]) -> None:
    """A server that decodes the query gets names and values back, in order."""
    line = parse("http://h/x?a=1", query=pairs).line

    decoded = parse_qsl(line.partition("?")[2], keep_blank_values=True)
    assert decoded == [("a", "1"), *((name, value or "") for name, value in pairs)]


@given(st.lists(NAMES, min_size=1))
def test_encoding_twice_changes_nothing(segments: list[str]) -> None:
    """An address that was normalised once is normal."""
    once = parse("http://h/" + "/".join(segments).replace("?", "").replace("#", ""))

    assert "%" in once.line or parse(once.url) == once
    assert unquote(once.line)


@pytest.mark.parametrize(
    ("url", "host", "port", "origin"),
    [
        ("https://Example.COM", "example.com", 443, "https://example.com"),
        ("http://h:8080", "h", 8080, "http://h:8080"),
        ("https://h:80/", "h", 80, "https://h:80"),
        ("http://[::1]:81/", "::1", 81, "http://[::1]:81"),
        ("http://müller.example/", "xn--mller-kva.example", 80, "http://xn--mller-kva.example"),
        ("http://a_b.c./", "a_b.c.", 80, "http://a_b.c."),
    ],
)
def test_hosts_and_ports(url: str, host: str, port: int, origin: str) -> None:
    """Names are in small letters and in ASCII; a port that the scheme implies is not repeated."""
    target = parse(url)

    assert (target.host, target.port, target.origin) == (host, port, origin)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "true"), (1, "1"), (1.5, "1.5"), (0.0, "0.0"), (-0.5, "-0.5"), (1e7, "1.0E7"),
        (1.25e20, "1.25E20"), (1e-5, "1.0E-5"), (-1e300, "-1.0E300"), (9999999.0, "9999999.0"), (0.001, "0.001"),
        ({"a": 1, "b": [None, "x"]}, "{a=1, b=[null, x]}"), ([], "[]"), ({}, "{}"),
    ],
)  # fmt: skip
def test_values_print_as_in_java(value: object, text: str) -> None:
    """Form fields hold what Camunda's runtime writes for values that are no text."""
    assert java_text(value) == text
