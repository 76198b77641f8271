"""Which frames of a video a network sees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.data.transforms.image_transform import ImageTransform

Sampling = Literal["segments", "dense"]
"""How the frames of a clip are chosen."""

Frames = Annotated[int, Field(ge=1, le=256)]
Stride = Annotated[int, Field(ge=1, le=1000)]
Views = Annotated[int, Field(ge=1, le=100)]


class Clips(ImageTransform):
    """How clips are cut out of videos. Pixels are left alone: other transforms act on every frame alike.

    Attributes:
        frames: Length of a clip.
        sampling: ``segments`` divides the whole video into as many equal segments and takes a frame of each
            (Wang et al., 2016, arXiv:1608.00859); ``dense`` takes neighbouring frames of one place.
        stride: With ``dense``: a clip takes every so many-th frame.
        views: Clips of each video that are looked at in testing and prediction, whose probabilities are
            averaged.
    """

    type: Literal["clips"] = "clips"
    frames: Frames = 8
    sampling: Sampling = "segments"
    stride: Stride = 2
    views: Views = 1

    @property
    def is_for_batches(self) -> bool:
        """It does nothing to a single picture."""
        return True
