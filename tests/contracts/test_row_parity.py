"""A handful of rows in JSON is predicted like the same rows of a table, with all that is easily got wrong."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feature_cases import LISTS, MAP, NUMBERS, TEXTS

from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.rows import RowPredictor
from netloom.inference.tables.wanted import Wanted
from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import encode_table
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import (
    Bucket,
    FeatureSettings,
    HashEncoding,
    MinMax,
    NumberEncoding,
    PNorm,
    Quantiles,
    SlotsEncoding,
    VocabularyEncoding,
)
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.input import feature_input

ROWS = 10
TARGETS = (
    Target(column="clicked", type="binary", classes=("false", "true")),
    Target(column="grade", type="classes", classes=("2026-01-01", "2026-02-03", "2026-03-01")),
    Target(column="likes", type="labels", classes=("a", "中")),
)
BUCKETS = (
    Bucket(name="n", columns=("n_*",), encoding=NumberEncoding(indicator=True)),
    Bucket(name="q", columns=("q_*",), encoding=NumberEncoding(), normalisation=Quantiles(buckets=4)),
    Bucket(name="p", columns=("p_*",), encoding=NumberEncoding(), normalisation=PNorm()),
    Bucket(name="v", columns=("v_*",), encoding=VocabularyEncoding()),
    Bucket(name="w", columns=("w_*",), encoding=VocabularyEncoding(most=2, width=2)),
    Bucket(name="h", columns=("h_*",), encoding=HashEncoding(buckets=7)),
    Bucket(name="s", columns=("s_*",), encoding=SlotsEncoding(), normalisation=MinMax()),
)  # fmt: skip


def columns() -> dict[str, tuple[pa.DataType, list[Any]]]:
    """Every kind of column in every bucket that takes it."""
    found: dict[str, tuple[pa.DataType, list[Any]]] = {"id": (pa.int64(), list(range(ROWS)))}
    found |= {f"n_{name}": given for name, given in NUMBERS.items()}
    found |= {f"q_{name}": NUMBERS[name] for name in ("plain", "huge", "day")}
    found |= {f"p_{name}": NUMBERS[name] for name in ("plain", "price")}
    for bucket in ("v", "w", "h"):
        found |= {f"{bucket}_{name}": given for name, given in TEXTS.items()}
        found |= {f"{bucket}_l_{name}": LISTS[name] for name in ("words", "numerals")}
        found[f"{bucket}_map"] = MAP
    found |= {"n_list": LISTS["numbers"], "s_map": MAP}
    found["clicked"] = (pa.bool_(), [True, False] * 5)
    found["grade"] = (pa.date32(), [dt.date(2026, 1, 1)] * ROWS)
    found["likes"] = (pa.list_(pa.string()), [["a"]] * ROWS)
    return found


def in_json(value: Any) -> Any:
    """A value as somebody would send it."""
    match value:
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case Decimal():
            return str(value)
        case dt.date():
            return value.isoformat()
        case [(_, _), *_]:
            return {key: in_json(weight) for key, weight in value}
        case list():
            return [in_json(each) for each in value]
        case bytes():
            return base64.b64encode(value).decode()
    return value


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of a model whose map was fitted on the first seven rows: the others hold new values."""
    folder = tmp_path_factory.mktemp("rows")
    given = columns()
    table = pa.table({name: pa.array(values, kind) for name, (kind, values) in given.items()})
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=folder / "scratch")
    pq.write_table(table, folder / "all.parquet")
    pq.write_table(table.slice(0, 7), folder / "known.parquet")
    known = columns_of(table.schema, name="rows")
    settings = FeatureSettings(
        keys=("id",), labels=tuple(target.column for target in TARGETS), buckets=BUCKETS
    )
    fitted = TableFiles((str(folder / "known.parquet"),), known)
    feature_map = fit_features(engine, fitted, settings, rows=7).feature_map
    files = TableFiles((str(folder / "all.parquet"),), known)
    encode_table(engine, files, feature_map, folder / "encoded", scratch=folder / "vocabularies")
    engine.close()
    manifest = TableManifest(
        network=MLP(widths=(8,)), input=feature_input(feature_map), targets=TARGETS
    )
    network = build_table_network(manifest.network, manifest.input, manifest.outputs, seed=0)
    text = feature_map.to_text()
    save_table_package(folder / "model", manifest, network.state_dict(), feature_map=text)
    return folder


def stored(place: Path) -> list[dict[str, Any]]:
    """The predictions of the table, as the operators make them."""
    predictor = TablePredictor.open(place / "model")
    paths = [str(path) for path in (place / "encoded").glob("*.parquet")]
    wanted = Wanted(outputs=("label", "score", "scores"))
    (batch,) = predictor.stream(paths, wanted)
    rows: list[dict[str, Any]] = in_json(batch.to_pylist())
    return sorted(
        ({name: in_json(value) for name, value in row.items()} for row in rows),
        key=lambda row: row["id"],
    )


def sent(place: Path) -> list[dict[str, Any]]:
    """The rows as somebody would send them, through JSON."""
    rows = pq.read_table(place / "all.parquet").drop_columns(["clicked", "grade", "likes"])
    found = [
        {
            name: dict(in_json(value)) if name.endswith("map") and value == [] else in_json(value)
            for name, value in row.items()
        }
        for row in rows.to_pylist()
    ]
    read: list[dict[str, Any]] = json.loads(json.dumps(found))
    return read


def check_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Equal to the last bits of 32."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        is_score = name.endswith(("_score", "_scores"))
        assert found[name] == (pytest.approx(value, rel=1e-6) if is_score else value)


def test_rows_are_predicted_like_a_table(place: Path) -> None:
    predictor = RowPredictor.open(place / "model")
    rows, expected = sent(place), stored(place)
    (together,) = predictor.predict([predictor.read(rows)])
    for found, wanted in zip(together, expected, strict=True):
        check_same(found, wanted)
    assert len({row["clicked_score"] for row in together}) == ROWS


def test_it_does_not_matter_with_which_others_a_row_is_predicted(place: Path) -> None:
    predictor = RowPredictor.open(place / "model")
    rows = sent(place)
    (together,) = predictor.predict([predictor.read(rows)])
    apart = predictor.predict([predictor.read([rows[3]]), predictor.read(rows[7:0:-1])])
    check_same(apart[0][0], together[3])
    assert [row["id"] for row in apart[1]] == [7, 6, 5, 4, 3, 2, 1]
    for found in apart[1]:
        check_same(found, together[found["id"]])


def test_columns_are_asked_for_as_they_were_seen(place: Path) -> None:
    predictor = RowPredictor.open(place / "model")
    asked = {column.name: column for column in predictor.columns}
    assert set(asked) == set(columns()) - {"clicked", "grade", "likes"}
    assert [name for name, column in asked.items() if not column.required] == ["id"]
    (answer,) = predictor.predict([predictor.read([{n: c.example for n, c in asked.items()}])])
    assert set(answer[0]) == set(stored(place)[0])
    assert (asked["n_day"].type, asked["n_day"].low, asked["n_day"].high) == (
        "date", "1900-02-28", "2026-02-28",
    )  # fmt: skip
    assert (asked["n_huge"].low, asked["v_word"].values[:2]) == (-(2**63), ("a", "b"))
    assert (asked["v_flag"].values, asked["v_day"].values[0]) == ((True, False), "2026-02-28")
    assert asked["v_l_numerals"].example == [asked["v_l_numerals"].values[0]] == [1]
