"""Pretrained networks for depth: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import CheckpointPreprocessing, read_preprocessing
from netloom.models.depth_network import buildable, in_network
from netloom.models.depth_spec import DepthFamily, DepthNetwork, depth_preset, is_metric
from netloom.models.pretrained_folder import PretrainedFolder
from netloom.models.transformers_library import backbone_architecture, library_settings
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    resolved_body,
    whole_model,
    whole_weights,
)

_LAST_OF_RELATIVE = "head.conv3."
"""Its numbers are near where they are large, in no unit."""


def resolved_depth_network(body: DepthNetwork, *, resolve: Resolve) -> DepthNetwork:
    """See :func:`netloom.models.whole_checkpoint.resolved_body`; the family is filled in, too."""
    if body.architecture is not None:
        return body
    resolved = resolved_body(
        body,
        resolve=resolve,
        fresh=lambda: depth_preset(body),
        described=partial(_architecture, family=body.family),
    )
    assert resolved.architecture is not None
    return resolved.model_copy(update={"family": resolved.architecture["model_type"]})


def depth_weights(body: DepthNetwork, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the whole network, named as in one of ours.

    A network for relative depth leaves its last layer behind.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint, weights = whole_weights(
        body,
        resolve=resolve,
        described=partial(_architecture, family=body.family),
        loaded=_loaded,
    )
    assert weights.architecture is not None  # it is the checkpoint's
    return replace(
        weights,
        preprocessing=_preprocessing(checkpoint, family=weights.architecture["model_type"]),
        labels=(),  # its head speaks of no labels, and no more do depths
    )


def _architecture(checkpoint: PretrainedFolder, *, family: DepthFamily | None) -> dict[str, Any]:
    document = checkpoint.description()
    found = document.get("model_type")
    known = get_args(DepthFamily) if family is None else (family,)
    if found not in known:
        raise InvalidData.of(
            f"{checkpoint.source} is no network for depth that Netloom can build",
            code="I391",
            expected="model_type " + ", ".join(known),
            got=f"model_type {found!r}",
            fix="Choose a checkpoint of one of these families",
        )
    described = buildable(backbone_architecture(document))
    # Where a description of glpn is silent, the library means ten metres.
    return {"max_depth": 10, **described} if found == "glpn" else described


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors named as in a network of ours, and the names of those without a place."""
    from transformers import DepthAnythingForDepthEstimation, GLPNForDepthEstimation

    is_glpn = architecture["model_type"] == "glpn"
    library = GLPNForDepthEstimation if is_glpn else DepthAnythingForDepthEstimation
    found, unused = whole_model(library, library_settings(architecture), tensors, source=source)
    left = (
        ()
        if is_metric(architecture)
        else tuple(name for name in found if name.startswith(_LAST_OF_RELATIVE))
    )
    ours = {in_network(name): tensor for name, tensor in found.items() if name not in left}
    return ours, (*unused, *left)


def _preprocessing(checkpoint: PretrainedFolder, *, family: str) -> CheckpointPreprocessing | None:
    """What the checkpoint expects; GLPN was published for levels 0…1 as they are."""
    found = read_preprocessing(checkpoint.preprocessing())
    if family != "glpn" or (found is not None and found.mean is not None):
        return found
    return CheckpointPreprocessing((0.0,) * 3, (1.0,) * 3, None if found is None else found.size)
