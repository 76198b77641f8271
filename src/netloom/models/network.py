"""Networks: normalisation, backbone and head in one module, built from an architecture.

Shape legend: N samples, C channels, H height, W width, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from netloom.core.errors import InvalidData
from netloom.models.architecture import (
    Architecture,
    BoxHead,
    CharacterHead,
    Head,
    ImageInput,
    LinearHead,
    PictureHead,
    PixelHead,
    QueryHead,
    SequenceHead,
)
from netloom.models.backbones.building import build_backbone
from netloom.models.decoders.decoding import Decoding, build_decoder
from netloom.models.depth_spec import DepthNetwork
from netloom.models.features import Features, MapShape
from netloom.models.heads.boxes import Boxes
from netloom.models.heads.characters import Characters
from netloom.models.heads.picture import ChangedPicture
from netloom.models.heads.pixels import Pixels
from netloom.models.heads.sequence import Steps
from netloom.models.reading_spec import TrOCR
from netloom.models.spec import DFine

Outputs = Any
"""What a head gives: a tensor, or a tuple of tensors."""


class Normalization(nn.Module):
    """``(bytes / 255 − mean) / std`` per channel, on whatever device the batch lies.

    Being part of the network, it cannot differ between training, prediction and export; and batches
    travel as bytes, a quarter of the size. The constants belong to the architecture, not the weights.
    """

    def __init__(self, image: ImageInput) -> None:
        super().__init__()
        shift = torch.tensor([255.0 * mean for mean in image.mean]).view(1, -1, 1, 1)
        scale = torch.tensor([1.0 / (255.0 * std) for std in image.std]).view(1, -1, 1, 1)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", shift, persistent=False)
        self.register_buffer("scale", scale, persistent=False)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Bytes (or floats in 0…255) to floats around zero."""
        return (images_NCHW - self.shift) * self.scale


class Network(nn.Module):
    """A picture network: bytes ``(N, C, H, W)`` in, the head's outputs out: ``(N, K)`` for whole pictures."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.normalization = Normalization(architecture.input)
        self.backbone: Features = build_backbone(architecture.backbone, architecture.input)
        self.decoder = _decoder(architecture, self.backbone)
        takes = self.backbone.gives if self.decoder is None else self.decoder.gives
        self.head = _head(architecture, features=self.backbone.width, takes=takes)

    def forward(self, images_NCHW: Tensor, *answers: Tensor) -> Outputs:
        """Outputs of a batch (logits for classification).

        Args:
            answers: What the head may know of the answers while it learns; most heads know nothing.
        """
        normal_NCHW = self.normalization(images_NCHW)
        if isinstance(self.architecture.head, LinearHead):
            return self.head(self.backbone(normal_NCHW))
        maps = self.backbone.maps(normal_NCHW)
        if self.decoder is not None:
            maps = self.decoder(maps)
        if isinstance(self.head, ChangedPicture):
            return self.head(maps, images=images_NCHW)
        return self.head(maps, *answers, size=(images_NCHW.shape[2], images_NCHW.shape[3]))

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive sub-modules from input to output; the last one is the head.

        Every parameter lies below exactly one of them.

        Example:
            >>> from netloom.models.spec import ConvNet
            >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
            >>> head, backbone = LinearHead(outputs=10), ConvNet(widths=(4, 6))
            >>> plan = Architecture(input=image, backbone=backbone, head=head)
            >>> Network(plan).blocks()
            ('backbone.stages.0', 'backbone.stages.1', 'head')
        """
        between = () if self.decoder is None else ("decoder",)
        return (*(f"backbone.{name}" for name in self.backbone.blocks), *between, "head")


def build_network(architecture: Architecture, *, seed: int | None = None) -> Network:
    """A freshly initialised network.

    Args:
        architecture: What to build.
        seed: Start of the initialisation's random stream, leaving torch's global stream as it
            was; None draws from the global stream.

    Raises:
        InvalidData: The pictures are too small for the backbone.

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


def unfilled_network(architecture: Architecture) -> Network:
    """A network on the CPU whose parameters are to be loaded; until then they may hold anything.

    Initial values are not drawn: for large networks that takes longer than reading the weights.

    Raises:
        InvalidData: The pictures are too small for the backbone.

    Example:
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> plan = Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=10))
        >>> network = unfilled_network(plan)
        >>> _ = network.load_state_dict(build_network(plan, seed=3).state_dict())
        >>> num_parameters(network)
        79866
    """
    with _WithoutDrawing():
        return Network(architecture)


class _WithoutDrawing(TorchFunctionMode):
    """Inside, tensors are not filled with random numbers. Torch's random stream stays where it is."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        named = kwargs or {}
        if func in _DRAWING:
            tensor: Tensor = args[0] if args else named["tensor"]
            # Not what memory held before: truncated normal values are drawn until all lie inside.
            with torch.no_grad():
                return tensor.zero_()
        return func(*args, **named)


_DRAWING = frozenset(
    {
        Tensor.normal_,
        Tensor.uniform_,
        nn.init.kaiming_normal_,
        nn.init.kaiming_uniform_,
        nn.init.normal_,
        nn.init.trunc_normal_,
        nn.init.uniform_,
        nn.init.xavier_normal_,
        nn.init.xavier_uniform_,
    }
)
"""Functions of torch that draw. Those of ``nn.init`` are asked first, and draw outside of the mode."""


def outlined_network(architecture: Architecture) -> Network:
    """A network without values, on torch's meta device: names, shapes and counts cost next to nothing.

    Example:
        >>> from netloom.models.spec import VGG
        >>> image = ImageInput(channels=3, height=224, width=224, mean=(0.5,) * 3, std=(0.2,) * 3)
        >>> plan = Architecture(input=image, backbone=VGG(), head=LinearHead(outputs=1000))
        >>> num_parameters(outlined_network(plan))
        138365992
    """
    with torch.device("meta"):
        return Network(architecture)


def num_parameters(network: nn.Module) -> int:
    """How many numbers training can change.

    Example:
        >>> num_parameters(nn.Linear(3, 2))
        8
    """
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def _decoder(architecture: Architecture, backbone: Features) -> Decoding | None:
    if architecture.decoder is None:
        return None
    if not backbone.gives:
        raise InvalidData.of(
            f"the backbone {architecture.backbone.type} gives no maps, and this task speaks of places",
            code="I395",
            expected="a backbone of convolutions, such as convnet or resnet",
            fix="Choose another backbone",
        )
    return build_decoder(architecture.decoder, backbone.gives)


def _head(architecture: Architecture, *, features: int, takes: Sequence[MapShape]) -> nn.Module:
    head: Head = architecture.head
    match head:
        case LinearHead():
            return nn.Sequential(nn.Dropout(head.dropout), nn.Linear(features, head.outputs))
        case PixelHead() if isinstance(architecture.backbone, DepthNetwork):
            from netloom.models.heads.distances import Distances

            return Distances(architecture.backbone, architecture.input, dropout=head.dropout)
        case PixelHead():
            return Pixels(head.outputs, takes, dropout=head.dropout)
        case BoxHead():
            return Boxes(head, takes)
        case QueryHead():
            # Its library is large: only those who use it wait for it.
            from netloom.models.heads.object_queries import ObjectQueries

            assert isinstance(architecture.backbone, DFine)  # the architecture says so
            return ObjectQueries(architecture.backbone, head, takes, architecture.input)
        case PictureHead():
            return ChangedPicture(architecture.input.channels, takes, dropout=head.dropout)
        case SequenceHead():
            return Steps(head.outputs, takes, dropout=head.dropout)
        case CharacterHead():
            if isinstance(architecture.backbone, TrOCR):
                from netloom.models.heads.trocr_characters import TrOCRCharacters

                return TrOCRCharacters(architecture.backbone, head, takes)
            return Characters(head, takes)
