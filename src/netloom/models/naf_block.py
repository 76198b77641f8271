"""The building block of NAFNet (Chen, Chu, Zhang and Sun 2022, arXiv:2204.04676).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_EPSILON = 1e-6


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each place.

    Example:
        >>> bool(ChannelNorm(3)(torch.arange(12.0).view(1, 3, 2, 2)).mean(dim=1).abs().max() < 1e-6)
        True
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, map_NCHW: Tensor) -> Tensor:
        """Normalised, scaled and shifted."""
        centred_NCHW = map_NCHW - map_NCHW.mean(dim=1, keepdim=True)
        variance_N1HW = centred_NCHW.square().mean(dim=1, keepdim=True)
        return centred_NCHW * (variance_N1HW + _EPSILON).rsqrt() * self.weight + self.bias


class NAFBlock(nn.Module):
    """A convolution and a pointwise half, each around a shortcut that starts as the identity.

    In place of an activation, one half of the channels is multiplied with the other; attention is one factor
    per channel, made of the channels' averages.

    Example:
        >>> map_NCHW = torch.rand(1, 4, 5, 5)
        >>> bool(torch.equal(NAFBlock(4)(map_NCHW), map_NCHW))
        True
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        double = 2 * channels
        self.norm = ChannelNorm(channels)
        self.widen = nn.Conv2d(channels, double, kernel_size=1)
        self.spread = nn.Conv2d(double, double, kernel_size=3, padding=1, groups=double)
        self.attend = nn.Conv2d(channels, channels, kernel_size=1)
        self.narrow = nn.Conv2d(channels, channels, kernel_size=1)
        self.second_norm = ChannelNorm(channels)
        self.second_widen = nn.Conv2d(channels, double, kernel_size=1)
        self.second_narrow = nn.Conv2d(channels, channels, kernel_size=1)
        self.scale = nn.Parameter(torch.zeros(channels, 1, 1))
        self.second_scale = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, map_NCHW: Tensor) -> Tensor:
        """A map of the same shape."""
        inner_NCHW = _gated(self.spread(self.widen(self.norm(map_NCHW))))
        inner_NCHW = inner_NCHW * self.attend(inner_NCHW.mean(dim=(2, 3), keepdim=True))
        map_NCHW = map_NCHW + self.narrow(inner_NCHW) * self.scale
        inner_NCHW = _gated(self.second_widen(self.second_norm(map_NCHW)))
        changed_NCHW: Tensor = map_NCHW + self.second_narrow(inner_NCHW) * self.second_scale
        return changed_NCHW


def _gated(map_NCHW: Tensor) -> Tensor:
    first_NCHW, second_NCHW = map_NCHW.chunk(2, dim=1)
    return first_NCHW * second_NCHW
