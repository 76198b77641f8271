"""Networks: normalisation, backbone and head in one module, built from an architecture.

Shape legend: N samples, C channels, H height, W width, K outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.native import Features, build_backbone


class Normalization(nn.Module):
    """``(bytes / 255 − mean) / std`` per channel, on whatever device the batch lies.

    Being part of the network, it cannot differ between training, prediction and export; and batches
    travel as bytes, a quarter of the size. The constants belong to the architecture, not the weights.
    """

    def __init__(self, image: ImageInput) -> None:
        super().__init__()
        shift = torch.tensor(image.mean).mul(255.0).view(1, -1, 1, 1)
        scale = torch.tensor(image.std).mul(255.0).reciprocal().view(1, -1, 1, 1)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", shift, persistent=False)
        self.register_buffer("scale", scale, persistent=False)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Bytes (or floats in 0…255) to floats around zero."""
        return (images_NCHW - self.shift) * self.scale


class Network(nn.Module):
    """A picture network: bytes ``(N, C, H, W)`` in, ``(N, K)`` numbers out."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.normalization = Normalization(architecture.input)
        self.backbone: Features = build_backbone(architecture.backbone, architecture.input)
        self.head = _head(architecture.head, features=self.backbone.width)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Outputs of a batch (logits for classification)."""
        outputs_NK: Tensor = self.head(self.backbone(self.normalization(images_NCHW)))
        return outputs_NK


def build_network(architecture: Architecture, *, seed: int | None = None) -> Network:
    """A freshly initialised network.

    Args:
        architecture: What to build.
        seed: Start of the initialisation's random stream, leaving torch's global stream as it
            was; None draws from the global stream.

    Example:
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> head = LinearHead(outputs=10)
        >>> network = build_network(Architecture(input=image, backbone=ConvNet(), head=head))
        >>> num_parameters(network)
        79866
    """
    if seed is None:
        return Network(architecture)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(architecture)


def num_parameters(network: nn.Module) -> int:
    """How many numbers training can change.

    Example:
        >>> num_parameters(nn.Linear(3, 2))
        8
    """
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def _head(head: LinearHead, *, features: int) -> nn.Module:
    return nn.Sequential(nn.Dropout(head.dropout), nn.Linear(features, head.outputs))
