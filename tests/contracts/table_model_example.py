"""A table in several files and row groups, its feature map, and a model that nobody trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Scale, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import CHECKSUM_KEY, encode_table
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.input import feature_input

ROWS = 30
TARGETS = (
    Target(column="clicked", type="binary", classes=("false", "true")),
    Target(column="grade", type="classes", classes=("1", "2", "3")),
    Target(column="price", type="number", scale=Scale(mean=10.0, std=2.0)),
    Target(column="likes", type="labels", classes=("a", "b")),
)


@dataclass(frozen=True)
class Example:
    """Everything that a prediction needs.

    Attributes:
        raw, encoded: The same rows, in two files with row groups of 4 rows.
        package: Of a model with one target of each type.
    """

    raw: TableFiles
    encoded: TableFiles
    feature_map: FeatureMap
    package: Path


def make_example(folder: Path) -> Example:
    """Write all of it into a folder."""
    rows = pa.table(
        {
            "id": list(range(ROWS)),
            "x": [None if n % 7 == 0 else n / 3 for n in range(ROWS)],
            "city": [f"c{n % 4}" for n in range(ROWS)],
            "tags": [[str(k % 3) for k in range(n % 4)] for n in range(ROWS)],
            "note": [f"row {n}" for n in range(ROWS)],
            "clicked": [n % 2 == 0 for n in range(ROWS)],
            "grade": [n % 3 + 1 for n in range(ROWS)],
            "price": [float(n) for n in range(ROWS)],
            "likes": [["a"] * (n % 2) for n in range(ROWS)],
        }
    )
    raw = stored(rows, folder / "raw")
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=folder / "scratch")
    settings = FeatureSettings(
        keys=("id",), labels=tuple(target.column for target in TARGETS), drop=("note",)
    )
    feature_map = fit_features(engine, raw, settings, rows=ROWS).feature_map
    encode_table(engine, raw, feature_map, folder / "made", scratch=folder / "vocabularies")
    engine.close()
    (path,) = (folder / "made").glob("*.parquet")
    metadata = {CHECKSUM_KEY: feature_map.checksum}
    encoded = stored(pq.read_table(path).replace_schema_metadata(metadata), folder / "encoded")
    manifest = TableManifest(
        network=MLP(widths=(8,)), input=feature_input(feature_map), targets=TARGETS
    )
    network = build_table_network(manifest.network, manifest.input, manifest.outputs, seed=0)
    save_table_package(
        folder / "model", manifest, network.state_dict(), feature_map=feature_map.to_text()
    )
    return Example(raw, encoded, feature_map, folder / "model")


def stored(rows: pa.Table, folder: Path) -> TableFiles:
    """Rows in two files with small row groups, as those of a large table are."""
    folder.mkdir()
    for number, piece in enumerate((rows.slice(0, 18), rows.slice(18))):
        pq.write_table(piece, folder / f"{number}.parquet", row_group_size=4)
    paths = tuple(str(folder / f"{number}.parquet") for number in range(2))
    return TableFiles(paths, columns_of(rows.schema, name="rows"), folder=str(folder))
