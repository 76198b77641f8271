"""Small pictures with what is known about them drawn in: boxes, outlines, masks, what should come out.

Lines run around objects, never over them, and small objects are drawn last, so that nothing disappears. The
second half of a picture that has a counterpart (a target, a depth map, normals) is that of the counterpart.

Shape legend: H height, W width, K labels, P corners.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw

from netloom.data.apply.companions import Companion
from netloom.data.objects import Objects
from netloom.data.rasterization import UNKNOWN
from netloom.data.thumbnail import EncodedImage, small_picture

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Colour = tuple[int, int, int]

WHOLE_SIDE = 1280
"""Longer side of pictures that are looked at one by one."""
_UNCLEAR: Colour = (150, 150, 150)
"""What stands for an unknown number of objects, or nobody knows what it is."""
_DARK: Colour = (16, 20, 24)
_FILL_OPACITY, _AREA_OPACITY = 64, 128
_SMALL_SIDE = 160
"""Up to here a picture is shown so small that lines have to be wider to be seen."""
_LEAST_SIDE = 3
_MOST_ENLARGED = 16
_QUALITY = 86
_CRISP_SIDE = 256
"""Longer side of images of which every pixel should be seen as it is."""
_FINE = 2
"""How many times finer than the picture a map is made small from."""


@dataclass(frozen=True, eq=False)
class Known:
    """What is known about a picture.

    Attributes:
        width: Of the picture that annotations speak of, pixels; as ``height``.
        colours_K3: Red, green and blue of each label.
        objects: What is in it.
        are_areas: Whether the outlines of objects say what each pixel shows, later ones over earlier ones.
        mask_HW: What each pixel shows: positions in the label space.
        background: Label that is not drawn; -1 draws all.
        companion: What should come out.
    """

    width: int
    height: int
    colours_K3: NDArray[np.uint8]
    objects: Objects | None = None
    are_areas: bool = False
    mask_HW: NDArray[np.uint8] | None = None
    background: int = -1
    companion: Companion | None = None


def annotated_thumbnail(
    content: bytes, known: Known, *, side: int, is_split: bool = True
) -> EncodedImage:
    """An image that fits a square, with what is known about it.

    Images of less than half the square are enlarged, by a whole number, so that lines stay narrow.

    Args:
        content: The encoded image.
        side: Of the square, pixels.
        is_split: Show the left half of the image beside the right half of its companion; otherwise both as a
            whole, side by side.

    Returns:
        A JPEG file, or of small images a PNG file: no detail of them is lost.

    Raises:
        InvalidData: It is no image, damaged, or too large.
    """
    small, is_whole = small_picture(content, side=side)
    enlarged = min(side // max(small.size), _MOST_ENLARGED)
    canvas = small.convert("RGB")
    if enlarged > 1:
        extent = (canvas.width * enlarged, canvas.height * enlarged)
        canvas = canvas.resize(extent, PIL.Image.Resampling.NEAREST)
    if known.mask_HW is not None:
        canvas = _with_mask(canvas, known.mask_HW, known)
    if known.objects is not None:
        canvas = _with_objects(canvas, known.objects, known, wide=side <= _SMALL_SIDE)
    if known.companion is not None:
        after = _coloured(known.companion, canvas.size)
        canvas = _split(canvas, after) if is_split else _beside(canvas, after)
    target = io.BytesIO()
    if is_whole and max(small.size) <= _CRISP_SIDE:
        canvas.save(target, "PNG", compress_level=3)
    else:
        # Colours at full resolution, or thin lines would run into what is beside them.
        canvas.save(target, "JPEG", quality=_QUALITY, subsampling=0)
    return EncodedImage.of(target.getvalue())


def label_colour(label: int, colours_K3: NDArray[np.uint8]) -> Colour:
    """The colour of an object; without a label, that of the first.

    >>> label_colour(-1, np.zeros((0, 3), np.uint8))
    (230, 159, 0)
    """
    if not len(colours_K3):
        return (230, 159, 0)
    red, green, blue = colours_K3[max(0, label)].tolist()
    return red, green, blue


def _with_mask(canvas: Picture, mask_HW: NDArray[np.uint8], known: Known) -> Picture:
    levels = PIL.Image.fromarray(np.ascontiguousarray(_thinned(mask_HW, canvas.size)))
    levels.putpalette(_palette(known).tobytes(), "RGBA")
    return _composed(canvas, _resized(levels.convert("RGBA"), canvas.size))


def _palette(known: Known) -> NDArray[np.uint8]:
    palette = np.zeros((UNKNOWN + 1, 4), np.uint8)
    count = min(len(known.colours_K3), UNKNOWN)
    palette[:count, :3] = known.colours_K3[:count]
    palette[:count, 3] = _AREA_OPACITY
    palette[UNKNOWN] = (*_UNCLEAR, _AREA_OPACITY)
    if known.background >= 0:
        palette[known.background, 3] = 0
    return palette


def _with_objects(canvas: Picture, objects: Objects, known: Known, *, wide: bool) -> Picture:
    scale = np.array([canvas.width / known.width, canvas.height / known.height])
    sizes_M = (objects.boxes_M4[:, 2:] - objects.boxes_M4[:, :2]).prod(axis=1)
    order = np.arange(len(objects)) if known.are_areas else np.argsort(-sizes_M, kind="stable")
    places = order.tolist()
    colours = [
        _UNCLEAR if objects.crowd_M[place] else label_colour(label, known.colours_K3)
        for place, label in enumerate(objects.labels_M.tolist())
    ]
    if known.are_areas:
        places = [place for place in places if objects.labels_M[place] != known.background]
    if any(objects.outlines):
        opacity = _AREA_OPACITY if known.are_areas else _FILL_OPACITY
        canvas = _filled(canvas, objects, places, scale, colours=colours, opacity=opacity)
    pen = ImageDraw.Draw(canvas)
    width = 3 if wide else 2
    for place in places:
        if objects.outlines[place]:
            for ring in objects.outlines[place]:
                _closed_line(pen, ring * scale, colours[place], width=width)
        else:
            _frame(pen, objects.boxes_M4[place] * np.tile(scale, 2), colours[place], width=width)
    return canvas


def _filled(
    canvas: Picture,
    objects: Objects,
    places: list[int],
    scale: NDArray[np.float64],
    *,
    colours: list[Colour],
    opacity: int,
) -> Picture:
    """The picture with the areas inside outlines, but for holes, in the colours of objects."""
    layer = PIL.Image.new("RGBA", canvas.size)
    pen = ImageDraw.Draw(layer)
    for place in places:
        paint = (*colours[place], opacity)
        if not objects.holes[place]:
            _areas(pen, objects.outlines[place], scale, paint)
            continue
        inside = PIL.Image.new("L", canvas.size)
        _areas(ImageDraw.Draw(inside), objects.outlines[place], scale, 255)
        _areas(ImageDraw.Draw(inside), objects.holes[place], scale, 0)
        layer.paste(paint, (0, 0), inside)
    return _composed(canvas, layer)


def _areas(
    pen: ImageDraw.ImageDraw, rings: Any, scale: NDArray[np.float64], paint: tuple[int, ...] | int
) -> None:
    for ring in rings:
        if len(ring) > 2:
            pen.polygon(_corners(ring * scale - 0.5), fill=paint)


def _closed_line(
    pen: ImageDraw.ImageDraw, ring_P2: NDArray[np.float64], colour: Colour, *, width: int
) -> None:
    # Corners of pixels here, middles of pixels there.
    corners = _corners(ring_P2 - 0.5)
    pen.line([*corners, corners[0]], fill=_DARK, width=width + 2, joint="curve")
    pen.line([*corners, corners[0]], fill=colour, width=width, joint="curve")


def _frame(
    pen: ImageDraw.ImageDraw, box_4: NDArray[np.float64], colour: Colour, *, width: int
) -> None:
    """A frame that begins where the box ends, with a dark line around it for light pictures."""
    middle, half = (box_4[:2] + box_4[2:]) / 2, (box_4[2:] - box_4[:2]) / 2
    half = np.maximum(half, _LEAST_SIDE / 2)
    left, top = np.floor(middle - half).astype(int).tolist()
    right, bottom = (np.ceil(middle + half).astype(int) - 1).tolist()
    for reach, paint in ((width + 1, _DARK), (width, colour)):
        corners = [left - reach, top - reach, right + reach, bottom + reach]
        pen.rectangle(corners, outline=paint, width=1 if paint is _DARK else width)


def _corners(ring_P2: NDArray[np.float64]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in ring_P2.tolist()]


def _coloured(companion: Companion, extent: tuple[int, int]) -> Picture:
    """A companion to look at, in another size."""
    pixels = _thinned(companion.pixels, extent)
    if companion.kind == "depth":
        levels = _depth_colours(pixels[:, :, 0])
    elif companion.kind == "normals":
        is_known_HW1 = pixels.any(axis=2, keepdims=True)
        levels = np.where(is_known_HW1, (pixels + 1) * 127.5 + 0.5, 0).astype(np.uint8)
    else:
        levels = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return _resized(PIL.Image.fromarray(np.ascontiguousarray(levels)), extent)


def _depth_colours(depth_HW: NDArray[Any]) -> NDArray[np.uint8]:
    """From near (light) to far (dark), but for the nearest and farthest fiftieth; black where unknown."""
    is_known_HW = depth_HW > 0
    if not is_known_HW.any():
        return np.zeros((*depth_HW.shape, 3), np.uint8)
    near, far = np.percentile(depth_HW[is_known_HW], (2, 98))
    nearness_HW = (far - depth_HW) * (255 / max(far - near, 1e-6))
    levels_HW = nearness_HW.clip(0, 255).astype(np.uint8)
    coloured: NDArray[np.uint8] = cv2.applyColorMap(levels_HW, cv2.COLORMAP_VIRIDIS)[:, :, ::-1]
    coloured = coloured.copy()
    coloured[~is_known_HW] = 0
    return coloured


def _thinned(pixels: NDArray[Any], extent: tuple[int, int]) -> NDArray[Any]:
    """Every so many pixels of a map that is much finer than what it is made into."""
    step = max(1, min(pixels.shape[1] // extent[0], pixels.shape[0] // extent[1]) // _FINE)
    return pixels[::step, ::step]


def _resized(picture: Picture, extent: tuple[int, int]) -> Picture:
    is_finer = picture.width > extent[0]
    chosen = PIL.Image.Resampling.BOX if is_finer else PIL.Image.Resampling.NEAREST
    return picture.resize(extent, chosen)


def _composed(canvas: Picture, layer: Picture) -> Picture:
    canvas.paste(layer, (0, 0), layer)
    return canvas


def _split(before: Picture, after: Picture) -> Picture:
    middle = before.width // 2
    before.paste(after.crop((middle, 0, *after.size)), (middle, 0))
    pen = ImageDraw.Draw(before)
    pen.rectangle((middle - 1, 0, middle, before.height), fill="white")
    return before


def _beside(before: Picture, after: Picture) -> Picture:
    gap = 8
    both = PIL.Image.new("RGB", (2 * before.width + gap, before.height), "white")
    both.paste(before, (0, 0))
    both.paste(after, (before.width + gap, 0))
    return both
