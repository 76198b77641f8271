"""Swin2SR from the transformers library behind our own interface: a picture in, a map of its size out.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ImageInput
from netloom.models.features import Features, MapShape
from netloom.models.restoration_spec import Swin2SR, swin2sr_preset
from netloom.models.transformers_library import library_settings, quiet

_MEAN_OF_COLOUR = (0.4488, 0.4371, 0.4040)
"""What the library takes away from colour pictures; from grey ones it takes nothing away."""


class Swin2SRMap(Features):
    """Everything of the library's network before the layers that make a picture again.

    Pictures whose sides are no multiples of the window's are continued with their last row and column, and
    cut off again. However the data is normalised, the network sees levels of 0…1 less its own mean.

    Args:
        spec: Resolved, or to be built afresh.
        image: Size of the pictures; no other size is accepted.

    Raises:
        InvalidData: The library refuses the architecture.

    Example:
        >>> image = ImageInput(channels=1, height=12, width=8, mean=(0.5,), std=(0.5,))
        >>> [tuple(shape) for shape in Swin2SRMap(Swin2SR(), image).gives]
        [(32, 1)]
    """

    def __init__(self, spec: Swin2SR, image: ImageInput) -> None:
        super().__init__()
        settings = swin2sr_settings(spec, image)
        self.model = _library_model(settings)
        _set_mean_of_grey(self.model, spec, image)
        self.width = int(settings.embed_dim)
        self.gives = (MapShape(self.width, 1),)
        self.blocks = _blocks(self.model)
        self._beyond = _beyond(image, int(settings.window_size))
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(image.mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(image.std).view(1, -1, 1, 1), persistent=False)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The mean of the map, ``(N, D)``."""
        return self.maps(images_NCHW)[0].mean(dim=(2, 3))

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """The only map, ``(N, D, H, W)``."""
        height, width = images_NCHW.shape[2:]
        levels_NCHW = images_NCHW * self.std + self.mean
        below, right = self._beyond
        padded_NCHW = functional.pad(levels_NCHW, (0, right, 0, below), mode="replicate")
        map_NDHW: Tensor = self.model(padded_NCHW).last_hidden_state
        return (map_NDHW[:, :, :height, :width],)


def swin2sr_settings(spec: Swin2SR, image: ImageInput) -> Any:
    """The library's configuration object for pictures of one size.

    Raises:
        InvalidData: A value has the wrong type or range.
    """
    architecture = spec.architecture or swin2sr_preset(spec.size)
    below, right = _beyond(image, int(architecture.get("window_size", 8)))
    return library_settings(
        {
            **architecture,
            "num_channels": image.channels,
            "num_channels_out": image.channels,
            "image_size": [image.height + below, image.width + right],
        }
    )


def _library_model(settings: Any) -> nn.Module:
    from transformers import Swin2SRModel

    with quiet():
        model: nn.Module = Swin2SRModel(settings)
    return model


def _set_mean_of_grey(model: nn.Module, spec: Swin2SR, image: ImageInput) -> None:
    """A network made for colour meets grey pictures as dark as it would meet them in three equal channels."""
    described = spec.architecture or {}
    if image.channels == 1 and described.get("num_channels", 3) == 3:
        mean: Any = model.mean
        mean.fill_(sum(_MEAN_OF_COLOUR) / 3)


def _beyond(image: ImageInput, window: int) -> tuple[int, int]:
    """Rows and columns that are missing to whole windows."""
    return -image.height % window, -image.width % window


def _blocks(model: nn.Module) -> tuple[str, ...]:
    stages = model.get_submodule("encoder.stages")
    return (
        "model.first_convolution",
        "model.embeddings",
        *(f"model.encoder.stages.{name}" for name, _ in stages.named_children()),
        "model.layernorm",
        "model.conv_after_body",
    )
