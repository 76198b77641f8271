from __future__ import annotations

from datetime import date

import pytest

from netloom.core.errors import InvalidData
from netloom.tables.sources.days import days_of, filled


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dt={date}", "dt=2026-03-01"),
        ("{date:%Y/%m/%d}/{date:%Y%m%d}.csv", "2026/03/01/20260301.csv"),
        ("no date", "no date"),
        ("{other}", "{other}"),
    ],
)
def test_places_for_dates_are_filled(path: str, expected: str) -> None:
    assert filled(path, date(2026, 3, 1)) == expected


def test_years_have_four_digits() -> None:
    assert filled("{date:%Y}", date(33, 1, 1)) == "0033"


def test_the_wanted_day_comes_first_and_older_ones_follow() -> None:
    days = days_of("{date}", date_text="2026/03/01", shift_days=-1, degrade_days=2)
    assert [str(day) for day in days] == ["2026-02-28", "2026-02-27", "2026-02-26"]


def test_without_a_date_there_is_one_candidate() -> None:
    assert list(days_of("users.csv", date_text=None)) == [None]


@pytest.mark.parametrize(
    ("path", "settings", "message"),
    [
        ("{date}", {"date_text": None}, "has a place for a date, but there is no date"),
        ("a", {"date_text": None, "shift_days": -1}, "ays are shifted, but there is no date"),
        ("a", {"date_text": "2026-01-31", "degrade_days": 1}, "no place for a date"),
        ("{date}", {"date_text": "yesterday"}, "'yesterday' is not a date"),
        ("{date}", {"date_text": "2026-02-30"}, "'2026-02-30' is not a date"),
        ("{date:%B}", {"date_text": "2026-01-31"}, r"\{date:%B\} is not a place"),
        ("{date:yyyy}", {"date_text": "2026-01-31"}, r"\{date:yyyy\} is not a place"),
        ("{date}", {"date_text": "0001-01-01", "shift_days": -1}, "leaves the calendar"),
    ],
)
def test_bad_dates_are_explained(path: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        list(days_of(path, **settings))  # type: ignore[arg-type]
