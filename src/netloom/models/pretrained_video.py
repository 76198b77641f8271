"""Pretrained networks for clips: VideoMAE as a whole, or a network for pictures that looks at every frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import read_preprocessing
from netloom.models.clip_spec import VideoMAE
from netloom.models.pretrained import PretrainedWeights, library_tensors, pretrained_weights
from netloom.models.pretrained_folder import PretrainedFolder, find_pretrained
from netloom.models.spec import FrameSequence
from netloom.models.transformers_library import backbone_architecture
from netloom.models.video_presets import video_preset
from netloom.models.videomae import MODEL_TYPE
from netloom.models.weight_files import read_tensors
from netloom.models.weight_names import in_every_frame

_MODEL = "backbone.model."
_NORM = {"fc_norm.weight": "backbone.norm.weight", "fc_norm.bias": "backbone.norm.bias"}
"""The norm behind the mean; only checkpoints of classifiers have it."""


def resolved_videomae(body: VideoMAE, *, resolve: Resolve) -> VideoMAE:
    """With everything that is needed to build it, without the hub, ever again.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of another kind of network.
    """
    if body.architecture is not None:
        return body
    if body.pretrained is None:
        return body.model_copy(update={"architecture": video_preset(body.size)})
    checkpoint = find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)
    return body.model_copy(
        update={
            "architecture": _architecture(checkpoint),
            "revision": checkpoint.commit or body.revision,
        }
    )


def videomae_weights(body: VideoMAE, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the encoder, and of the norm behind it if the checkpoint has one.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    assert body.pretrained is not None
    checkpoint = find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)
    architecture = _architecture(checkpoint)
    tensors = read_tensors(checkpoint.weight_files())
    found, unused = library_tensors(MODEL_TYPE, architecture, tensors, source=checkpoint.source)
    named = {f"{_MODEL}{name}": tensor for name, tensor in found.items()}
    named |= {ours: tensors[name].float() for name, ours in _NORM.items() if name in tensors}
    commit = f"@{checkpoint.commit[:12]}" if checkpoint.commit else ""
    return PretrainedWeights(
        source=f"{checkpoint.source}{commit}",
        tensors=named,
        unused=tuple(name for name in unused if name not in _NORM),
        digest=checkpoint.digest(),
        architecture=architecture,
        preprocessing=read_preprocessing(checkpoint.preprocessing()),
    )


def clip_weights(body: VideoMAE | FrameSequence, *, resolve: Resolve) -> PretrainedWeights | None:
    """What a network for clips starts from; None if it starts afresh.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    if isinstance(body, VideoMAE):
        return videomae_weights(body, resolve=resolve)
    weights = pretrained_weights(body.images, resolve=resolve)
    return weights and replace(weights, tensors=in_every_frame(weights.tensors))


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    document = checkpoint.description()
    if document.get("model_type") != MODEL_TYPE:
        raise InvalidData.of(
            f"{checkpoint.source} is no VideoMAE",
            code="I391",
            expected=f"model_type {MODEL_TYPE}",
            got=f"model_type {document.get('model_type')!r}",
            fix="Choose a checkpoint of VideoMAE, such as MCG-NJU/videomae-base",
        )
    return backbone_architecture(document)
