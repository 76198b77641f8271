"""Colours of classes in pictures and legends.

The first eight are those of Okabe and Ito (2008), which people with colour blindness can tell apart; further
ones are spread over the hues by the golden ratio.
"""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

_FIRST = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
_GOLDEN = 0.618033988749895
_LIGHTNESS = (0.45, 0.62, 0.35)


def class_colours(count: int, *, first_is_grey: bool = False) -> NDArray[np.uint8]:
    """Red, green and blue of each class: uint8 of shape (count, 3).

    Args:
        first_is_grey: For a class that stands for everything else.

    Example:
        >>> class_colours(2, first_is_grey=True).tolist()
        [[128, 128, 128], [230, 159, 0]]
    """
    grey = [(128, 128, 128)] if first_is_grey else []
    colours = [*grey, *_FIRST, *(_further(place) for place in range(count))]
    return np.array(colours[:count], np.uint8).reshape(count, 3)


def _further(place: int) -> tuple[int, int, int]:
    hue, lightness = (place * _GOLDEN) % 1.0, _LIGHTNESS[place % len(_LIGHTNESS)]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.75)
    return round(255 * red), round(255 * green), round(255 * blue)
