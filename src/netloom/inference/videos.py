"""Videos in the forms in which people have them, as a network takes them; several clips of one, averaged.

Shape legend: N samples, V clips of a video, T frames of a clip, C channels, H height, W width, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.data.apply.image_function import ImageFunction
from netloom.data.clip_frames import changed_alike
from netloom.data.clip_sampling import fixed_frames
from netloom.data.film_layout import filmstrip, spread_numbers
from netloom.data.images import Image
from netloom.data.transforms.clips import Clips
from netloom.data.video_files import read_frames, timetable_of, video_facts
from netloom.data.video_reader import listed_frames, pictures_of
from netloom.inference.pictures import several_pictures
from netloom.models.architecture import ClipInput, ImageInput

_MOST_PIXELS = 1 << 22
"""Of the frames of a batch: 41 clips of 8 frames of 112×112."""


class OpenedVideo:
    """A video whose frames can be asked for by number.

    Args:
        source: Path of a file or of a folder of frames, the bytes of a file, or uint8 frames (T, H, W, C) as
            grey or RGB.
        channels: 1 or 3; frames of the other kind are converted.

    Raises:
        InvalidData: It cannot be read, or is no video.
    """

    def __init__(self, source: Any, *, channels: int) -> None:
        self.name = str(source) if isinstance(source, str | Path) else "this video"
        self._channels = channels
        with _explained(self.name):
            self._read, self.num_frames = self._opened(source)

    def frames(self, numbers: Sequence[int]) -> list[Image]:
        """Some frames, by their numbers. Raises InvalidData."""
        with _explained(self.name):
            return self._read(numbers)

    def _opened(self, source: Any) -> tuple[Callable[[Sequence[int]], list[Image]], int]:
        channels = self._channels
        if isinstance(source, bytes | bytearray | memoryview):
            source = bytes(source)
        elif isinstance(source, str | Path) and Path(source).is_dir():
            files = listed_frames(Path(source))
            if not files:
                raise ValueError("there are no pictures in the folder")
            return lambda numbers: pictures_of(files, numbers, channels=channels), len(files)
        elif not isinstance(source, str | Path):
            frames_THWC = _frames_of_array(source, channels=channels)
            return lambda numbers: [frames_THWC[number] for number in numbers], len(frames_THWC)
        facts, table = video_facts(source), timetable_of(source)
        return (
            lambda numbers: read_frames(source, numbers, channels=channels, timetable=table),
            facts.num_frames,
        )


def check_clips(expected: ClipInput, found: ClipInput, name: str) -> None:
    """See that a network takes the clips of a video.

    Args:
        name: Of the video, for people.

    Raises:
        InvalidData: They have another length, size or number of channels.
    """
    if expected.sample_shape == found.sample_shape:
        return
    wanted = (expected.frames, expected.width, expected.height, expected.channels)
    got = (found.frames, found.width, found.height, found.channels)
    raise InvalidData.of(
        f"the model does not take videos like {name}",
        code="I308",
        expected="{} frames of {}×{} pixels (width×height), {} channels".format(*wanted),
        got="{} frames of {}×{} pixels, {} channels".format(*got),
        fix="Connect the videos without transforms, so that the model's own are taken",
    )


def several_videos(videos: Any) -> Iterable[Any]:
    """The videos of a sequence, an iterator or an array (N, T, H, W, C); a single video as one of one.

    Example:
        >>> len(list(several_videos(np.zeros((5, 8, 8, 1), np.uint8))))
        1
    """
    if isinstance(videos, np.ndarray):
        return videos if videos.ndim == 5 else [videos]
    return several_pictures(videos)


def prepared_clips(video: OpenedVideo, clips: Clips, change: ImageFunction) -> NDArray[np.uint8]:
    """The clips of a video outside training, (V, T, H, W, C).

    Args:
        change: The preprocessing of each frame.
    """
    numbers_VT = fixed_frames(clips, video.num_frames, views=clips.views)
    frames = changed_alike(video.frames(numbers_VT.ravel().tolist()), change, None, None)
    return np.stack(frames).reshape(*numbers_VT.shape, *frames[0].shape)


def video_filmstrip(video: OpenedVideo) -> Image:
    """Some frames of a video side by side, as they are stored."""
    return filmstrip(video.frames(spread_numbers(video.num_frames)))


def averaged_views(network: Callable[..., Any]) -> Callable[..., Any]:
    """A network for clips that also takes several of each video, and answers with their mean probability.

    The answer is logits all the same: the logarithms of those means.

    Example:
        >>> answers = np.log(np.array([[0.8, 0.2], [0.4, 0.6]], np.float32))
        >>> first = averaged_views(lambda clips: answers[clips[:, 0, 0, 0, 0].astype(int)])
        >>> clips_NVTCHW = np.arange(2, dtype=np.uint8).reshape(1, 2, 1, 1, 1, 1)
        >>> np.exp(first(clips_NVTCHW)).astype(float).round(2).tolist()
        [[0.6, 0.4]]
    """

    def compute(clips: Any) -> Any:
        if clips.ndim < 6:
            return network(clips)
        views = clips.shape[1]
        logits = [_as_array(network(clips[:, view])) for view in range(views)]
        return np.log(np.mean([_softmax(each) for each in logits], axis=0))

    return compute


def most_clips(image: ImageInput) -> int:
    """Clips that are computed at once, so that their maps fit into memory.

    Example:
        >>> most_clips(ClipInput(channels=1, height=8, width=8, mean=(0,), std=(1,), frames=4))
        16384
    """
    frames = image.frames if isinstance(image, ClipInput) else 1
    return max(1, _MOST_PIXELS // (frames * image.height * image.width))


def _as_array(outputs: Any) -> NDArray[np.float32]:
    if isinstance(outputs, np.ndarray):
        return outputs
    array: NDArray[np.float32] = outputs.float().cpu().numpy()
    return array


def _softmax(logits_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turns what reading a video raises into an error that names it."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidData.of(
            f"cannot read video {name}: {reason}", code="I010", fix="Give a whole video file"
        ) from error


def _frames_of_array(source: Any, *, channels: int) -> NDArray[np.uint8]:
    frames = np.asarray(source)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] not in (1, 3):
        raise InvalidData.of(
            "this array is no video",
            code="I309",
            expected="uint8 of shape (frames, height, width, 1 or 3)",
            got=f"{frames.dtype} of shape {frames.shape}",
            fix="Convert it: levels 0…255, channels last",
        )
    if not frames.size:
        raise ValueError("there are no frames in it")
    if frames.shape[3] == channels:
        return frames
    if channels == 3:
        return np.repeat(frames, 3, axis=3)
    import cv2

    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[:, :, None] for frame in frames]
    return np.stack(grey).astype(np.uint8, copy=False)
