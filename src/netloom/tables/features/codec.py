"""How feature maps are kept as artifacts: one JSON file that people can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netloom.core.files import write_text
from netloom.core.identifiers import ArtifactId
from netloom.tables.features.feature_map import FeatureMap, IdFeature

MAP_FILE = "feature_map.json"


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
        "features": [
            {
                "bucket": bucket.name,
                "column": feature.column,
                "column_type": feature.column_type,
                "type": feature.type,
                **(
                    {"ids": feature.size}
                    if isinstance(feature, IdFeature)
                    else {"numbers": feature.width}
                ),
            }
            for bucket in feature_map.buckets
            for feature in bucket.features
        ],
    }
