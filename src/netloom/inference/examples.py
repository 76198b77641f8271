"""Examples: pictures of a data set to try a model with, chosen and shown without any network.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from netloom.core.errors import NotFound
from netloom.core.locations import Resolve
from netloom.data.datasets import UNLABELLED, Samples, open_samples
from netloom.data.filmstrips import sample_filmstrip
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.thumbnail import EncodedImage
from netloom.data.video_reader import VideoFrames
from netloom.data.view import Dataset

_LONGEST_SIDE = 640
_SMALL_SIDE = 256
"""Pictures up to here are sent without loss: pixels of small ones are looked at closely."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sample by its position in its part."""

    number: int
    id: str
    label: str | None


def open_examples(view: Dataset[Any], resolve: Resolve, *, part: str | None) -> Samples:
    """The samples of a part as they are stored, before any transform.

    Raises:
        InvalidData: The index or the media cannot be read.
    """
    return open_samples(
        view, resolve, part=part, labelled=False, augment=False, functions=Functions()
    )


def chosen_examples(samples: Samples, count: int) -> list[Example]:
    """Up to ``count`` samples, spread evenly over all of them.

    They are always the same, and the first and the last are among them.
    """
    most = min(count, len(samples))
    positions = np.unique(np.linspace(0, max(len(samples) - 1, 0), most).round().astype(int))
    return [example(samples, number) for number in positions.tolist()]


def example(samples: Samples, number: int) -> Example:
    """One sample. Raises NotFound."""
    if not 0 <= number < len(samples):
        raise NotFound.of(
            f"there is no example {number}",
            expected=f"0 to {len(samples) - 1}" if len(samples) else "there are none",
        )
    label = int(samples.labels_N[number])
    name = None if label == UNLABELLED else samples.label_names[label]
    return Example(number, samples.ids[number], name)


def example_picture(samples: Samples, number: int) -> EncodedImage:
    """The picture of a sample as PNG or, if it is large, made smaller as JPEG.

    Raises:
        NotFound: There is no such sample.
        InvalidData: Its picture cannot be read.
    """
    example(samples, number)
    if isinstance(samples.reader, VideoFrames):
        return encoded(sample_filmstrip(samples, number))
    return encoded(samples.read(number))


def encoded(pixels: Image) -> EncodedImage:
    """A picture for the screen.

    Example:
        >>> len(encoded(np.zeros((8, 6, 1), np.uint8)).content) < 200
        True
    """
    height, width, channels = pixels.shape
    shown: Any = pixels if channels == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    longest = max(height, width)
    if longest <= _SMALL_SIDE:
        return EncodedImage.of(cv2.imencode(".png", shown)[1].tobytes())
    if longest > _LONGEST_SIDE:
        scale = _LONGEST_SIDE / longest
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 90]
    return EncodedImage.of(cv2.imencode(".jpg", shown, quality)[1].tobytes())
