"""What was found in a prepared image, taken back to the picture it was prepared from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.clipping import cut, distances
from netloom.data.apply.compilation import acting, geometry_of
from netloom.data.apply.geometry import Extent, Sampling
from netloom.data.apply.motion import SLACK_PX, Motion, between_middles, frame
from netloom.data.transforms.catalogue import Transform

_CHANNELS = 4
"""OpenCV warps at most so many at once."""


def motion_of(transforms: Iterable[Transform], extent: Extent) -> Motion:
    """What becomes of the places of a picture that is prepared for prediction: without augmentation.

    Functions of the user's are taken to keep the size, as :mod:`netloom.data.apply.scenes` demands.

    Args:
        extent: Height and width of the picture.

    Raises:
        InvalidData: The picture is too small for a crop.

    >>> from netloom.data.transforms.sizing import Resize
    >>> letterboxed = motion_of([Resize(size=100, fit="pad")], (50, 200))
    >>> letterboxed.moved(np.array([[200.0, 50.0]])).tolist()
    [[100.0, 62.0]]
    """
    motion = Motion(extent)
    for transform in acting(transforms, None):
        found = geometry_of(transform, None)
        if found is not None:
            draw, _ = found
            motion = motion.then(draw(motion.after, None))
    return motion


def boxes_back(boxes_M4: NDArray[Any], motion: Motion) -> NDArray[np.float32]:
    """Boxes in the picture around what boxes in the result hold: float32 (M, 4), cut off at its frame.

    >>> from netloom.data.apply.geometry import Scaled
    >>> halved = Motion((20, 40)).then(Scaled(10, 20))
    >>> boxes_back(np.array([[1, 2, 30, 4]]), halved).tolist()
    [[2.0, 4.0, 40.0, 8.0]]
    """
    corners_C2 = np.asarray(boxes_M4, np.float64)[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    corners_M42 = motion.moved_back(corners_C2).reshape(-1, 4, 2)
    height, width = motion.before
    boxes = np.concatenate([corners_M42.min(axis=1), corners_M42.max(axis=1)], axis=1)
    return np.asarray(np.clip(boxes, 0, (width, height, width, height)), np.float32)


def ring_back(ring_P2: NDArray[Any], motion: Motion) -> NDArray[np.float32]:
    """A ring in the picture, cut off at its frame: float32 (P, 2), without corners if nothing is left.

    >>> from netloom.data.apply.geometry import Framed
    >>> cropped = Motion((9, 9)).then(Framed(3, 2, 6, 7))
    >>> ring_back(np.array([[0, 0], [4, 0], [0, 4]]), cropped).tolist()
    [[2.0, 3.0], [6.0, 3.0], [2.0, 7.0]]
    """
    ring = motion.moved_back(np.asarray(ring_P2, np.float64)).tolist()
    height, width = motion.before
    for edge in ((1, 0, 0), (0, 1, 0), (-1, 0, width), (0, -1, height)):
        if any(edge[0] * x + edge[1] * y + edge[2] < -SLACK_PX for x, y in ring):
            ring = cut(ring, edge)
    return np.array(ring, np.float32).reshape(-1, 2)


def pixels_back(
    pixels_HWC: NDArray[Any], motion: Motion, *, fill: float, sampling: Sampling | None = None
) -> NDArray[Any]:
    """Numbers for each pixel of the result as numbers for each pixel of the picture.

    Args:
        pixels_HWC: Any number of channels, or none: shape (H, W). uint8 or float32.
        fill: For pixels of the picture that are not in view in the result.
        sampling: None interpolates linearly; ``nearest`` is for numbers that must not be averaged.

    Returns:
        The same kind of numbers, in the picture's height and width.

    >>> from netloom.data.apply.geometry import Framed
    >>> cropped = Motion((2, 3)).then(Framed(0, 1, 2, 2))
    >>> mask = np.array([[1, 2], [3, 4]], np.uint8)
    >>> pixels_back(mask, cropped, fill=255, sampling="nearest").tolist()
    [[255, 1, 2], [255, 3, 4]]
    """
    channels_HWC = pixels_HWC.reshape(*pixels_HWC.shape[:2], -1)
    back = [
        _warped_back(channels_HWC[:, :, first : first + _CHANNELS], motion, sampling)
        for first in range(0, channels_HWC.shape[2], _CHANNELS)
    ]
    found_HWC = np.concatenate(back, axis=2) if len(back) > 1 else back[0]
    lost = distances(frame(motion.before), motion.edges()) < -SLACK_PX
    if lost.any():
        found_HWC[~_in_view(motion)] = fill
    found: NDArray[Any] = found_HWC.reshape(*motion.before, *pixels_HWC.shape[2:])
    return found


def _warped_back(
    pixels_HWC: NDArray[Any], motion: Motion, sampling: Sampling | None
) -> NDArray[Any]:
    height, width = motion.before
    warped = cv2.warpPerspective(
        pixels_HWC,
        between_middles(motion.matrix_33),
        (width, height),
        flags=cv2.WARP_INVERSE_MAP | (cv2.INTER_NEAREST if sampling else cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_REPLICATE,
    )
    back: NDArray[Any] = warped.reshape(height, width, -1)
    return back


def _in_view(motion: Motion) -> NDArray[np.bool_]:
    """Which pixels of the picture have their middle in view: bool (H, W)."""
    height, width = motion.before
    middles_N2 = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) + 0.5
    apart_NK = distances(middles_N2.reshape(-1, 2), motion.edges())
    is_in_view: NDArray[np.bool_] = (apart_NK >= -SLACK_PX).all(axis=1).reshape(height, width)
    return is_in_view
