"""Pages with strings of real handwritten digits, composed from those that come with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import RunContext, operator
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import TextDetection
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netloom.data.annotations import ObjectAnnotation

_LEAST_DIGITS, _MOST_DIGITS = 3, 7
_LEAST_HEIGHT_PX, _MOST_HEIGHT_PX = 11, 22
_MOST_DEGREES = 80.0
_SMEARED_SHARE = 0.08


@operator(group="pages", job=True, identity=lambda **_: "1", preload=("cv2", "sklearn.datasets"))
def digit_pages(
    *,
    pages: PositiveInt = 400,
    size: PositiveInt = 128,
    most_texts: PositiveInt = 8,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[TextDetection]:
    """Grey pages: strings of handwritten digits, turned, on paper with stains, between lines and blots.

    One string in twelve is smeared until nobody could read it; it is marked as illegible.

    Args:
        pages: How many.
        size: Their height and width in pixels.
        most_texts: Strings on a page, at most; there may be none.
        seed: Start of all random numbers.

    Returns:
        The pages with the outline of each string.
    """
    import cv2
    import numpy as np
    from sklearn.datasets import load_digits

    from netloom.core.digests import digest_of_bytes
    from netloom.data.index import INDEX_NAME, index_table, write_index
    from netloom.data.objects import OBJECTS, objects_column

    bunch = load_digits()
    glyphs = bunch.images.astype(np.float32) / 16.0, bunch.target
    media = run.workdir / "pages"
    media.mkdir()
    names = [f"page-{number:04d}.png" for number in range(pages)]
    digests, objects = [], []
    for number, name in enumerate(names):
        page, texts = _page(glyphs, size, most_texts, np.random.default_rng([seed, number]))
        content = cv2.imencode(".png", page)[1].tobytes()
        (media / name).write_bytes(content)
        digests.append(digest_of_bytes(content))
        objects.append(texts)
    table = index_table(ids=names, digests=digests, paths=names, sizes=[(size, size)] * pages)
    write_index(run.workdir / INDEX_NAME, table.append_column(OBJECTS, objects_column(objects, {})))
    return Dataset(
        task=TextDetection.name,
        index=f"work:{INDEX_NAME}",
        media="work:pages",
        media_kind="folder",
        labels=(),
        channels=1,
    )


def _page(
    glyphs: tuple[NDArray[np.float32], NDArray[np.int64]],
    size: int,
    most_texts: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], list[ObjectAnnotation]]:
    import cv2
    import numpy as np

    from netloom.data.annotations import ObjectAnnotation, box_around

    paper = _paper(size, rng)
    ink = np.zeros((size, size), np.float32)
    taken = np.zeros((size, size), np.uint8)
    texts: list[ObjectAnnotation] = []
    for _ in range(int(rng.integers(0, most_texts + 1))):
        line, said = _line(glyphs, rng)
        place = _free_place(line.shape, taken, rng)
        if place is None:
            continue
        matrix_23, corners = place
        is_smeared = rng.random() < _SMEARED_SHARE
        if is_smeared:
            line = cv2.GaussianBlur(line, (0, 0), line.shape[0] / 5)
        drawn = cv2.warpAffine(line, matrix_23, (size, size), flags=cv2.INTER_LINEAR)
        ink = np.maximum(ink, drawn)
        ring = tuple((float(x), float(y)) for x, y in corners)
        texts.append(
            ObjectAnnotation(
                box=box_around((ring,)),
                outlines=(ring,),
                text=None if is_smeared else said,
                is_crowd=is_smeared,
            )
        )
    strength = rng.uniform(60, 140) * (1 if rng.random() < 0.3 else -1)
    ink = np.maximum(ink, 0.7 * _scribbles(taken, rng))
    noise = rng.normal(0, 6, paper.shape)
    return np.clip(paper + strength * ink + noise, 0, 255).astype(np.uint8), texts


def _line(
    glyphs: tuple[NDArray[np.float32], NDArray[np.int64]], rng: np.random.Generator
) -> tuple[NDArray[np.float32], str]:
    """Some digits side by side, and what they say."""
    import cv2
    import numpy as np

    images, values = glyphs
    height = int(rng.integers(_LEAST_HEIGHT_PX, _MOST_HEIGHT_PX + 1))
    chosen = rng.integers(0, len(images), int(rng.integers(_LEAST_DIGITS, _MOST_DIGITS + 1)))
    width = round(0.8 * height)
    digits = [
        cv2.resize(images[index], (width, height), interpolation=cv2.INTER_LINEAR)
        for index in chosen
    ]
    return np.clip(np.concatenate(digits, axis=1), 0, 1), "".join(str(values[i]) for i in chosen)


def _free_place(
    extent: tuple[int, ...], taken: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Where a line fits between the others: how to warp it, and its corners clockwise; None if nowhere."""
    import cv2
    import numpy as np

    height, width = extent
    size = taken.shape[0]
    for _ in range(30):
        angle = np.deg2rad(rng.uniform(-_MOST_DEGREES, _MOST_DEGREES))
        turn_22 = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle_2 = rng.uniform(0, size, 2)
        around_42 = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - [
            width / 2,
            height / 2,
        ]
        corners_42 = around_42 @ turn_22.T + middle_2
        if corners_42.min() < 1 or corners_42.max() > size - 1:
            continue
        spot = np.zeros_like(taken)
        cv2.fillConvexPoly(spot, np.rint(corners_42).astype(np.int32), 1)
        spot = cv2.dilate(spot, np.ones((3, 3), np.uint8))
        if (spot & taken).any():
            continue
        taken |= spot
        # Pixels are counted from their middles by OpenCV, and from their corners here.
        shift_2 = corners_42[0] + turn_22 @ [0.5, 0.5] - 0.5
        return np.column_stack([turn_22, shift_2]), corners_42
    return None


def _paper(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A page without writing: uneven light, stains and a few straight edges."""
    import cv2
    import numpy as np

    coarse = rng.normal(0, 1, (6, 6)).astype(np.float32)
    stains = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (size, size)).astype(np.float32), (0, 0), 1.5)
    return (rng.uniform(100, 170) + 14 * stains + 20 * fine).astype(np.float32)


def _scribbles(taken: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Lines and blots beside the text: as dark as it, but not text."""
    import cv2
    import numpy as np

    size = taken.shape[0]
    drawn = np.zeros(taken.shape, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        start, end = rng.integers(0, size, 2), rng.integers(0, size, 2)
        cv2.line(drawn, start.tolist(), end.tolist(), 1.0, int(rng.integers(1, 3)), cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 4))):
        axes = rng.integers(3, 12, 2).tolist()
        middle = rng.integers(0, size, 2).tolist()
        cv2.ellipse(drawn, middle, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    drawn[taken > 0] = 0.0
    return drawn
