"""Pretrained VideoMAE: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from typing import Any

from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import read_preprocessing
from netloom.models.clip_spec import VideoMAE
from netloom.models.pretrained_folder import PretrainedFolder
from netloom.models.video_presets import video_preset
from netloom.models.videomae import MODEL_TYPE
from netloom.models.weight_files import read_tensors
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    checkpoint_of,
    described_as,
    library_tensors,
    resolved_body,
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
    checkpoint = checkpoint_of(body, resolve)
    architecture = _architecture(checkpoint)
    tensors = read_tensors(checkpoint.weight_files())
    found, unused = library_tensors(MODEL_TYPE, architecture, tensors, source=checkpoint.source)
    named = {f"{_MODEL}{name}": tensor for name, tensor in found.items()}
    named |= {ours: tensors[name].float() for name, ours in _NORM.items() if name in tensors}
    return PretrainedWeights(
        source=checkpoint.title,
        tensors=named,
        unused=tuple(name for name in unused if name not in _NORM),
        digest=checkpoint.digest(),
        architecture=architecture,
        preprocessing=read_preprocessing(checkpoint.preprocessing()),
    )


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    return described_as(checkpoint, MODEL_TYPE, name="VideoMAE", example="MCG-NJU/videomae-base")
