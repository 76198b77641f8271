"""Every encoder gives on every engine what a slow implementation in plain Python gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feature_cases import INF, LISTS, MAP, NAN, NUMBERS, TEXTS
from slow_features import Ids, Numbers, entries, number, unit_length, vocabulary
from small_spark import SMALL_SPARK, skip_without_spark

from netloom.tables.columns import Column, columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import CHECKSUM_KEY, encode_table
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.fitting import Fitted, fit_features
from netloom.tables.features.settings import (
    Bucket,
    FeatureSettings,
    HashEncoding,
    Log1p,
    MinMax,
    NoNormalisation,
    Normalisation,
    NumberEncoding,
    PNorm,
    Quantiles,
    SlotsEncoding,
    VocabularyEncoding,
    ZScore,
)
from netloom.tables.table import TableFiles

pytestmark = pytest.mark.timeout(900)  # a Spark session on a busy machine

NORMALISATIONS: tuple[Normalisation, ...] = (
    NoNormalisation(),
    MinMax(),
    MinMax(low=-2, high=3),
    ZScore(),
    PNorm(p=1),
    PNorm(),
    PNorm(p=3),
    Quantiles(buckets=4),
    Log1p(),
)
ENCODINGS: tuple[VocabularyEncoding | HashEncoding, ...] = (
    VocabularyEncoding(),
    VocabularyEncoding(min_count=2),
    VocabularyEncoding(most=2, width=2),
    HashEncoding(buckets=7),
    HashEncoding(buckets=1000, width="longest"),
)
ROWS = 10
# Lists and maps, by the place of what they are combined with.
NESTED_NUMBERS = (2, 5, 7)
NESTED_IDS = (0, 2, 4)


@dataclass(frozen=True)
class Results:
    """One fit, and encodings of the table itself, of another day and of an empty one."""

    fitted: Fitted
    same: pa.Table
    other: pa.Table
    nothing: pa.Table | None
    metadata: dict[bytes, bytes]


def _numbers_of(place: int) -> list[str]:
    """All kinds of numbers for two normalisations; what is special for the others, to be quick."""
    if place in (3, 7):
        return list(NUMBERS)
    return ["plain", "huge", *(["constant", "empty"] if place in (2, 5) else [])]


def _texts_of(place: int) -> list[str]:
    return list(TEXTS) if place == 0 else ["word", "empty"]


def _columns() -> dict[str, tuple[pa.DataType, list[Any]]]:
    """Every column once for each bucket that takes it."""
    found: dict[str, tuple[pa.DataType, list[Any]]] = {
        "id": (pa.int64(), list(range(ROWS))),
        "label": (pa.float64(), [0.0, 1.0, None, NAN, 0.5, 1.0, 0.0, 1.0, 0.0, 1.0]),
    }
    for place in range(len(NORMALISATIONS)):
        found |= {f"n{place}_{name}": NUMBERS[name] for name in _numbers_of(place)}
        if place in NESTED_NUMBERS:
            found[f"n{place}_list"] = LISTS["numbers"]
            found[f"n{place}_map"] = MAP
    for place in range(len(ENCODINGS)):
        found |= {f"e{place}_{name}": TEXTS[name] for name in _texts_of(place)}
        if place in NESTED_IDS:
            found |= {f"e{place}_{name}": LISTS[name] for name in ("words", "numerals")}
            found[f"e{place}_map"] = MAP
    found["v_numbers"] = LISTS["numbers"]
    return found


def _settings() -> FeatureSettings:
    buckets = []
    for place, normalisation in enumerate(NORMALISATIONS):
        missing = "zero" if place == 1 else "mean"
        buckets.append(
            Bucket(
                name=f"n{place}",
                columns=(f"n{place}_*",),
                types=("number", "integer", "decimal", "boolean", "date", "timestamp", "list"),
                encoding=NumberEncoding(missing=missing, indicator=place in (1, 5)),
                normalisation=normalisation,
            )
        )
        if place in NESTED_NUMBERS:
            buckets.append(
                Bucket(
                    name=f"s{place}",
                    columns=(f"n{place}_map",),
                    encoding=SlotsEncoding(most=3),
                    normalisation=normalisation,
                )
            )
    for place, encoding in enumerate(ENCODINGS):
        buckets.append(Bucket(name=f"e{place}", columns=(f"e{place}_*",), encoding=encoding))
    buckets.append(Bucket(name="v", columns=("v_*",), encoding=NumberEncoding(width="variable")))
    return FeatureSettings(keys=("id",), labels=("label",), buckets=tuple(buckets), others=None)


COLUMNS = _columns()


def _other(name: str, kind: pa.DataType, values: list[Any]) -> list[Any]:
    """Values of another day: turned round, with some never seen."""
    if pa.types.is_float64(kind):
        return [1e6, -1e6, NAN, None, INF, *values[:5]]
    if pa.types.is_string(kind):
        return ["never seen", "null", "NULL", "NaN", None, *values[:5]]
    return values if name == "id" else values[::-1]


def _table(values: dict[str, list[Any]], *, without: tuple[str, ...] = ()) -> pa.Table:
    return pa.table({n: pa.array(v, COLUMNS[n][0]) for n, v in values.items() if n not in without})


KEPT = ("e0_word", "n0_plain", "e0_words", "n2_map")
PARTS = ["train", "valid", None, "test", "train", "", "train", "test", "train", "train"]
SAME = {name: values for name, (_, values) in COLUMNS.items()}
OTHER = {name: _other(name, kind, values) for name, (kind, values) in COLUMNS.items()}


def _files(table: pa.Table, path: Path) -> TableFiles:
    pq.write_table(table, path)
    return TableFiles((str(path),), columns_of(table.schema, name="the table"))


def _encoded(
    engine: Any,
    files: TableFiles,
    feature_map: FeatureMap,
    folder: Path,
    keep: tuple[str, ...] = (),
) -> pa.Table:
    scratch = folder.with_suffix(".scratch")
    rows = encode_table(engine, files, feature_map, folder, scratch=scratch, keep=keep)
    table = pq.read_table(folder)
    assert rows == table.num_rows
    return table.sort_by("id")


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Results]:
    if request.param == "spark":
        skip_without_spark()
    folder = tmp_path_factory.mktemp(request.param)
    engine = open_engine(
        request.param, memory_limit=None, threads=2, scratch=folder / "scratch", options=SMALL_SPARK
    )
    parts = pa.array(PARTS, pa.string())
    same = _files(_table(SAME).append_column("part", parts), folder / "same.parquet")
    fitted = fit_features(engine, same, _settings(), rows=ROWS, date="2026-01-31")
    feature_map = fitted.feature_map
    table = _table(OTHER, without=("label",))
    other = _files(table, folder / "other.parquet")
    empty = _files(table.slice(0, 0), folder / "empty.parquet")
    other = TableFiles((*empty.paths, *other.paths), other.columns)
    nothing = TableFiles((), same.columns)
    found = Results(
        fitted,
        _encoded(engine, same, feature_map, folder / "same", keep=KEPT),
        _encoded(engine, other, feature_map, folder / "other"),
        _encoded(engine, nothing, feature_map, folder / "nothing")
        if request.param == "duckdb"
        else None,
        pq.read_metadata(next((folder / "same").glob("*.parquet"))).metadata,
    )
    yield found
    engine.close()


def _lists(table: pa.Table, name: str) -> list[list[Any]]:
    found: list[list[Any]] = table[name].to_pylist()
    return found


def _assert_equal(got: list[list[float]], expected: list[list[float]]) -> None:
    """Equal in 32 bits but for the last two of them, which logarithms and powers may touch."""
    assert [len(row) for row in got] == [len(row) for row in expected]
    flat = np.array([x for row in expected for x in row], np.float32)
    np.testing.assert_allclose(
        np.array([x for row in got for x in row], np.float32), flat, rtol=3e-7, atol=1e-9
    )


def _missing(place: int) -> str:
    return "zero" if place == 1 else "mean"


@pytest.mark.parametrize("place", range(len(NORMALISATIONS)), ids=lambda p: repr(NORMALISATIONS[p]))
@pytest.mark.parametrize("day", ["same", "other"])
def test_numbers_are_those_of_the_slow_implementation(
    results: Results, place: int, day: str
) -> None:
    normalisation = NORMALISATIONS[place]
    data = SAME if day == "same" else OTHER
    expected: list[list[float]] = [[] for _ in range(ROWS)]
    for name in _numbers_of(place):
        fitted = Numbers(NUMBERS[name][1], normalisation, _missing(place))
        for row, value in zip(expected, data[f"n{place}_{name}"], strict=True):
            row.append(fitted.encoded(value))
            if place in (1, 5):
                row.append(float(number(value) is None))
    inner = [x for entry in LISTS["numbers"][1] for x in entry or ()]
    fitted = Numbers(inner, normalisation, _missing(place))
    lists = data[f"n{place}_list"] if place in NESTED_NUMBERS else []
    for row, values in zip(expected, lists, strict=False):
        row.extend([*(fitted.encoded(x) for x in values or ()), 0.0, 0.0, 0.0][:3])
    table = results.same if day == "same" else results.other
    _assert_equal(
        _lists(table, f"n{place}_numbers"), [unit_length(row, normalisation) for row in expected]
    )


def test_what_is_kept_is_as_it_was(results: Results) -> None:
    expected = {name: COLUMNS[name] for name in KEPT} | {"part": (pa.string(), PARTS)}
    for name, (kind, values) in expected.items():
        # As texts: NaN does not equal itself.
        assert str(results.same[name].to_pylist()) == str(pa.array(values, kind).to_pylist())


@pytest.mark.parametrize("place", NESTED_NUMBERS, ids=lambda p: repr(NORMALISATIONS[p]))
def test_slots_of_maps_are_those_of_the_slow_implementation(results: Results, place: int) -> None:
    normalisation = NORMALISATIONS[place]
    keys = vocabulary([key for row in MAP[1] for key, _ in row or ()], most=3)
    numbers = Numbers([x for row in MAP[1] for _, x in row or ()], normalisation, "zero")
    for table, data in ((results.same, SAME), (results.other, OTHER)):
        expected = []
        for row in data[f"n{place}_map"]:
            found = {k: v for k, v in row or () if number(v) is not None}
            expected.append([numbers.encoded(found[k]) if k in found else 0.0 for k in keys])
        _assert_equal(
            _lists(table, f"s{place}_numbers"), [unit_length(r, normalisation) for r in expected]
        )


@pytest.mark.parametrize("place", range(len(ENCODINGS)), ids=lambda p: repr(ENCODINGS[p]))
@pytest.mark.parametrize("day", ["same", "other"])
def test_ids_are_those_of_the_slow_implementation(results: Results, place: int, day: str) -> None:
    encoding = ENCODINGS[place]
    table, data = (results.same, SAME) if day == "same" else (results.other, OTHER)
    singles: list[list[int]] = [[] for _ in range(ROWS)]
    offset = 0
    for name in _texts_of(place):
        ids = _ids(encoding, offset, TEXTS[name][1])
        offset += ids.size
        for row, value in zip(singles, data[f"e{place}_{name}"], strict=True):
            row.append(ids.encoded(value))
    assert _lists(table, f"e{place}_ids") == singles
    if place in NESTED_IDS:
        _assert_nested_ids(table, data, place, offset)


def _assert_nested_ids(
    table: pa.Table, data: dict[str, list[Any]], place: int, offset: int
) -> None:
    encoding = ENCODINGS[place]
    for name in ("words", "numerals"):
        values = LISTS[name][1]
        ids = _ids(encoding, offset, [x for row in values for x in row or ()])
        offset += ids.size
        width = _width(encoding, values)
        expected = [
            ids.padded([ids.encoded(x) for x in row or ()], width)
            for row in data[f"e{place}_{name}"]
        ]
        assert _lists(table, f"e{place}_e{place}_{name}_ids") == expected
    ids = _ids(encoding, offset, [key for row in MAP[1] for key, _ in row or ()])
    width = _width(encoding, MAP[1])
    rows = [entries(row) for row in data[f"e{place}_map"]]
    assert _lists(table, f"e{place}_e{place}_map_ids") == [
        ids.padded([ids.encoded(key) for key, _ in row], width) for row in rows
    ]
    weights = [[weight for _, weight in row] for row in rows]
    _assert_equal(
        _lists(table, f"e{place}_e{place}_map_weights"),
        weights if width is None else [[*row, *[0.0] * width][:width] for row in weights],
    )


def _ids(encoding: VocabularyEncoding | HashEncoding, offset: int, values: list[Any]) -> Ids:
    if isinstance(encoding, HashEncoding):
        return Ids(offset, known=None, buckets=encoding.buckets)
    known = vocabulary(values, min_count=encoding.min_count, most=encoding.most)
    return Ids(offset, known=known)


def _width(encoding: VocabularyEncoding | HashEncoding, values: list[Any]) -> int | None:
    if encoding.width == "longest":
        return max(len(row or ()) for row in values)
    return None if encoding.width == "variable" else encoding.width


def test_lists_of_varying_length_keep_all_their_numbers(results: Results) -> None:
    inner = [x for entry in LISTS["numbers"][1] for x in entry or ()]
    fitted = Numbers(inner, ZScore(), "mean")
    expected = [[fitted.encoded(x) for x in row or ()] for row in LISTS["numbers"][1]]
    _assert_equal(_lists(results.same, "v_v_numbers_numbers"), expected)


def test_the_fitted_statistics_are_those_of_the_slow_implementation(results: Results) -> None:
    by_column = {feature.column: feature for feature in results.fitted.feature_map.features()}
    for name, (_, values) in NUMBERS.items():
        slow = Numbers(values, Quantiles(buckets=4), "mean")
        got = by_column[f"n7_{name}"].statistics
        assert (got.values, got.missing, got.infinite) == (slow.values, slow.missing, slow.infinite)
        assert (got.low, got.high, list(got.edges)) == (slow.low, slow.high, slow.edges)
        assert got.mean == (None if slow.mean is None else pytest.approx(slow.mean, rel=1e-9))
        assert got.deviation == (
            None if slow.deviation is None else pytest.approx(slow.deviation, rel=1e-9)
        )


def test_keys_and_labels_stay_as_they_are_and_labels_may_be_missing(results: Results) -> None:
    assert results.same["id"].to_pylist() == SAME["id"]
    assert results.same["label"].fill_null(-1).to_pylist()[4:] == SAME["label"][4:]
    assert "label" in results.same.column_names
    assert "label" not in results.other.column_names


def test_an_encoded_table_tells_which_map_encoded_it(results: Results) -> None:
    feature_map = results.fitted.feature_map
    assert results.metadata[CHECKSUM_KEY.encode()] == feature_map.checksum.encode()
    made = [output.name for output in feature_map.outputs()]
    assert results.same.column_names == ["id", "label", *KEPT, "part", *made]
    if results.nothing is not None:
        assert results.nothing.column_names == ["id", "label", "part", *made]
        assert results.nothing.num_rows == 0


CHECKSUMS: dict[str, str] = {}


def test_engines_fit_the_same_map(results: Results, request: pytest.FixtureRequest) -> None:
    CHECKSUMS[request.node.callspec.params["results"]] = results.fitted.feature_map.checksum
    assert len(set(CHECKSUMS.values())) == 1


def test_columns_of_fixed_width_say_so_to_readers(tmp_path: Path) -> None:
    engine = open_engine("duckdb", memory_limit=None, threads=1, scratch=tmp_path / "scratch")
    files = _files(pa.table({"a": [1.0, 2.0], "b": ["x", "y"]}), tmp_path / "t.parquet")
    fitted = fit_features(engine, files, FeatureSettings(), rows=2)
    encode_table(engine, files, fitted.feature_map, tmp_path / "out", scratch=tmp_path / "v")
    engine.close()
    assert pq.read_schema(next((tmp_path / "out").iterdir())).remove_metadata() == pa.schema(
        [
            pa.field("default_numbers", pa.list_(pa.field("element", pa.float32()), 1)),
            pa.field("default_ids", pa.list_(pa.field("element", pa.int32()), 1)),
        ]
    )
    assert files.columns == (Column("a", "number"), Column("b", "text"))
