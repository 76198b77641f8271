from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from netloom.core.errors import StorageFailed
from netloom.training import checkpoints
from netloom.training.checkpoints import CheckpointFolder, Snapshot


def snapshot(step: int, *, best: int | None = None, keep: bool = False) -> Snapshot:
    tensors = {"weights": torch.full((3,), float(step)), "count": torch.tensor(step)}
    return Snapshot(step, tensors, {"epoch": step}, best_step=best, keep=keep)


def latest(folder: CheckpointFolder) -> tuple[int | None, list[str]]:
    notes: list[str] = []
    found = folder.latest(note=notes.append)
    return (None if found is None else found.step), notes


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s")
    folder.save(snapshot(5, best=3, keep=True))
    found = folder.latest(note=print)
    assert found is not None
    assert (found.step, found.state, found.best_step, found.keep) == (5, {"epoch": 5}, 3, True)
    assert found.tensors["weights"].tolist() == [5.0] * 3
    assert found.tensors["count"].dtype == torch.int64


def test_nothing_saved_is_nothing_found(tmp_path: Path) -> None:
    assert latest(CheckpointFolder(tmp_path / "none", signature="s")) == (None, [])


def test_the_newest_the_kept_and_the_best_stay(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, signature="s", keep_last=2)
    for step in range(1, 9):
        folder.save(snapshot(step, best=2 if step >= 2 else None, keep=step == 4))
    assert folder.steps() == [2, 4, 7, 8]


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
        patch.setattr(checkpoints, "write_json", crash)
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
