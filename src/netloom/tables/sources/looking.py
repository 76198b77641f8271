"""A look at a source before it is read: its columns, from footers, headers and first lines."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import NetloomError
from netloom.tables.columns import Column, columns_of
from netloom.tables.known_table import KnownTable
from netloom.tables.sources.finding import Candidate, Request, Search
from netloom.tables.sources.formats import TableFormat
from netloom.tables.sources.parquet_files import parquet_columns, parquet_rows, partitions_of
from netloom.tables.sources.places import Place
from netloom.tables.sources.reading import Wish, batches_of

if TYPE_CHECKING:
    from netloom.tables.engines.duckdb import DuckDBEngine

_MOST_FOOTERS = 64
"""Of more files only the first are looked at; reading the source looks at all."""
_MOST_RECORD_BYTES = 4 << 20
"""TFRecord files have no header: of larger ones nothing is known before they are read."""
_LARGEST_HEADER = 64 << 10
"""Text files of more bytes have rows, whatever they are."""
_MEMORY = 256 << 20
_MOST_KNOWN = 256
_KNOWN: OrderedDict[Any, tuple[tuple[Column, ...] | None]] = OrderedDict()
"""What was seen of files that did not change since, by what was asked."""


def look_at_source(request: Request, wish: Wish, *, project: Path) -> KnownTable | None:
    """What a source will give; None if it has no data yet, or it would take long to find out.

    The answer is the same as reading it gives, as long as its files do not change.

    Raises:
        InvalidData: It cannot be read: a file is damaged, or columns differ from what is wanted, for example.
    """
    search, has_too_few = Search(request, project), False
    for candidate in _candidates(search):
        rows = _rows_of(request, wish, candidate.place)
        if rows is not None and rows < request.min_rows:
            search.refuse_rows(candidate, rows)
            has_too_few = True
            continue
        columns = _seen(request, wish, candidate)
        day = str(candidate.day) if candidate.day else ""
        return None if columns is None else KnownTable(columns, date=day)
    if has_too_few:
        raise search.nothing_found()
    return None


def _candidates(search: Search) -> Iterator[Candidate]:
    """Days that look complete; that there are none is told by whoever plans."""
    try:
        yield from search.candidates()
    except NetloomError:
        return


def _rows_of(request: Request, wish: Wish, place: Place) -> int | None:
    """How many rows there are, if that is told quickly: by footers, or because there are none."""
    form = request.format
    if form.type in ("parquet", "delta"):
        return _counted(place) if len(place.files) <= _MOST_FOOTERS else None
    if form.type in ("csv", "jsonl") and place.is_local and place.size_bytes <= _LARGEST_HEADER:
        return None if _has_rows(form, wish, place) else 0
    return None


def _has_rows(form: TableFormat, wish: Wish, place: Place) -> bool:
    from netloom.tables.sources.text_files import text_query

    if not place.size_bytes:
        return False
    with _small_engine() as engine:
        query = text_query(form, place, Wish(types=wish.types), engine)
        return bool(engine.rows(f"SELECT 1 FROM ({query}) LIMIT 1").num_rows)


@lru_cache(maxsize=256)
def _counted(place: Place) -> int:
    return parquet_rows(place)


def _seen(request: Request, wish: Wish, candidate: Candidate) -> tuple[Column, ...] | None:
    """The columns of a candidate; the same files are not looked at twice."""
    key = (request.path, request.format.model_dump_json(), candidate.path, candidate.place)
    wanted = (wish.columns, tuple(wish.types.items()), wish.keep)
    known = _KNOWN.get((key, wanted))
    if known is None:
        known = _KNOWN[key, wanted] = (_looked_at(request, wish, candidate),)
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.popitem(last=False)
    return known[0]


def _looked_at(request: Request, wish: Wish, candidate: Candidate) -> tuple[Column, ...] | None:
    form, place = request.format.type, candidate.place
    if form in ("parquet", "delta"):
        first = Place(place.folder, place.files[:_MOST_FOOTERS], place.has_marker)
        columns, _ = parquet_columns(first, partitions_of(place))
        return wish.of(columns, name=candidate.path)
    if not place.is_local:
        return None
    if form in ("csv", "jsonl"):
        return _columns_of_text(request, wish, candidate)
    if form == "tfrecord" and place.size_bytes > _MOST_RECORD_BYTES:
        return None
    columns, _ = batches_of(request, wish, candidate)
    return wish.of(columns, name=candidate.path)


def _columns_of_text(request: Request, wish: Wish, candidate: Candidate) -> tuple[Column, ...]:
    """Found out from the first lines, exactly as reading finds it out."""
    from netloom.tables.sources.text_files import text_query

    with _small_engine() as engine:
        query = text_query(request.format, candidate.place, wish, engine)
        return columns_of(engine.describe(query), name=candidate.path)


@contextmanager
def _small_engine() -> Iterator[DuckDBEngine]:
    from netloom.tables.engines.duckdb import DuckDBEngine

    with tempfile.TemporaryDirectory() as scratch:
        engine = DuckDBEngine(memory_limit=_MEMORY, threads=1, scratch=Path(scratch))
        try:
            yield engine
        finally:
            engine.close()
