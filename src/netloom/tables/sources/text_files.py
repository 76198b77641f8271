"""CSV and JSON Lines, read by DuckDB whatever the engine: types that are guessed must be guessed once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.tables.columns import Column, columns_of, require_columns
from netloom.tables.engines.duckdb import DuckDBEngine
from netloom.tables.sources.csv_checks import refuse_equal_names, refuse_uneven_lines
from netloom.tables.sources.formats import Csv, TableFormat
from netloom.tables.sources.parquet_files import differs, partitions_of
from netloom.tables.sources.places import Place

if TYPE_CHECKING:
    from netloom.tables.sources.reading import Wish

_NUMBERED = re.compile(r".+_\d+")
"""What DuckDB calls the second column of a name, though a column may be called so from the start."""
_MOST_HEADERS = 64
"""Of more files only the first are compared before they are read."""


def text_query(form: TableFormat, place: Place, wish: Wish, engine: DuckDBEngine) -> str:
    """SQL that reads text files with the wanted columns in their types.

    Raises:
        InvalidData: The files cannot be read as what they are said to be.
    """
    for path in place.paths:
        engine.reach(path)
    options = (
        _csv_options(form, engine) if isinstance(form, Csv) else ["format = 'newline_delimited'"]
    )
    has_partitions = bool(partitions_of(place))
    options.append(
        "hive_partitioning = TRUE, hive_types_autocast = FALSE"
        if has_partitions
        else "hive_partitioning = FALSE"
    )
    function = "read_csv" if isinstance(form, Csv) else "read_json"
    files = ", ".join(engine.sql.text(path) for path in place.paths)
    plain = f"{function}([{files}], {', '.join(options)})"
    if isinstance(form, Csv) and place.paths:
        _refuse_guesses(form, place.paths[0], engine, plain)
        _refuse_other_columns(place, options, engine)
    if not wish.types:
        known = columns_of(engine.describe(f"SELECT * FROM {plain}"), name=place.name)
        source = plain
    else:
        names = engine.describe(f"SELECT * FROM {plain}").names
        kinds = {name: Column(name, "text") for name in names}
        require_columns(list(wish.types), list(kinds.values()), name=place.name, setting="types")
        declared = {name: engine.sql.type(kind) for name, kind in wish.types.items()}
        source = (
            f"{function}([{files}], {', '.join((*options, _types(declared, form, engine, plain)))})"
        )
        known = columns_of(engine.describe(f"SELECT * FROM {source}"), name=place.name)
    if not wish.columns:
        return f"SELECT * FROM {source}"
    require_columns(wish.columns, known, name=place.name, setting="columns")
    return f"SELECT {', '.join(engine.sql.identifier(name) for name in wish.columns)} FROM {source}"


def _refuse_other_columns(place: Place, options: list[str], engine: DuckDBEngine) -> None:
    """Compare the headers of several files; those without a byte have none.

    Raises:
        InvalidData: A file lacks columns that the first one has, or has others.
    """
    paths = [file.path for file in place.files if file.size_bytes][:_MOST_HEADERS]
    if len(paths) < 2:
        return
    first: tuple[Column, ...] = ()
    for path in (f"{place.folder}/{name}" for name in paths):
        plain = f"SELECT * FROM read_csv([{engine.sql.text(path)}], {', '.join(options)})"
        columns = tuple(Column(name, "text") for name in engine.describe(plain).names)
        first = first or columns
        if {column.name for column in columns} != {column.name for column in first}:
            raise differs(path, columns, f"{place.folder}/{paths[0]}", first)


def _refuse_guesses(form: Csv, path: str, engine: DuckDBEngine, plain: str) -> None:
    """DuckDB makes something of every file, but may leave out lines, or see one column instead of several."""
    names = engine.describe(f"SELECT * FROM {plain}").names
    options = ", ".join([engine.sql.text(path), *_csv_options(form, engine)])
    asked = f"SELECT CAST(SkipRows AS BIGINT) AS skipped, Delimiter AS separator FROM sniff_csv({options})"
    (found,) = engine.rows(asked).to_pylist()
    if len(names) == 1 or found["skipped"] > (form.skip or 0):
        refuse_uneven_lines(path, form)
    if any(_NUMBERED.fullmatch(name) for name in names):
        refuse_equal_names(path, form, **found)


def _types(declared: dict[str, str], form: TableFormat, engine: DuckDBEngine, plain: str) -> str:
    """The option that fixes types: of CSV only some need be said, of JSON all."""
    if isinstance(form, Csv):
        return f"types = {_struct(declared, engine)}"
    described = engine.rows(f"DESCRIBE SELECT * FROM {plain}").to_pylist()
    found = {row["column_name"]: row["column_type"] for row in described}
    return f"columns = {_struct({**found, **declared}, engine)}"


def _struct(values: dict[str, str], engine: DuckDBEngine) -> str:
    pairs = ", ".join(
        f"{engine.sql.text(name)}: {engine.sql.text(kind)}" for name, kind in values.items()
    )
    return f"{{{pairs}}}"


def _csv_options(form: Csv, engine: DuckDBEngine) -> list[str]:
    text = engine.sql.text
    options = [f"encoding = {text(form.encoding)}"]
    if form.separator is not None:
        options.append(f"delim = {text(form.separator)}")
    if form.skip is not None:
        options.append(f"skip = {form.skip}")
    if form.header is not None:
        options.append(f"header = {str(form.header).upper()}")
    if form.null is not None:
        options.append(f"nullstr = ['', {text(form.null)}]")
    return options
