"""The list of images inside a file, as a survey writes it and the workbench leafs through it.

One SQLite file with a row for each image and one for the findings: pages of any filter are read without
loading the rest, by programs that have no numeric library. It says where each image lies in its zip archive,
so that one can be read without reading the archive's table of contents.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from netloom.core.errors import InvalidData, NotFound
from netloom.data.view import Part

MEDIA_TYPE = "application/vnd.netloom.samples+sqlite3"
FORMAT = 1
_PAGE_BYTES = 8192


@dataclass(frozen=True, slots=True)
class ListedSample:
    """An image inside a zip archive.

    Attributes:
        number: Its position, from 0.
        label: Class name; None without label.
        width: Pixels, turned as its orientation says; as ``height``.
        size_bytes: Of the encoded image.
        digest: Hexadecimal SHA-256 of the encoded image.
        duplicates: Samples of the same number show the same; None for those that occur once.
        offset: Byte of the archive at which its local header begins.
        packed_bytes: Length of its packed bytes.
        method: How they are packed, as zip archives number it.
        checksum: CRC-32 of the encoded image.
    """

    number: int
    path: str
    label: str | None
    part: Part | None
    width: int
    height: int
    size_bytes: int
    digest: str
    duplicates: int | None
    offset: int
    packed_bytes: int
    method: int
    checksum: int


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Which samples.

    Attributes:
        label: Of this class; the empty text for those without label.
        part: Of this part; the empty text for those without part.
        text: Occurs in the path, whatever the case of Latin letters.
        only_duplicates: Those that occur several times, group by group.
    """

    label: str | None = None
    part: str | None = None
    text: str = ""
    only_duplicates: bool = False
    offset: int = 0
    limit: int = 100


_COLUMNS = ", ".join(f'"{column.name}"' for column in fields(ListedSample))
_INSERT = f"INSERT INTO samples VALUES ({', '.join('?' * len(fields(ListedSample)))})"  # noqa: S608
_SELECT = f"SELECT {_COLUMNS} FROM samples"  # noqa: S608 - of names written here
_COUNT = "SELECT count(*) FROM samples"
_TABLES = f"""
CREATE TABLE findings (format INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE samples ({_COLUMNS}, PRIMARY KEY ("number"));
"""
_STILLS = "CREATE TABLE stills (number INTEGER PRIMARY KEY, picture BLOB NOT NULL)"
_INDICES = """
CREATE INDEX samples_by_label ON samples (label, number);
CREATE INDEX samples_by_part ON samples (part, number);
CREATE INDEX samples_by_group ON samples (duplicates, number) WHERE duplicates IS NOT NULL;
"""


def write_sample_list(
    path: Path,
    samples: Iterable[ListedSample],
    findings: Mapping[str, Any],
    *,
    stills: Iterable[bytes] | None = None,
) -> None:
    """Write a new file; equal contents give equal bytes.

    Args:
        stills: For videos a JPEG picture of each, in the order of the samples.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "samples.db")
    >>> sample = ListedSample(0, "a/1.png", "a", None, 8, 8, 99, "00", None, 0, 99, 0, 7)
    >>> write_sample_list(file, [sample], {"num_images": 1})
    >>> read_samples(file, SampleQuery(label="a")) == ([sample], 1)
    True
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA page_size = {_PAGE_BYTES}; PRAGMA journal_mode = OFF;")
        connection.executescript(_TABLES)
        with connection:
            connection.executemany(_INSERT, map(astuple, samples))
            if stills is not None:
                connection.execute(_STILLS)
                connection.executemany("INSERT INTO stills VALUES (?, ?)", enumerate(stills))
            document = json.dumps(findings, ensure_ascii=False, allow_nan=False)
            connection.execute("INSERT INTO findings VALUES (?, ?)", (FORMAT, document))
        connection.executescript(_INDICES)


def read_findings(path: Path) -> dict[str, Any]:
    """What the survey found.

    Raises:
        InvalidData: The file is none that this program can read.
    """
    with closing(_opened(path)) as connection:
        (document,) = connection.execute("SELECT document FROM findings").fetchone()
    findings: dict[str, Any] = json.loads(document)
    return findings


def read_samples(path: Path, query: SampleQuery) -> tuple[list[ListedSample], int]:
    """A page of samples, and how many match on all pages."""
    conditions, values = _conditions(query)
    order = "duplicates, number" if query.only_duplicates else "number"
    with closing(_opened(path)) as connection:
        counted = connection.execute(_COUNT + conditions, values)
        (total,) = counted.fetchone()
        page = f"{_SELECT}{conditions} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = connection.execute(page, (*values, query.limit, query.offset))
        return [ListedSample(*row) for row in rows], total


def read_sample(path: Path, number: int) -> ListedSample:
    """One sample. Raises NotFound."""
    with closing(_opened(path)) as connection:
        row = connection.execute(f'{_SELECT} WHERE "number" = ?', (number,)).fetchone()
    if row is None:
        raise NotFound.of(f"there is no sample {number}")
    return ListedSample(*row)


def read_still(path: Path, number: int) -> bytes | None:
    """The picture that stands for a video; None for images, which are read from their archive."""
    with closing(_opened(path)) as connection:
        table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'stills'"
        if connection.execute(table).fetchone() is None:
            return None
        found = connection.execute("SELECT picture FROM stills WHERE number = ?", (number,))
        row = found.fetchone()
    return None if row is None else bytes(row[0])


def _conditions(query: SampleQuery) -> tuple[str, tuple[Any, ...]]:
    found: list[tuple[str, tuple[Any, ...]]] = []
    for column, wanted in (("label", query.label), ("part", query.part)):
        if wanted == "":
            found.append((f"{column} IS NULL", ()))
        elif wanted is not None:
            found.append((f"{column} = ?", (wanted,)))
    if query.text:
        found.append(("path LIKE ? ESCAPE '\\'", (f"%{_escaped(query.text)}%",)))
    if query.only_duplicates:
        found.append(("duplicates IS NOT NULL", ()))
    if not found:
        return "", ()
    values = tuple(value for _, given in found for value in given)
    return " WHERE " + " AND ".join(condition for condition, _ in found), values


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _opened(path: Path) -> sqlite3.Connection:
    """For reading only; nothing that lies beside the file is written."""
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        found = connection.execute("SELECT format FROM findings").fetchone()
        if found == (FORMAT,):
            return connection
        problem = f"its format is {found and found[0]}"
    except sqlite3.Error as error:
        problem = str(error)
    if connection is not None:
        connection.close()
    raise InvalidData.of(
        f"the list of samples {path.name} cannot be read: {problem}",
        code="I026",
        fix="Survey the data set again",
    )
