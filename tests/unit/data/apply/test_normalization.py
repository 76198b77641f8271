from __future__ import annotations

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.apply.normalization import normalization
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import Resize


def test_normalization_defaults_to_plain_units() -> None:
    mean, std = normalization([Resize(size=4)], 3)
    assert (mean.tolist(), std.tolist(), mean.dtype) == ([0, 0, 0], [1, 1, 1], np.float32)
    mean, std = normalization([Normalize(), Resize(size=4)], 1)
    assert (mean.tolist(), std.tolist()) == ([0.5], [0.5])


@pytest.mark.parametrize(
    "transforms", [[Normalize(), Normalize()], [Normalize(mean=(0.1, 0.2, 0.3))]]
)
def test_contradictory_normalization_is_refused(transforms: list[Normalize]) -> None:
    with pytest.raises(InvalidData) as caught:
        normalization(transforms, 1)
    assert caught.value.diagnostics[0].code == "I012"
