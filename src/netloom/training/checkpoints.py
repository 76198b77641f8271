"""Checkpoints: the whole state of a training on disk, as data, never half written.

    step-000000240/state.json            step, epoch, batch, best result, history, digests
    step-000000240/tensors.safetensors   weights, optimiser, random streams, best weights

The folder can be moved anywhere. What stays is decided by tracks: the newest few (fast), some ends of
epochs (slow), and those worth keeping for what they are (consistent): the best so far, and those that a
callback held. A checkpoint goes when it is on none of them.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.digests import digest_of_file
from netloom.core.errors import NotFound
from netloom.core.files import storage_errors, write_text

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.training.recipe import Checkpointing

_STATE_FILE = "state.json"
_TENSORS_FILE = "tensors.safetensors"
_UNFINISHED = ".unfinished-"


class Track(StrEnum):
    """Why a checkpoint stays although newer ones exist."""

    SLOW = "slow"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A training at one moment.

    Attributes:
        step: Steps taken.
        best_step: Step of the best validation so far, or None.
        state: Everything that is not a tensor, as JSON.
        tracks: What it is kept for, apart from being new or the best.
    """

    step: int
    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]
    best_step: int | None = None
    tracks: frozenset[Track] = frozenset()


class CheckpointFolder:
    """The checkpoints of one training. One writer at a time.

    Args:
        root: Created when the first checkpoint is saved.
        signature: Identifies model, data and recipe; checkpoints of another signature are left
            alone and not resumed from.
        keep_last: How many of the newest stay.
        keep_slow: How many of the slow track stay; None all.
        keep_held: How many of those that were held stay; None all.

    Example:
        >>> import torch
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = CheckpointFolder(Path(root), signature="demo")
        ...     _ = folder.save(Snapshot(3, {"w": torch.ones(2)}, {"epoch": 1}))
        ...     folder.latest(note=print).step
        3
    """

    def __init__(
        self,
        root: Path,
        *,
        signature: str,
        keep_last: int = 2,
        keep_slow: int | None = None,
        keep_held: int | None = None,
    ) -> None:
        self.root = root
        self._signature = signature
        self._keep_last = keep_last
        self._limits = {Track.SLOW: keep_slow, Track.HELD: keep_held}

    @classmethod
    def keeping(cls, root: Path, cadence: Checkpointing, *, signature: str) -> CheckpointFolder:
        """The folder of a training whose recipe says what stays."""
        return cls(
            root,
            signature=signature,
            keep_last=cadence.keep_last,
            keep_slow=cadence.keep_slow,
            keep_held=cadence.keep_held,
        )

    def save(self, snapshot: Snapshot) -> Path:
        """Write a checkpoint, then prune older ones.

        One of the same step is replaced; the new one stays on the tracks of the old.

        Raises:
            StorageFailed: The disk is full or the folder cannot be written; older ones are intact.
        """
        target = self._folder(snapshot.step)
        with storage_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self._remove_unfinished()
            folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
            self._write(snapshot, folder)
            if target.exists():
                shutil.rmtree(target)
            os.replace(folder, target)
            _flush(self.root)
        self._prune()
        return target

    def latest(self, *, note: Callable[[str], None]) -> Snapshot | None:
        """The newest checkpoint that is intact; ``note`` hears of every one that is passed over."""
        for folder in reversed(_folders(self.root)):
            try:
                snapshot = self.read(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                note(f"checkpoint {folder.name} is damaged ({error}); trying the one before")
                continue
            if snapshot is not None:
                return snapshot
            note(f"checkpoint {folder.name} belongs to another training and is not used")
        return None

    def read(self, folder: Path) -> Snapshot | None:
        """Read one checkpoint; None if it belongs to another training.

        Raises:
            ValueError: It is damaged. (Also OSError, KeyError and TypeError for odd damage.)
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        document = json.loads((folder / _STATE_FILE).read_bytes())
        if document["signature"] != self._signature:
            return None
        if digest_of_file(folder / _TENSORS_FILE) != document["sha256"]:
            raise ValueError("its tensors do not match their digest")
        try:
            tensors = load_file(folder / _TENSORS_FILE)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
        return Snapshot(
            step=document["step"],
            tensors=tensors,
            state=document["state"],
            best_step=document["best_step"],
            tracks=frozenset(map(Track, document["tracks"])),
        )

    def steps(self) -> list[int]:
        """Steps of all checkpoints, oldest first."""
        return [_step(folder) for folder in _folders(self.root)]

    def _write(self, snapshot: Snapshot, folder: Path) -> None:
        from safetensors.torch import save_file

        path = folder / _TENSORS_FILE
        save_file(_separate(snapshot.tensors), path)
        _flush(path)
        before = _tracks(_head(self._folder(snapshot.step)))
        document = {
            "format": 2,
            "signature": self._signature,
            "step": snapshot.step,
            "best_step": snapshot.best_step,
            "tracks": sorted(snapshot.tracks | before),
            "sha256": digest_of_file(path),
            "state": snapshot.state,
        }
        # A metric of nothing is NaN; Python's own JSON brings it back.
        write_text(folder / _STATE_FILE, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        _flush(folder)

    def _prune(self) -> None:
        newest = _folders(self.root)[::-1]
        heads = {folder: _head(folder) for folder in newest}
        stays = set(newest[: self._keep_last])
        best = (heads[folder].get("best_step") for folder in newest[: self._keep_last])
        stays |= {self._folder(step) for step in best if step is not None}
        for track, limit in self._limits.items():
            stays |= set([f for f in newest if track in _tracks(heads[f])][:limit])
        for folder in newest:
            if folder not in stays:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, step: int) -> Path:
        return self.root / f"step-{step:09d}"

    def _remove_unfinished(self) -> None:
        for leftover in self.root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)


class CheckpointEntry(NamedTuple):
    """A checkpoint in a list of them.

    Attributes:
        epoch: Epochs completed.
        tracks: What it is kept for; one that is only new has none.
        is_best: It has the best validation up to the newest checkpoint.
    """

    step: int
    epoch: int
    tracks: tuple[str, ...]
    is_best: bool


def list_checkpoints(root: Path) -> list[CheckpointEntry]:
    """The readable checkpoints in a folder, oldest first, whatever training they belong to.

    Example:
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = CheckpointFolder(Path(root), signature="demo")
        ...     state = {"progress": {"epoch": 1}}
        ...     _ = folder.save(Snapshot(8, {}, state, tracks=frozenset({Track.HELD})))
        ...     [entry] = list_checkpoints(Path(root))
        >>> entry.step, entry.tracks
        (8, ('held',))
    """
    heads = [head for folder in _folders(root) if (head := _head(folder))]
    best_step = heads[-1]["best_step"] if heads else None
    return [
        CheckpointEntry(
            head["step"],
            head["state"].get("progress", {}).get("epoch", 0),
            tuple(sorted(map(str, _tracks(head)))),
            head["step"] == best_step,
        )
        for head in heads
    ]


def rewind(root: Path, *, to_step: int) -> list[int]:
    """Make a checkpoint the newest one by removing all later ones; training goes on from there.

    Best results, history and tracks become those of that moment, since each checkpoint holds them all. The
    newest is removed first, so wherever this is interrupted, what is left is a training as it once was.

    Returns:
        The steps whose checkpoints were removed.

    Raises:
        NotFound: There is no readable checkpoint of that step.

    Example:
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = CheckpointFolder(Path(root), signature="demo")
        ...     _ = [folder.save(Snapshot(step, {}, {})) for step in (10, 20)]
        ...     rewind(Path(root), to_step=10)
        [20]
    """
    steps = [entry.step for entry in list_checkpoints(root)]
    if to_step not in steps:
        raise NotFound.of(
            f"there is no checkpoint of step {to_step}",
            code="X350",
            expected="one of " + ", ".join(map(str, steps)) if steps else None,
            got=str(to_step) if steps else f"no checkpoint in {root}",
            fix="Choose a step that was saved; checkpoints.keep_every keeps more of them",
        )
    later = [folder for folder in _folders(root) if _step(folder) > to_step]
    with storage_errors(root):
        for folder in reversed(later):
            # Out of sight at once: a half-removed folder must not be taken for a damaged checkpoint.
            gone = folder.with_name(f"{_UNFINISHED}{folder.name}")
            os.replace(folder, gone)
            shutil.rmtree(gone)
        _flush(root)
    return [_step(folder) for folder in later]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("step-*") if path.is_dir())


def _step(folder: Path) -> int:
    return int(folder.name.removeprefix("step-"))


def _tracks(head: Mapping[str, Any]) -> frozenset[Track]:
    return frozenset(map(Track, head.get("tracks", ())))


def _head(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / _STATE_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _separate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous CPU tensors that share no memory, as safetensors demands (tied weights do share)."""
    seen: set[int] = set()
    separate = {}
    for name, tensor in tensors.items():
        flat = tensor.detach().cpu().contiguous()
        pointer = flat.untyped_storage().data_ptr()
        separate[name] = flat.clone() if pointer in seen else flat
        seen.add(pointer)
    return separate


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
