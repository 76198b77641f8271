"""Masks as files: pictures whose levels are numbers, not colours to look at.

A PNG with a palette means its indices. Colours that stand for labels are told apart from levels, because
somebody has to say which colour means what.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from netloom.data.images import MAX_PIXELS

_KINDS = ["PNG", "BMP", "TIFF", "GIF", "PPM"]
"""Those that lose nothing: a JPEG does not give back the levels that were put in."""
_LEVELS = 256


def read_levels(content: bytes) -> NDArray[np.uint8]:
    """The levels of a mask: uint8 of shape (H, W); indices where there is a palette.

    Raises:
        ValueError: It is no such picture, or one in colour; the message says why.

    >>> mask = np.array([[0, 3], [255, 3]], np.uint8)
    >>> int((read_levels(png_of_levels(mask)) == mask).sum())
    4
    """
    found = read_levels_or_colours(content)
    if found.ndim == 3:
        raise ValueError("it is a picture in colour, whose levels mean nothing")
    return found


def read_levels_or_colours(content: bytes) -> NDArray[np.uint8]:
    """Levels (H, W), or colours (H, W, 3) where the three differ somewhere.

    Raises:
        ValueError: It is no picture without losses, or one with more than 256 levels.
    """
    try:
        picture = PIL.Image.open(io.BytesIO(content), formats=_KINDS)
        if picture.width * picture.height > MAX_PIXELS:
            raise ValueError("it has more pixels than are decoded")
        picture.load()
    except ValueError:
        raise
    except Exception as error:  # damaged files make it raise anything
        raise ValueError("it is damaged, cut short or no PNG, BMP or TIFF picture") from error
    if picture.mode == "1":
        return np.asarray(picture).astype(np.uint8)
    if picture.mode in ("L", "P"):
        return np.asarray(picture)
    if picture.mode in ("LA", "PA"):
        return np.asarray(picture)[:, :, 0].copy()
    if picture.mode.startswith("I"):
        return _in_eight_bits(np.asarray(picture))
    colours = np.asarray(picture.convert("RGB"))
    first = colours[:, :, :1]
    return colours[:, :, 0].copy() if bool((colours == first).all()) else colours


def is_in_colour(content: bytes) -> bool:
    """Whether the header of a picture promises colours; its pixels may all be grey yet."""
    try:
        return PIL.Image.open(io.BytesIO(content), formats=_KINDS).mode in ("RGB", "RGBA")
    except Exception:  # noqa: BLE001 - damaged files make it raise anything, and are told when they are read
        return False


def png_of_levels(
    levels_HW: NDArray[np.uint8], *, palette: Sequence[tuple[int, int, int]] | None = None
) -> bytes:
    """A mask as a PNG file, of grey levels or with colours to look at.

    Args:
        palette: Colour of each level, from 0.
    """
    picture = PIL.Image.fromarray(levels_HW)
    if palette is not None:
        picture = picture.convert("L")
        picture.putpalette([part for colour in palette for part in colour])
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def usual_palette() -> list[tuple[int, int, int]]:
    """256 colours that tell labels apart, those that Pascal VOC has used since 2007; 0 is black.

    Bits of the number are dealt to red, green and blue in turn, the lowest to the highest bits.

    >>> usual_palette()[15]
    (192, 128, 128)
    """
    colours = []
    for number in range(_LEVELS):
        parts = [0, 0, 0]
        for place in range(8):
            for channel in range(3):
                parts[channel] |= ((number >> (3 * place + channel)) & 1) << (7 - place)
        colours.append((parts[0], parts[1], parts[2]))
    return colours


def _in_eight_bits(levels: NDArray[np.generic]) -> NDArray[np.uint8]:
    if levels.size and int(levels.max()) >= _LEVELS:
        raise ValueError("it has levels above 255, so it is no mask of labels")
    return levels.astype(np.uint8)
