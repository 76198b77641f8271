"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netloom.core.tasks import ImageClassification
from netloom.data.formats.array import write_array_source
from netloom.data.view import Dataset


def write_digits(folder: Path) -> Dataset[ImageClassification]:
    """Write the 1797 grey images of 8 × 8 pixels, classes ``0`` to ``9``, below ``folder``.

    Source: the test set of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998),
    UCI Machine Learning Repository, doi:10.24432/C50P49. Their levels 0..16 are spread over 0..255.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images_NHW = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    return write_array_source(
        folder,
        images_NHW[..., None],
        bunch.target.tolist(),
        label_names=[str(name) for name in bunch.target_names],
        ids=[f"digit-{row:04d}" for row in range(len(images_NHW))],
    )
