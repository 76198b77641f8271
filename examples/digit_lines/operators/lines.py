"""Lines of handwritten digits, as on a form that many people filled in.

The digits are the 1 797 real ones that come with scikit-learn; sizes, places and paper are drawn from a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import RunContext, operator
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import TextRecognition
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

HEIGHT, WIDTH = 32, 160


@operator(group="data", job=True)
def digit_lines(
    *,
    train: PositiveInt = 1200,
    valid: PositiveInt = 150,
    test: PositiveInt = 300,
    seed: Seed = 7,
    run: RunContext,
) -> Dataset[TextRecognition]:
    """Pictures of 160 × 32 pixels with three to eight digits; every second one has a gap, written as a space.

    No handwriting occurs in two parts: each has digits of its own.

    Args:
        train: Lines to learn from.
        valid: Lines that decide which epoch is kept.
        test: Lines to measure on.
        seed: Start of all random numbers.

    Returns:
        The lines with their texts, divided into parts.
    """
    import hashlib

    import cv2
    import numpy as np
    import pyarrow as pa
    from sklearn.datasets import load_digits

    from netloom.data.index import index_table, write_index

    bunch = load_digits()
    pictures = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    generator = np.random.default_rng(seed)
    shares = np.split(generator.permutation(len(pictures)), [1200, 1400])
    own = dict(zip(("train", "valid", "test"), shares, strict=True))
    parts = ["train"] * train + ["valid"] * valid + ["test"] * test
    (run.workdir / "lines").mkdir(exist_ok=True)
    texts, names, digests = [], [], []
    for number, part in enumerate(parts):
        chosen = generator.choice(own[part], generator.integers(3, 9))
        gap = int(generator.integers(1, len(chosen))) if number % 2 else 0
        digits = "".join(str(bunch.target[place]) for place in chosen)
        texts.append(f"{digits[:gap]} {digits[gap:]}" if gap else digits)
        content = cv2.imencode(".png", line(pictures[chosen], gap, generator))[1].tobytes()
        names.append(f"{number:04d}.png")
        digests.append(hashlib.sha256(content).hexdigest())
        (run.workdir / "lines" / names[-1]).write_bytes(content)
    table = index_table(
        ids=[name.removesuffix(".png") for name in names],
        digests=digests,
        paths=names,
        parts=parts,
        sizes=[(WIDTH, HEIGHT)] * len(names),
    )
    write_index(run.workdir / "index.parquet", table.append_column("text", pa.array(texts)))
    return Dataset(
        task=TextRecognition.name,
        index="work:index.parquet",
        media="work:lines",
        media_kind="folder",
        labels=(),
        channels=1,
    )


def line(digits: Picture, gap: int, generator: Generator) -> Picture:
    """Digits beside one another on noisy paper, each a little larger, higher or nearer than the last.

    Args:
        gap: Before which digit there is a space; 0 for none.
    """
    import cv2
    import numpy as np

    paper = np.full((HEIGHT, WIDTH), generator.uniform(190, 240))
    left = int(generator.integers(1, 7))
    for place, digit in enumerate(digits):
        if gap and place == gap:
            left += int(generator.integers(9, 14))
        side = int(generator.integers(14, 18))
        top = int(generator.integers(2, HEIGHT - side - 1))
        ink = cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC) / 255.0
        window = paper[top : top + side, left : left + side]
        window *= 1.0 - generator.uniform(0.5, 0.9) * ink[:, : window.shape[1]]
        left += side - int(generator.integers(0, 4))
    noisy = paper + generator.normal(0, generator.uniform(3, 15), paper.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
