"""Scenes with real digits whose class is coarse (even or odd) and whose value is an attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netloom import Dataset, RunContext, operator
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import ObjectDetection
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

LABELS = ("even", "odd")
SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}
_LEAST_INK = 0.25
_MOST_SHARED = 0.15
_TRIES = 12


def _identity(**settings: Any) -> str:
    return "composed"  # the settings are part of the fingerprint already


@operator(group="scenes", job=True, identity=_identity, preload=("cv2", "pyarrow.parquet"))
def even_odd_scenes(
    *,
    count: PositiveInt = 900,
    size: PositiveInt = 96,
    most_digits: PositiveInt = 6,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[ObjectDetection]:
    """Compose scenes: digits of several sizes, turned and partly overlapping, on a noisy gradient.

    The digits of a part occur in no other part: training takes the first 70 % of the collection, testing the
    last 20 %.

    Args:
        count: Number of scenes; 70 % of them for training, 10 % for validation, 20 % for testing.
        size: Width and height of a scene in pixels.
        most_digits: A scene has none to so many digits.
        seed: Another seed gives other scenes.

    Returns:
        Grey pictures with a box around the ink of each digit; its value is the attribute "digit".
    """
    import cv2
    import numpy as np
    from sklearn.datasets import load_digits

    from netloom.data.formats.annotated.annotated_images import AnnotatedImages
    from netloom.data.formats.annotated.indexing import index_annotated
    from netloom.data.formats.annotated.source_folder import SourceFolder

    digits = load_digits()
    media = run.workdir / "media"
    media.mkdir()
    images = []
    for number, (part, first, end) in enumerate(_plan(count, len(digits.target))):
        random = np.random.default_rng([seed, number])
        pixels, objects = _composed(
            random, size, digits.images[first:end], digits.target[first:end], most_digits
        )
        name = f"{part}-{number:05d}.png"
        cv2.imwrite(str(media / name), pixels)
        images.append(AnnotatedImage(path=name, part=part, objects=tuple(objects)))
        run.progress(number + 1, count, unit="scene")
    found = AnnotatedImages(
        format="even_odd_scenes", folder=SourceFolder.at(media), images=tuple(images), labels=LABELS
    )
    return index_annotated(
        found, run.workdir, task=ObjectDetection.name, media="work:media", reporter=run
    )


def _plan(count: int, num_digits: int) -> Iterator[tuple[Any, int, int]]:
    """Part of each scene, and the range of digits that it may be composed of."""
    first = 0.0
    for part, share in SHARES.items():
        scenes = round(count * (first + share)) - round(count * first)
        ends = round(num_digits * first), round(num_digits * (first + share))
        for _ in range(scenes):
            yield part, *ends
        first += share


def _composed(
    random: Generator,
    size: int,
    digits_N88: NDArray[np.float64],
    classes_N: NDArray[np.int64],
    most_digits: int,
) -> tuple[NDArray[np.uint8], list[ObjectAnnotation]]:
    import numpy as np

    scene = _background(random, size)
    objects: list[ObjectAnnotation] = []
    for _ in range(int(random.integers(0, most_digits + 1))):
        chosen = int(random.integers(len(classes_N)))
        ink = _turned(random, digits_N88[chosen] / 16.0, size)
        for _ in range(_TRIES):
            x, y = random.integers(0, size - len(ink) + 1, 2).tolist()
            box = _around(ink, x, y)
            if all(_shared(box, each.box) <= _MOST_SHARED for each in objects):
                break
        else:
            continue  # it is too crowded already
        window = scene[y : y + len(ink), x : x + len(ink)]
        window += ink * (random.uniform(170.0, 250.0) - window)
        digit = int(classes_N[chosen])
        objects.append(
            ObjectAnnotation(box=box, label=LABELS[digit % 2], attributes={"digit": str(digit)})
        )
    return np.clip(scene, 0, 255).astype(np.uint8), objects


def _background(random: Generator, size: int) -> NDArray[np.float64]:
    """Dark, brighter to one side, with grain."""
    import numpy as np

    across, down = random.uniform(-50.0, 50.0, 2)
    ramp = np.linspace(-0.5, 0.5, size)
    level = random.uniform(40.0, 100.0)
    return level + across * ramp + down * ramp[:, None] + random.normal(0.0, 10.0, (size, size))


def _turned(random: Generator, ink_88: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The digit with 1/7 to 1/3 of the scene's side, turned by up to 20 degrees."""
    import cv2
    import numpy as np

    side = int(random.uniform(size / 7.0, size / 3.0))
    room = int(side * 1.4) + 2
    turn = cv2.getRotationMatrix2D((3.5, 3.5), random.uniform(-20.0, 20.0), side / 8.0)
    turn[:, 2] += (room - 1) / 2.0 - 3.5
    turned: NDArray[np.float64] = np.clip(
        cv2.warpAffine(ink_88, turn, (room, room), flags=cv2.INTER_LINEAR), 0.0, 1.0
    )
    return turned


def _around(ink: NDArray[np.float64], x: int, y: int) -> Box:
    """The box around all visible ink of a digit that is put at (x, y)."""
    columns = (ink > _LEAST_INK).any(axis=0).nonzero()[0]
    rows = (ink > _LEAST_INK).any(axis=1).nonzero()[0]
    return Box(
        float(x + columns[0]),
        float(y + rows[0]),
        float(x + columns[-1] + 1),
        float(y + rows[-1] + 1),
    )


def _shared(box: Box, other: Box) -> float:
    """Area of both, as a share of the smaller one."""
    wide = min(box.right, other.right) - max(box.left, other.left)
    high = min(box.bottom, other.bottom) - max(box.top, other.top)
    return max(wide, 0.0) * max(high, 0.0) / min(box.area, other.area)
