from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.cli.main import call
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder ``scans`` of seven pictures beside a model ``pets``; the current folder is theirs."""
    image = ImageInput(channels=1, height=8, width=8, mean=(0.5,), std=(0.25,))
    plan = Architecture(input=image, backbone=ConvNet(widths=(4,)), head=LinearHead(outputs=2))
    manifest = PackageManifest(
        task="image_classification", labels=("cat", "dog"), architecture=plan
    )
    save_package(tmp_path / "pets", manifest, build_network(plan, seed=0).state_dict())
    (tmp_path / "scans").mkdir()
    rng = np.random.default_rng(0)
    for index in range(7):
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "scans" / f"{index}.png"), pixels)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scans"


def answered(capsys: Captured, *words: str, code: int = 0) -> dict[str, Any]:
    assert call(["predict", *words, "--json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_folder_is_predicted_into_a_file(capsys: Captured) -> None:
    words = ("pets", "scans", "-o", "found.parquet", "--batch-size", "3", "--threads", "2")
    summary = answered(capsys, *words)
    assert summary["output"] == "found.parquet"
    assert (summary["images"], summary["predicted"], summary["bad"]) == (7, 7, [])
    assert sum(summary["labels"].values()) == 7
    assert "predictions" not in summary
    rows = pq.read_table("found.parquet").to_pylist()
    assert [row["path"] for row in rows] == [f"scans/{index}.png" for index in range(7)]
    alone = answered(capsys, "pets", "scans/4.png")["predictions"]
    assert [row["path"] for row in alone] == ["scans/4.png"]
    assert rows[4]["scores"] == pytest.approx(alone[0]["scores"], abs=1e-6)


def test_lists_and_files_come_together(capsys: Captured) -> None:
    Path("some.csv").write_text("path,why\nscans/5.png,first\nscans/1.png,then\n")
    found = answered(capsys, "pets", "scans/0.png", "--list", "some.csv")
    assert [row["path"] for row in found["predictions"]] == [
        "scans/0.png",
        "scans/5.png",
        "scans/1.png",
    ]


def test_bad_images_end_everything_unless_they_are_to_be_skipped(capsys: Captured) -> None:
    Path("scans/2.png").write_bytes(b"no picture")
    Path("scans/6.png").write_bytes(b"")
    error = answered(capsys, "pets", "scans", "-o", "found.csv", code=2)["error"]
    assert [each["code"] for each in error["diagnostics"]] == ["I010", "I010"]
    assert not Path("found.csv").exists()
    summary = answered(capsys, "pets", "scans", "-o", "found.csv", "--on-bad", "skip")
    assert (summary["images"], summary["predicted"]) == (7, 5)
    assert [each["path"] for each in summary["bad"]] == ["scans/2.png", "scans/6.png"]
    assert "damaged" in summary["bad"][0]["reason"]
    assert len(Path("found.csv").read_text().splitlines()) == 6
    assert call(["predict", "pets", "scans", "--on-bad", "skip"]) == 0
    shown = capsys.readouterr().out
    assert "2 images were left out:" in shown
    assert "scans/6.png: cannot read image" in shown


def test_nothing_but_bad_images_is_an_error_and_leaves_no_file(capsys: Captured) -> None:
    Path("bad.png").write_bytes(b"no picture")
    for output in ([], ["-o", "found.jsonl"]):
        error = answered(capsys, "pets", "bad.png", "--on-bad", "skip", *output, code=2)["error"]
        assert error["diagnostics"][0]["code"] == "I010"
    assert not Path("found.jsonl").exists()


def test_people_are_told_what_was_written(capsys: Captured) -> None:
    assert call(["predict", "pets", "scans", "-o", "found.jsonl"]) == 0
    assert capsys.readouterr().out.startswith("Wrote 7 predictions to found.jsonl (")
    rows = [json.loads(line) for line in Path("found.jsonl").read_text().splitlines()]
    assert rows[0]["path"] == "scans/0.png"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["pets"], 2),
        (["pets", "scans", "-o", "found.xlsx"], 2),
        (["pets", "nowhere.png"], 3),
        (["pets", "--list", "nowhere.txt"], 3),
        (["scans", "scans"], 3),
        (["pets", "scans", "--on-bad", "panic"], 2),
    ],
)
def test_mistakes_are_told_before_anything_is_written(words: list[str], code: int) -> None:
    assert call(["predict", *words]) == code
    assert {path.name for path in Path().iterdir()} == {"pets", "scans"}


def test_a_table_of_images_is_predicted_row_by_row(capsys: Captured) -> None:
    images = [Path(f"scans/{index}.png").read_bytes() for index in range(3)]
    pq.write_table(pa.table({"image": [*images, b"no picture"]}), "images.parquet")

    words = ("pets", "--list", "images.parquet", "-o", "found.jsonl", "--on-bad", "skip")
    summary = answered(capsys, *words)

    rows = [json.loads(line) for line in Path("found.jsonl").read_text().splitlines()]
    assert [row["path"] for row in rows] == [f"images.parquet#{row}" for row in range(3)]
    assert [bad["path"] for bad in summary["bad"]] == ["images.parquet#3"]
    assert rows[2]["label"] == answered(capsys, "pets", "scans/2.png")["predictions"][0]["label"]


def test_a_prediction_that_was_stopped_goes_on(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netloom.inference.resumable_prediction._INPUTS_PER_PART", 2)
    Path("scans/5.png").rename("hidden.png")
    Path("scans/5.png").write_bytes(b"no picture")
    answered(capsys, "pets", "scans", "-o", "found.csv", "--batch-size", "2", code=2)
    Path("hidden.png").rename("scans/5.png")

    summary = answered(capsys, "pets", "scans", "-o", "found.csv", "--batch-size", "2")

    assert (summary["images"], summary["predicted"], summary["resumed"]) == (7, 7, 4)
    assert sum(summary["labels"].values()) == 7
    lines = Path("found.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == [f"scans/{n}.png" for n in range(7)]
    assert {path.name for path in Path().iterdir()} == {"pets", "scans", "found.csv"}


def test_choosing_models_makes_sense_for_a_run_only(capsys: Captured) -> None:
    assert call(["predict", "pets", "scans", "--outputs", "fit"]) == 2
    assert "name a run" in capsys.readouterr().err
    assert call(["predict", "nothing", "scans"]) == 3
