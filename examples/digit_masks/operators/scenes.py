"""Scenes in which handwritten digits lie on a shaded ground, with a mask that says which pixel is what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom import Dataset, RunContext, operator
from netloom.core.settings import Fraction, NonNegativeInt, PositiveInt, Seed
from netloom.core.tasks import SemanticSegmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LABELS = ("background", *(str(digit) for digit in range(10)))
INK = 0.4
"""Share of full ink from which on a pixel belongs to a digit."""
TRIES = 50
"""Places that are tried for a digit before one is taken that hides more than it should."""


def _identity(**settings: Any) -> str:
    return "drawn"  # the settings are part of the fingerprint already


@operator(group="scenes", job=True, identity=_identity, preload=("cv2", "pyarrow.parquet"))
def digit_scenes(
    *,
    train: PositiveInt = 2500,
    valid: NonNegativeInt = 100,
    test: PositiveInt = 200,
    side: PositiveInt = 40,
    digits: PositiveInt = 2,
    hidden: Fraction = 0.1,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[SemanticSegmentation]:
    """Compose scenes of scikit-learn's handwritten digits.

    The three parts share no digit: a tenth of the 1 797 digits is for validation, a fifth for testing.
    Digits are turned by up to 12°, 18 to 24 pixels high, lighter than the ground, and may overlap a little;
    the upper one is what the mask tells.

    Args:
        train: Scenes to learn from.
        valid: Scenes to choose the best epoch with.
        test: Scenes to measure on.
        side: Width and height of a scene in pixels.
        digits: Most digits in a scene; there is at least one.
        hidden: Share of a digit that another one may hide. With 1 they lie anywhere, and what is left of some
            could be several digits.
        seed: Another seed gives other scenes.

    Returns:
        Grey scenes with their masks, divided into parts.
    """
    import numpy as np
    import pyarrow as pa
    from sklearn.datasets import load_digits

    from netloom.data.index import index_table, write_index

    bunch = load_digits()
    order = np.random.default_rng(seed).permutation(len(bunch.images))
    pools = {"test": order[:360], "valid": order[360:540], "train": order[540:]}
    counts = {"train": train, "valid": valid, "test": test}
    parts = [part for part, count in counts.items() for _ in range(count)]
    names = [f"scene-{row:05d}" for row in range(len(parts))]
    for row, (name, part) in enumerate(zip(names, parts, strict=True)):
        random = np.random.default_rng([seed, row])
        chosen = random.choice(pools[part], random.integers(1, digits + 1))
        drawn = [(bunch.images[at] / 16.0, int(bunch.target[at])) for at in chosen]
        scene, mask = compose(drawn, side, random, hidden=hidden)
        _write(run.workdir / "media" / "pictures" / f"{name}.png", scene)
        _write(run.workdir / "media" / "masks" / f"{name}.png", mask)
        run.progress(row + 1, len(parts), unit="scene")
    table = index_table(
        ids=names,
        digests=[
            f"{seed}-{side}-{digits}-{hidden}-{name}-{parts[row]}" for row, name in enumerate(names)
        ],
        paths=[f"pictures/{name}.png" for name in names],
        parts=parts,
        sizes=[(side, side)] * len(names),
    )
    masks = pa.array([f"masks/{name}.png" for name in names], pa.string())
    write_index(run.workdir / "index.parquet", table.append_column("mask", masks))
    return Dataset(
        task=SemanticSegmentation.name,
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=LABELS,
        channels=1,
    )


def compose(
    drawn: list[tuple[NDArray[np.float64], int]],
    side: int,
    random: np.random.Generator,
    *,
    hidden: float = 1.0,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A scene and its mask.

    Args:
        drawn: Ink from 0 to 1 and class of each digit, the lowest first.
        hidden: Share of a digit that another one may hide.
    """
    import numpy as np

    level = random.uniform(0.1, 0.4)
    slope_x, slope_y = random.uniform(-0.15, 0.15, 2)
    rows, columns = np.mgrid[:side, :side] / side - 0.5
    scene = level + slope_x * columns + slope_y * rows
    mask = np.zeros((side, side), np.uint8)
    below: list[NDArray[np.bool_]] = []
    for ink, digit in drawn:
        for _ in range(TRIES):
            placed = _placed(ink, side, random)
            is_ink = placed >= INK
            if all((lower & is_ink).sum() <= hidden * lower.sum() for lower in below):
                break
        below.append(is_ink)
        scene = scene * (1 - placed) + placed * random.uniform(0.7, 1.0)
        mask[is_ink] = digit + 1
    scene = scene + random.normal(0.0, random.uniform(0.01, 0.05), scene.shape)
    return (np.clip(scene, 0, 1) * 255).astype(np.uint8), mask


def _placed(
    ink: NDArray[np.float64], side: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """The digit at a random place, size and angle on an empty scene."""
    import cv2
    import numpy as np

    scale = random.uniform(18, 24) / len(ink)
    turned = cv2.getRotationMatrix2D((3.5, 3.5), random.uniform(-12, 12), scale)
    turned[:, 2] += random.uniform(9, side - 9, 2) - 3.5
    placed = cv2.warpAffine(ink, turned, (side, side), flags=cv2.INTER_LINEAR)
    return np.clip(placed, 0, 1)


def _write(path: Path, levels: NDArray[np.uint8]) -> None:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", levels)[1].tobytes())
