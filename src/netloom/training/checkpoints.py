"""Checkpoints: the whole state of a training on disk, as data, never half written.

    step-000000240/state.json            step, epoch, batch, best result, history, digests
    step-000000240/tensors.safetensors   weights, optimiser, random streams, best weights

The folder can be moved anywhere. Three tracks decide what stays: the newest few (fast), those marked to be
kept (slow), and the best so far (consistent).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.digests import digest_of_file
from netloom.core.files import storage_errors, write_json

if TYPE_CHECKING:
    from torch import Tensor

_STATE_FILE = "state.json"
_TENSORS_FILE = "tensors.safetensors"
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A training at one moment.

    Attributes:
        step: Steps taken.
        best_step: Step of the best validation so far, or None.
        state: Everything that is not a tensor, as JSON.
        keep: Never pruned (slow track).
    """

    step: int
    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]
    best_step: int | None = None
    keep: bool = False


class CheckpointFolder:
    """The checkpoints of one training. One writer at a time.

    Args:
        root: Created when the first checkpoint is saved.
        signature: Identifies model, data and recipe; checkpoints of another signature are left
            alone and not resumed from.
        keep_last: How many of the newest stay.

    Example:
        >>> import torch
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = CheckpointFolder(Path(root), signature="demo")
        ...     _ = folder.save(Snapshot(3, {"w": torch.ones(2)}, {"epoch": 1}))
        ...     folder.latest(note=print).step
        3
    """

    def __init__(self, root: Path, *, signature: str, keep_last: int = 2) -> None:
        self.root = root
        self._signature = signature
        self._keep_last = keep_last

    def save(self, snapshot: Snapshot) -> Path:
        """Write a checkpoint, then prune older ones.

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
        for folder in sorted(self._folders(), reverse=True):
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
            keep=document["keep"],
        )

    def steps(self) -> list[int]:
        """Steps of all checkpoints, oldest first."""
        return sorted(int(folder.name.removeprefix("step-")) for folder in self._folders())

    def _write(self, snapshot: Snapshot, folder: Path) -> None:
        from safetensors.torch import save_file

        path = folder / _TENSORS_FILE
        save_file(_separate(snapshot.tensors), path)
        _flush(path)
        write_json(
            folder / _STATE_FILE,
            {
                "format": 1,
                "signature": self._signature,
                "step": snapshot.step,
                "best_step": snapshot.best_step,
                "keep": snapshot.keep,
                "sha256": digest_of_file(path),
                "state": snapshot.state,
            },
        )
        _flush(folder)

    def _prune(self) -> None:
        newest = sorted(self._folders(), reverse=True)
        kept = newest[: self._keep_last]
        protected = set(kept)
        for folder in newest:
            head = _head(folder)
            if head.get("keep"):
                protected.add(folder)
            if folder in kept and head.get("best_step") is not None:
                protected.add(self._folder(head["best_step"]))
        for folder in newest:
            if folder not in protected:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, step: int) -> Path:
        return self.root / f"step-{step:09d}"

    def _folders(self) -> list[Path]:
        return [path for path in self.root.glob("step-*") if path.is_dir()]

    def _remove_unfinished(self) -> None:
        for leftover in self.root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)


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
