from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from netloom.core.errors import NotFound, StorageFailed
from netloom.training import checkpoints
from netloom.training.checkpoints import (
    CheckpointEntry,
    CheckpointFolder,
    Snapshot,
    Track,
    list_checkpoints,
    rewind,
)

SLOW = frozenset({Track.SLOW})
HELD = frozenset({Track.HELD})


def snapshot(
    step: int, *, best: int | None = None, tracks: frozenset[Track] = frozenset()
) -> Snapshot:
    tensors = {"weights": torch.full((3,), float(step)), "count": torch.tensor(step)}
    state = {"progress": {"epoch": step // 2}}
    return Snapshot(step, tensors, state, best_step=best, tracks=tracks)


def latest(folder: CheckpointFolder) -> tuple[int | None, list[str]]:
    notes: list[str] = []
    found = folder.latest(note=notes.append)
    return (None if found is None else found.step), notes


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    folder.save(snapshot(5, best=3, tracks=HELD))
    found = folder.latest(note=print)
    assert found is not None
    assert (found.step, found.best_step, found.tracks) == (5, 3, HELD)
    assert found.state == {"progress": {"epoch": 2}}
    assert found.tensors["weights"].tolist() == [5.0] * 3
    assert found.tensors["count"].dtype == torch.int64


def test_a_metric_of_nothing_is_kept_as_such(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    folder.save(replace(snapshot(1), state={"metrics": {"iou": math.nan, "loss": math.inf}}))
    found = folder.latest(note=print)
    assert found is not None
    assert math.isnan(found.state["metrics"]["iou"])
    assert found.state["metrics"]["loss"] == math.inf


def test_nothing_saved_is_nothing_found(tmp_path: Path) -> None:
    assert latest(CheckpointFolder(tmp_path / "none", signature="s")) == (None, [])


def test_the_newest_the_kept_and_the_best_stay(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=2)
    for step in range(1, 9):
        tracks = SLOW if step == 4 else frozenset[Track]()
        folder.save(snapshot(step, best=2 if step >= 2 else None, tracks=tracks))
    assert folder.steps() == [2, 4, 7, 8]


def test_each_track_has_its_own_limit_and_one_checkpoint_may_be_on_several(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=1, keep_slow=2, keep_held=1)
    on = {1: HELD, 2: SLOW, 4: SLOW | HELD, 6: SLOW, 8: SLOW}
    for step in range(1, 10):
        folder.save(snapshot(step, tracks=on.get(step, frozenset())))
    # 6 and 8 are the last two of the slow track, 4 is the last that was held, 9 is the newest.
    assert folder.steps() == [4, 6, 8, 9]
    assert list_checkpoints(tmp_path)[0] == CheckpointEntry(4, 2, ("held", "slow"), is_best=False)


def test_saving_a_step_again_does_not_take_it_off_its_tracks(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=1)
    folder.save(snapshot(3, tracks=HELD))
    folder.save(snapshot(3, tracks=SLOW))
    folder.save(snapshot(4))
    assert [entry.tracks for entry in list_checkpoints(tmp_path)] == [("held", "slow"), ()]


def test_rewinding_makes_an_older_checkpoint_the_newest_and_numbering_goes_on_from_there(
    tmp_path: Path,
) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=9)
    for step in (2, 4, 6, 8):
        folder.save(snapshot(step, best=6 if step >= 6 else 2, tracks=HELD if step == 8 else SLOW))
    assert rewind(tmp_path, to_step=4) == [6, 8]
    assert latest(folder) == (4, [])
    assert [(entry.step, entry.is_best) for entry in list_checkpoints(tmp_path)] == [
        (2, True),
        (4, False),
    ]
    folder.save(snapshot(5, best=2))
    assert folder.steps() == [2, 4, 5]
    assert sorted(path.name[:5] for path in tmp_path.iterdir()) == ["step-"] * 3


def test_rewinding_to_a_step_that_was_not_saved_names_those_that_were(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    for step in (2, 4):
        folder.save(snapshot(step))
    with pytest.raises(NotFound, match="one of 2, 4"):
        rewind(tmp_path, to_step=3)
    assert folder.steps() == [2, 4]
    with pytest.raises(NotFound, match="no checkpoint"):
        rewind(tmp_path / "none", to_step=3)


def test_a_rewind_that_is_interrupted_leaves_a_training_as_it_once_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=9)
    for step in (2, 4, 6, 8):
        folder.save(snapshot(step))
    removed: list[Path] = []

    def crash_at_the_second(path: Path) -> None:
        removed.append(path)
        if len(removed) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.shutil, "rmtree", crash_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            rewind(tmp_path, to_step=2)
    assert latest(folder) == (4, [])
    assert rewind(tmp_path, to_step=2) == [4]


def test_a_best_that_was_beaten_goes(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=1)
    for step, best in ((1, 1), (2, 1), (3, 3), (4, 3)):
        folder.save(snapshot(step, best=best))
    assert folder.steps() == [3, 4]


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "remove"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    tmp_path: Path, file: str, damage: str
) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    folder.save(snapshot(1))
    path = folder.save(snapshot(2)) / file
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flip":
            path.write_bytes(bytes([content[0] ^ 255]) + content[1:])
        case "remove":
            path.unlink()
    step, notes = latest(folder)
    assert step == 1
    assert len(notes) == 1
    assert notes[0].startswith("checkpoint step-000000002 is damaged")


def test_a_checkpoint_of_another_training_is_left_alone(tmp_path: Path) -> None:
    CheckpointFolder(tmp_path, signature="one").save(snapshot(1))
    step, notes = latest(CheckpointFolder(tmp_path, signature="other"))
    assert step is None
    assert notes == ["checkpoint step-000000001 belongs to another training and is not used"]


def test_the_folder_can_be_moved(tmp_path: Path) -> None:
    CheckpointFolder(tmp_path / "here", signature="s").save(snapshot(1))
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert latest(CheckpointFolder(tmp_path / "there", signature="s")) == (1, [])


def test_a_crash_while_writing_leaves_the_older_one_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    folder.save(snapshot(1))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "write_text", crash)
        with pytest.raises(KeyboardInterrupt):
            folder.save(snapshot(2))
    assert latest(folder) == (1, [])
    folder.save(snapshot(3))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-000000001",
        "step-000000003",
    ]


def test_a_full_disk_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "replace", full)
    with pytest.raises(StorageFailed, match="disk is full"):
        CheckpointFolder(tmp_path, signature="s").save(snapshot(1))


def test_tied_tensors_are_saved_apart(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    shared = torch.arange(4.0)
    folder.save(Snapshot(1, {"a": shared, "b": shared, "t": shared.view(2, 2).T}, {}))
    found = folder.latest(note=print)
    assert found is not None
    assert found.tensors["t"].tolist() == [[0.0, 2.0], [1.0, 3.0]]
    assert found.tensors["b"].tolist() == [0.0, 1.0, 2.0, 3.0]
