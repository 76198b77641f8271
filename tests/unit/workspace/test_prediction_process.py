"""The prediction process from inside: what it keeps, and what it says when data are gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import NotFound
from netloom.data.codec import DatasetCodec
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.workspace.prediction_process import PredictionProcess, _Recent
from netloom.workspace.prediction_wire import Message


@pytest.fixture
def dataset(tmp_path: Path, make_shapes: Callable[..., Any]) -> str:
    """A stored data set whose pictures lie in the project, as those of ``data.image_folder`` do."""
    store = LocalArtifactStore(tmp_path / "artifacts")
    view = make_shapes({"test": 6}, folder="project")
    folder, work = store.stage(), tmp_path / "work"
    work.mkdir()
    shutil.copy(tmp_path / "project" / "index.parquet", work / "index.parquet")
    kept = replace(view, index="work:index.parquet", media="path:images.npy")
    (tmp_path / "project" / Path(view.media).name).rename(tmp_path / "project" / "images.npy")
    DatasetCodec().save(kept, folder, workdir=work)
    return str(store.commit(folder, media_type=DatasetCodec.media_type).id)


def ask(process: PredictionProcess, **question: Any) -> Message:
    return process.answer(Message(question))


def test_examples_are_found_through_the_artifacts_and_the_project(
    tmp_path: Path, dataset: str
) -> None:
    process = PredictionProcess(tmp_path / "artifacts", tmp_path / "project")
    answer = ask(process, ask="examples", dataset=dataset, part="test", count=2)
    assert answer.document == {
        "examples": [
            {"number": 0, "id": "shape-0", "label": "upright"},
            {"number": 5, "id": "shape-5", "label": "slanted"},
        ],
        "num_samples": 6,
    }
    shown = ask(process, ask="picture", dataset=dataset, part="test", number=5)
    assert shown.document == {"media_type": "image/png"}
    assert shown.content.startswith(b"\x89PNG")


def test_pictures_that_were_moved_away_are_missed_at_once(tmp_path: Path, dataset: str) -> None:
    (tmp_path / "project" / "images.npy").unlink()
    process = PredictionProcess(tmp_path / "artifacts", tmp_path / "project")
    with pytest.raises(NotFound, match=r"images.npy is not there any more"):
        ask(process, ask="examples", dataset=dataset, part="test", count=2)


def test_what_was_used_last_is_kept() -> None:
    recent: _Recent[str] = _Recent(2)
    made: list[str] = []

    def get(key: str) -> str:
        return recent.get(key, lambda: made.append(key) or key.upper())  # type: ignore[func-returns-value]

    assert [get(key) for key in "abacab"] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]
    assert ["a" in recent, "b" in recent, "c" in recent] == [True, True, False]


def test_what_could_not_be_made_is_not_kept() -> None:
    recent: _Recent[str] = _Recent(1)
    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: str(1 // 0))
    assert recent.get("a", lambda: "made") == "made"
