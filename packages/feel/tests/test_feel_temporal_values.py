"""Dates, times and durations: reading, writing, calculating and comparing."""

import datetime
import zoneinfo

import pytest

import connectory_feel as feel
from connectory_feel import temporal


def value(expression: str, **context: object) -> object:
    return feel.compile(expression).evaluate(context)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-02-29", temporal.Date),
        ("-0044-03-15", temporal.Date),
        ("999999999-12-31", temporal.Date),
        ("07:30", temporal.LocalTime),
        ("07:30:15.123456789", temporal.LocalTime),
        ("07:30:15-03:30", temporal.ZonedTime),
        ("07:30:15@Europe/Oslo", temporal.ZonedTime),
        ("2024-02-29T07:30:15", temporal.LocalDateTime),
        ("2024-02-29T07:30:15.5Z", temporal.ZonedDateTime),
        ("2024-02-29T07:30:15@Asia/Kolkata", temporal.ZonedDateTime),
        ("2024-02-29T07:30:15+01:00[Europe/Oslo]", temporal.ZonedDateTime),
        ("P3DT4H5M6.7S", temporal.DaysTimeDuration),
        ("-P2Y7M", temporal.YearsMonthsDuration),
    ],
)
def test_a_literal_has_the_type_of_its_form(text: str, kind: type) -> None:
    assert type(temporal.parse_temporal(text)) is kind


@pytest.mark.parametrize(
    "text",
    [
        *("", "2023-02-29", "2024-13-01", "24-01-01", "+2024-01-01", "2024-01-01 ", "1000000000-01-01", "-0000-01-01"),
        *("7:30", "07:60", "25:00:00", "07:30:15+19:00", "07:30Z", "07:30:15@Nowhere/Land", "07:30:15@../etc/passwd"),
        *("2024-01-01T24:00:00", "2024-01-01T07:30:15z", "2024-01-01T07:30:15@Europe/Oslo/", "2024-01-01T07:30:15.Z"),
        *(
            "P",
            "PT",
            "P1W",
            "P1Y1D",
            "p1d",
            "P1.5D",
            "PT1.1234567890S",
            "P99999999999999999999D",
            "P" + "9" * 5000 + "Y",
        ),
    ],
)
def test_a_text_of_another_form_is_no_temporal_value(text: str) -> None:
    assert temporal.parse_temporal(text) is None


@pytest.mark.parametrize(
    ("text", "written", "json"),
    [
        ("12345-06-07", "+12345-06-07", "+12345-06-07"),
        ("12345-06-07T00:00:00Z", "12345-06-07T00:00:00Z", "+12345-06-07T00:00:00Z"),
        ("09:00", "09:00:00", "09:00:00"),
        ("09:00:00.250@Asia/Tokyo", "09:00:00.25@Asia/Tokyo", "09:00:00.25+09:00"),
        ("2024-07-01T09:00:00@Asia/Tokyo", "2024-07-01T09:00:00@Asia/Tokyo", "2024-07-01T09:00:00+09:00[Asia/Tokyo]"),
        ("PT49H", "P2DT1H", "PT49H"),
        ("PT1.5S", "PT1S", "PT1.5S"),
        ("-PT1.5S", "-PT2S", "PT-1.5S"),
        ("PT0.2S", "P0D", "PT0.2S"),
        ("P30M", "P2Y6M", "P2Y6M"),
        ("-P30M", "-P2Y6M", "P-2Y-6M"),
        ("P0M", "P0Y", "P0D"),
    ],
)
def test_string_and_json_write_a_value_each_in_its_way(text: str, written: str, json: str) -> None:
    assert value(f'string(@"{text}")') == written
    assert value(f'to json(@"{text}")') == f'"{json}"'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('@"2024-01-31" + @"P1M"', "2024-02-29"),
        ('@"2024-03-31" - @"P1Y1M"', "2023-02-28"),
        ('@"2024-01-31" + @"PT23H"', "2024-01-31"),
        ('@"2024-01-31" - @"PT1H"', "2024-01-30"),
        ('@"22:00:00" + @"PT5H"', "03:00:00"),
        ('@"PT1H" + @"2024-01-01T23:30:00"', "2024-01-02T00:30:00"),
        ('@"2024-03-01" - @"2024-02-01"', "P29D"),
        ('@"2024-01-01T00:00:00Z" - @"2024-01-01T00:00:00+02:00"', "PT2H"),
        ('@"09:00:00" - @"10:00:00"', "-PT1H"),
        ('@"09:00:00Z" - @"10:00:00Z"', "PT1H"),
        ('@"P1D" * 2.9', "P2D"),
        ('3 * @"P5M"', "P1Y3M"),
        ('@"PT10S" / 4', "PT2S"),
        ('@"P1Y" / 5', "P2M"),
        ('@"P1D" / @"PT5H"', "4"),
        ('@"-P3Y" / @"P7M"', "-5"),
    ],
)
def test_calculating_with_temporal_values(expression: str, expected: str) -> None:
    assert value(f"string({expression})") == expected


@pytest.mark.parametrize(
    "expression",
    ['@"10:00:00" + @"P1M"', '@"P1D" + @"P1M"', '@"2024-01-01" + 1', '@"P1D" / 0', '@"10:00:00" - @"10:00:00Z"'],
)
def test_what_cannot_be_calculated_is_null_with_a_warning(expression: str) -> None:
    result = feel.compile(expression).run()

    assert result.value is None
    assert [warning.type for warning in result.warnings] == ["INVALID_TYPE"]


@pytest.mark.parametrize(
    "expression",
    [
        '@"999999999-12-31" + @"P1D"',
        '@"999999999-12-31T23:59:59" + @"PT1S"',
        '@"PT9223372036854775807S" + @"PT1S"',
        '@"P2147483647Y" + @"P1Y"',
    ],
)
def test_leaving_the_range_ends_the_evaluation(expression: str) -> None:
    with pytest.raises(feel.FeelError):
        value(expression)


def test_a_time_that_does_not_exist_moves_on_and_one_that_exists_twice_is_the_earlier() -> None:
    gap = value('date and time("2024-03-31T02:15:00@Europe/Madrid")')
    overlap = value('date and time("2024-10-27T02:15:00@Europe/Madrid")')

    assert isinstance(gap, temporal.ZonedDateTime)
    assert isinstance(overlap, temporal.ZonedDateTime)
    assert gap.iso() == "2024-03-31T03:15:00+02:00[Europe/Madrid]"
    assert overlap.iso() == "2024-10-27T02:15:00+02:00[Europe/Madrid]"
    assert overlap.plus(3_600_000_000_000).iso() == "2024-10-27T02:15:00+01:00[Europe/Madrid]"


@pytest.mark.parametrize(
    ("moment", "json"),
    [
        ("0001-01-01T00:00:00@Europe/Berlin", "0001-01-01T00:00:00+00:53:28[Europe/Berlin]"),
        ("-5000-06-01T12:00:00@UTC", "-5000-06-01T12:00:00Z[UTC]"),
        ("54321-07-01T12:00:00@Europe/Berlin", "+54321-07-01T12:00:00+02:00[Europe/Berlin]"),
        ("54321-01-01T12:00:00@Europe/Berlin", "+54321-01-01T12:00:00+01:00[Europe/Berlin]"),
        ("2024-01-01T00:00:00@UTC+05:45", "2024-01-01T00:00:00+05:45[UTC+05:45]"),
    ],
)
def test_zones_know_years_that_datetime_does_not(moment: str, json: str) -> None:
    read = temporal.parse_temporal(moment)

    assert read is not None
    assert read.iso() == json


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('@"PT24H" = @"P1D"', True),
        ('@"2024-01-01T12:00:00+02:00" = @"2024-01-01T10:00:00Z"', False),
        ('@"2024-01-01T12:00:00+02:00" > @"2024-01-01T10:00:00Z"', True),
        ('@"2024-01-01T12:00:00+02:00" < @"2024-01-01T10:00:01Z"', True),
        ('@"12:00:00+02:00" <= @"10:00:00Z"', True),
        ('@"12:00:00+02:00" = @"10:00:00Z"', False),
        ('@"P1Y" > @"P11M"', True),
        ('@"2023-12-31" < @"2024-01-01"', True),
    ],
)
def test_comparing_looks_at_the_moment_and_equality_at_the_zone_as_well(expression: str, expected: bool) -> None:
    assert value(expression) is expected


@pytest.mark.parametrize(
    "expression", ['@"10:00:00" = @"10:00:00Z"', '@"2024-01-01" < @"2024-01-01T00:00:00"', '@"P1D" < @"P1M"']
)
def test_values_of_different_kinds_do_not_compare(expression: str) -> None:
    result = feel.compile(expression).run()

    assert result.value is None
    assert result.warnings[0].type == "NOT_COMPARABLE"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('@"2024-02-29".weekday', 4),
        ('@"2024-02-29T10:11:12.9".second', 12),
        ('@"10:11:12+05:30".time offset = @"PT5H30M"', True),
        ('@"10:11:12".time offset', None),
        ('@"2024-02-29T10:11:12@Asia/Tokyo".timezone', "Asia/Tokyo"),
        ('@"2024-02-29T10:11:12+09:00".timezone', None),
        ('@"-P1DT2H3M4S".hours', -2),
        ('@"-P30M".months', -6),
    ],
)
def test_properties(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_a_property_that_is_not_there_is_null_with_the_names_of_those_that_are() -> None:
    result = feel.compile('@"2024-02-29".hour').run()

    assert result.value is None
    assert "Available properties: 'year', 'month', 'day', 'weekday'" in result.warnings[0].message


def test_values_of_datetime_become_values_of_feel() -> None:
    oslo = zoneinfo.ZoneInfo("Europe/Oslo")
    context = {
        "moment": datetime.datetime(2024, 7, 1, 12, 0, 0, 250_000, tzinfo=oslo),
        "day": datetime.date(2024, 7, 1),
        "time": datetime.time(12, 30),
        "length": datetime.timedelta(days=1, microseconds=5),
    }

    assert value("string(moment)", **context) == "2024-07-01T12:00:00.25@Europe/Oslo"
    assert value("day.month", **context) == 7
    assert value("string(time + length)", **context) == "12:30:00.000005"


def test_equal_values_have_equal_hashes() -> None:
    first, second = temporal.parse_temporal("PT24H"), temporal.parse_temporal("P1D")

    assert first == second
    assert hash(first) == hash(second)
    assert len({temporal.parse_temporal("2024-01-01"), temporal.Date(2024, 1, 1)}) == 1
