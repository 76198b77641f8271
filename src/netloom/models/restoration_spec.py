"""Networks made for better pictures, as values. Torch-free."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from netloom.core.settings import Fraction, NonEmptyText, Settings
from netloom.models.checkpoint_revision import revision_of_something

Swin2SRSize = Literal["micro", "small", "base"]


class Swin2SR(Settings):
    """Swin2SR, a transformer for pictures: attention inside small windows, shifted from layer to layer.

    Conde, Choi, Burchi and Timofte, 2022 (arXiv:2209.11345), as the transformers library has it, without the
    layers that enlarge pictures. Sees every pixel at its own place from the first layer to the last, so it is
    slower than networks whose maps shrink. It normalises pictures by itself, as it was published.

    Attributes:
        size: How large a fresh network is: `micro` learns pieces of 32 to 64 pixels on a CPU; `small` and
            `base` are the published ones, for light and for classical super-resolution. A pretrained one
            brings its own size.
        pretrained: Name on the hub, such as `caidas/swin2SR-lightweight-x2-64`, or a local folder with
            `config.json` and weights; empty starts afresh. What was made for enlarging is used up to the
            layer that enlarges.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        dropout: Share of the features that training switches off at random before the head.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["swin2sr"] = "swin2sr"
    size: Swin2SRSize = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    dropout: Fraction = 0.0
    architecture: dict[str, Any] | None = None

    _check_revision = model_validator(mode="after")(revision_of_something)


def swin2sr_preset(size: Swin2SRSize) -> dict[str, Any]:
    """The content of ``config.json`` for a size, ``model_type`` included.

    Example:
        >>> swin2sr_preset("small")["embed_dim"]
        60
    """
    return {"model_type": "swin2sr", "upscale": 1, "upsampler": "", **_PRESETS[size]}


_PRESETS: dict[Swin2SRSize, dict[str, Any]] = {
    "micro": {
        "embed_dim": 32,
        "depths": [2, 2],
        "num_heads": [4, 4],
        "initializer_range": 0.05,
    },
    "small": {"embed_dim": 60, "depths": [6] * 4, "num_heads": [6] * 4},
    "base": {"embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6},
}
