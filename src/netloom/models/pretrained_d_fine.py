"""Pretrained D-FINE: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import CheckpointPreprocessing, read_preprocessing
from netloom.models.d_fine import in_network
from netloom.models.d_fine_presets import d_fine_preset
from netloom.models.pretrained import PretrainedWeights
from netloom.models.pretrained_folder import PretrainedFolder, find_pretrained, labels_of
from netloom.models.spec import DFine
from netloom.models.transformers_library import (
    backbone_architecture,
    filled_model,
    library_settings,
)
from netloom.models.weight_files import read_tensors

_MODEL_TYPE = "d_fine"
_MODEL = "model."
_PER_LABEL = "model.enc_score_head.bias"


def resolved_d_fine(body: DFine, *, resolve: Resolve) -> DFine:
    """With everything that is needed to build it, without the hub, ever again.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of another kind of network.
    """
    if body.architecture is not None:
        return body
    if body.pretrained is None:
        return body.model_copy(update={"architecture": d_fine_preset(body.size)})
    checkpoint = _checkpoint(body, resolve)
    return body.model_copy(
        update={
            "architecture": _architecture(checkpoint),
            "revision": checkpoint.commit or body.revision,
        }
    )


def d_fine_weights(body: DFine, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the whole detector, named as in a network of ours.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint = _checkpoint(body, resolve)
    architecture = _architecture(checkpoint)
    tensors = read_tensors(checkpoint.weight_files())
    found, unused = _loaded(architecture, tensors, source=checkpoint.source)
    commit = f"@{checkpoint.commit[:12]}" if checkpoint.commit else ""
    return PretrainedWeights(
        source=f"{checkpoint.source}{commit}",
        tensors={in_network(name): tensor for name, tensor in found.items()},
        unused=unused,
        digest=checkpoint.digest(),
        architecture=architecture,
        preprocessing=_preprocessing(checkpoint.preprocessing()),
        labels=labels_of(checkpoint.description()),
    )


def _checkpoint(body: DFine, resolve: Resolve) -> PretrainedFolder:
    assert body.pretrained is not None
    return find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    document = checkpoint.description()
    if document.get("model_type") != _MODEL_TYPE:
        raise InvalidData.of(
            f"{checkpoint.source} is no D-FINE",
            code="I391",
            expected=f"model_type {_MODEL_TYPE}",
            got=f"model_type {document.get('model_type')!r}",
            fix="Choose a checkpoint of D-FINE, such as ustc-community/dfine-small-coco",
        )
    return backbone_architecture(document)


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors under the library's present names, and the names of those without a place."""
    from transformers import DFineForObjectDetection

    outputs = len(tensors[_PER_LABEL]) if _PER_LABEL in tensors else 1
    settings = library_settings({**architecture, "num_labels": outputs})
    model, report = filled_model(DFineForObjectDetection, settings, tensors)
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = {*report["missing_keys"], *mismatched}
    # The library keeps its predictions in two places; those of the decoder are the ones that it uses.
    own = {n: t for n, t in model.state_dict().items() if n.startswith(_MODEL)}
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


def _preprocessing(document: dict[str, Any]) -> CheckpointPreprocessing | None:
    """What the checkpoint expects; D-FINE was published for levels 0…1 as they are."""
    found = read_preprocessing(document)
    if found is None or document.get("do_normalize") is not False:
        return found
    return replace(found, mean=(0.0,) * 3, std=(1.0,) * 3)
