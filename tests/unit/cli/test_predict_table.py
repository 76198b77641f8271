from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from netloom.cli.main import call
from netloom.inference.tables.predictor import TablePredictor
from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import FILES, TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.input import feature_input

Captured = pytest.CaptureFixture[str]
ROWS = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table ``users`` of two files and a model ``scorer`` of it."""
    folder = tmp_path_factory.mktemp("made")
    rows = pa.table(
        {
            "id": [f"00{n}" for n in range(ROWS)],
            "x": [n / 4 for n in range(ROWS)],
            "city": ["a", "b", None] * 4,
            "clicked": [n % 2 for n in range(ROWS)],
        }
    )
    (folder / "users").mkdir()
    for number in range(2):
        pq.write_table(rows.slice(6 * number, 6), folder / "users" / f"{number}.parquet")
    pyarrow.csv.write_csv(rows.drop_columns(["clicked"]), folder / "users.csv")
    paths = tuple(map(str, sorted((folder / "users").iterdir())))
    files = TableFiles(paths, columns_of(rows.schema, name="users"))
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=folder / "scratch")
    settings = FeatureSettings(keys=("id",), labels=("clicked",))
    features = fit_features(engine, files, settings, rows=ROWS).feature_map
    engine.close()
    target = Target(column="clicked", type="binary", classes=("0", "1"))
    plan = TableManifest(network=MLP(widths=(4,)), input=feature_input(features), targets=(target,))
    network = build_table_network(plan.network, plan.input, (1,), seed=0)
    save_table_package(
        folder / "scorer", plan, network.state_dict(), feature_map=features.to_text()
    )
    return folder


@pytest.fixture(autouse=True)
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with links to what was made."""
    for path in made.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answered(capsys: Captured, *words: str) -> dict[str, Any]:
    assert call(["predict", *words, "--threads", "1", "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def rows_in(folder: str) -> list[dict[str, Any]]:
    rows = [
        row for path in Path(folder).glob("*.parquet") for row in pq.read_table(path).to_pylist()
    ]
    return sorted(rows, key=lambda row: str(row["id"]))


def test_a_table_is_predicted_into_a_folder(capsys: Captured) -> None:
    summary = answered(capsys, "scorer", "users", "-o", "scored", "--keep", "city")
    facts = {name: summary[name] for name in ("output", "columns", "rows", "resumed", "partitions")}
    assert facts == {
        "output": "scored",
        "columns": ["id", "city", "clicked", "clicked_score"],
        "rows": ROWS,
        "resumed": 0,
        "partitions": 1,
    }
    rows = rows_in("scored")
    assert [row["id"] for row in rows] == sorted(f"00{n}" for n in range(ROWS))
    assert [row["clicked"] for row in rows] == [int(row["clicked_score"] >= 0.5) for row in rows]
    assert {"a", "b", None} == {row["city"] for row in rows}
    assert not [path.name for path in Path().iterdir() if path.name.startswith("scored.")]


def test_other_formats_zip_files_and_several_files_give_the_same(capsys: Captured) -> None:
    answered(capsys, "scorer", "users", "-o", "whole")
    with zipfile.ZipFile("scorer.zip", "w") as archive:
        for name in FILES:
            archive.write(f"scorer/{name}", f"scorer/{name}")
    # Columns of texts that look like numbers are read as what the model knows them to be.
    answered(capsys, "scorer.zip", "users.csv", "-o", "csv")
    answered(capsys, "scorer", "users/1.parquet", "users/0.parquet", "-o", "files")
    approximately = [
        {**row, "clicked_score": pytest.approx(row["clicked_score"], abs=1e-6)}
        for row in rows_in("whole")
    ]
    assert rows_in("csv") == approximately
    assert rows_in("files") == approximately


def test_a_call_that_was_stopped_goes_on_even_with_copied_rows(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netloom.inference.tables import partitions, predictor

    lines = Path("users.csv").read_text().splitlines()
    Path("days").mkdir()
    Path("days/0.csv").write_text("\n".join(lines[:7]))
    Path("days/1.csv").write_text("\n".join([lines[0], *lines[7:]]))
    planned = partitions.plan_partitions
    monkeypatch.setattr(
        partitions, "plan_partitions", lambda files, **given: planned(files, rows_per_partition=1)
    )
    asked: list[int] = []
    answer = TablePredictor.answer

    def stopped(self: TablePredictor, rows: Any, columns: Any) -> Any:
        asked.append(rows.num_rows)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(self, rows, columns)

    monkeypatch.setattr(predictor.TablePredictor, "answer", stopped)
    words = ("scorer", "days/0.csv", "days/1.csv", "-o", "scored")
    assert call(["predict", *words]) != 0
    assert not Path("scored").exists()
    summary = answered(capsys, *words)
    assert (summary["rows"], summary["resumed"]) == (ROWS, 6)
    assert asked == [6, 6, 6]
    assert [row["id"] for row in rows_in("scored")] == sorted(f"00{n}" for n in range(ROWS))
    assert not [path.name for path in Path().iterdir() if path.name.startswith("scored.")]


def test_mistakes_are_told(capsys: Captured) -> None:
    def code(*words: str) -> str:
        assert call(["predict", *words, "--json"]) != 0
        found = json.loads(capsys.readouterr().out)["error"]["diagnostics"]
        return str(found[0]["code"])

    assert call(["predict", "scorer", "users"]) == 2
    assert "name tables and an output folder" in capsys.readouterr().err
    assert code("scorer", "nothing", "-o", "out") == "T367"
    Path("short.csv").write_text("id,x\n1,2\n")
    assert code("scorer", "short.csv", "-o", "out") == "T369"
    assert code("scorer", "users", "users.csv", "-o", "out") == "T368"
    Path("taken").mkdir()
    Path("taken/notes.txt").touch()
    assert code("scorer", "users", "-o", "taken") == "T361"
    assert sorted(path.name for path in Path("taken").iterdir()) == ["notes.txt"]
    assert not [path.name for path in Path().iterdir() if path.name.startswith(("out", "taken."))]
