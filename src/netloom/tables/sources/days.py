"""Days: paths with a date in them, and walking back to the newest day whose data are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from netloom.core.errors import InvalidData

_PLACEHOLDER = re.compile(r"\{date(?::([^{}]*))?\}")
_DIRECTIVES = frozenset("YmdyjUWVGuw%")


@dataclass(frozen=True, slots=True)
class Days:
    """Which days a source may take, the wanted one first.

    Attributes:
        wanted: The day after the shift; None if the source has no date.
        back: How many days before it will do as well.
    """

    wanted: date | None
    back: int = 0

    def __iter__(self) -> Iterator[date | None]:
        if self.wanted is None:
            yield None
            return
        for days in range(self.back + 1):
            yield self.wanted - timedelta(days=days)


def days_of(
    path: str, *, date_text: str | None, shift_days: int = 0, degrade_days: int = 0
) -> Days:
    """The days of a source.

    Args:
        path: With ``{date:%Y-%m-%d}`` where the day stands, or without any.
        date_text: The day of the run, such as ``2026-01-31`` or ``20260131``.
        shift_days: Added to it, before anything is looked for; usually negative.
        degrade_days: At most so many days further back.

    Raises:
        InvalidData: The date is none, the path has a bad placeholder, or one of both is missing.

    >>> [str(day) for day in days_of("{date}", date_text="20260301", shift_days=-1, degrade_days=1)]
    ['2026-02-28', '2026-02-27']
    """
    is_dated = has_place(path)
    if date_text is None:
        if is_dated or shift_days or degrade_days:
            what = "the path has a place for a date" if is_dated else "days are shifted"
            raise InvalidData.of(
                f"{what}, but there is no date",
                code="T123",
                fix='Say `date`, usually date: "${date:%Y-%m-%d}", which is the day of the run',
            )
        return Days(None)
    if not is_dated and (degrade_days or shift_days):
        raise InvalidData.of(
            "days are shifted, but the path has no place for a date",
            code="T123",
            got=path,
            fix="Write {date:%Y-%m-%d} where the day stands in the path",
        )
    filled(path, date(2000, 1, 1))  # refuses bad placeholders
    try:
        return Days(_parsed(date_text) + timedelta(days=shift_days), degrade_days)
    except OverflowError as error:
        raise InvalidData.of(
            f"{date_text} moved by {shift_days} days leaves the calendar", code="T124"
        ) from error


def has_place(path: str) -> bool:
    """Whether a path has a place for a date."""
    return bool(_PLACEHOLDER.search(path))


def filled(path: str, day: date | None) -> str:
    """A path with its placeholders replaced; ``{date}`` alone is ``2026-01-31``.

    >>> filled("logs/{date:%Y/%m}/{date:%Y%m%d}.csv", date(2026, 1, 31))
    'logs/2026/01/20260131.csv'
    """
    if day is None:
        return path

    def replace(match: re.Match[str]) -> str:
        form = match[1] or "%Y-%m-%d"
        unknown = [found for found in re.findall(r"%(.?)", form) if found not in _DIRECTIVES]
        if unknown or "%" not in form:
            raise InvalidData.of(
                f"{match[0]} is not a place for a date",
                code="T125",
                expected="%Y year, %m month, %d day, %y short year, %j day of the year, %V week, %G its year",
                fix="Write for example {date:%Y-%m-%d} or {date:%Y/%m/%d}",
            )
        return day.strftime(form.replace("%Y", f"{day.year:04d}"))

    return _PLACEHOLDER.sub(replace, path)


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text.strip().replace("/", "-"))
    except ValueError as error:
        raise InvalidData.of(
            f"{text!r} is not a date",
            code="T124",
            expected="a day like 2026-01-31 or 20260131",
            fix='Usually date: "${date:%Y-%m-%d}", which is the day of the run',
        ) from error
