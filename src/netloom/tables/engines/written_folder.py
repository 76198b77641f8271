"""Folders of Parquet files that appear complete or not at all, with names that say only their order."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netloom.core.errors import Conflict
from netloom.core.files import storage_errors

_NUMBER = re.compile(r"\d+")


@contextmanager
def folder_written_at_once(folder: Path) -> Iterator[Path]:
    """A path at which an engine makes a folder of Parquet files; afterwards it is renamed to ``folder``.

    Files become ``part-00000.parquet`` and so on, in each folder of partitions; anything else that an
    engine leaves beside them goes.

    Raises:
        Conflict: ``folder`` exists already.
        StorageFailed: The disk is full or the place cannot be written; nothing is left.
    """
    if folder.exists():
        raise Conflict.of(f"{folder} exists already", code="T113", fix="Name another folder")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    with storage_errors(folder):
        shutil.rmtree(unfinished, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            unfinished.mkdir(exist_ok=True)
            _tidy(unfinished)
            os.replace(unfinished, folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def rows_in(folder: Path) -> int:
    """How many rows the Parquet files below a folder have, from their footers."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in folder.rglob("*.parquet"))


def _tidy(root: Path) -> None:
    for folder, _, names in list(os.walk(root)):
        files = [Path(folder) / name for name in names]
        for file in files:
            if file.suffix != ".parquet":
                file.unlink()
        kept = sorted((file for file in files if file.suffix == ".parquet"), key=_order)
        for number, file in enumerate(kept):
            file.rename(file.with_name(f".{number:05d}"))
        for number in range(len(kept)):
            (Path(folder) / f".{number:05d}").rename(Path(folder) / f"part-{number:05d}.parquet")


def _order(file: Path) -> tuple[int, ...]:
    """Numbers in a name, compared as numbers: an engine numbers its files, sometimes without zeros."""
    return tuple(int(number) for number in _NUMBER.findall(file.stem)[:1])
