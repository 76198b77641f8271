"""What a pretrained network expects of pictures, and whether the data does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netloom.models.architecture import ImageInput

_NOTICEABLE = 0.02
"""Differences of mean and standard deviation (levels 0…1) below this do not matter."""


@dataclass(frozen=True, slots=True)
class CheckpointPreprocessing:
    """Normalisation and size that a network was trained with; None where the checkpoint is silent.

    Attributes:
        mean: Per channel, for levels 0…1.
        std: Per channel.
        size: Height and width in pixels.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    size: tuple[int, int] | None = None


def read_preprocessing(document: Mapping[str, Any]) -> CheckpointPreprocessing | None:
    """From the content of ``preprocessor_config.json``; None if it says nothing of use.

    Example:
        >>> found = read_preprocessing({"image_mean": [0.5], "image_std": [0.5], "size": 224})
        >>> found.size[0]
        224
    """
    mean, std = _numbers(document.get("image_mean")), _numbers(document.get("image_std"))
    if document.get("do_normalize") is False:
        mean = std = None
    crops = document.get("do_center_crop", True) and document.get("crop_size") is not None
    size = _size(document["crop_size"] if crops else document.get("size"))
    if mean is None and size is None:
        return None
    return CheckpointPreprocessing(mean, std, size)


def preprocessing_note(expected: CheckpointPreprocessing, image: ImageInput) -> str | None:
    """A sentence for the user if the data is prepared in another way; None if it is not.

    A grey picture is compared with the average over the checkpoint's channels.

    Example:
        >>> image = ImageInput(channels=1, height=28, width=28, mean=(0.5,), std=(0.5,))
        >>> expected = CheckpointPreprocessing((0.5,), (0.5,), (224, 224))
        >>> preprocessing_note(expected, image)
        'the checkpoint was trained at 224×224 pixels, these pictures have 28×28'
    """
    parts = []
    if expected.mean and expected.std and _differs(expected, image):
        parts.append(
            f"with mean {_text(expected.mean)} and std {_text(expected.std)}, these pictures are "
            f"normalised with mean {_text(image.mean)} and std {_text(image.std)}"
        )
    if expected.size and expected.size != (image.height, image.width):
        parts.append(
            f"at {expected.size[1]}×{expected.size[0]} pixels, these pictures have "
            f"{image.width}×{image.height}"
        )
    return "the checkpoint was trained " + "; and ".join(parts) if parts else None


def _differs(expected: CheckpointPreprocessing, image: ImageInput) -> bool:
    assert expected.mean is not None
    assert expected.std is not None
    return any(
        abs(a - b) > _NOTICEABLE
        for wanted, found in ((expected.mean, image.mean), (expected.std, image.std))
        for a, b in _paired(wanted, found)
    )


def _paired(wanted: Sequence[float], found: Sequence[float]) -> list[tuple[float, float]]:
    if len(wanted) == len(found):
        return list(zip(wanted, found))
    return [(sum(wanted) / len(wanted), sum(found) / len(found))]


def _numbers(value: Any) -> tuple[float, ...] | None:
    if isinstance(value, int | float):
        return (float(value),)
    if isinstance(value, list) and value and all(isinstance(item, int | float) for item in value):
        return tuple(float(item) for item in value)
    return None


def _size(value: Any) -> tuple[int, int] | None:
    if isinstance(value, int):
        return value, value
    if not isinstance(value, Mapping):
        return None
    if "height" in value and "width" in value:
        return int(value["height"]), int(value["width"])
    edge = value.get("shortest_edge")
    return None if edge is None else (int(edge), int(edge))


def _text(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)
