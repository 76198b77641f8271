"""Tables that a person names by their paths, to be predicted: files of any format become one table.

Parquet files are read where they lie. Others are copied once, as Parquet, into a folder that remembers what
it is a copy of: a prediction that is started again finds the same rows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import storage_errors, write_json
from netloom.core.locations import Resolve, local_path
from netloom.core.reporter import SilentReporter
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.sources.finding import Request, identity_of
from netloom.tables.sources.formats import (
    SUFFIXES,
    Csv,
    JsonLines,
    Orc,
    Parquet,
    TableFormat,
    TfRecord,
)
from netloom.tables.sources.places import is_url, look
from netloom.tables.sources.reading import Wish, read_source
from netloom.tables.table import Table, TableFiles

_FORMATS: tuple[TableFormat, ...] = (Parquet(), Csv(), JsonLines(), Orc(), TfRecord())
_TYPED = ("csv", "jsonl", "tfrecord")
_ABOUT = "about.json"


def named_tables(
    paths: Sequence[str], feature_map: FeatureMap, *, project: Path, copies: Path, threads: int
) -> TableFiles:
    """The rows of all files together.

    Args:
        paths: Files, folders, patterns or URLs; relative ones start at ``project``.
        feature_map: Has the types of the columns, where a format leaves them open.
        copies: Folder for copies of what is no Parquet; it may be there from an earlier call.

    Raises:
        NotFound: There is nothing at a path.
        InvalidData: A file is damaged, or the tables differ in their columns.
    """
    paths = tuple(dict.fromkeys(paths))
    requests = [Request(path, _format_at(path, project)) for path in paths]
    identity = digest_of_json(
        [feature_map.checksum, *(identity_of(request, project) for request in requests)]
    )
    _forget_others(copies, identity)
    tables = []
    for number, request in enumerate(requests):
        resolve = _resolve(copies / f"{number}", project)
        table = _earlier(copies / f"{number}.json") or _read(
            request, feature_map, copies / f"{number}", project=project, threads=threads
        )
        tables.append((table, table.files(resolve)))
    try:
        _check_alike(paths, [table for table, _ in tables])
    except InvalidData:
        shutil.rmtree(copies, ignore_errors=True)
        raise
    return _together([files for _, files in tables])


def _format_at(path: str, project: Path) -> TableFormat:
    """By the names of the files there; Parquet where they do not say."""
    place = look(path, project=project, marker=None)
    if place is None or not place.files:
        raise NotFound.of(
            f"there is no table {path}",
            code="T367",
            expected="a file, a folder of files, a pattern, or a URL",
            fix="Check the name; relative paths start at the current folder",
        )
    names = [file.path.lower() for file in place.files]
    return next(
        (form for form in _FORMATS if any(name.endswith(SUFFIXES[form.type]) for name in names)),
        Parquet(),
    )


def _read(
    request: Request, feature_map: FeatureMap, folder: Path, *, project: Path, threads: int
) -> Table:
    known = {key.name: key.type for key in feature_map.keys}
    known |= {feature.column: feature.column_type for feature in feature_map.features()}
    is_open = request.format.type in _TYPED
    scratch = folder.with_name(f"{folder.name}.scratch")
    shutil.rmtree(folder, ignore_errors=True)
    with storage_errors(folder):
        folder.mkdir(parents=True)
    try:
        table = read_source(
            request,
            Wish(types=known if is_open else {}),
            project=project,
            resolve=_resolve(folder, project),
            scratch=scratch,
            threads=threads,
            memory_limit=None,
            reporter=SilentReporter(folder),
        )
    except InvalidData as error:
        if is_open and error.diagnostics[0].code == "T103":
            told = error.diagnostics[0]  # names them all, but also a setting that nobody set here
            missing = [name for name in known if repr(name) in told.message]
            raise _lacks(request.path, missing, told.expected) from error
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if table.location.startswith("work:"):
        write_json(folder.with_name(f"{folder.name}.json"), table.to_json())
    return table


def _lacks(path: str, missing: Sequence[str], found: str | None) -> InvalidData:
    return InvalidData.of(
        f"{path} lacks columns that the model needs: {', '.join(map(repr, missing))}",
        code="T369",
        got=found,
        fix="Add the columns; only labels may be missing",
    )


def _resolve(folder: Path, project: Path) -> Resolve:
    """``work:`` is the folder of one copy."""

    def resolve(location: str) -> Path:
        scheme, _, rest = location.partition(":")
        return folder / rest if scheme == "work" else local_path(location, project)

    return resolve


def _earlier(description: Path) -> Table | None:
    """The copy that an earlier call has made, if it is complete."""
    if not description.is_file():
        return None
    return Table.from_json(json.loads(description.read_bytes()))


def _forget_others(copies: Path, identity: str) -> None:
    """Remove copies of other files, or of an earlier state of these."""
    about = copies / _ABOUT
    if about.is_file() and json.loads(about.read_bytes()) == {"identity": identity}:
        return
    shutil.rmtree(copies, ignore_errors=True)
    write_json(about, {"identity": identity})


def remove_useless(copies: Path) -> None:
    """A folder without a complete copy saves nobody any work."""
    made = [path for path in copies.glob("*.json") if path.name != _ABOUT]
    if not made:
        shutil.rmtree(copies, ignore_errors=True)


def _check_alike(paths: Sequence[str], tables: Sequence[Table]) -> None:
    first = {column.name: column.type for column in tables[0].columns}
    for path, table in zip(paths, tables, strict=True):
        columns = {column.name: column.type for column in table.columns}
        if columns != first or table.partitions != tables[0].partitions:
            differing = sorted(set(columns.items()) ^ set(first.items()))
            raise InvalidData.of(
                f"{path} has other columns than {paths[0]}",
                code="T368",
                got=", ".join(sorted({name for name, _ in differing})),
                fix="Predict them one after the other, into folders of their own",
            )


def _together(tables: Sequence[TableFiles]) -> TableFiles:
    """One table; its folder is where all paths begin, so that files keep different names."""
    first = tables[0]
    paths = tuple(path for each in tables for path in each.paths)
    if len(tables) == 1 or any(is_url(path) for path in paths):
        return TableFiles(paths, first.columns, first.partitions, first.folder)
    folders = [Path(each.folder) for each in tables]
    root = folders[0]
    while not all(folder.is_relative_to(root) for folder in folders):
        root = root.parent
    return TableFiles(paths, first.columns, first.partitions, str(root))
