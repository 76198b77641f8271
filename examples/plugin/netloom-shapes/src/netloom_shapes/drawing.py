"""Drawing one shape."""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Shape = Literal["circle", "square", "triangle"]
SHAPES: Final[tuple[Shape, ...]] = get_args(Shape)


def draw_shape(
    shape: Shape, size: int, *, noise: float, random: np.random.Generator
) -> NDArray[np.uint8]:
    """One grey image (H, W) with a bright shape on a dark ground."""
    import cv2

    image = np.zeros((size, size), np.uint8)
    radius = int(random.integers(size // 6, size // 3 + 1))
    x, y = (int(value) for value in random.integers(radius, size - radius, 2))
    if shape == "circle":
        cv2.circle(image, (x, y), radius, 255, -1)
    elif shape == "square":
        cv2.rectangle(image, (x - radius, y - radius), (x + radius, y + radius), 255, -1)
    else:
        corners = [[x, y - radius], [x - radius, y + radius], [x + radius, y + radius]]
        cv2.fillPoly(image, [np.array(corners, np.int32)], 255)
    grain = random.normal(0, 255 * noise, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)
