"""Several views of one picture side by side, with titles above and a legend below, as one encoded picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.drawing import Thumbnail

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

_TITLE_PX = 16
_LINE_PX = 16
_GAP_PX = 4
_SWATCH_PX = 10
_LEGEND_PX = 160
_JPEG_QUALITY = 88


class Panel(NamedTuple):
    """A view of the picture: uint8 (H, W, 3)."""

    title: str
    pixels: NDArray[np.uint8]


class Entry(NamedTuple):
    """A line of a legend."""

    colour: tuple[int, int, int]
    text: str


def in_colour(image_HWC: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with three channels.

    Example:
        >>> in_colour(np.zeros((2, 2, 1), np.uint8)).shape
        (2, 2, 3)
    """
    return np.repeat(image_HWC, 3, axis=2) if image_HWC.shape[2] == 1 else image_HWC


def scale_to(extent: tuple[int, ...], *, side: int) -> tuple[int, int]:
    """Height and width for a view whose longer side has about ``side`` pixels.

    Small pictures grow by a whole factor, so that every pixel stays visible.

    Example:
        >>> scale_to((8, 6), side=64), scale_to((640, 480), side=320)
        ((64, 48), (320, 240))
    """
    height, width = extent[:2]
    longer = max(height, width)
    if longer <= side:
        factor = side // longer
        return height * factor, width * factor
    return max(1, round(height * side / longer)), max(1, round(width * side / longer))


def enlarged(pixels: NDArray[np.uint8], extent: tuple[int, int]) -> NDArray[np.uint8]:
    """Pixels (H, W) or (H, W, C) in another extent: repeated where it is larger, averaged where smaller.

    Levels of a map must not be averaged: they are picked, whatever the size.

    Example:
        >>> enlarged(np.array([[1, 2]], np.uint8), (2, 4)).tolist()
        [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    import cv2

    if pixels.shape[:2] == extent:
        return pixels
    is_map, grows = pixels.ndim == 2, extent[0] >= pixels.shape[0]
    how = cv2.INTER_NEAREST if is_map or grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, extent[::-1], interpolation=how), np.uint8)


def panels_png(panels: Sequence[Panel], legend: Sequence[Entry] = ()) -> bytes:
    """The views side by side as a PNG, the legend below.

    Example:
        >>> content = panels_png([Panel("a", np.zeros((4, 40, 3), np.uint8))])
        >>> content[1:4]
        b'PNG'
    """
    stream = io.BytesIO()
    _composed(panels, legend).save(stream, "PNG")
    return stream.getvalue()


def panels_thumbnail(panels: Sequence[Panel]) -> Thumbnail:
    """The views in rows of two on a square in few bytes, without a legend.

    Example:
        >>> panels_thumbnail([Panel("a", np.zeros((4, 40, 3), np.uint8))] * 4).media_type
        'image/jpeg'
    """
    from PIL import Image

    views, stream = _composed(panels, (), across=2), io.BytesIO()
    square = Image.new("RGB", (max(views.size),) * 2, "white")
    square.paste(views, ((square.width - views.width) // 2, (square.height - views.height) // 2))
    square.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return Thumbnail(stream.getvalue(), "image/jpeg")


def _composed(
    panels: Sequence[Panel], legend: Sequence[Entry], *, across: int | None = None
) -> Picture:
    """Views in rows of ``across`` (None: all in one), each as wide as the widest."""
    from PIL import Image, ImageDraw

    measuring = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    across = across or len(panels)
    width = _GAP_PX + max(
        max(panel.pixels.shape[1], int(measuring.textlength(panel.title))) for panel in panels
    )
    height = _TITLE_PX + max(panel.pixels.shape[0] for panel in panels)
    total = max(width * across - _GAP_PX, _LEGEND_PX if legend else 0)
    lines = _lines(legend, total, measuring)
    bottom = height * -(-len(panels) // across)
    canvas = Image.new("RGB", (total, bottom + _LINE_PX * len(lines)), "white")
    draw = ImageDraw.Draw(canvas)
    for place, panel in enumerate(panels):
        left, top = width * (place % across), height * (place // across)
        draw.text((left + 1, top + 2), panel.title, fill="black")
        canvas.paste(Image.fromarray(np.ascontiguousarray(panel.pixels)), (left, top + _TITLE_PX))
    for row, line in enumerate(lines):
        _draw_line(draw, line, bottom + _LINE_PX * row)
    return canvas


def _lines(legend: Sequence[Entry], width: int, draw: ImageDraw) -> list[list[tuple[int, Entry]]]:
    """Entries with their place across, broken into lines."""
    lines: list[list[tuple[int, Entry]]] = []
    left = width
    for entry in legend:
        needed = _SWATCH_PX + 3 * _GAP_PX + int(draw.textlength(entry.text))
        if left + needed > width:
            lines.append([])
            left = 0
        lines[-1].append((left, entry))
        left += needed
    return lines


def _draw_line(draw: ImageDraw, line: Sequence[tuple[int, Entry]], top: int) -> None:
    for left, entry in line:
        box = (left + 1, top + 3, left + 1 + _SWATCH_PX, top + 3 + _SWATCH_PX)
        draw.rectangle(box, fill=entry.colour, outline="black")
        draw.text((left + _SWATCH_PX + 2 * _GAP_PX, top + 2), entry.text, fill="black")
