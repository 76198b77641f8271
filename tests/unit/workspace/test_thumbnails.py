from __future__ import annotations

import pytest

from netloom.workspace.thumbnails import side_for


@pytest.mark.parametrize(
    ("size", "side"), [(16, 80), (80, 80), (81, 160), (160, 160), (640, 640), (9999, 640)]
)
def test_few_sizes_are_made(size: int, side: int) -> None:
    assert side_for(size) == side
