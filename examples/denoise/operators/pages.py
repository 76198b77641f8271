"""Pages of handwritten digits as a bad scanner sees them, and as they were.

The digits are the 1 797 real ones that come with scikit-learn; paper, blur and noise are drawn from a seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netloom import RunContext, operator
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import ImageEnhancement
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    Page = NDArray[np.uint8]

SIDE = 96


@operator(group="data", job=True)
def scanned_pages(
    *,
    train: PositiveInt = 240,
    valid: PositiveInt = 30,
    test: PositiveInt = 60,
    noise: PositiveInt = 30,
    seed: Seed = 7,
    run: RunContext,
) -> Dataset[ImageEnhancement]:
    """Pages of 96 × 96 pixels, blurred and noisy, each with the clean page as its target.

    No handwriting occurs in two parts: each has digits of its own.

    Args:
        train: Pages to learn from.
        valid: Pages that decide which epoch is kept.
        test: Pages to measure on.
        noise: Standard deviation of the noise in levels of 0 to 255; each page has 0.7 to 1.3 times that.
        seed: Start of all random numbers.

    Returns:
        The pages, divided into parts.
    """
    import numpy as np
    import pyarrow as pa
    from sklearn.datasets import load_digits

    from netloom.data.index import index_table, write_index

    digits = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    generator = np.random.default_rng(seed)
    shares = np.split(generator.permutation(len(digits)), [1200, 1400])
    parts = ["train"] * train + ["valid"] * valid + ["test"] * test
    own = dict(zip(("train", "valid", "test"), shares, strict=True))
    names, digests = [], []
    for number, part in enumerate(parts):
        clean = clean_page(digits[own[part]], generator)
        names.append(f"{number:04d}.png")
        written(run.workdir / "pages" / "target" / names[-1], clean)
        scan = scanned(clean, noise * generator.uniform(0.7, 1.3), generator)
        digests.append(written(run.workdir / "pages" / "input" / names[-1], scan))
    table = index_table(
        ids=[name.removesuffix(".png") for name in names],
        digests=digests,
        paths=[f"input/{name}" for name in names],
        parts=parts,
        sizes=[(SIDE, SIDE)] * len(names),
    )
    targets = pa.array([f"target/{name}" for name in names])
    write_index(run.workdir / "index.parquet", table.append_column("target", targets))
    return Dataset(
        task=ImageEnhancement.name,
        index="work:index.parquet",
        media="work:pages",
        media_kind="folder",
        labels=(),
        channels=1,
    )


def clean_page(digits: Page, generator: Generator) -> Page:
    """Paper that darkens towards one side, with digits of several sizes in rough rows."""
    import cv2
    import numpy as np

    across, down = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
    slope = generator.uniform(-15, 15, 2)
    page = generator.uniform(200, 235) + slope[0] * across + slope[1] * down
    top = int(generator.integers(2, 8))
    while top < SIDE - 16:
        side = int(generator.integers(14, 25))
        left = int(generator.integers(0, 10))
        while left + side < SIDE and top + side < SIDE:
            digit = digits[generator.integers(len(digits))]
            ink = cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC) / 255.0
            window = page[top : top + side, left : left + side]
            window *= 1.0 - generator.uniform(0.6, 0.9) * ink
            left += side + int(generator.integers(0, 6))
        top += side + int(generator.integers(0, 5))
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def scanned(clean: Page, noise: float, generator: Generator) -> Page:
    """The page out of focus, with noise."""
    import cv2
    import numpy as np

    blurred = cv2.GaussianBlur(clean.astype(np.float64), (0, 0), generator.uniform(0.7, 1.2))
    noisy = blurred + generator.normal(0, noise, clean.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def written(file: Path, page: Page) -> str:
    """Write a PNG and return its digest."""
    import hashlib

    import cv2

    content = cv2.imencode(".png", page)[1].tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
