"""Pictures among the fields of samples and of exported models."""

from __future__ import annotations

from netloom.models.architecture import Architecture, ImageInput, PixelHead
from netloom.tasks.protocol import ExportSignature, Field

IMAGE_FIELD = Field(
    name="image",
    dtype="uint8",
    shape=("height", "width", "channels"),
    meaning="grey or red-green-blue picture, 0…255",
)
"""Of a sample."""


def images_field(image: ImageInput) -> Field:
    """Pictures as an exported network takes them."""
    return Field(
        name="images",
        dtype="uint8",
        shape=("batch", image.channels, image.height, image.width),
        meaning="pictures after preprocessing, 0…255",
    )


def pixel_signature(architecture: Architecture, *, name: str, meaning: str) -> ExportSignature:
    """Bytes in, and as many numbers for each pixel out as the head gives.

    Args:
        name: Of the output.
        meaning: Likewise.
    """
    image, head = architecture.input, architecture.head
    if not isinstance(head, PixelHead):
        raise TypeError(f"{head.type} heads do not speak of pixels")
    return ExportSignature(
        inputs=(images_field(image),),
        outputs=(
            Field(
                name=name,
                dtype="float32",
                shape=("batch", head.outputs, image.height, image.width),
                meaning=meaning,
            ),
        ),
    )
