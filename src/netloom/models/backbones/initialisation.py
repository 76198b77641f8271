"""First values of parameters, so that signals keep their size on the way through deep networks."""

from __future__ import annotations

import math
from typing import Literal

from torch import nn


def initialise(module: nn.Module, *, fan: Literal["in", "out"] = "out") -> None:
    """Draw the parameters of every layer below ``module`` anew.

    Convolutions and linear layers: normal with a variance of 2 / fan (He et al. 2015,
    arXiv:1502.01852), biases zero. Batch norms: the identity.

    Args:
        fan: What keeps its size through a convolution: "out", gradients, counting the connections that
            leave an input; "in", activations, counting those that enter an output. Linear layers
            always use the latter.

    Example:
        >>> layer = nn.Conv2d(64, 64, 3)
        >>> initialise(layer)
        >>> round(float(layer.weight.detach().std()), 2)  # sqrt(2 / (64 · 9))
        0.06
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            # nn.init.kaiming_normal_ forgets that a depthwise convolution feeds only its own group.
            channels = layer.out_channels if fan == "out" else layer.in_channels
            area = layer.kernel_size[0] * layer.kernel_size[1]
            _draw(layer, connections=area * channels // layer.groups)
        elif isinstance(layer, nn.Linear):
            _draw(layer, connections=layer.in_features)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)


def _draw(layer: nn.Conv2d | nn.Linear, *, connections: int) -> None:
    if layer.weight.is_meta:
        return  # there is nothing to fill, and the first attempt would load a compiler for seconds
    nn.init.normal_(layer.weight, std=math.sqrt(2.0 / connections))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
