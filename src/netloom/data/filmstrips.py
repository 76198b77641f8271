"""Videos as pictures: some of their frames side by side.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

from dataclasses import replace

from netloom.data.clip_frames import frames_of, num_frames
from netloom.data.datasets import Samples
from netloom.data.film_layout import filmstrip, spread_numbers
from netloom.data.images import Image


def sample_filmstrip(samples: Samples, position: int) -> Image:
    """A filmstrip of a sample, before any transform.

    Raises:
        InvalidData: The video cannot be read.
    """
    numbers = spread_numbers(num_frames(samples, position))
    return filmstrip(frames_of(samples, position, numbers))


class Filmstrips:
    """Reads a filmstrip in place of every video, for whoever shows samples as pictures."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def read(self, position: int) -> Image:
        """One filmstrip, uint8 HWC."""
        return sample_filmstrip(self._samples, position)


def as_filmstrips(samples: Samples) -> Samples:
    """The same samples, whose pictures are filmstrips."""
    return replace(samples, reader=Filmstrips(samples))
