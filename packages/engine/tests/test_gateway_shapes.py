"""The checks of request bodies and the searches, without an engine."""

import base64
import json
import re
import time
from dataclasses import dataclass

import pytest

from connectory_engine.gateway.kinds import DATE, FLAG, INTEGER, KEY, TEXT, enumeration, like, shown_date
from connectory_engine.gateway.multipart import read_form
from connectory_engine.gateway.problems import Problem
from connectory_engine.gateway.shapes import (
    Field,
    Shape,
    boolean,
    date_time,
    int32,
    int64,
    key,
    list_of,
    mapping,
    needed,
    one_of,
    positive,
    text,
)
from connectory_engine.gateway.tables import Table, column

SHAPE = Shape(
    {
        "type": needed(text),
        "timeout": needed(int64, rule=positive),
        "most": int32,
        "deep": Shape({"flag": boolean, "order": one_of("ASC", "DESC")}),
        "names": list_of(text),
        "variables": mapping,
        "key": key,
        "when": date_time,
        "priority": Field(int32, rule=positive),
    }
)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ([], "Failed to read request"),
        ({}, "No type provided. No timeout provided."),
        ({"type": "", "timeout": 0}, "No type provided. The value for timeout is '0' but must be greater than 0."),
        ({"type": None, "timeout": 1}, "No type provided."),
        ({"type": 5}, "Request property [type] cannot be parsed"),
        ({"bogus": 1}, "Request property [bogus] cannot be parsed"),
        ({"deep": {"bogus": 1}}, "Request property [deep.bogus] cannot be parsed"),
        ({"deep": []}, "Request property [deep] cannot be parsed"),
        ({"deep": {"flag": "true"}}, "Request property [deep.flag] cannot be parsed"),
        ({"names": ["a", 1]}, "Request property [names[1]] cannot be parsed"),
        ({"names": "a"}, "Request property [names] cannot be parsed"),
        ({"most": 1 << 31}, "Request property [most] cannot be parsed"),
        ({"most": True}, "Request property [most] cannot be parsed"),
        ({"most": 1.5}, "Request property [most] cannot be parsed"),
        ({"timeout": float(-(1 << 63) - 1)}, "Request property [timeout] cannot be parsed"),
        ({"timeout": "5"}, "Request property [timeout] cannot be parsed"),
        ({"key": 5}, "Request property [key] cannot be parsed"),
        ({"key": "9223372036854775808"}, "Request property [key] cannot be parsed"),
        ({"key": "٣"}, "Request property [key] cannot be parsed"),
        ({"when": "2025-01-01"}, "Request property [when] cannot be parsed"),
        ({"when": "2025-01-01T00:00:00"}, "Request property [when] cannot be parsed"),
        ({"when": "20250101T000000Z"}, "Request property [when] cannot be parsed"),
        ({"when": "0001-01-01T00:00:00+14:00"}, "Request property [when] cannot be parsed"),
        ({"variables": []}, "Request property [variables] cannot be parsed"),
        (
            {"deep": {"order": "UP"}},
            "Unexpected value 'UP' for enum field 'order'. Use any of the following values: [ASC, DESC]",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_the_words_of_the_gateway(body: object, detail: str) -> None:
    with pytest.raises(Problem, match=f"^{re.escape(detail)}$") as refused:
        SHAPE(body, "")

    assert refused.value.status == 400


def test_a_body_that_fits_is_read_and_null_is_the_same_as_nothing() -> None:
    read = SHAPE({"type": "t", "timeout": 5.0, "key": "-7", "names": None, "variables": {"a": None}}, "")

    assert read == {"type": "t", "timeout": 5, "key": -7, "variables": {"a": None}}


@pytest.mark.parametrize(
    ("wildcards", "value", "matches"),
    [
        ("a*", "abc", True),
        ("a*c", "abc\nc", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("*b*", "abc", True),
        ("", "", True),
        ("A*", "abc", False),
        ("a.c", "abc", False),
        ("a\\", "a\\", True),
    ],
)
def test_like_knows_two_wildcards_and_a_way_to_quote_them(wildcards: str, value: str, matches: bool) -> None:
    assert (like(wildcards).fullmatch(value) is not None) is matches


def test_like_with_many_stars_stays_fast_on_a_text_that_does_not_match() -> None:
    begin = time.process_time()

    assert like("*a" * 40 + "b").fullmatch("a" * 5000) is None
    assert time.process_time() - begin < 2


@dataclass
class Row:
    key: int
    name: str | None
    state: str
    number: int
    begun: float | None
    good: bool = True


TABLE = Table(
    column("rowKey", KEY, lambda r: r.key, "filter sort"),
    column("name", TEXT, lambda r: r.name, "filter sort"),
    column("state", enumeration("ON", "OFF"), lambda r: r.state, "filter sort"),
    column("number", INTEGER, lambda r: r.number, "filter sort"),
    column("begun", DATE, lambda r: r.begun, "filter sort"),
    column("good", FLAG, lambda r: r.good, "filter"),
    key="rowKey",
    alternatives=True,
)
DAY = 86_400_000.0
ROWS = [
    Row(11, "b", "ON", 3, 0.0),
    Row(12, None, "OFF", 1, DAY),
    Row(13, "a", "ON", 3, None, good=False),
    Row(14, "c", "OFF", 2, 2 * DAY),
]


def keys(filter_: object = None, **query: object) -> list[int]:
    body = TABLE.query({"filter": filter_, **query}, "")
    return [int(item["rowKey"]) for item in TABLE.answer(ROWS, body)["items"]]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({}, [11, 12, 13, 14]),
        ({"rowKey": "12"}, [12]),
        ({"rowKey": {"$in": ["11", "14"]}}, [11, 14]),
        ({"rowKey": {"$notIn": ["11", "14"]}}, [12, 13]),
        ({"name": {"$neq": "b"}}, [12, 13, 14]),
        ({"name": {"$exists": False}}, [12]),
        ({"name": {"$exists": True, "$neq": "a"}}, [11, 14]),
        ({"name": {"$like": "*"}}, [11, 13, 14]),
        ({"state": "ON", "number": 3}, [11, 13]),
        ({"state": {"$in": ["OFF"]}}, [12, 14]),
        ({"number": {"$gt": 1, "$lte": 2}}, [14]),
        ({"begun": {"$gte": "1970-01-02T00:00:00Z"}}, [12, 14]),
        ({"begun": "1970-01-02T01:00:00+01:00"}, [12]),
        ({"good": False}, [13]),
        ({"$or": [{"name": "a"}, {"name": "c"}]}, [13, 14]),
        ({"state": "OFF", "$or": [{"name": "a"}, {"name": "c"}]}, [14]),
    ],
)
def test_filters_take_values_and_operators(filter_: object, expected: list[int]) -> None:
    assert keys(filter_) == expected


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"filter": {"rowKey": 12}}, "Request property [filter.rowKey] cannot be parsed"),
        ({"filter": {"rowKey": {"$like": "1"}}}, "Request property [filter.rowKey.$like] cannot be parsed"),
        ({"filter": {"good": {"$eq": True}}}, "Request property [filter.good] cannot be parsed"),
        ({"filter": {"$or": [{"$or": []}]}}, "Request property [filter.$or[0].$or] cannot be parsed"),
        ({"sort": [{}]}, "No sort field provided."),
        ({"page": {"limit": -1}}, "The value for page.limit is '-1' but must be within the [0,10000] range."),
        ({"page": {"from": 1, "after": "WzFd"}}, "Only one of [from, after, before] is allowed."),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(query: object, detail: str) -> None:
    with pytest.raises(Problem, match=re.escape(detail)):
        TABLE.query(query, "")


def test_rows_are_sorted_by_several_fields_with_missing_values_last() -> None:
    by_two = keys(sort=[{"field": "number", "order": "DESC"}, {"field": "name"}])
    by_name = keys(sort=[{"field": "name", "order": "DESC"}])

    assert by_two == [13, 11, 14, 12]
    assert by_name == [14, 11, 13, 12]


@pytest.mark.parametrize(
    "sort", [[], [{"field": "name", "order": "DESC"}], [{"field": "begun"}], [{"field": "number"}]]
)
def test_cursors_lead_through_all_rows_in_both_directions(sort: list[object]) -> None:
    whole = keys(sort=sort)
    forward: list[int] = []
    page: dict[str, object] = {"limit": 1}
    while True:
        answer = TABLE.answer(ROWS, TABLE.query({"sort": sort, "page": page}, ""))
        if not answer["items"]:
            break
        forward += [int(item["rowKey"]) for item in answer["items"]]
        page = {"limit": 1, "after": answer["page"]["endCursor"]}
    last = TABLE.answer(ROWS, TABLE.query({"sort": sort, "page": {"from": 3}}, ""))["page"]["startCursor"]

    assert forward == whole
    assert keys(sort=sort, page={"limit": 2, "before": last}) == whole[1:3]


@pytest.mark.parametrize("cursor", ["invalid_value", "", base64.b64encode(b"[1,2,3]").decode(), "WyJ4Il0="])
def test_a_cursor_of_somebody_else_is_refused(cursor: str) -> None:
    with pytest.raises(Problem, match="Cannot decode pagination cursor"):
        keys(page={"after": cursor})


def test_a_page_tells_how_many_rows_there_are() -> None:
    page = TABLE.answer(ROWS, TABLE.query({"page": {"limit": 1, "from": 1}}, ""))["page"]

    assert page["totalItems"] == 4
    assert json.loads(base64.b64decode(page["startCursor"])) == [12]


def test_dates_are_written_in_utc_with_milliseconds() -> None:
    assert shown_date(1_700_000_000_123.0) == "2023-11-14T22:13:20.123Z"


def test_a_form_is_read_whole_with_names_types_and_bytes() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="\xc3\xa4.bpmn"\r\n'
        b"Content-Type: text/xml\r\n\r\n<a/>\r\n\x00\r\n"
        b'--x\r\nContent-Disposition: form-data; name="b"\r\n\r\n\r\n--x--\r\n'
    )

    first, second = read_form("multipart/form-data; boundary=x", body)

    assert (first.name, first.file, first.content_type, first.data) == ("a", "ä.bpmn", "text/xml", b"<a/>\r\n\x00")
    assert (second.name, second.file, second.content_type, second.data) == ("b", None, None, b"")


@pytest.mark.parametrize("wanted", ["12", {"$eq": "12"}])
def test_a_filter_tells_the_one_key_that_can_pass_so_that_not_all_rows_are_read(wanted: object) -> None:
    assert TABLE.query({"filter": {"rowKey": wanted, "name": {"$neq": "x"}}}, "")["filter"].exact == {"rowKey": 12}
