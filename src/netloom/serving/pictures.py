"""Encoded pictures as requests bring them: base64 taken off, and checked before anything is decoded."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from netloom.core.errors import InvalidData
from netloom.data.images import image_size
from netloom.serving.refusals import NotUnderstood, TooLong

if TYPE_CHECKING:
    from netloom.tasks.protocol import Prediction

_DATA_URL = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[\w=.+-]+)*;base64,", re.IGNORECASE)
_LONGEST_PREFIX = 200


class PredictsPictures(Protocol):
    """A predictor of one model or of an inference graph."""

    batch_size: int

    def prepare(self, image: Any) -> Any:
        """Decode and preprocess one picture; any thread may call it."""

    def predict_prepared(self, pictures: Sequence[Any]) -> list[Prediction]:
        """Predictions for a batch of prepared pictures."""


def decoded_base64(text: str, *, most_bytes: int, name: str = "image") -> bytes:
    """The bytes of a base64 text; the prefix of a data URL, line breaks and missing padding do not matter.

    Raises:
        NotUnderstood: It is no base64, or empty.
        TooLong: It stands for more than ``most_bytes``.

    Example:
        >>> decoded_base64("data:image/png;base64,aGk", most_bytes=2)
        b'hi'
    """
    if text.startswith("data:"):
        prefix = _DATA_URL.match(text[:_LONGEST_PREFIX])
        text = text[prefix.end() :] if prefix else text
    if len(text) > most_bytes * 2:
        raise too_long(name, most_bytes)
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        content = _untidy(text, name)
    if len(content) > most_bytes:
        raise too_long(name, most_bytes)
    if not content:
        raise NotUnderstood.of(f"{name} is empty", expected="a picture file in base64")
    return content


def too_long(name: str, most_bytes: int) -> TooLong:
    """What is said of a picture with too many bytes."""
    return TooLong.of(
        f"{name} is too large", expected=f"at most {most_bytes / (1 << 20):g} MiB of picture file"
    )


class CheckedPictures:
    """A predictor of pictures that looks at their size before it decodes them.

    See :class:`netloom.serving.batching.Predicts`.
    """

    def __init__(self, predictor: PredictsPictures, *, most_pixels: int) -> None:
        self.batch_size = predictor.batch_size
        self.predict_prepared = predictor.predict_prepared
        self._prepare = predictor.prepare
        self._most_pixels = most_pixels

    def prepare(self, content: bytes) -> Any:
        """Decode and preprocess a picture file. Raises InvalidData."""
        check_picture(content, most_pixels=self._most_pixels)
        return self._prepare(content)


def check_picture(content: bytes, *, most_pixels: int) -> None:
    """Refuse a picture by what its first bytes say, before it is decoded.

    Raises:
        InvalidData: It is no picture, or has more than ``most_pixels``.
    """
    try:
        width, height = image_size(content)
    except ValueError as error:
        raise InvalidData.of(
            f"cannot read image: {error}", code="I010", fix="Give a whole image file"
        ) from error
    if width * height > most_pixels:
        raise InvalidData.of(
            f"the picture has {width} × {height} pixels",
            code="S211",
            expected=f"at most {most_pixels / 1e6:g} million",
            fix="Make it smaller before sending it",
        )


def _untidy(text: str, name: str) -> bytes:
    """Base64 as people write it: in lines, for addresses, without padding."""
    tidy = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(tidy + "=" * (-len(tidy) % 4), strict_mode=True)
    except ValueError as error:
        raise NotUnderstood.of(
            f"{name} is no base64: {error}",
            expected="the bytes of a picture file in base64",
            fix="Encode the file itself, e.g. with `base64 -w0 photo.jpg`",
        ) from error
