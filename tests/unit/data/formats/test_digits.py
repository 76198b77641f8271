from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.core.digests import digest_of_file
from netloom.data.datasets import open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.formats.digits import write_digits


def test_the_digits_are_those_of_scikit_learn(tmp_path: Path, resolve: Any) -> None:
    from sklearn.datasets import load_digits

    samples = open_samples(write_digits(tmp_path), resolve, part=None)
    original = load_digits()
    assert samples.labels_N.tolist() == original.target.tolist()
    assert samples.label_names == tuple("0123456789")
    levels = np.stack([samples.read(row)[:, :, 0] for row in range(len(samples))])
    assert np.array_equal(np.rint(levels / 255 * 16), original.images)
    assert (levels.min(), levels.max()) == (0, 255)


def test_writing_them_again_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        write_digits(folder)
        digests.append([digest_of_file(folder / n) for n in ("index.parquet", "media.npy")])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "images", [np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4, 2), np.uint8)], ids=["float", "channels"]
)
def test_other_arrays_are_refused(tmp_path: Path, images: Any) -> None:
    with pytest.raises(ValueError, match="expected uint8 NHWC"):
        write_array_source(tmp_path, images, [0, 0], label_names=["a"], ids=["x", "y"])
