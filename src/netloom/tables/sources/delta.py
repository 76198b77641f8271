"""Delta Lake tables: which Parquet files are part of one now, from its own log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from netloom.core.errors import InvalidData
from netloom.tables.sources.places import Place
from netloom.tables.table import OuterFile

LOG_FOLDER = "_delta_log"
_COMMIT = re.compile(r"(\d{20})\.json\Z")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d+\.\d+)?\.parquet\Z")
# Features that change what a reader sees; the others only concern who writes.
_UNREADABLE = frozenset({"deletionVectors", "columnMapping", "v2Checkpoint"})


def files_of_version(folder: Path, version: int | None) -> Place:
    """The files of a table, and which version it is; hive folders are its partitions.

    Raises:
        InvalidData: It is no Delta table, there is no such version, or it uses what cannot be read here.
    """
    log = folder / LOG_FOLDER
    names = sorted(path.name for path in log.iterdir()) if log.is_dir() else []
    commits = {int(found[1]): log / name for name in names if (found := _COMMIT.match(name))}
    checkpoints: dict[int, list[Path]] = {}
    for name in names:
        if found := _CHECKPOINT.match(name):
            checkpoints.setdefault(int(found[1]), []).append(log / name)
    if not commits and not checkpoints:
        raise InvalidData.of(
            f"{folder} is no Delta table: it has no {LOG_FOLDER}",
            code="T126",
            fix="Name the table's own folder, or another format",
        )
    newest = max((*commits, *checkpoints))
    wanted = newest if version is None else version
    start = max((known for known in checkpoints if known <= wanted), default=-1)
    steps = range(start + 1, wanted + 1)
    if wanted > newest or any(step not in commits for step in steps):
        raise InvalidData.of(
            f"{folder} has no version {wanted}",
            code="T126",
            expected=f"{min(commits, default=start)} to {newest}",
            fix="Name a version that its log still has",
        )
    active: dict[str, dict[str, Any]] = {}
    actions = [*_of_checkpoint(checkpoints.get(start, [])), *_of_commits(commits[n] for n in steps)]
    for action in actions:
        _apply(action, active, folder)
    files = [
        OuterFile(path, int(added["size"]), _stamp(folder / path))
        for path, added in sorted(active.items())
    ]
    return Place(str(folder), tuple(files), has_marker=True)


def _of_commits(paths: Iterator[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _of_checkpoint(paths: list[Path]) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for path in paths:
        names = pq.read_schema(path).names
        wanted = [name for name in ("add", "remove", "protocol", "metaData") if name in names]
        for row in pq.read_table(path, columns=wanted).to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def _apply(action: dict[str, Any], active: dict[str, dict[str, Any]], folder: Path) -> None:
    protocol = action.get("protocol")
    if protocol:
        features = set(protocol.get("readerFeatures") or ())
        if _UNREADABLE & features or (protocol["minReaderVersion"] == 2):
            raise InvalidData.of(
                f"{folder} uses features of Delta tables that cannot be read here: "
                f"{', '.join(sorted(features)) or 'column mapping'}",
                code="T126",
                fix="Write the table as Parquet, or without these features",
            )
    if added := action.get("add"):
        active[unquote(added["path"])] = added
    if removed := action.get("remove"):
        active.pop(unquote(removed["path"]), None)


def _stamp(path: Path) -> str:
    return str(path.stat().st_mtime_ns) if path.is_file() else ""
