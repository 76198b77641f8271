"""Frames of samples by their numbers, and what transforms make of them. Needs no deep-learning framework."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.image_function import ImageFunction
from netloom.data.datasets import Samples
from netloom.data.images import Image
from netloom.data.seeding import sample_generator
from netloom.data.video_reader import VideoFrames


def changed_alike(
    frames: Sequence[Image],
    fixed: ImageFunction | None,
    drawing: ImageFunction | None,
    words: NDArray[np.uint64] | None,
) -> list[Image]:
    """Frames after transforms that draw the same for all of them.

    Args:
        words: Seed of what ``drawing`` draws.
    """
    changed = list(frames) if fixed is None else [fixed(frame, None) for frame in frames]
    if drawing is None or words is None:
        return changed
    return [drawing(frame, sample_generator(words)) for frame in changed]


def num_frames(samples: Samples, position: int) -> int:
    """Frames of a sample; a picture is a video of one."""
    reader = samples.reader
    return reader.num_frames(position) if isinstance(reader, VideoFrames) else 1


def frames_of(samples: Samples, position: int, numbers: Sequence[int]) -> list[Image]:
    """Frames of a sample by their numbers, before any transform; a picture is a video of one.

    Raises:
        InvalidData: They cannot be read.
    """
    reader = samples.reader
    if isinstance(reader, VideoFrames):
        return reader.frames(position, numbers)
    return [reader.read(position)] * len(numbers)
