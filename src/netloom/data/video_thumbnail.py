"""Videos as thumbnails: some of their frames, and how many there are.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.data.film_layout import filmstrip, spread_numbers
from netloom.data.images import Image
from netloom.data.thumbnail import EncodedImage
from netloom.data.video_files import read_frames, timetable_of, video_facts
from netloom.data.video_reader import listed_frames, pictures_of, unreadable_video

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_SMALL_SIDE = 160
"""Up to here a single frame is shown: several would be too small to be seen."""
_MOST_ENLARGED = 16
_QUALITY = 85
_DARK, _LIGHT = (16, 20, 24), (255, 255, 255)
_FONT_SHARE, _LEAST_FONT = 14, 10


def video_thumbnail(path: Path, *, side: int) -> EncodedImage:
    """A picture of a video that fits a square: the frame in the middle or, if there is room, several.

    Args:
        path: A video file, or a folder of frames.
        side: Of the square, pixels.

    Raises:
        InvalidData: It cannot be read.
    """
    import PIL.Image

    try:
        frames, length = _frames(path, count=1 if side <= _SMALL_SIDE else 6)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise unreadable_video(path.name, reason) from error
    picture = PIL.Image.fromarray(filmstrip(frames))
    enlarged = min(side // max(picture.size), _MOST_ENLARGED)
    if enlarged > 1:
        extent = (picture.width * enlarged, picture.height * enlarged)
        picture = picture.resize(extent, PIL.Image.Resampling.NEAREST)
    picture.thumbnail((side, side))
    _badge(picture, str(length))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=_QUALITY, subsampling=0)
    return EncodedImage.of(target.getvalue())


def _frames(path: Path, *, count: int) -> tuple[list[Image], int]:
    """Frames spread over a video, and how many it has."""
    if path.is_dir():
        files = listed_frames(path)
        return pictures_of(files, _numbers(len(files), count), channels=3), len(files)
    length = video_facts(path).num_frames
    table = timetable_of(path)
    return read_frames(path, _numbers(length, count), channels=3, timetable=table), length


def _numbers(length: int, count: int) -> Sequence[int]:
    return [length // 2] if count == 1 else spread_numbers(length, count=count)


def _badge(picture: Picture, text: str) -> None:
    """A triangle and a number in the corner at the bottom right."""
    from PIL import ImageDraw, ImageFont

    size = max(_LEAST_FONT, min(picture.size) // _FONT_SHARE)
    font = ImageFont.load_default(size)
    pen = ImageDraw.Draw(picture)
    width = int(pen.textlength(text, font=font)) + 2 * size
    right, bottom = picture.width - 3, picture.height - 3
    left, top = right - width, bottom - size - size // 2
    pen.rounded_rectangle((left, top, right, bottom), radius=3, fill=_DARK)
    middle, reach = (top + bottom) / 2, size * 0.32
    start = left + size * 0.45
    pen.polygon(
        [(start, middle - reach), (start, middle + reach), (start + 1.7 * reach, middle)],
        fill=_LIGHT,
    )
    pen.text((start + size * 0.85, middle), text, font=font, fill=_LIGHT, anchor="lm")
