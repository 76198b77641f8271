"""Pretrained backbones: from a name on the hub or a local folder to an architecture and tensors.

A network that is trained from here needs neither the hub nor the folder again: its architecture goes into
the model package, and so do its tensors.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve, local_path
from netloom.models.architecture import ImageInput
from netloom.models.backbones.building import build_backbone
from netloom.models.checkpoint_preprocessing import read_preprocessing
from netloom.models.clip_spec import SpaceTimeNet, VideoMAE
from netloom.models.depth_spec import DepthNetwork
from netloom.models.pretrained_d_fine import d_fine_weights, resolved_d_fine
from netloom.models.pretrained_depth import depth_weights, resolved_depth_network
from netloom.models.pretrained_folder import PretrainedFolder, labels_of
from netloom.models.pretrained_segformer import segformer_head
from netloom.models.pretrained_swin2sr import resolved_swin2sr, swin2sr_weights
from netloom.models.pretrained_trocr import resolved_trocr, trocr_weights
from netloom.models.pretrained_video import resolved_videomae, videomae_weights
from netloom.models.reading_spec import TrOCR
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import (
    Body,
    ConvNet,
    DFine,
    FrameSequence,
    NAFNet,
    Perceptron,
    Transformers,
)
from netloom.models.transformers_library import backbone_architecture, family_of
from netloom.models.transformers_presets import preset
from netloom.models.weight_files import read_tensors, torchvision_names, weight_file
from netloom.models.weight_names import in_every_frame, segmenter_names
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    checkpoint_of,
    library_tensors,
    listed,
)

_BACKBONE = "backbone."
_MODEL = "backbone.model."
_USUAL_PICTURE = ImageInput(channels=3, height=224, width=224, mean=(0.0,) * 3, std=(1.0,) * 3)


def resolved_backbone(backbone: Body, *, resolve: Resolve = local_path) -> Body:
    """The backbone with everything that is needed to build it, without the hub, ever again.

    For networks of the transformers library fills in ``architecture``, the family and, for those of the hub,
    the commit as ``revision``. Other backbones are complete as they are.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of a family that is not supported.

    Example:
        >>> resolved = resolved_backbone(Transformers(family="vit", size="small"))
        >>> resolved.architecture["num_hidden_layers"]
        12
    """
    match backbone:
        case DFine():
            return resolved_d_fine(backbone, resolve=resolve)
        case Swin2SR():
            return resolved_swin2sr(backbone, resolve=resolve)
        case TrOCR():
            return resolved_trocr(backbone, resolve=resolve)
        case DepthNetwork():
            return resolved_depth_network(backbone, resolve=resolve)
        case VideoMAE():
            return resolved_videomae(backbone, resolve=resolve)
        case FrameSequence():
            images = resolved_backbone(backbone.images, resolve=resolve)
            return backbone.model_copy(update={"images": images})
        case Transformers():
            return _resolved(backbone, resolve)
    return backbone


def _resolved(backbone: Transformers, resolve: Resolve) -> Transformers:
    if backbone.architecture is not None:
        return backbone
    if backbone.pretrained is None:
        assert backbone.family is not None  # the settings say so
        architecture = preset(backbone.family, backbone.size)
        return backbone.model_copy(update={"architecture": architecture})
    checkpoint = checkpoint_of(backbone, resolve)
    document = checkpoint.description()
    family = family_of(document, source=checkpoint.source)
    if backbone.family not in (None, family):
        raise InvalidData.of(
            f"{checkpoint.source} is a network of another family",
            code="I391",
            expected=str(backbone.family),
            got=family,
            fix=f"Write family: {family}, or leave family out",
        )
    return backbone.model_copy(
        update={
            "architecture": backbone_architecture(document),
            "family": family,
            "revision": checkpoint.commit or backbone.revision,
        }
    )


def pretrained_weights(
    backbone: Body, *, resolve: Resolve = local_path
) -> PretrainedWeights | None:
    """The tensors that a backbone is to start from; None if it starts afresh.

    Fit them to a network with :func:`netloom.models.adaptation.fitted_weights`.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.

    Example:
        >>> weights = pretrained_weights(Transformers(family="vit"))
        >>> 0 if weights is None else len(weights.tensors)
        0
    """
    if (
        isinstance(backbone, ConvNet | Perceptron | NAFNet | SpaceTimeNet)
        or backbone.pretrained is None
    ):
        return None
    match backbone:
        case DFine():
            return d_fine_weights(backbone, resolve=resolve)
        case Swin2SR():
            return swin2sr_weights(backbone, resolve=resolve)
        case TrOCR():
            return trocr_weights(backbone, resolve=resolve)
        case DepthNetwork():
            return depth_weights(backbone, resolve=resolve)
        case VideoMAE():
            return videomae_weights(backbone, resolve=resolve)
        case FrameSequence():
            weights = pretrained_weights(backbone.images, resolve=resolve)
            return weights and replace(weights, tensors=in_every_frame(weights.tensors))
        case Transformers():
            return _of_the_library(backbone, checkpoint_of(backbone, resolve))
    return _native(backbone, backbone.pretrained, resolve)


def _of_the_library(backbone: Transformers, checkpoint: PretrainedFolder) -> PretrainedWeights:
    document = checkpoint.description()
    family = family_of(document, source=checkpoint.source)
    architecture = backbone_architecture(document)
    tensors = read_tensors(checkpoint.weight_files())
    model, unused = library_tensors(family, architecture, tensors, source=checkpoint.source)
    head = segformer_head(architecture, tensors) if family == "segformer" else {}
    return PretrainedWeights(
        source=checkpoint.title,
        tensors={f"{_MODEL}{name}": tensor for name, tensor in model.items()} | head,
        unused=() if head else unused,
        digest=checkpoint.digest(),
        architecture=architecture,
        preprocessing=read_preprocessing(checkpoint.preprocessing()),
        labels=labels_of(document) if head else None,
    )


def _native(backbone: Body, pretrained: str, resolve: Resolve) -> PretrainedWeights:
    file = weight_file(resolve(f"path:{pretrained}"))
    found = torchvision_names(read_tensors([file]))
    whole = segmenter_names(found)
    ours = whole or {name: f"{_BACKBONE}{name}" for name in found}
    with torch.device("meta"):
        own = {
            f"{_BACKBONE}{name}" for name in build_backbone(backbone, _USUAL_PICTURE).state_dict()
        }
    taken = [n for n, name in ours.items() if name in own or not name.startswith(_BACKBONE)]
    if not any(ours[name] in own for name in taken):
        raise InvalidData.of(
            f"{pretrained} holds no tensor of a {backbone.type}",
            code="I394",
            expected=listed([name.removeprefix(_BACKBONE) for name in sorted(own)]),
            got=listed(list(found)),
            fix="Give weights of this network, with torchvision's names",
        )
    return PretrainedWeights(
        source=pretrained,
        tensors={ours[name]: found[name].float() for name in taken},
        unused=tuple(sorted(found.keys() - set(taken))),
        digest=digest_of_file(file),
    )
