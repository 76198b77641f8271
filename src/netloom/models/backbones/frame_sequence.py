"""A network for pictures on every frame of a clip, and what puts the frames in order.

Shape legend: N samples, T frames, C channels, H height, W width, D features of a frame, E numbers for it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ClipInput, ImageInput
from netloom.models.clip_spec import MeanOverTime, Temporal, TemporalAttention, TemporalConvolution
from netloom.models.features import Features
from netloom.models.spec import Backbone, FrameSequence

_POSITION_DEVIATION = 0.02


class FrameSequenceFeatures(Features):
    """Features of every frame, brought together along time.

    Args:
        clip: Length of the clips and size of their frames.
        build: Makes the network for pictures.

    Example:
        >>> from netloom.models.backbones.building import build_backbone
        >>> clip = ClipInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,), frames=4)
        >>> FrameSequenceFeatures(FrameSequence(), clip, build_backbone)(
        ...     torch.zeros(2, 4, 1, 8, 8)
        ... ).shape
        torch.Size([2, 128])
    """

    def __init__(
        self,
        settings: FrameSequence,
        clip: ClipInput,
        build: Callable[[Backbone, ImageInput], Features],
    ) -> None:
        super().__init__()
        self.images = build(settings.images, clip)
        self.temporal = temporal_part(settings.temporal, self.images.width, frames=clip.frames)
        self.width = self.temporal.width
        self.blocks = (
            *(f"images.{name}" for name in self.images.blocks),
            *(f"temporal.{name}" for name in self.temporal.blocks),
        )

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Features of a batch of clips.

        Args:
            images_NCHW: Here normalised clips, ``(N, T, C, H, W)``.
        """
        frames = images_NCHW.shape[1]
        features: Tensor = self.images(images_NCHW.flatten(0, 1))
        together: Tensor = self.temporal(features.reshape(-1, frames, features.shape[1]))
        return together


def clip_input(image: ImageInput) -> ClipInput:
    """The input of a network for clips, which an architecture has made sure of."""
    if not isinstance(image, ClipInput):
        raise TypeError("a network for clips needs to know how many frames they have")
    return image


class TemporalPart(nn.Module):
    """Layers from ``(N, T, D)`` to ``(N, width)``; as :class:`Features`, with their blocks."""

    width: int
    blocks: tuple[str, ...]


def temporal_part(settings: Temporal, features: int, *, frames: int) -> TemporalPart:
    """The layers that a description asks for.

    Args:
        features: Of each frame.
        frames: Of a clip.
    """
    match settings:
        case MeanOverTime():
            return TimeMean(features)
        case TemporalConvolution():
            return TimeConvolutions(settings, features)
        case TemporalAttention():
            return TimeAttention(settings, features, frames=frames)


class TimeMean(TemporalPart):
    """The mean over the frames."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.width = features
        self.blocks = ()

    def forward(self, features_NTD: Tensor) -> Tensor:
        """``(N, D)``."""
        return features_NTD.mean(dim=1)


class TimeConvolutions(TemporalPart):
    """A linear layer, convolutions along time with shortcuts, and the mean."""

    def __init__(self, settings: TemporalConvolution, features: int) -> None:
        super().__init__()
        self.width = settings.width
        self.project = nn.Linear(features, settings.width)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(
                    settings.width,
                    settings.width,
                    kernel_size=settings.kernel,
                    padding=settings.kernel // 2,
                    bias=False,
                ),
                nn.BatchNorm1d(settings.width),
                nn.ReLU(),
            )
            for _ in range(settings.layers)
        )
        self.blocks = ("project", *(f"layers.{at}" for at in range(settings.layers)))

    def forward(self, features_NTD: Tensor) -> Tensor:
        """``(N, E)``."""
        states_NET = self.project(features_NTD).transpose(1, 2)
        for layer in self.layers:
            states_NET = states_NET + layer(states_NET)
        mean_NE: Tensor = states_NET.mean(dim=2)
        return mean_NE


class TimeAttention(TemporalPart):
    """A linear layer, learned places in time, transformer layers, and the mean."""

    def __init__(self, settings: TemporalAttention, features: int, *, frames: int) -> None:
        super().__init__()
        self.width = settings.width
        self.project = Placed(features, settings.width, frames=frames)
        self.layers = nn.ModuleList(
            TimeLayer(settings.width, heads=settings.heads) for _ in range(settings.layers)
        )
        self.norm = nn.LayerNorm(settings.width)
        self.blocks = ("project", *(f"layers.{at}" for at in range(settings.layers)), "norm")

    def forward(self, features_NTD: Tensor) -> Tensor:
        """``(N, E)``."""
        states_NTE = self.project(features_NTD)
        for layer in self.layers:
            states_NTE = layer(states_NTE)
        mean_NE: Tensor = self.norm(states_NTE).mean(dim=1)
        return mean_NE


class TimeLayer(nn.Module):
    """A transformer layer: attention of every frame to all, then two linear layers, both beside a shortcut.

    Torch's own has a shortcut for prediction that cannot be exported.
    """

    def __init__(self, width: int, *, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.together = nn.Linear(width, width)
        self.wide = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, width),
        )

    def forward(self, states_NTE: Tensor) -> Tensor:
        """``(N, T, E)``."""
        frames, width = states_NTE.shape[1:]
        split = self.queries_keys_values(self.before(states_NTE)).reshape(
            -1, frames, 3, self.heads, width // self.heads
        )
        queries, keys, values = split.permute(2, 0, 3, 1, 4).unbind(0)
        attended = functional.scaled_dot_product_attention(queries, keys, values)
        joined = attended.transpose(1, 2).reshape(-1, frames, width)
        states_NTE = states_NTE + self.together(joined)
        wider: Tensor = states_NTE + self.wide(states_NTE)
        return wider


class Placed(nn.Module):
    """A linear layer that adds to each frame where in the clip it stands."""

    def __init__(self, features: int, width: int, *, frames: int) -> None:
        super().__init__()
        self.layer = nn.Linear(features, width)
        self.places_TE = nn.Parameter(torch.randn(frames, width) * _POSITION_DEVIATION)

    def forward(self, features_NTD: Tensor) -> Tensor:
        """``(N, T, E)``."""
        placed_NTE: Tensor = self.layer(features_NTD) + self.places_TE
        return placed_NTE
