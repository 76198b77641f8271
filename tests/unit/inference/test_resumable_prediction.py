from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import Conflict
from netloom.inference import resumable_prediction
from netloom.inference.file_prediction import BadFile, EncodedPicture, Picture
from netloom.inference.prediction_formats import FORMATS, PredictionFormat
from netloom.inference.resumable_prediction import resumable_predictions

every_format = pytest.mark.parametrize("form", FORMATS)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable_prediction, "_INPUTS_PER_PART", 10)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """47 files; the numbers of some of them are their content."""
    folder = tmp_path / "in"
    folder.mkdir()
    found = [folder / f"{number}.txt" for number in range(47)]
    for number, path in enumerate(found):
        path.write_text("bad" if number % 9 == 4 else str(number))
    return found


class Stopped(Exception):
    """What ends a prediction in the middle."""


def predict(
    output: Path,
    inputs: list[Any],
    *,
    form: PredictionFormat = "jsonl",
    identity: str = "model",
    stop_after: int | None = None,
) -> tuple[int, int, list[str]]:
    """Predicts numbers, three at a time; returns how many were resumed and computed, and the bad ones."""
    computed = 0
    with resumable_predictions(output, form=form, identity={"model": identity}) as parts:
        for batch in threes(parts.remaining(inputs)):
            if stop_after is not None and computed >= stop_after:
                raise Stopped
            rows, bad = [], []
            for each in batch:
                computed += 1
                text = (
                    each.content.decode() if isinstance(each, EncodedPicture) else each.read_text()
                )
                name = each.path if isinstance(each, EncodedPicture) else each
                if text == "bad":
                    bad.append(
                        BadFile(name, Diagnostic(code="I010", message=f"no number in {name.name}"))
                    )
                else:
                    rows.append(
                        {
                            "path": name.name,
                            "label": "odd" if int(text) % 2 else "even",
                            "score": float(text),
                        }
                    )
            parts.add(rows, bad)
        done = parts.done
        parts.finish()
    return done.inputs, computed, [bad.path.name for bad in done.bad]


def threes(inputs: Iterator[Picture]) -> Iterator[list[Picture]]:
    batch: list[Picture] = []
    for each in inputs:
        batch.append(each)
        if len(batch) == 3:
            yield batch
            batch = []
    if batch:
        yield batch


def rows_of(path: Path) -> list[tuple[str, str, float]]:
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    elif path.suffix == ".csv":
        with path.open() as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["path"], row["label"], float(row["score"])) for row in rows]


WANTED = [
    (f"{number}.txt", "odd" if number % 2 else "even", float(number))
    for number in range(47)
    if number % 9 != 4
]


@every_format
@pytest.mark.parametrize("stop_after", [0, 1, 9, 12, 31, 45])
def test_a_stopped_prediction_goes_on_and_every_input_is_answered_once(
    tmp_path: Path, files: list[Path], form: PredictionFormat, stop_after: int
) -> None:
    output = tmp_path / f"found.{form}"
    with pytest.raises(Stopped):
        predict(output, files, form=form, stop_after=stop_after)
    assert not output.exists()

    resumed, computed, _ = predict(output, files, form=form)

    # Parts end with the batch that makes them full: after 12, 24, 36 inputs.
    assert (resumed, computed) == (stop_after // 12 * 12, 47 - stop_after // 12 * 12)
    assert rows_of(output) == WANTED
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"found.{form}", "in"]


def test_what_was_unreadable_before_is_remembered(tmp_path: Path, files: list[Path]) -> None:
    with pytest.raises(Stopped):
        predict(tmp_path / "found.jsonl", files, stop_after=40)

    assert predict(tmp_path / "found.jsonl", files)[2] == ["4.txt", "13.txt", "22.txt", "31.txt"]


def test_inputs_that_changed_meanwhile_are_predicted_again_from_there_on(
    tmp_path: Path, files: list[Path]
) -> None:
    output = tmp_path / "found.jsonl"
    with pytest.raises(Stopped):
        predict(output, files, stop_after=40)
    files[20].write_text("1000")

    resumed, computed, _ = predict(output, files)

    assert (resumed, computed) == (12, 35)
    assert rows_of(output)[18] == ("20.txt", "even", 1000.0)
    assert len(rows_of(output)) == len(WANTED)


def test_more_inputs_at_the_end_are_no_reason_to_start_again(
    tmp_path: Path, files: list[Path]
) -> None:
    output = tmp_path / "found.jsonl"
    with pytest.raises(Stopped):
        predict(output, files[:30], stop_after=27)

    assert predict(output, files)[:2] == (24, 23)
    assert rows_of(output) == WANTED


def test_fewer_inputs_than_before_leave_nothing_of_the_others(
    tmp_path: Path, files: list[Path]
) -> None:
    output = tmp_path / "found.jsonl"
    with pytest.raises(Stopped):
        predict(output, files, stop_after=40)

    assert predict(output, files[:15])[:2] == (12, 3)
    assert rows_of(output) == WANTED[:13]


def test_another_model_starts_afresh(tmp_path: Path, files: list[Path]) -> None:
    output = tmp_path / "found.jsonl"
    with pytest.raises(Stopped):
        predict(output, files, stop_after=40)

    assert predict(output, files, identity="other")[:2] == (0, 47)


def test_rows_of_a_table_are_known_by_their_content(tmp_path: Path) -> None:
    output = tmp_path / "found.jsonl"
    rows = [EncodedPicture(Path(f"t.parquet#{n}"), str(n).encode()) for n in range(30)]
    with pytest.raises(Stopped):
        predict(output, rows, stop_after=25)
    rows[3] = EncodedPicture(rows[3].path, b"77")

    assert predict(output, rows)[:2] == (0, 30)
    assert rows_of(output)[3] == ("t.parquet#3", "odd", 77.0)


def test_two_programs_do_not_write_one_file(tmp_path: Path, files: list[Path]) -> None:
    output = tmp_path / "found.jsonl"
    with resumable_predictions(output, form="jsonl", identity={}), pytest.raises(Conflict):
        predict(output, files)


def test_a_file_that_is_there_stays_until_the_new_one_is_complete(
    tmp_path: Path, files: list[Path]
) -> None:
    output = tmp_path / "found.jsonl"
    output.write_text("old")
    with pytest.raises(Stopped):
        predict(output, files, stop_after=20)
    assert output.read_text() == "old"

    predict(output, files)
    assert rows_of(output) == WANTED


PROGRAM = """
import sys, time
sys.path.insert(0, {tests!r})
import test_resumable_prediction as t
t.resumable_prediction._INPUTS_PER_PART = 10
files = [t.Path({folder!r}, f"{{n}}.txt") for n in range(47)]
known = t.threes
def slow(inputs):
    for count, batch in enumerate(known(inputs)):
        if count == 9:
            print("now", flush=True)
            time.sleep(60)
        yield batch
t.threes = slow
t.predict(t.Path({output!r}), files)
"""


def test_a_killed_program_leaves_whole_parts_behind(tmp_path: Path, files: list[Path]) -> None:
    output = tmp_path / "found.jsonl"
    names = {
        "tests": str(Path(__file__).parent),
        "folder": str(files[0].parent),
        "output": str(output),
    }
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(**names)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "now\n"
    os.kill(program.pid, signal.SIGKILL)
    program.communicate()

    assert predict(output, files)[:2] == (24, 23)
    assert rows_of(output) == WANTED


def test_large_predictions_make_parts_of_few_inputs(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable_prediction, "_INPUTS_PER_PART", 1000)
    monkeypatch.setattr(resumable_prediction, "MOST_BYTES", 5000)
    output = tmp_path / "found.parquet"
    with resumable_predictions(output, form="parquet", identity={}) as parts:
        for path in parts.remaining(files):
            parts.add([{"path": path.name, "image": "x" * 1000}], [])
        assert len(list((tmp_path / "found.parquet.parts").glob("*.parquet"))) == 9
        parts.finish()
    assert pq.read_table(output).column("path").to_pylist() == [path.name for path in files]
