from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData, NotFound
from netloom.core.identifiers import ArtifactId
from netloom.execution.context import RunContext
from netloom.operators.tables_features import encode, feature_map, fit_features
from netloom.tables.columns import Column
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.codec import FeatureMapCodec
from netloom.tables.features.encoding import encode_table, mismatches
from netloom.tables.features.feature_map import FeatureMap, Output
from netloom.tables.features.fitting import fit_features as fit
from netloom.tables.features.selection import choose_columns
from netloom.tables.features.settings import (
    Bucket,
    FeatureSettings,
    HashEncoding,
    MinMax,
    NoNormalisation,
    NumberEncoding,
    Others,
    SlotsEncoding,
    VocabularyEncoding,
)
from netloom.tables.table import Table, written_table

COLUMNS = (
    Column("id", "integer"),
    Column("age", "integer"),
    Column("amount_1", "number"),
    Column("amount_2", "decimal(10, 2)"),
    Column("city", "text"),
    Column("tags", "list<text>"),
    Column("scores", "map<text, number>"),
    Column("clicked", "integer"),
)


def codes(error: InvalidData) -> list[str]:
    return [diagnostic.code for diagnostic in error.diagnostics]


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path, project=tmp_path)


def table_of(
    run: RunContext, columns: dict[str, Any], *, date: str = "", keys: tuple[str, ...] = ()
) -> Table:
    name = f"t{len(list(run.workdir.iterdir()))}"
    folder = run.resolve(f"work:{name}")
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "part-00000.parquet")
    return written_table(f"work:{name}", run.resolve, keys=keys, date=date)


def test_a_column_goes_to_the_bucket_that_names_it_else_to_the_first_that_matches() -> None:
    settings = FeatureSettings(
        keys=("id",),
        labels=("clicked",),
        drop=("sco*",),
        buckets=(
            Bucket(name="money", columns=("amount_*",)),
            Bucket(name="numbers", types=("integer", "number"), columns=()),
            Bucket(name="special", columns=("amount_2",)),
        ),
    )
    choice = choose_columns(COLUMNS, settings)
    assert [column.name for column in choice.keys + choice.labels] == ["id", "clicked"]
    assert {
        bucket.settings.name: [each.column.name for each in bucket.columns]
        for bucket in choice.buckets
    } == {
        "money": ["amount_1"],
        "numbers": ["age"],
        "special": ["amount_2"],
        "default": ["city", "tags"],
    }


def test_auto_decides_by_type() -> None:
    (bucket,) = choose_columns(COLUMNS, FeatureSettings(keys=("id",))).buckets
    assert [each.encoding for each in bucket.columns] == [
        NumberEncoding(),
        NumberEncoding(),
        NumberEncoding(),
        VocabularyEncoding(),
        VocabularyEncoding(),
        SlotsEncoding(),
        NumberEncoding(),
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (FeatureSettings(keys=("user",)), ["T103"]),
        (FeatureSettings(keys=("id",), labels=("id",)), ["T304"]),
        (FeatureSettings(buckets=(Bucket(name="default", columns=("age",)),)), ["T304"]),
        (FeatureSettings(buckets=(Bucket(name="a", columns=("x_*",)),)), ["T305"]),
        (FeatureSettings(drop=("*",)), ["T303"]),
        (
            FeatureSettings(
                buckets=(Bucket(name="a", columns=("city",), encoding=NumberEncoding()),)
            ),
            ["T306"],
        ),
        (
            FeatureSettings(
                buckets=(
                    Bucket(name="a", columns=("amount_1",), encoding=HashEncoding()),
                    Bucket(name="b", columns=("scores",), encoding=NumberEncoding()),
                    Bucket(name="c", columns=("tags",), encoding=SlotsEncoding()),
                )
            ),
            ["T306", "T306", "T306"],
        ),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_met_are_all_told(
    settings: FeatureSettings, expected: list[str]
) -> None:
    with pytest.raises(InvalidData) as caught:
        choose_columns(COLUMNS, settings)
    assert codes(caught.value) == expected


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError):
        Bucket(name="empty")
    with pytest.raises(ValidationError):
        Bucket(name="9 lives", columns=("a",))
    with pytest.raises(ValidationError):
        MinMax(low=1, high=1)


def test_a_map_is_fitted_kept_and_used_for_another_day(
    run: RunContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = table_of(
        run,
        {"id": [1, 2, 3], "x": [1.0, 2.0, 3.0], "city": ["a", "b", "b"], "y": [0, 1, 1]},
        date="2026-01-30",
        keys=("id",),
    )
    fitted = fit_features(train, labels=("y",), run=run)
    folder = tmp_path / "artifact"
    folder.mkdir()
    assert FeatureMapCodec().save(fitted, folder, workdir=run.workdir) == ()
    assert FeatureMapCodec().load(folder, artifact=ArtifactId("a")) == fitted
    assert FeatureMapCodec().preview(folder)["features"] == [
        {"bucket": "default", "normalisation": "zscore", "column": "x", "column_type": "number",
         "type": "number", "numbers": 1, "values": 3, "missing": 0, "low": 1.0, "high": 3.0, "mean": 2.0,
         "deviation": pytest.approx((2 / 3) ** 0.5), "frequent": []},
        {"bucket": "default", "normalisation": "zscore", "column": "city", "column_type": "text",
         "type": "category", "offset": 0, "ids": 4, "is_hashed": False, "frequent": ["b", "a"]},
    ]  # fmt: skip
    later = table_of(
        run,
        {"city": ["c", None, "b"], "x": [2.0, None, 3.5], "id": [7, 8, 9]},
        date="2026-01-31",
        keys=("id",),
    )
    again = feature_map(file=str(folder), run=run)
    encoded = encode(later, again, run=run)
    assert (encoded.keys, encoded.rows, encoded.date) == (("id",), 3, "2026-01-31")
    assert encoded.names == ("id", "default_numbers", "default_ids")
    rows = pq.read_table(run.resolve(encoded.location)).sort_by("id").to_pylist()
    deviation = (2 / 3) ** 0.5
    assert [row["default_ids"] for row in rows] == [[0], [1], [2]]
    assert [row["default_numbers"][0] for row in rows] == pytest.approx([0.0, 0.0, 1.5 / deviation])
    assert (
        "data of 2026-01-31, encoded with the feature map of 2026-01-30" in capsys.readouterr().out
    )


def test_parts_are_no_feature_but_are_kept(
    run: RunContext, capsys: pytest.CaptureFixture[str]
) -> None:
    divided = {
        "id": [1, 2],
        "x": [1.0, 2.0],
        "place": ["a", "b"],
        "y": [0, 1],
        "part": ["train", "test"],
    }
    table = table_of(run, divided)
    fitted = fit_features(table, keys=("id",), labels=("y",), run=run)
    assert [feature.column for feature in fitted.features()] == ["x", "place"]
    assert "column 'part' says which rows are to learn from" in capsys.readouterr().out
    encoded = encode(table, fitted, keep=("place", "y"), run=run)
    assert encoded.names == ("id", "y", "place", "part", "default_numbers", "default_ids")
    rows = pq.read_table(run.resolve(encoded.location)).sort_by("id").to_pydict()
    kept = {name: rows[name] for name in ("id", "y", "place", "part")}
    assert kept == {name: divided[name] for name in kept}


@pytest.mark.parametrize(
    ("buckets", "type", "features"),
    [
        ((), "text", ["city"]),
        ((Bucket(name="b", columns=("*",)),), "text", ["city"]),
        ((Bucket(name="b", columns=("part",)),), "text", ["part", "city"]),
        ((), "integer", ["part", "city"]),
    ],
)
def test_parts_become_a_feature_only_by_name(
    buckets: tuple[Bucket, ...], type: str, features: list[str]
) -> None:
    columns = (Column("part", type), Column("city", "text"))
    choice = choose_columns(columns, FeatureSettings(buckets=buckets))
    assert [each.column.name for bucket in choice.buckets for each in bucket.columns] == features


@pytest.mark.parametrize(("keep", "expected"), [("cty", "T103"), ("Default_IDs", "T460")])
def test_what_cannot_be_kept_is_told(run: RunContext, keep: str, expected: str) -> None:
    table = table_of(run, {"id": [1], "city": ["a"], "Default_IDs": ["x"]})
    fitted = fit_features(table, keys=("id",), drop=("Default_IDs",), run=run)
    with pytest.raises(InvalidData) as caught:
        encode(table, fitted, keep=(keep,), run=run)
    assert codes(caught.value) == [expected]


def test_equal_tables_give_equal_maps_whatever_the_order_of_their_rows(run: RunContext) -> None:
    rows = {"x": [0.1 * n for n in range(50)], "city": [str(n % 7) for n in range(50)]}
    first = fit_features(table_of(run, rows), run=run)
    second = fit_features(table_of(run, {k: v[::-1] for k, v in rows.items()}), run=run)
    assert first.checksum == second.checksum


def _map(run: RunContext, **settings: Any) -> FeatureMap:
    columns = {"id": [1, 2], "x": [1, 2], "city": ["a", "b"], "y": [0.5, 1.5]}
    return fit_features(table_of(run, columns), keys=("id",), labels=("y",), run=run, **settings)


def test_a_map_tells_what_an_encoded_table_looks_like(run: RunContext) -> None:
    fitted = _map(run, others=Others(name="all", normalisation=NoNormalisation()))
    assert fitted.outputs() == (Output("all_numbers", "float", 1), Output("all_ids", "int32", 1))
    document = json.loads(fitted.to_text())
    assert document["encoded"] == [
        {"name": "all_numbers", "type": "float", "width": 1},
        {"name": "all_ids", "type": "int32", "width": 1},
    ]
    assert document["buckets"][0]["features"][1]["vocabulary"] == ["a", "b"]
    assert FeatureMap.from_text(fitted.to_text()) == fitted


def test_a_map_that_was_edited_is_refused(run: RunContext) -> None:
    text = _map(run).to_text()
    with pytest.raises(InvalidData) as caught:
        FeatureMap.from_text(text.replace('"mean": 1.5', '"mean": 1.25'))
    assert codes(caught.value) == ["T302"]


def test_a_copy_of_a_map_has_a_checksum_of_its_own(run: RunContext) -> None:
    fitted = _map(run)
    before = fitted.checksum
    later = fitted.model_copy(update={"date": "2026-01-31"})
    assert later.checksum == FeatureMap.from_text(later.to_text()).checksum != before
    assert fitted.checksum == FeatureMap.model_validate(fitted.model_dump()).checksum == before


def test_a_map_is_told_by_its_content_also_when_its_file_changes(
    run: RunContext, tmp_path: Path
) -> None:
    identity = feature_map.identity
    assert identity is not None
    fitted = _map(run)
    for known in (fitted, fitted.model_copy(update={"date": "2026-01-31"})):
        (tmp_path / "map.json").write_text(known.to_text())
        for _ in range(2):
            assert identity(file="map.json", project=tmp_path) == known.checksum


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "netloom.feature_map/1"}', "{"])
def test_what_is_no_map_is_refused(text: str) -> None:
    with pytest.raises(InvalidData) as caught:
        FeatureMap.from_text(text)
    assert codes(caught.value) == ["T301"]


def test_a_map_that_does_not_exist_is_not_found(run: RunContext) -> None:
    with pytest.raises(NotFound):
        feature_map(file="nowhere", run=run)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": "integer", "x": "integer", "city": "text"}, []),
        ({"id": "integer", "x": "number", "city": "text", "new": "text"}, []),
        ({"id": "integer", "x": "decimal(8, 2)", "city": "text"}, []),
        ({"x": "integer"}, ["T311"]),
        ({"id": "integer", "x": "text", "city": "integer"}, ["T312", "T312"]),
    ],
)
def test_tables_of_other_columns_do_not_fit(
    run: RunContext, columns: dict[str, str], expected: list[str]
) -> None:
    found = mismatches(_map(run), [Column(name, type) for name, type in columns.items()])
    assert [problem.code for problem in found] == expected


@pytest.mark.parametrize(
    ("columns", "settings", "expected"),
    [
        ({"x": pa.array([], pa.int64())}, {}, "T307"),
        ({"city": ["a", "b", "c"]}, {"largest_vocabulary": 2}, "T308"),
        ({"l": [[0.0] * 5000]}, {}, "T309"),
        ({"a": [1], "default_numbers": [1]}, {"keys": ("default_numbers",)}, "T310"),
    ],
)
def test_tables_that_cannot_be_fitted_are_refused(
    run: RunContext, columns: dict[str, Any], settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        fit_features(table_of(run, columns), run=run, **settings)
    assert codes(caught.value) == [expected]


def test_a_limited_vocabulary_cannot_explode(run: RunContext) -> None:
    fitted = fit_features(
        table_of(run, {"city": ["a", "b", "b", "c"]}),
        others=Others(encoding=VocabularyEncoding(most=2)),
        largest_vocabulary=1,
        run=run,
    )
    (feature,) = fitted.features()
    assert feature.model_dump()["vocabulary"] == ("b", "a")


def test_columns_that_look_wrong_are_noted(
    run: RunContext, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = {
        "none": pa.array([None, None], pa.float64()),
        "same": [3, 3],
        "vast": [float("inf"), 1.0],
        "void": pa.array([None, None], pa.string()),
    }
    fit_features(table_of(run, columns), run=run)
    told = capsys.readouterr().out
    for remark in (
        "column 'none' has no number at all",
        "column 'same' has the same number in every row",
        "column 'vast' has 1 infinite numbers; they count as its largest or smallest",
        "column 'void' has no value at all",
    ):
        assert remark in told


TRICKY = ("x", "e", "entry", "element", "value", "list", "y", "i", "t", "p", "place", 'a "b"', "x0")


@pytest.mark.parametrize("shift", range(0, len(TRICKY), 3))
def test_names_of_columns_do_not_matter(run: RunContext, tmp_path: Path, shift: int) -> None:
    """Queries have names of their own, which those of columns must not meet."""
    columns = {
        "words": [["a", "b"], None, ["b"]],
        "numbers": [[1.0, 2.0], None, [3.0]],
        "weights": pa.array([[("k", 2.0)], [], None], pa.map_(pa.string(), pa.float64())),
        "text": ["a", "b", None],
        "number": [1.0, None, 3.0],
    }
    names = [TRICKY[(shift + place) % len(TRICKY)] for place in range(len(columns))]
    buckets = (
        Bucket(name="w", types=("map",), encoding=VocabularyEncoding(width=1)),
        Bucket(name="h", types=("text",), encoding=HashEncoding(buckets=3)),
    )
    found = []
    engine = open_engine("duckdb", memory_limit=None, threads=1, scratch=tmp_path / "scratch")
    for each in (columns, dict(zip(names, columns.values(), strict=True))):
        files = table_of(run, each).files(run.resolve)
        fitted = fit(engine, files, FeatureSettings(buckets=buckets), rows=3).feature_map
        out = tmp_path / f"out{len(found)}"
        encode_table(engine, files, fitted, out, scratch=tmp_path / "v")
        found.append(sorted(map(str, zip(*pq.read_table(out).to_pydict().values(), strict=True))))
    engine.close()
    assert found[0] == found[1]


def test_files_that_lie_about_their_numbers_are_said_to_be_damaged(run: RunContext) -> None:
    table = table_of(run, {"x": [0.5, 0.25, 0.75]})
    (file,) = run.resolve(table.location).glob("*.parquet")
    values, huge = struct.pack("<3d", 0.5, 0.25, 0.75), struct.pack("<3d", 0.5, 1e300, 0.75)
    whole = pa.table({"x": [0.5, 0.25, 0.75]})
    pq.write_table(whole, file, compression="none", use_dictionary=False)
    content = file.read_bytes()
    assert values in content
    file.write_bytes(content.replace(values, huge))
    with pytest.raises(InvalidData, match="'x' holds numbers that its files say they do not have"):
        fit_features(table, run=run)
