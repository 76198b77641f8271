"""Videos of handwritten digits that move, in which no single frame tells how.

The digits are the 1 797 real ones that come with scikit-learn. Everything else is drawn from a seed: which
digit, where it begins, how it is turned, how fast it moves, and the noise. What leaves the frame on one side
comes back on the other, so every place and every angle is as likely in any frame of any class.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netloom import RunContext, operator
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import VideoClassification
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SIDE, FRAMES = 32, 16
STEPS = {
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
    "up": (0, -1, 0),
    "down": (0, 1, 0),
    "clockwise": (0, 0, -1),
    "anticlockwise": (0, 0, 1),
}
"""Of each class: pixels to the right, pixels down, and a turn of 8 degrees, for each frame at speed 1."""
CONTAINERS = (
    ("mp4", "mpeg4", "yuv420p"),
    ("avi", "mjpeg", "yuvj420p"),
    ("mkv", "mpeg4", "yuv420p"),
)


@operator(group="data", job=True)
def moving_digits(
    *,
    train: PositiveInt = 720,
    valid: PositiveInt = 120,
    test: PositiveInt = 240,
    noise: PositiveInt = 12,
    seed: Seed = 7,
    run: RunContext,
) -> Dataset[VideoClassification]:
    """Videos of 16 frames of 32 × 32 pixels: a digit goes left, right, up or down, or turns.

    No handwriting occurs in two parts: each has digits of its own. Files are real: MPEG-4 in .mp4 and .mkv,
    and Motion JPEG in .avi.

    Args:
        train: Videos to learn from.
        valid: Videos that decide which epoch is kept.
        test: Videos to measure on.
        noise: Standard deviation of the noise of each frame, in levels of 0 to 255.
        seed: Start of all random numbers.

    Returns:
        The videos, divided into parts.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    from netloom.data.formats.annotated.source_folder import SourceFolder
    from netloom.data.formats.annotated.video_indexing import index_videos
    from netloom.data.formats.annotated.videos import VIDEOS

    digits = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    generator = np.random.default_rng(seed)
    shares = np.split(generator.permutation(len(digits)), [1200, 1400])
    folder = run.workdir / "videos"
    classes = tuple(STEPS)
    for part, count, share in zip(("train", "valid", "test"), (train, valid, test), shares):
        for number in range(count):
            label = classes[number % len(classes)]
            frames = moved(digits[generator.choice(share)], label, noise, generator)
            container = CONTAINERS[int(generator.integers(len(CONTAINERS)))]
            written(folder / part / label, f"{number:04d}", frames, container)
        run.progress(count, count, unit="video")
    return index_videos(
        VIDEOS.read(SourceFolder.at(folder)), run.workdir, media="work:videos", reporter=run
    )


def moved(digit: Pixels, label: str, noise: int, generator: Generator) -> list[Pixels]:
    """The frames of a video: grey, (32, 32)."""
    import cv2
    import numpy as np

    right, down, turn = STEPS[label]
    speed = generator.uniform(0.8, 1.8)
    x, y = generator.uniform(0, SIDE, 2)
    angle = generator.uniform(0, 360)
    paper = np.zeros((SIDE, SIDE), np.float32)
    paper[8:24, 8:24] = cv2.resize(digit, (16, 16), interpolation=cv2.INTER_CUBIC)
    frames = []
    for step in np.arange(FRAMES) * speed:
        turned = cv2.getRotationMatrix2D((15.5, 15.5), angle + 8 * turn * step, 1.0)
        upright = cv2.warpAffine(paper, turned, (SIDE, SIDE))
        around = np.tile(upright, (2, 2))  # so that what leaves on one side comes back on the other
        offsets = (-(x + right * step) % SIDE, -(y + down * step) % SIDE)
        places = np.array([[1, 0, -offsets[0]], [0, 1, -offsets[1]]], np.float32)
        frame = cv2.warpAffine(around, places, (SIDE, SIDE)) + generator.normal(
            0, noise, paper.shape
        )
        frames.append(np.clip(np.rint(frame + 30), 0, 255).astype(np.uint8))
    return frames


def written(folder: Path, name: str, frames: list[Pixels], container: tuple[str, str, str]) -> None:
    """Write frames as a video file."""
    import av
    import numpy as np

    suffix, codec, pixels = container
    folder.mkdir(parents=True, exist_ok=True)
    with av.open(str(folder / f"{name}.{suffix}"), "w") as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, pixels
        stream.bit_rate = 400_000
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="gray")
            file.mux(stream.encode(picture.reformat(format=pixels)))
        file.mux(stream.encode())
