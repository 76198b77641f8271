"""A data source that needs no files: drawn shapes."""

from __future__ import annotations

from typing import Any

from netloom import Dataset, RunContext, operator
from netloom.core.settings import Fraction, PositiveInt, Seed
from netloom.core.tasks import ImageClassification


def _identity(**settings: Any) -> str:
    return "drawn"  # the settings are part of the fingerprint already


@operator(group="shapes", job=True, identity=_identity, preload=("cv2", "pyarrow.parquet"))
def draw(
    *,
    count: PositiveInt = 600,
    size: PositiveInt = 24,
    noise: Fraction = 0.1,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Draw circles, squares and triangles of random size and place.

    Args:
        count: Number of images, spread evenly over the three classes.
        size: Width and height of an image in pixels.
        noise: Strength of the noise on top, as a share of the full range of grey.
        seed: Another seed gives other images.

    Returns:
        Grey images with their shape as label, not yet divided into parts.
    """
    import numpy as np

    from netloom.data.formats.array import write_array_source
    from netloom_shapes.drawing import SHAPES, draw_shape

    images_NHWC = np.empty((count, size, size, 1), np.uint8)
    labels = [row % len(SHAPES) for row in range(count)]
    for row, label in enumerate(labels):
        random = np.random.default_rng([seed, row])
        images_NHWC[row, :, :, 0] = draw_shape(SHAPES[label], size, noise=noise, random=random)
        run.progress(row + 1, count, unit="image")
    return write_array_source(
        run.workdir,
        images_NHWC,
        labels,
        label_names=SHAPES,
        ids=[f"{SHAPES[label]}-{row:05d}" for row, label in enumerate(labels)],
    )
