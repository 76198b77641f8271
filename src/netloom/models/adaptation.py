"""Fitting pretrained tensors to a network for other pictures: channels, and places of patches.

Shape legend: O outputs, C channels, h w kernel, T tokens, D features.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from netloom.core.errors import InvalidData
from netloom.models.checkpoint_preprocessing import preprocessing_note
from netloom.models.network import Network
from netloom.models.whole_checkpoint import PretrainedWeights

_POSITIONS = "embeddings.position_embeddings"
_COUNTER = "num_batches_tracked"


class FittedWeights(NamedTuple):
    """Tensors with the network's names and shapes, and what was done to them, in sentences."""

    tensors: dict[str, Tensor]
    notes: tuple[str, ...]


def fitted_weights(weights: PretrainedWeights, network: Network) -> FittedWeights:
    """Fit pretrained tensors to a network, as far as they can be.

    A first convolution learned on colour is summed over its channels for grey pictures (which is what it
    would answer to equal channels); position embeddings are resampled bicubically to the network's grid
    of patches (Dosovitskiy et al., 2020, arXiv:2010.11929, section 3.2). Whatever else differs in
    shape is left out.

    Raises:
        InvalidData: Most of the backbone finds no tensor that fits: these are weights of another
            network.
    """
    image = network.architecture.input
    whole = network.state_dict()
    own = {
        name: tensor
        for name, tensor in whole.items()
        if name.startswith("backbone.") and not name.endswith(_COUNTER)
    }
    taken: dict[str, Tensor] = {}
    notes: list[str] = []
    for name, tensor in weights.tensors.items():
        target = whole.get(name)
        if target is None or target.shape == tensor.shape:
            fitted, note = tensor, None
        elif name.endswith(_POSITIONS):
            grid = _grid(network, tokens=target.shape[1])
            fitted, note = _resampled(tensor, grid), f"position embeddings resampled to {grid}"
        else:
            fitted, note = _with_channels(tensor, target)
        if target is None or fitted.shape == target.shape:
            taken[name] = fitted
            notes += [note] if note else []
    fresh = sorted(own.keys() - taken.keys())
    if len(fresh) * 2 > len(own):
        raise _of_another_network(weights, fresh, own)
    expected = weights.preprocessing
    difference = None if expected is None else preprocessing_note(expected, image)
    notes += [difference] if difference else []
    return FittedWeights(
        taken, (*notes, f"digest of the pretrained weights: {weights.digest[:12]}")
    )


def _with_channels(weight_OChw: Tensor, target: Tensor) -> tuple[Tensor, str | None]:
    """A first convolution for another number of channels, if that is the only difference."""
    same = weight_OChw.dim() == 4 and weight_OChw.shape[2:] == target.shape[2:]
    if not same or weight_OChw.shape[0] != target.shape[0]:
        return weight_OChw, None
    channels = (weight_OChw.shape[1], target.shape[1])
    if channels == (3, 1):
        note = "first convolution summed over the colour channels for grey pictures"
        return weight_OChw.sum(dim=1, keepdim=True), note
    if channels == (1, 3):
        note = "first convolution shared out to the three colour channels"
        return weight_OChw.repeat(1, 3, 1, 1) / 3.0, note
    return weight_OChw, None


class _Grid(NamedTuple):
    rows: int
    columns: int
    extra: int
    """Tokens before those of the patches, such as the class token."""

    def __str__(self) -> str:
        return f"{self.rows}×{self.columns} patches"


def _grid(network: Network, *, tokens: int) -> _Grid:
    image = network.architecture.input
    pictures = getattr(network.backbone, "images", network.backbone)  # of a network for clips
    settings: Any = pictures.get_submodule("model").config
    rows, columns = image.height // settings.patch_size, image.width // settings.patch_size
    return _Grid(rows, columns, tokens - rows * columns)


def _resampled(positions_1TD: Tensor, grid: _Grid) -> Tensor:
    extra, patches = positions_1TD[:, : grid.extra], positions_1TD[:, grid.extra :]
    side = math.isqrt(patches.shape[1])
    if side * side != patches.shape[1]:
        return positions_1TD
    map_1Dhw = patches.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    resampled = interpolate(
        map_1Dhw, size=(grid.rows, grid.columns), mode="bicubic", align_corners=False
    )
    tokens = resampled.permute(0, 2, 3, 1).reshape(1, grid.rows * grid.columns, -1)
    return torch.cat([extra, tokens], dim=1)


def _of_another_network(
    weights: PretrainedWeights, fresh: list[str], own: dict[str, Tensor]
) -> InvalidData:
    example = fresh[0]
    found = weights.tensors.get(example)
    return InvalidData.of(
        f"the weights {weights.source} are of another network: "
        f"{len(fresh)} of {len(own)} tensors of this backbone find none that fits",
        code="I394",
        expected=f"{example} {list(own[example].shape)}",
        got="no such tensor" if found is None else f"{example} {list(found.shape)}",
        fix="Check depth and width of the backbone, or take other weights",
    )
