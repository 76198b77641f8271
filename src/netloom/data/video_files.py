"""Frames of a video file by their number, exactly, and decoding no more than it takes.

A timetable is made by reading the packets of a file without decoding them: when each frame is shown, and
which of them can be decoded without others (key frames). Frame ``n`` is the ``n``-th that is shown, whatever
the order in which frames are stored (B-frames) and however long each is shown (variable rate). To read it,
decoding starts at the last key frame before it; what comes out is told by its time, not by counting.
Files that give no times, or the same twice, are decoded from their start and counted.

Shape legend: T frames, H height, W width, C channels.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.images import MAX_PIXELS, Image
from netloom.data.video_library import opened_container

VideoSource = str | os.PathLike[str] | bytes
"""Path of a file, or the bytes of one."""

NOT_DECODED = "it cannot be decoded: it is damaged, cut short or no video"
_FORMATS = {1: "gray", 3: "rgb24"}
_QUARTER = 90


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """When the frames of a file are shown.

    Attributes:
        times_T: int64 times in the file's own unit, ascending; empty if it gives none.
        keys: Times of those that can be decoded without others, ascending.
    """

    times_T: NDArray[np.int64]
    keys: NDArray[np.int64]

    @property
    def is_known(self) -> bool:
        """Whether frames can be told by their time."""
        return len(self.times_T) > 0 and len(self.keys) > 0


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What one look at a video file tells.

    Attributes:
        num_frames: That can be decoded, as far as its first and last ones tell.
        missing: Frames that the file lists at its end, but that cannot be decoded.
    """

    width: int
    height: int
    num_frames: int
    missing: int = 0


def timetable_of(source: VideoSource) -> Timetable:
    """Read all packets of a file, and decode none.

    Raises:
        ValueError: It is no video; the message says so.
    """
    with _opened(source) as (container, stream):
        return _timetable(container, stream)


def video_facts(source: VideoSource) -> VideoFacts:
    """Size and length of a video: its first frame is decoded, and what comes after its last key frame.

    Raises:
        ValueError: It is no video, or not a single frame of it can be decoded.
    """
    with _opened(source) as (container, stream):
        table = _timetable(container, stream)
    if not table.is_known:
        return _counted(source)
    listed = len(table.times_T)
    first = read_frames(source, [0], channels=1, timetable=table)[0]
    before = int(np.searchsorted(table.times_T, table.keys[-1]))
    shown = _shown_from(source, int(table.keys[-1]))
    last = sum(1 for time in table.times_T[before:].tolist() if time in shown)
    height, width = first.shape[:2]
    return VideoFacts(width, height, max(1, before + last), max(0, listed - before - last))


def read_frames(
    source: VideoSource,
    numbers: Sequence[int],
    *,
    channels: int,
    timetable: Timetable | None = None,
) -> list[Image]:
    """Frames by their number, in the order asked for; numbers may repeat.

    In place of a frame that is damaged stands the one that is decoded before it, or else after it.

    Args:
        channels: 3 for red, green, blue; 1 for grey levels.
        timetable: Of this file, if it was made before.

    Raises:
        ValueError: The file is no video, or none of these frames can be decoded.
    """
    wanted = sorted(set(numbers))
    table = timetable or timetable_of(source)
    if table.is_known:
        found = _by_time(source, table, wanted, channels)
    else:
        found = _by_counting(source, wanted, channels)
    if not found:
        raise ValueError(NOT_DECODED)
    known = np.array(sorted(found))
    return [found[_nearest(known, number)] for number in numbers]


def _nearest(known: NDArray[np.int64], number: int) -> int:
    place = int(np.searchsorted(known, number, side="right"))
    return int(known[max(0, place - 1)])


@contextmanager
def _opened(source: VideoSource) -> Iterator[tuple[Any, Any]]:
    """A container and its first stream of pictures; all that PyAV raises comes out as ValueError."""
    from netloom.data.video_library import video_library

    error_type: Any = video_library().FFmpegError
    given = BytesIO(source) if isinstance(source, bytes) else os.fspath(source)
    try:
        with opened_container(given) as container:
            if not container.streams.video:
                raise ValueError("there are no pictures in it, only sound or other data")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError("no decoder is known for its pictures")
            if stream.width * stream.height > MAX_PIXELS:
                raise ValueError(
                    f"its frames of {stream.width}×{stream.height} pixels are too large"
                )
            # Loaders have processes of their own; threads started for each clip cost more than they give.
            stream.codec_context.thread_count = 1
            yield container, stream
    except (error_type, EOFError) as error:
        raise ValueError(NOT_DECODED) from error


def _timetable(container: Any, stream: Any) -> Timetable:
    times: list[int] = []
    keys: list[int] = []
    unknown = Timetable(np.zeros(0, np.int64), np.zeros(0, np.int64))
    for packet in _packets(container, stream):
        if packet.is_discard or not packet.size:
            continue
        if packet.pts is None:
            return unknown
        times.append(packet.pts)
        if packet.is_keyframe:
            keys.append(packet.pts)
    times_T = np.unique(np.array(times, np.int64))
    if len(times_T) != len(times):
        return unknown
    return Timetable(times_T, np.unique(np.array(keys, np.int64)))


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets up to where the file is damaged."""
    from netloom.data.video_library import video_library

    error_type: Any = video_library().FFmpegError
    try:
        yield from container.demux(stream)
    except error_type:
        return


def _decoded(container: Any, stream: Any) -> Iterator[tuple[int | None, Any]]:
    """Frames from the next key frame on, with their times; damaged packets are passed over."""
    from netloom.data.video_library import video_library

    error_type: Any = video_library().FFmpegError
    has_key = False
    for packet in _packets(container, stream):
        has_key = has_key or packet.is_keyframe
        if not has_key:  # some containers cannot jump to a key frame exactly
            continue
        try:
            frames = packet.decode()
        except (error_type, EOFError):
            continue
        for frame in frames:
            yield frame.pts, frame


def _by_time(
    source: VideoSource, table: Timetable, wanted: Sequence[int], channels: int
) -> dict[int, Image]:
    found: dict[int, Image] = {}
    lost: list[int] = []
    with _opened(source) as (container, stream):
        for stretch in _stretches(table, wanted):
            is_here = (
                stretch[0] == wanted[0] and _keys_before(table, stretch[0])[0] == table.keys[0]
            )
            got = _stretch(container, stream, table, stretch, channels) if is_here else None
            for key in () if is_here else _keys_before(table, stretch[0]):
                if got is None and _has_jumped(container, stream, key):
                    got = _stretch(container, stream, table, stretch, channels)
            if got is None:
                lost += stretch
            else:
                found |= got
    if lost:  # the file's own index is wrong: decode from its start
        with _opened(source) as (container, stream):
            found |= _stretch(container, stream, table, lost, channels, is_from_start=True) or {}
    return found


def _stretches(table: Timetable, wanted: Sequence[int]) -> list[list[int]]:
    """Frames in groups between which no key frame lies, so that none is decoded twice."""
    stretches = [[wanted[0]]]
    for number in wanted[1:]:
        if _keys_before(table, number)[0] > table.times_T[stretches[-1][-1]]:
            stretches.append([number])
        else:
            stretches[-1].append(number)
    return stretches


def _keys_before(table: Timetable, number: int) -> list[int]:
    """The last key frame before a frame, and the one before that: some containers jump a bit too far."""
    end = int(np.searchsorted(table.keys, table.times_T[number], side="right"))
    last = max(0, end - 1)
    nearest: list[int] = table.keys[max(0, last - 1) : last + 1][::-1].tolist()
    return nearest


def _has_jumped(container: Any, stream: Any, time: int) -> bool:
    """Go to the last key frame that is not after a time; False if the container cannot."""
    from netloom.data.video_library import video_library

    error_type: Any = video_library().FFmpegError
    try:
        container.seek(time, stream=stream, backward=True, any_frame=False)
    except error_type:
        return False
    return True


def _stretch(
    container: Any,
    stream: Any,
    table: Timetable,
    numbers: Sequence[int],
    channels: int,
    *,
    is_from_start: bool = False,
) -> dict[int, Image] | None:
    """Frames found when decoding from here on; None if the first of them lies before that."""
    by_time = {int(table.times_T[number]): number for number in numbers}
    earliest, latest = min(by_time), max(by_time)
    found: dict[int, Image] = {}
    before: tuple[int, Any] | None = None
    is_first = not is_from_start
    for time, frame in _decoded(container, stream):
        if time is None:
            continue
        if is_first and time > earliest:
            return None
        is_first = False
        if time in by_time:
            found[by_time[time]] = _pixels(frame, channels)
        if time < earliest:
            before = (time, frame)
        if time > latest or len(found) == len(by_time):
            break
    if is_first:
        return None
    if by_time[earliest] not in found and before is not None:
        place = int(np.searchsorted(table.times_T, before[0]))
        found.setdefault(place, _pixels(before[1], channels))
    return found


def _shown_from(source: VideoSource, key: int) -> set[int]:
    """Times of the frames that come out when decoding begins at a key frame, or else at the start."""
    with _opened(source) as (container, stream):
        if _has_jumped(container, stream, key):
            shown = {time for time, _ in _decoded(container, stream) if time is not None}
            if shown and min(shown) <= key:
                return shown
    with _opened(source) as (container, stream):
        return {time for time, _ in _decoded(container, stream) if time is not None}


def _by_counting(source: VideoSource, wanted: Sequence[int], channels: int) -> dict[int, Image]:
    found: dict[int, Image] = {}
    asked = set(wanted)
    with _opened(source) as (container, stream):
        for number, (_, frame) in enumerate(_decoded(container, stream)):
            if number in asked:
                found[number] = _pixels(frame, channels)
            if number == wanted[-1]:
                break
    return found


def _counted(source: VideoSource) -> VideoFacts:
    width = height = count = 0
    with _opened(source) as (container, stream):
        for _, frame in _decoded(container, stream):
            if not count:
                height, width = _pixels(frame, 1).shape[:2]
            count += 1
    if not count:
        raise ValueError(NOT_DECODED)
    return VideoFacts(width, height, count)


def _pixels(frame: Any, channels: int) -> Image:
    """Upright pixels (H, W, C): cameras store how they were held instead of turning the frames."""
    pixels: Image = frame.to_ndarray(format=_FORMATS[channels])
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    turns = round(frame.rotation / _QUARTER) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
