"""Videos by position: files, or folders of frames. Never is a whole one in memory.

Shape legend: T frames, H height, W width, C channels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.data.formats.listing import IMAGE_SUFFIXES, is_junk, natural_key
from netloom.data.images import Image, decode_image
from netloom.data.path_text import path_from_text
from netloom.data.video_files import Timetable, read_frames, timetable_of

_MOST_TIMES = 4_000_000
"""Times that are kept for reuse, 32 MB; the videos that were used longest ago give way."""


class VideoFrames:
    """Reads frames of the videos of a data set. Each process has its own copy.

    Args:
        paths: Files or folders of frames relative to ``folder``, as the index keeps them.
        frames_N: int64 frames of each.
        channels: 1 or 3.
    """

    def __init__(
        self, folder: Path, paths: Sequence[str], frames_N: NDArray[np.int64], *, channels: int
    ) -> None:
        self.folder = folder
        self.paths = paths
        self._frames_N = frames_N
        self._channels = channels
        self._known = _Recent()

    def num_frames(self, position: int) -> int:
        """How many frames a video has."""
        return int(self._frames_N[position])

    def read(self, position: int) -> Image:
        """The frame in the middle, for whoever wants one picture of a video."""
        return self.frames(position, [self.num_frames(position) // 2])[0]

    def frames(self, position: int, numbers: Sequence[int]) -> list[Image]:
        """Some frames of a video, by their numbers.

        Raises:
            InvalidData: They cannot be read; the diagnostic names the file.
        """
        path = f"{self.folder}/{path_from_text(self.paths[position])}"
        try:
            return self._read(path, numbers)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise unreadable_video(path, reason) from error

    def _read(self, path: str, numbers: Sequence[int]) -> list[Image]:
        known = self._known.get(path)
        if known is None:
            is_folder = Path(path).is_dir()
            known = listed_frames(Path(path)) if is_folder else timetable_of(path)
            self._known.keep(path, known)
        if isinstance(known, Timetable):
            return read_frames(path, numbers, channels=self._channels, timetable=known)
        return pictures_of(known, numbers, channels=self._channels)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_known": _Recent()}


class _Recent:
    """What was found out about the videos that were read last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Timetable | list[Path]] = OrderedDict()
        self._times = 0

    def get(self, path: str) -> Timetable | list[Path] | None:
        found = self._known.get(path)
        if found is not None:
            self._known.move_to_end(path)
        return found

    def keep(self, path: str, found: Timetable | list[Path]) -> None:
        self._known[path] = found
        self._times += _length(found)
        while self._times > _MOST_TIMES and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            self._times -= _length(oldest)


def _length(found: Timetable | list[Path]) -> int:
    return len(found.times_T) if isinstance(found, Timetable) else 16 * len(found)


def listed_frames(folder: Path) -> list[Path]:
    """The pictures in a folder of frames, in their order: 2 comes before 10."""
    found = [
        file
        for file in folder.iterdir()
        if file.suffix.lower() in IMAGE_SUFFIXES and not is_junk(file.name) and file.is_file()
    ]
    return sorted(found, key=lambda file: natural_key(file.name))


def pictures_of(files: Sequence[Path], numbers: Sequence[int], *, channels: int) -> list[Image]:
    """Some frames of a folder, by their numbers; beyond the last one stands the last one.

    Raises:
        ValueError, OSError: One cannot be read, or there are none.
    """
    if not files:
        raise ValueError("there are no pictures in the folder")
    last = len(files) - 1
    decoded = {
        number: decode_image(files[min(number, last)].read_bytes(), channels=channels)
        for number in set(numbers)
    }
    return [decoded[number] for number in numbers]


def unreadable_video(path: str, reason: str | None) -> InvalidData:
    """The error for a video that was listed, but that cannot be read any more."""
    return InvalidData.of(
        f"cannot read video {path}: {reason}",
        code="I010",
        fix="It was readable when the data set was listed: restore it, "
        "or run the source again to list the data set anew",
    )
