"""Tables that people keep as text: CSV and its relatives, and JSON Lines, with the traps of both.

Accepted are UTF-8 with or without a byte order mark, UTF-16 with one (Excel's "Unicode text"), GBK (Chinese
Windows), any line ends, commas, tabs, semicolons, bars and full-width commas between cells, a missing
header, and lines without quotes such as ``photos/1.jpg 3``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData, NetloomError
from netloom.data.formats.listing import is_image_name

_COMMAS = (",", "，")
_DELIMITERS = ("\t", *_COMMAS, ";", "|")
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson"})
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        line: 1-based number of the line; the last one if a quoted cell spans several.
        cells: Value by column.
        problem: Why its cells cannot be told; None if they can.
    """

    line: int
    cells: Mapping[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows in the order of the file, and their columns."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_text_table(
    content: bytes, *, name: str, headers: Iterable[str], without_header: Sequence[str]
) -> TextTable:
    r"""Read a table whose form is found out.

    Args:
        content: The whole file.
        name: The file as the user called it; decides about JSON Lines, and is named in problems.
        headers: Words in lower case that only a header has.
        without_header: What the columns are called if the first line already names an image.

    Raises:
        InvalidData: It is no text, or a quoted cell does not end.

    >>> read_text_table(
    ...     b"path;label\r\na.png;3\r\n", name="list.csv", headers=["path"], without_header=[]
    ... ).rows[0].line
    2
    """
    text = _decoded(content, name)
    if Path(name).suffix.lower() in _JSON_SUFFIXES or text.lstrip().startswith("{"):
        return _from_json_lines(text)
    return _from_delimited(text, name, set(headers), without_header)


def _decoded(content: bytes, name: str) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    for encoding in ("utf-8", "gbk"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise _unreadable(name, line, "it is not text in UTF-8 or GBK", "Save it as UTF-8")


def _from_json_lines(text: str) -> TextTable:
    rows = []
    columns: dict[str, None] = {}
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            cells = json.loads(content)
        except ValueError as error:
            rows.append(Row(line, {}, f"it is no JSON: {error}"))
            continue
        if not isinstance(cells, dict):
            rows.append(Row(line, {}, "it is no JSON object"))
            continue
        columns.update(dict.fromkeys(cells))
        rows.append(Row(line, cells))
    return TextTable(tuple(columns), tuple(rows))


def _from_delimited(
    text: str, name: str, headers: set[str], without_header: Sequence[str]
) -> TextTable:
    lines = list(_lines(text, name))
    if not lines:
        return TextTable((), ())
    first = [cell.lower() for cell in lines[0][1]]
    has_header = bool(headers & set(first)) or not any(is_image_name(cell) for cell in first)
    columns = lines.pop(0)[1] if has_header else list(without_header[: len(first)])
    return TextTable(tuple(columns), tuple(_row(line, cells, columns) for line, cells in lines))


def _lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not blank."""
    start = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=start.count)
    if not start.count(delimiter):
        yield from _spaced_lines(text)
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise _unreadable(name, reader.line_num, str(error), "Check the quotes") from error


def _spaced_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """One column, or a path (in which there may be spaces) and a label."""
    for line, content in enumerate(text.split("\n"), start=1):
        pieces = content.rsplit(maxsplit=1)
        if len(pieces) == 2 and is_image_name(pieces[0]):
            yield line, pieces
        elif pieces:
            yield line, [content.strip()]


def _row(line: int, cells: list[str], columns: Sequence[str]) -> Row:
    if len(cells) < len(columns):
        # Chinese input methods write full-width commas, often in some of the lines only.
        separated = [
            piece.strip() for cell in cells for piece in cell.replace("，", ",").split(",")
        ]
        cells = separated if len(separated) == len(columns) else cells
    problem = None
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        problem = f"it has {len(cells)} cells for {len(columns)} columns"
    return Row(line, dict(zip(columns, cells)), problem)


def _unreadable(name: str, line: int, reason: str, fix: str) -> NetloomError:
    return InvalidData.of(
        f"the file cannot be read as a table: {reason}",
        code="I341",
        place=Place(setting="path", file=name, line=line),
        expected="CSV, TSV or JSON Lines",
        fix=fix,
    )
