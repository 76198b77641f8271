"""Folders that the Hugging Face ``datasets`` library writes with ``save_to_disk``.

Either one data set: ``data-00000-of-00001.arrow`` …, ``dataset_info.json``, ``state.json``; or one such
folder for each split below a ``dataset_dict.json``. The library itself is not needed to read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData, NetloomError
from netloom.data.formats.part_names import part_named
from netloom.data.formats.table_files import TableFile, TableFiles, file_at, find_tables

_DICT, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


def find_arrow_files(root: Path) -> TableFiles:
    """The Arrow files of a saved data set; of any other folder, all there are.

    Raises:
        InvalidData: There is nothing of the kind, or a description is damaged or names files that
            are missing or lie elsewhere.
    """
    if (root / _DICT).is_file():
        splits = _document(root / _DICT).get("splits")
        if not isinstance(splits, list) or not splits:
            raise _damaged(root / _DICT, "it lists no splits")
        files = tuple(file for split in splits for file in _saved(root, f"{split}"))
        strange = [f"{split}" for split in splits if part_named(f"{split}") is None]
        remarks = [f"split {name} is called like no part: its images have none" for name in strange]
        return TableFiles(files, tuple(remarks))
    if (root / _STATE).is_file():
        return TableFiles(tuple(_saved(root, "")))
    return find_tables(root, suffix=".arrow", kind="Arrow files")


def features_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The columns that a ``dataset_info.json`` describes; none if it says nothing about them."""
    features = document.get("features")
    return features if isinstance(features, dict) else {}


def _saved(root: Path, split: str) -> Iterator[TableFile]:
    folder = _inside(root, split) if split else root
    state = _document(folder / _STATE)
    names = [
        entry.get("filename") if isinstance(entry, dict) else None
        for entry in state.get("_data_files") or ()
    ]
    if not names:
        raise _damaged(folder / _STATE, "it lists no data files")
    if state.get("_indices_files") or state.get("_indices_data_files"):
        raise _damaged(folder / _STATE, "its rows are picked by an index of an old form")
    info = folder / _INFO
    features = features_of(_document(info)) if info.is_file() else {}
    for name in names:
        file = _inside(folder, name)
        path = f"{split}/{file.name}" if split else file.name
        yield file_at(file, path, part_named(split) if split else None, features)


def _inside(folder: Path, name: object) -> Path:
    """A file or folder right inside another; names come from a file and are not trusted."""
    if not isinstance(name, str) or "/" in name or "\\" in name or name in ("", ".", ".."):
        raise _damaged(folder, f"it names {name!r}, which is no plain file name")
    path = folder / name
    if path.is_symlink():
        raise _damaged(folder, f"{name} is a symbolic link, which is not followed")
    return path


def _document(file: Path) -> dict[str, Any]:
    if file.is_symlink():
        raise _damaged(file, "it is a symbolic link, which is not followed")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(file, str(error)) from error
    if not isinstance(document, dict):
        raise _damaged(file, "it is no JSON object")
    return document


def _damaged(file: Path, reason: str) -> NetloomError:
    return InvalidData.of(
        f"the saved data set cannot be read: {reason}",
        code="I347",
        place=Place(setting="path", file=str(file)),
        fix="Save it again with save_to_disk",
    )
