"""Pretrained VideoMAE: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import read_preprocessing
from netloom.models.clip_spec import VideoMAE
from netloom.models.pretrained_folder import PretrainedFolder
from netloom.models.video_presets import video_preset
from netloom.models.videomae import MODEL_TYPE
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    described_as,
    library_tensors,
    resolved_body,
    whole_weights,
)

_MODEL = "backbone.model."
_NORM = {"fc_norm.weight": "backbone.norm.weight", "fc_norm.bias": "backbone.norm.bias"}
"""The norm behind the mean; only checkpoints of classifiers have it."""


def resolved_videomae(body: VideoMAE, *, resolve: Resolve) -> VideoMAE:
    """See :func:`netloom.models.whole_checkpoint.resolved_body`."""
    return resolved_body(
        body, resolve=resolve, fresh=lambda: video_preset(body.size), described=_architecture
    )


def videomae_weights(body: VideoMAE, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the encoder, and of the norm behind it if the checkpoint has one.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint, weights = whole_weights(
        body, resolve=resolve, described=_architecture, loaded=_loaded
    )
    return replace(weights, preprocessing=read_preprocessing(checkpoint.preprocessing()))


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    return described_as(checkpoint, MODEL_TYPE, name="VideoMAE", example="MCG-NJU/videomae-base")


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors named as in a network of ours, and the checkpoint's names of those without a place."""
    found, unused = library_tensors(MODEL_TYPE, architecture, tensors, source=source)
    named = {f"{_MODEL}{name}": tensor for name, tensor in found.items()}
    named |= {ours: tensors[name].float() for name, ours in _NORM.items() if name in tensors}
    return named, tuple(name for name in unused if name not in _NORM)
