from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def make_tree(tmp_path: Path, write_image: Callable[..., Path]) -> Callable[..., Path]:
    """Writes images of noise below ``tree`` and returns that folder."""

    def make(*paths: str) -> Path:
        root = tmp_path / "tree"
        root.mkdir(exist_ok=True)
        for seed, path in enumerate(paths):
            write_image(root / path, seed=seed)
        return root

    return make
