"""Frames and captions on pictures, readable on any background."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.protocol import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

DRAWN_FROM = 0.5
"""Objects that score less are left out: a detector names many that it does not believe in itself."""
RIGHT, WRONG, FALSE, MISSED = "#2fbf71", "#ffb020", "#ff4d5e", "#4da3ff"
_SIDE = 512
_JPEG_QUALITY = 88
_DASH = 5
_TEXT_PX = 15


class Frame(NamedTuple):
    """One object to draw.

    Attributes:
        box: Left, top, right, bottom in pixels of the picture.
        caption: Above it; may be empty.
        colour: As ``#rrggbb``.
        is_dashed: For what was not found.
    """

    box: Sequence[float]
    caption: str
    colour: str
    is_dashed: bool = False


def drawn_objects(
    image_HWC: NDArray[np.uint8], prediction: Prediction, *, truth: Prediction | None = None
) -> bytes:
    """A PNG of a picture with what was found in it, and what was missed.

    Without truth, everything found has one colour. With it, green is right, amber has the wrong label,
    red is where nothing is, and dashed blue was missed.

    Example:
        >>> image = np.zeros((8, 8, 3), np.uint8)
        >>> found = {"objects": [{"label": "a", "score": 0.9, "box": [1.0, 1.0, 5.0, 5.0]}]}
        >>> drawn_objects(image, found)[1:4]
        b'PNG'
    """
    shown = [each for each in prediction["objects"] if each["score"] >= DRAWN_FROM]
    if truth is None:
        frames = [Frame(each["box"], _caption(each), RIGHT) for each in shown]
    else:
        frames = list(_judged(shown, truth["objects"]))
    return framed(image_HWC, frames)


def framed(image_HWC: NDArray[np.uint8], frames: Sequence[Frame], *, side: int = _SIDE) -> bytes:
    """A PNG of a picture with frames; its longer side is at most ``side`` pixels, and not much less.

    Example:
        >>> from PIL import Image
        >>> content = framed(np.zeros((10, 20, 1), np.uint8), [Frame((1, 1, 5, 5), "", RIGHT)])
        >>> Image.open(io.BytesIO(content)).size
        (500, 250)
    """
    return _encoded(_framed(image_HWC, frames, side), "PNG")


def framed_jpeg(image_HWC: NDArray[np.uint8], frames: Sequence[Frame], *, side: int) -> bytes:
    """Like :func:`framed`, in a few kilobytes.

    Example:
        >>> framed_jpeg(np.zeros((8, 8, 1), np.uint8), [], side=64)[:2].hex()
        'ffd8'
    """
    return _encoded(_framed(image_HWC, frames, side), "JPEG", quality=_JPEG_QUALITY)


def _encoded(picture: Picture, form: str, **settings: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **settings)
    return stream.getvalue()


def _framed(image_HWC: NDArray[np.uint8], frames: Sequence[Frame], side: int) -> Picture:
    from PIL import ImageDraw

    picture, scale = _canvas(image_HWC, side)
    pen = ImageDraw.Draw(picture)
    for frame in frames:
        _outline(pen, [value * scale for value in frame.box], frame)
    for frame in frames:  # after all outlines, so that none crosses a caption
        _write(pen, [value * scale for value in frame.box], frame, picture.size)
    return picture


def _judged(found: Sequence[Any], true: Sequence[Any]) -> Iterator[Frame]:
    from netloom.tasks.object_detection.coco_matching import Truth
    from netloom.tasks.object_detection.detections import Found
    from netloom.tasks.object_detection.evaluation import IGNORED, verdict

    names = sorted({each["label"] for each in (*found, *true) if each["label"] is not None})
    place_of = {name: place for place, name in enumerate(names)}

    def labels(objects: Sequence[Any]) -> NDArray[np.int64]:
        return np.array([place_of.get(each["label"], -1) for each in objects], np.int64)

    def boxes(objects: Sequence[Any]) -> NDArray[np.float32]:
        return np.array([each["box"] for each in objects], np.float32).reshape(-1, 4)

    crowd_M = np.array([bool(each.get("crowd")) for each in true], np.bool_)
    truth = Truth(boxes(true), labels(true), crowd_M, np.zeros(len(true)))
    scores_D = np.array([each["score"] for each in found], np.float32)
    judged = verdict(Found(boxes(found), scores_D, labels(found)), truth)
    for each, partner in zip(found, judged.partner_D.tolist(), strict=True):
        if partner == IGNORED:
            continue
        colour = FALSE
        if partner >= 0:
            colour = RIGHT if true[partner]["label"] == each["label"] else WRONG
        yield Frame(each["box"], _caption(each), colour)
    for place in judged.missed.tolist():
        yield Frame(true[place]["box"], str(true[place]["label"]), MISSED, is_dashed=True)


def _caption(found: Any) -> str:
    return f"{found['label']} {found['score']:.0%}"


def _canvas(image_HWC: NDArray[np.uint8], side: int) -> tuple[Picture, float]:
    """The picture in colour, and how many of its pixels are one of the original."""
    from PIL import Image

    pixels = image_HWC[:, :, 0] if image_HWC.shape[2] == 1 else image_HWC
    image = Image.fromarray(pixels).convert("RGB")
    longest = max(image.size)
    if longest <= side:
        factor = side // longest
        size = (image.width * factor, image.height * factor)
        return image.resize(size, Image.Resampling.NEAREST), float(factor)
    scale = side / longest
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BOX), scale


def _outline(pen: ImageDraw, box: Sequence[float], frame: Frame) -> None:
    left, top, right, bottom = box
    right, bottom = max(right - 1, left), max(bottom - 1, top)
    # The dark line around makes the light one visible on a light picture.
    pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline="#101418")
    if not frame.is_dashed:
        pen.rectangle((left, top, right, bottom), outline=frame.colour, width=2)
        return
    for x in np.arange(left, right, 2 * _DASH).tolist():
        end = min(x + _DASH, right)
        pen.line((x, top, end, top), fill=frame.colour, width=2)
        pen.line((x, bottom, end, bottom), fill=frame.colour, width=2)
    for y in np.arange(top, bottom, 2 * _DASH).tolist():
        end = min(y + _DASH, bottom)
        pen.line((left, y, left, end), fill=frame.colour, width=2)
        pen.line((right, y, right, end), fill=frame.colour, width=2)


def _write(pen: ImageDraw, box: Sequence[float], frame: Frame, size: tuple[int, int]) -> None:
    from PIL import ImageFont

    if not frame.caption:
        return
    left, top, _, bottom = box
    font = ImageFont.load_default(_TEXT_PX)
    wide, high = pen.textlength(frame.caption, font=font) + 6, _TEXT_PX + 4
    x = max(0.0, min(left, size[0] - wide))
    y = top - high if top >= high else top
    if frame.colour == FALSE:
        # Often a second opinion on an object that was found, too: its caption must not hide the other.
        y = bottom if bottom + high <= size[1] else bottom - high
    pen.rectangle((x, y, x + wide, y + high), fill=frame.colour, outline="#101418")
    pen.text((x + 3, y + 1), frame.caption, fill="#101418", font=font)
