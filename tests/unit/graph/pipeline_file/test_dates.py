from datetime import datetime

import pytest

from netloom.graph.pipeline_file.dates import BadDate, format_date, parse_date

MOMENT = datetime(2026, 3, 31, 14, 5, 9)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("%Y/%m/%d", "2026/03/31"),
        ("%Y%m%d, -1d", "20260330"),
        ("%Y-%m-%d, +2w", "2026-04-14"),
        ("%Y-%m-%dT%H, -15h", "2026-03-30T23"),
        ("%Y-%m-%d, -1m", "2026-02-28"),
        ("%Y-%m-%d, -1m, +1d", "2026-03-01"),
        ("%Y-%m-%d, +1d, -1m", "2026-03-01"),
        ("%Y-%m-%d, -15m", "2024-12-31"),
        ("%Y-%m-%d, - 1d", "2026-03-30"),
        ("day %d, month %m", "day 31, month 03"),
        ("%y week %V of %G, day %j", "26 week 14 of 2026, day 090"),
        ("100%% %d", "100% 31"),
        ("%%Y is %Y", "%Y is 2026"),
    ],
)
def test_a_template_is_filled_with_the_shifted_date(template: str, expected: str) -> None:
    assert format_date(template, MOMENT) == expected


def test_a_month_before_the_end_of_march_in_a_leap_year_is_the_29th_of_february() -> None:
    assert format_date("%d, -1m", datetime(2024, 3, 31)) == "29"


def test_years_have_four_digits() -> None:
    assert format_date("%Y", datetime(33, 4, 3)) == "0033"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("%Y, -1x", "'-1x' is not a date offset"),
        ("%Y, -d", "'-d' is not a date offset"),
        ("%Y, -1D", "'-1D' is not a date offset"),
        ("yyyy/MM/dd", "no date directive"),
        ("", "no date directive"),
        ("%A", "%A is not a supported date directive"),
        ("%Y %", "% is not a supported date directive"),
        ("%Y, -999999d", "outside the years 1 to 9999"),
        ("%Y, -99999m", "outside the years 1 to 9999"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(template: str, reason: str) -> None:
    with pytest.raises(BadDate, match=reason.replace("(", r"\(")):
        format_date(template, MOMENT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("20260131", datetime(2026, 1, 31)),
        (" 2026-01-31T14:30 ", datetime(2026, 1, 31, 14, 30)),
        ("2026-01-31T14:30:00+02:00", datetime(2026, 1, 31, 14, 30)),
    ],
)
def test_dates_are_read(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "", "31.01.2026"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate, match="is not a date"):
        parse_date(text)
