"""Date templates: ``%Y/%m/%d, -1d`` as a path or label that moves with the calendar."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

_DIRECTIVES = frozenset("YmdHMSyjUWVGuw%")
"""Numeric directives only: names of days and months depend on the machine's language."""
_OFFSET = re.compile(r"([+-])\s*(\d{1,6})\s*([A-Za-z]+)\Z")


class BadDate(ValueError):
    """A date or date template cannot be understood; the text says why and what to write."""


def format_date(template: str, moment: datetime) -> str:
    """Fill a date template.

    Args:
        template: A ``strftime`` format with numeric directives, then any number of offsets, each after
            a comma: ``-1d`` (days), ``+2w`` (weeks), ``-6h`` (hours), ``-1m`` (months). They apply
            from left to right; a month offset stays within the target month (31 March − 1 month
            is the last of February).
        moment: The date to start from.

    Raises:
        BadDate: The format or an offset is wrong, or the result leaves the years 1 to 9999.
    """
    form = template.strip()
    offsets: list[str] = []
    while (comma := form.rfind(",")) >= 0 and form[comma + 1 :].strip()[:1] in ("+", "-"):
        offsets.insert(0, form[comma + 1 :].strip())
        form = form[:comma].rstrip()
    for offset in offsets:
        moment = shifted(moment, offset)
    _check_format(form)
    # strftime does not pad years below 1000 on every platform.
    padded = re.sub("%(.)", lambda m: f"{moment.year:04d}" if m[1] == "Y" else m[0], form)
    return moment.strftime(padded)


def shifted(moment: datetime, offset: str) -> datetime:
    """``moment`` moved by an offset such as ``-1d``.

    Raises:
        BadDate: The offset is malformed or leads out of the calendar.
    """
    match = _OFFSET.match(offset)
    if match is None or match[3] not in ("d", "w", "m", "h"):
        raise BadDate(
            f"{offset!r} is not a date offset; write a sign, a number and one of d (days), w (weeks), "
            "m (months), h (hours), for example -1d"
        )
    amount = int(match[1] + match[2])
    try:
        if match[3] == "m":
            return _months_later(moment, amount)
        unit = {"d": "days", "w": "weeks", "h": "hours"}[match[3]]
        return moment + timedelta(**{unit: amount})
    except (OverflowError, ValueError) as error:
        raise BadDate(f"{moment:%Y-%m-%d} {offset} is outside the years 1 to 9999") from error


def parse_date(text: str) -> datetime:
    """A date written by a user: ``2026-01-31``, ``20260131`` or ``2026-01-31T14:30``.

    Raises:
        BadDate: It is none of these, or no such day exists.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadDate(
            f"{text!r} is not a date; write it like 2026-01-31 or 2026-01-31T14:30"
        ) from error
    return moment.replace(tzinfo=None)


def _months_later(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise ValueError(year)
    last_day = calendar.monthrange(year, month)[1]
    return moment.replace(year=year, month=month, day=min(moment.day, last_day))


def _check_format(form: str) -> None:
    if "%" not in form:
        raise BadDate(f"{form!r} has no date directive; write for example %Y/%m/%d")
    for directive in re.findall(r"%(.?)", form):
        if directive not in _DIRECTIVES:
            raise BadDate(
                f"%{directive} is not a supported date directive; supported: %Y year, %m month, "
                "%d day, %H hour, %M minute, %S second, %y short year, %j day of the year, "
                "%V week with %G its year"
            )
