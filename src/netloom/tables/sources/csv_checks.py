"""CSV files that are no table: guessing would leave out lines, see one column, or make up names."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice

from netloom.core.errors import InvalidData
from netloom.tables.sources.formats import Csv
from netloom.tables.sources.streams import opened

_SEPARATORS = ",;\t|"
_MOST_LINES = 20_000
_COMMENT = "#"


def refuse_uneven_lines(path: str, form: Csv) -> None:
    """Look at the first lines of a file that was not understood as a table.

    Raises:
        InvalidData: One of them has not as many values as the first; empty lines and comments do not count.
    """
    if path.endswith(".zst"):
        return
    with _text(path, form.encoding) as text:
        skipped = form.skip or 0
        lines = islice(text, skipped, _MOST_LINES)
        first = ""
        for first in lines:
            skipped += 1
            if first.strip() and not first.startswith(_COMMENT):
                break
        separator = form.separator or max(_SEPARATORS, key=first.count)
        if separator not in first or len(separator) != 1:
            return
        rows = csv.reader(chain([first], lines), delimiter=separator)
        wanted = len(next(rows))
        for row in rows:
            if row and len(row) != wanted:
                raise _uneven(path, skipped - 1 + rows.line_num, len(row), wanted)


def refuse_equal_names(path: str, form: Csv, *, skipped: int, separator: str) -> None:
    """Look at the line with the names of the columns.

    Raises:
        InvalidData: Two have one name; upper and lower case do not count.
    """
    if path.endswith(".zst") or len(separator) != 1 or form.header is False:
        return
    with _text(path, form.encoding) as text:
        names = next(csv.reader(islice(text, skipped, None), delimiter=separator), [])
    lowered = [name.lower() for name in names]
    twice = list(dict.fromkeys(name for name in names if lowered.count(name.lower()) > 1))
    if twice:
        raise InvalidData.of(
            f"{path} has several columns of one name: {', '.join(map(repr, twice))}",
            code="T463",
            fix="Give each column a name of its own where the file is written",
        )


@contextmanager
def _text(path: str, encoding: str) -> Iterator[io.TextIOWrapper]:
    with opened(path) as stream:
        plain = gzip.GzipFile(fileobj=stream) if path.endswith(".gz") else stream
        yield io.TextIOWrapper(plain, encoding=encoding, errors="replace", newline="")


def _uneven(path: str, line: int, got: int, wanted: int) -> InvalidData:
    return InvalidData.of(
        f"line {line} of {path} does not have as many values as the first one",
        code="T462",
        expected=f"{wanted} values in every line",
        got=str(got),
        fix="Mend the line, and put values that hold the separator between quotes; if other text stands "
        "before the table, say how many lines it has: format: {type: csv, skip: …}",
    )
