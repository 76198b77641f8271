"""What is known of feature maps and encoded tables before they exist; see :mod:`netloom.graph.prospect`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from netloom.core.locations import artifact_of, local_path
from netloom.graph.prospect import Prospect
from netloom.tables.columns import Column
from netloom.tables.features.codec import MAP_FILE
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.keeping import keeping_problems, kept_columns
from netloom.tables.features.known_map import KnownMap, known_before, known_fitted
from netloom.tables.features.selection import choose_columns
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.known_table import KnownTable

Told = Mapping[str, Any]


def fit_features(prospect: Prospect) -> Told:
    """Which column goes to which bucket, and what it becomes there, follows from names and types."""
    said = prospect.settings
    table = prospect.known("table", KnownTable)
    if table is None or not table.has_all_types or (not said.keys and table.keys is None):
        return {}
    settings = FeatureSettings(
        keys=said.keys or table.keys,
        labels=said.labels,
        drop=said.drop,
        buckets=said.buckets,
        others=said.others,
    )
    return {"out": known_before(choose_columns(table.columns, settings))}


def encode(prospect: Prospect) -> Told:
    """Keys, what is kept, and what the map makes of its columns."""
    table = prospect.known("table", KnownTable)
    features = prospect.known("features", KnownMap)
    if table is None or features is None:
        return {}
    prospect.blame(features.mismatches(table.columns), port="table")
    keep = prospect.settings.keep
    prospect.blame(keeping_problems(features, table.columns, keep), setting="keep")
    encoded = encoded_table(table, features, keep)
    return {} if encoded is None else {"out": encoded}


def feature_map(prospect: Prospect) -> Told:
    """Everything, from its file; that there is none is told by whoever plans."""
    file = prospect.settings.file
    if not prospect.looks_outside:
        return {}
    is_artifact = artifact_of(file) is not None
    path = prospect.resolve(file) if is_artifact else local_path(f"path:{file}", prospect.project)
    path = path / MAP_FILE if path.is_dir() else path
    if not path.is_file():
        return {}
    status = path.stat()
    return {"out": _known_of_file(path, (status.st_mtime_ns, status.st_size))}


def encoded_table(
    table: KnownTable, features: KnownMap, keep: Sequence[str] = ()
) -> KnownTable | None:
    """What a table becomes; None if not all columns are known."""
    if features.encoded is None:
        return None
    keys = [table.column(key.name) or Column(key.name, key.type) for key in features.keys]
    names = tuple(column.name for column in features.keys)
    return KnownTable(
        (*keys, *kept_columns(features, table.columns, keep), *features.encoded),
        _kept_keys(names, table.keys),
        date=table.date,
        features=features.checksum,
    )


def _kept_keys(keys: tuple[str, ...], known: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Keys of an encoded table: those of the map, if they tell rows apart."""
    if known is None:
        return None
    return keys if keys == known else ()


@lru_cache(maxsize=16)
def _known_of_file(path: Path, stamp: tuple[int, int]) -> KnownMap:
    """A map may be large, and is asked for at every plan."""
    return known_fitted(FeatureMap.from_text(path.read_bytes(), name=str(path)))
