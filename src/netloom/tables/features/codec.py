"""How feature maps are kept as artifacts: one JSON file that people can read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from netloom.core.files import write_text
from netloom.core.identifiers import ArtifactId
from netloom.tables.features.feature_map import (
    FeatureMap,
    IdFeature,
    NumberFeature,
    NumberListFeature,
    SlotsFeature,
)

MAP_FILE = "feature_map.json"
MOST_FEATURES = 1000
"""So many are told of; a summary is kept with every run."""
MOST_VALUES = 5
LONGEST_VALUE = 40


class FeatureMapCodec:
    """Keeps a :class:`FeatureMap`. See :class:`netloom.core.codecs.Codec`."""

    media_type = "application/vnd.netloom.feature-map"

    def save(self, value: FeatureMap, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Write ``feature_map.json``."""
        write_text(folder / MAP_FILE, value.to_text())
        return ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> FeatureMap:
        """Read it back; its checksum must hold."""
        return read_feature_map(folder)

    def preview(self, folder: Path) -> dict[str, Any]:
        """Rows and date of the fitting, the columns that come out, features with their sizes."""
        return summary_of(read_feature_map(folder))


def read_feature_map(folder: Path) -> FeatureMap:
    """The feature map in an artifact or model package.

    Raises:
        InvalidData: There is none, or it was changed.
    """
    path = folder / MAP_FILE
    return FeatureMap.from_text(path.read_bytes() if path.is_file() else b"", name=str(path))


def summary_of(feature_map: FeatureMap) -> dict[str, Any]:
    """What people want to know of a feature map, without its vocabularies."""
    return {
        "checksum": feature_map.checksum,
        "rows": feature_map.rows,
        "date": feature_map.date,
        "keys": [column.name for column in feature_map.keys],
        "labels": [column.name for column in feature_map.labels],
        "encoded": [output._asdict() for output in feature_map.outputs()],
        "num_features": sum(len(bucket.features) for bucket in feature_map.buckets),
        "features": list(islice(_features(feature_map), MOST_FEATURES)),
    }


def _features(feature_map: FeatureMap) -> Iterator[dict[str, Any]]:
    for bucket in feature_map.buckets:
        offsets = {feature.column: offset for feature, offset in bucket.offsets()}
        for feature in bucket.features:
            known = {
                "bucket": bucket.name,
                "normalisation": bucket.normalisation.type,
                "column": feature.column,
                "column_type": feature.column_type,
                "type": feature.type,
            }
            if isinstance(feature, IdFeature):
                yield {**known, "offset": offsets[feature.column], **_ids(feature)}
            else:
                yield {**known, **_numbers(feature)}


def _ids(feature: IdFeature) -> dict[str, Any]:
    frequent = (feature.vocabulary or ())[:MOST_VALUES]
    return {
        "ids": feature.size,
        "is_hashed": feature.vocabulary is None,
        "frequent": [value[:LONGEST_VALUE] for value in frequent],
    }


def _numbers(feature: NumberFeature | NumberListFeature | SlotsFeature) -> dict[str, Any]:
    seen = feature.statistics
    slots = feature.vocabulary[:MOST_VALUES] if isinstance(feature, SlotsFeature) else ()
    return {
        "numbers": feature.width,
        "values": seen.values,
        "missing": seen.missing,
        "low": seen.low,
        "high": seen.high,
        "mean": seen.mean,
        "deviation": seen.deviation,
        "frequent": [value[:LONGEST_VALUE] for value in slots],
    }
