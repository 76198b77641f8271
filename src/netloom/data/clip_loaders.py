"""Batches of clips of videos.

Shape legend: N samples, V clips of a sample, T frames of a clip, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from netloom.data.batch_feed import BatchFeed
from netloom.data.clip_frames import changed_alike, frames_of, num_frames
from netloom.data.clip_sampling import clips_of, drawn_frames, fixed_frames
from netloom.data.datasets import Samples
from netloom.data.epochs import Epochs, Request
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


class ClipLoader:
    """Reads clips, transforms their frames alike and stacks them.

    Order, ranks and workers are those of :class:`netloom.data.loaders.Loader`. The training part draws the
    frames of a clip from (seed, epoch, sample), and every frame of a clip goes through the same random
    changes; nothing depends on the number of workers or on where an epoch was entered. Other parts always
    give the same clips: one of each video in the part ``valid``, as many as ``views`` says elsewhere.
    Blending (``mixup``, ``cutmix``) does not act. Not thread-safe; one epoch at a time.

    Args:
        cache_mb: With ``num_workers=0``, clips that are always the same are kept in memory after the first
            epoch, as many as fit into this. 0 keeps nothing.
        weights_N: With ``shuffle``, draw samples by weight, see :class:`netloom.data.epochs.Epochs`.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        batch_size: int,
        shuffle: bool,
        seed: int,
        num_workers: int = 0,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int = 1,
        cache_mb: int = 256,
        weights_N: NDArray[np.float64] | None = None,
    ) -> None:
        self.samples = samples
        self.batch_size = batch_size
        self._epochs = Epochs(
            num_samples=len(samples),
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            world_size=world_size,
            weights_N=weights_N,
        )
        source = ClipBatches(samples, seed, cache_bytes=0 if num_workers else cache_mb << 20)
        self._feed = BatchFeed(source, num_workers=num_workers, seed=seed)

    def __len__(self) -> int:
        return len(self._epochs)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[ClipBatch]:
        """The batches of an epoch, from number ``start`` on; skipped ones cost nothing.

        Raises:
            InvalidData: A video cannot be read, or frames of one batch differ in size.
        """
        return self._feed.batches(self._epochs.requests(epoch, start))

    def close(self) -> None:
        """End the workers, if there are any. The loader cannot be used afterwards."""
        self._feed.close()


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
