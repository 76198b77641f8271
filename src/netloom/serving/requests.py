"""What requests ask for: the pictures in their bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from netloom.serving.multipart import files_of_form
from netloom.serving.pictures import decoded_base64, too_long
from netloom.serving.refusals import NotUnderstood, TooLong, WrongMedia
from netloom.serving.settings import ServingSettings


class AipRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /aip``."""

    image: str


class PredictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON body of ``POST /v1/predict``: one picture or several."""

    image: str | None = None
    images: list[str] | None = None


AskedT = TypeVar("AskedT")

_AIP = msgspec.json.Decoder(AipRequest)
_PREDICT = msgspec.json.Decoder(PredictRequest)


def aip_picture(body: bytes, settings: ServingSettings) -> bytes:
    """The picture in a request to ``/aip``.

    Raises:
        NotUnderstood: It is not ``{"image": base64}``.
        TooLong: The picture has too many bytes.
    """
    text = _decoded(_AIP, body, '{"image": base64}').image
    return decoded_base64(text, most_bytes=settings.max_image_bytes)


def pictures_of_body(body: bytes, content_type: str, settings: ServingSettings) -> list[bytes]:
    """The pictures in a request to ``/v1/predict``, whichever way they were sent.

    Raises:
        WrongMedia: The body is neither JSON nor a form nor a picture.
        NotUnderstood: It is not what its media type says, or holds no pictures.
        TooLong: A picture has too many bytes, or there are too many.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        pictures = _pictures_of_json(body, settings)
    elif media_type == "multipart/form-data":
        pictures = files_of_form(body, content_type)
    elif media_type.startswith("image/") or media_type == "application/octet-stream":
        pictures = [body]
    else:
        raise WrongMedia.of(
            "this address does not take that media type",
            expected="application/json, multipart/form-data, image/* or application/octet-stream",
            got=media_type or "none",
            fix="Send the header Content-Type",
        )
    _check(pictures, settings)
    return pictures


def _pictures_of_json(body: bytes, settings: ServingSettings) -> list[bytes]:
    asked = _decoded(_PREDICT, body, '{"image": base64} or {"images": [base64, …]}')
    if (asked.image is None) == (asked.images is None):
        raise NotUnderstood.of(
            "the request needs either image or images",
            expected='{"image": base64} or {"images": [base64, …]}',
        )
    if asked.image is not None:
        return [decoded_base64(asked.image, most_bytes=settings.max_image_bytes)]
    return [
        decoded_base64(text, most_bytes=settings.max_image_bytes, name=f"images.{number}")
        for number, text in enumerate(asked.images or ())
    ]


def _check(pictures: Sequence[bytes], settings: ServingSettings) -> None:
    if not pictures:
        raise NotUnderstood.of("the request holds no picture")
    if len(pictures) > settings.max_images:
        raise TooLong.of(
            "the request holds too many pictures",
            expected=f"at most {settings.max_images}",
            got=str(len(pictures)),
            fix="Send several requests",
        )
    for number, picture in enumerate(pictures):
        name = "image" if len(pictures) == 1 else f"images.{number}"
        if not picture:
            raise NotUnderstood.of(f"{name} is empty", expected="a picture file")
        if len(picture) > settings.max_image_bytes:
            raise too_long(name, settings.max_image_bytes)


def _decoded(decoder: msgspec.json.Decoder[AskedT], body: bytes, expected: str) -> AskedT:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood.of(
            f"the request is not what this address takes: {error}", expected=expected
        ) from error
