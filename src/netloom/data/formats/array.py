"""Images that are already pixels, as a source: one ``.npy`` array and an index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netloom.core.digests import digest_of_bytes
from netloom.core.files import writing
from netloom.core.tasks import ImageClassification
from netloom.data.codec import MEDIA_ARRAY
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.view import Dataset


def write_array_source(
    folder: Path,
    images_NHWC: NDArray[np.uint8],
    labels_N: Sequence[int | None],
    *,
    label_names: Sequence[str],
    ids: Sequence[str],
    parts: Sequence[str | None] | None = None,
) -> Dataset[ImageClassification]:
    """Write images of one size below a job's work folder and describe them.

    Args:
        images_NHWC: uint8 levels of 0..255 with 1 or 3 channels (red, green, blue).
        labels_N: Positions in ``label_names``; None where there is no label.
        ids: Unique names.
        parts: Part of each sample, if the data come divided.

    Returns:
        A view with ``work:`` locations.
    """
    num_images, height, width, channels = images_NHWC.shape
    if images_NHWC.dtype != np.uint8 or channels not in (1, 3):
        raise ValueError(f"expected uint8 NHWC, got {images_NHWC.dtype} {images_NHWC.shape}")
    images_NHWC = np.ascontiguousarray(images_NHWC)
    with writing(folder / MEDIA_ARRAY) as stream:
        np.save(stream, images_NHWC, allow_pickle=False)
    table = index_table(
        ids=ids,
        digests=[digest_of_bytes(image.tobytes()) for image in images_NHWC],
        rows=range(num_images),
        labels=labels_N,
        parts=parts,
        sizes=[(width, height)] * num_images,
    )
    write_index(folder / INDEX_NAME, table)
    return Dataset(
        task=ImageClassification.name,
        index=f"work:{INDEX_NAME}",
        media=f"work:{MEDIA_ARRAY}",
        media_kind="array",
        labels=tuple(label_names),
        channels=1 if channels == 1 else 3,
    )
