"""Small encoded tables, and trainings on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.reporter import SilentReporter
from netloom.models.tabular.spec import MLP, TableModel, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import CHECKSUM_KEY, encode_table
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import Bucket, FeatureSettings
from netloom.tables.table import Table, TableFiles, written_table
from netloom.training.recipe import AdamW, Recipe
from netloom.training.tables.training import TableTraining

BINARY = Target(column="y", type="binary")
SMALL = MLP(widths=(8,), embedding=3, dropout=0.0, norm="none", unknown_share=0.0)


class Notes(SilentReporter):
    """Remembers what people are told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


class Bench:
    """Encodes tables below a folder, and makes trainings on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reporter = Notes(folder / "checkpoints")

    def resolve(self, location: str) -> Path:
        return self.folder / location.partition(":")[2]

    def encode(
        self,
        columns: dict[str, Any],
        *,
        labels: tuple[str, ...] = ("y",),
        keys: tuple[str, ...] = ("id",),
        buckets: tuple[Bucket, ...] = (),
        feature_map: FeatureMap | None = None,
        name: str = "rows",
        group_rows: int = 32,
        date: str = "",
    ) -> tuple[Table, FeatureMap]:
        table = pa.table(columns)
        raw = self.folder / f"{name}.parquet"
        pq.write_table(table, raw)
        files = TableFiles((str(raw),), columns_of(table.schema, name="t"))
        engine = open_engine(memory_limit=None, threads=1, scratch=self.folder / "scratch")
        if feature_map is None:
            settings = FeatureSettings(keys=keys, labels=labels, buckets=buckets)
            feature_map = fit_features(engine, files, settings, rows=len(table)).feature_map
        encode_table(
            engine, files, feature_map, self.folder / name, scratch=self.folder / "vocabulary"
        )
        engine.close()
        for path in (self.folder / name).glob("*.parquet"):  # in small pieces, as large ones are
            mark = {CHECKSUM_KEY: feature_map.checksum}
            whole = pq.read_table(path)
            whole = whole.replace_schema_metadata({**(whole.schema.metadata or {}), **mark})
            pq.write_table(whole, path, row_group_size=group_rows)
        return written_table(f"work:{name}", self.resolve, keys=keys, date=date), feature_map

    def training(self, encoded: tuple[Table, FeatureMap], **changes: Any) -> TableTraining:
        recipe = {"epochs": 3, "batch_size": 16, "optimizer": AdamW(learning_rate=0.01)}
        recipe |= changes.pop("recipe", {})
        facts: dict[str, Any] = {
            "model": TableModel(network=SMALL, targets=changes.pop("targets", (BINARY,))),
            "table": encoded[0],
            "feature_map": encoded[1],
            "resolve": self.resolve,
            "recipe": Recipe(**recipe),
            "reporter": self.reporter,
            "package": self.folder / "model",
            "scratch": self.folder / "scratch",
            "window_rows": 64,
        }
        return TableTraining(**(facts | changes))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def columns() -> Callable[..., dict[str, Any]]:
    """Rows whose label follows from a number and a place; every fifth row is for validation."""

    def make(rows: int = 80, **changes: Any) -> dict[str, Any]:
        numbers = [((n * 37) % 101) / 50 - 1 for n in range(rows)]
        places = ["abc"[n % 3] for n in range(rows)]
        made = {
            "id": list(range(rows)),
            "x": numbers,
            "place": places,
            "tags": [["red", "blue"][: n % 3] for n in range(rows)],
            "y": [int(x + (place == "a") > 0.3) for x, place in zip(numbers, places, strict=True)],
            "part": ["valid" if n % 5 == 0 else "train" for n in range(rows)],
        }
        return {name: value for name, value in (made | changes).items() if value is not None}

    return make
