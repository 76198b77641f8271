"""Pretrained networks for depth: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import CheckpointPreprocessing, read_preprocessing
from netloom.models.depth_network import buildable, in_network
from netloom.models.depth_spec import DepthFamily, DepthNetwork, depth_preset, is_metric
from netloom.models.pretrained import PretrainedWeights
from netloom.models.pretrained_folder import PretrainedFolder, find_pretrained
from netloom.models.transformers_library import (
    backbone_architecture,
    filled_model,
    library_settings,
)
from netloom.models.weight_files import read_tensors

_LAST_OF_RELATIVE = "head.conv3."
"""Its numbers are near where they are large, in no unit."""


def resolved_depth_network(body: DepthNetwork, *, resolve: Resolve) -> DepthNetwork:
    """With everything that is needed to build it, without the hub, ever again.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of another kind of network.
    """
    if body.architecture is not None:
        return body
    if body.pretrained is None:
        architecture = depth_preset(body)
        family = architecture["model_type"]
        return body.model_copy(update={"architecture": architecture, "family": family})
    checkpoint = _checkpoint(body, resolve)
    architecture = _architecture(checkpoint, family=body.family)
    return body.model_copy(
        update={
            "architecture": architecture,
            "family": architecture["model_type"],
            "revision": checkpoint.commit or body.revision,
        }
    )


def depth_weights(body: DepthNetwork, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the whole network, named as in one of ours.

    A network for relative depth leaves its last layer behind.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint = _checkpoint(body, resolve)
    architecture = _architecture(checkpoint, family=body.family)
    tensors = read_tensors(checkpoint.weight_files())
    found, unused = _loaded(architecture, tensors, source=checkpoint.source)
    left = (
        ()
        if is_metric(architecture)
        else tuple(n for n in found if n.startswith(_LAST_OF_RELATIVE))
    )
    commit = f"@{checkpoint.commit[:12]}" if checkpoint.commit else ""
    return PretrainedWeights(
        source=f"{checkpoint.source}{commit}",
        tensors={in_network(name): tensor for name, tensor in found.items() if name not in left},
        unused=(*unused, *left),
        digest=checkpoint.digest(),
        architecture=architecture,
        preprocessing=_preprocessing(checkpoint, family=architecture["model_type"]),
        labels=(),  # its head speaks of no labels, and no more do depths
    )


def _checkpoint(body: DepthNetwork, resolve: Resolve) -> PretrainedFolder:
    assert body.pretrained is not None
    return find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)


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
    """Tensors under the library's present names, and the names of those without a place."""
    from transformers import DepthAnythingForDepthEstimation, GLPNForDepthEstimation

    is_glpn = architecture["model_type"] == "glpn"
    library = GLPNForDepthEstimation if is_glpn else DepthAnythingForDepthEstimation
    model, report = filled_model(library, library_settings(architecture), tensors)
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = {*report["missing_keys"], *mismatched}
    own = model.state_dict()
    loaded = {name: tensor.clone() for name, tensor in own.items() if name not in missing}
    if mismatched or 2 * len(loaded) < len(own):
        raise InvalidData.of(
            f"the weights of {source} do not fit its config.json",
            code="I394",
            expected=", ".join(sorted(missing)[:4]),
            got=", ".join((mismatched or sorted(tensors))[:4]),
            fix="Copy description and weights of the same network",
        )
    return loaded, tuple(sorted(report["unexpected_keys"]))


def _preprocessing(checkpoint: PretrainedFolder, *, family: str) -> CheckpointPreprocessing | None:
    """What the checkpoint expects; GLPN was published for levels 0…1 as they are."""
    found = read_preprocessing(checkpoint.preprocessing())
    if family != "glpn" or (found is not None and found.mean is not None):
        return found
    return CheckpointPreprocessing((0.0,) * 3, (1.0,) * 3, None if found is None else found.size)
