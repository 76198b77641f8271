"""Batches of clips of videos.

Shape legend: N samples, V clips of a sample, T frames of a clip, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from netloom.data.batch_loader import BatchLoader, Reading
from netloom.data.clip_frames import changed_alike, frames_of, num_frames
from netloom.data.clip_sampling import clips_of, drawn_frames, fixed_frames
from netloom.data.datasets import Samples
from netloom.data.epochs import Request
from netloom.data.images import Image
from netloom.data.loaders import stacked_images
from netloom.data.seeding import sample_generator, sample_words

_FRAMES_STREAM = 2
"""Which frames are taken is drawn apart from how their pixels are changed."""


class ClipBatch(NamedTuple):
    """Some samples.

    Attributes:
        clips_NVTCHW: uint8, channels-last in memory; levels of 0..255, not normalised.
        labels_N: int64; -1 where there is no label.
        indices_N: int64 positions in the loader's samples.
    """

    clips_NVTCHW: torch.Tensor
    labels_N: torch.Tensor
    indices_N: torch.Tensor


class ClipLoader(BatchLoader[ClipBatch]):
    """Reads clips, transforms their frames alike and stacks them.

    The training part draws the frames of a clip from (seed, epoch, sample), and every frame of a clip goes
    through the same random changes. Other parts always give the same clips: one of each video in the part
    ``valid``, as many as ``views`` says elsewhere. Blending (``mixup``, ``cutmix``) does not act.
    """

    def __init__(self, samples: Samples, **reading: Unpack[Reading]) -> None:
        super().__init__(samples, ClipBatches, reading)


class ClipBatches:
    """Makes batches of clips, in the caller's process or in a worker."""

    def __init__(self, samples: Samples, seed: int, *, cache_bytes: int = 0) -> None:
        self._samples = samples
        self._seed = seed
        self._clips = clips_of(samples.transforms)
        self._fixed, self._drawing = samples.stages()
        self._left_bytes = 0 if samples.augment else cache_bytes
        self._kept: dict[int, NDArray[np.uint8]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Compiled transforms cannot be sent to a spawned worker; it compiles them again.
        return type(self), (self._samples, self._seed)

    def batch(self, request: Request) -> ClipBatch:
        """The samples that are asked for."""
        indices = request.indices_N.tolist()
        if self._samples.augment:
            chosen = sample_words(self._seed, request.epoch, request.keys_N, stream=_FRAMES_STREAM)
            changed = sample_words(self._seed, request.epoch, request.keys_N)
            clips = [self._drawn(*each) for each in zip(indices, chosen, changed, strict=True)]
        else:
            clips = [self.always(index) for index in indices]
        ids = [self._samples.ids[index] for index in indices]
        return ClipBatch(
            torch.from_numpy(_together(clips, ids)).permute(0, 1, 2, 5, 3, 4),
            torch.from_numpy(self._samples.labels_N[request.indices_N]),
            torch.from_numpy(request.indices_N.copy()),
        )

    def always(self, index: int) -> NDArray[np.uint8]:
        """The clips of a sample outside training, (V, T, H, W, C)."""
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        views = 1 if self._samples.part == "valid" else self._clips.views
        numbers_VT = fixed_frames(self._clips, num_frames(self._samples, index), views=views)
        frames = self._frames(index, numbers_VT.ravel(), None)
        clips = np.stack(frames).reshape(*numbers_VT.shape, *frames[0].shape)
        if clips.nbytes <= self._left_bytes:
            self._left_bytes -= clips.nbytes
            self._kept[index] = clips
        return clips

    def _drawn(
        self, index: int, chosen: NDArray[np.uint64], changed: NDArray[np.uint64]
    ) -> NDArray[np.uint8]:
        length = num_frames(self._samples, index)
        numbers_T = drawn_frames(self._clips, length, sample_generator(chosen))
        return np.stack(self._frames(index, numbers_T, changed))[None]

    def _frames(
        self, index: int, numbers: NDArray[np.int64], words: NDArray[np.uint64] | None
    ) -> list[Image]:
        frames = frames_of(self._samples, index, numbers.tolist())
        return changed_alike(frames, self._fixed, self._drawing, words)


def _together(clips: Sequence[NDArray[np.uint8]], ids: Sequence[str]) -> NDArray[np.uint8]:
    """Clips of a batch in one array, (N, V, T, H, W, C).

    Raises:
        InvalidData: Frames differ in size.
    """
    if len({clip.shape for clip in clips}) > 1:
        stacked_images((clip[0, 0] for clip in clips), ids)
    return np.stack(clips)
