"""Pretrained D-FINE: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import CheckpointPreprocessing, read_preprocessing
from netloom.models.d_fine import in_network
from netloom.models.d_fine_presets import d_fine_preset
from netloom.models.pretrained_folder import PretrainedFolder, labels_of
from netloom.models.spec import DFine
from netloom.models.transformers_library import library_settings
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    described_as,
    resolved_body,
    whole_model,
    whole_weights,
)

_MODEL = "model."
_PER_LABEL = "model.enc_score_head.bias"


def resolved_d_fine(body: DFine, *, resolve: Resolve) -> DFine:
    """See :func:`netloom.models.whole_checkpoint.resolved_body`."""
    return resolved_body(
        body, resolve=resolve, fresh=lambda: d_fine_preset(body.size), described=_architecture
    )


def d_fine_weights(body: DFine, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the whole detector, named as in a network of ours.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint, weights = whole_weights(
        body, resolve=resolve, described=_architecture, loaded=_loaded
    )
    return replace(
        weights,
        tensors={in_network(name): tensor for name, tensor in weights.tensors.items()},
        preprocessing=_preprocessing(checkpoint.preprocessing()),
        labels=labels_of(checkpoint.description()),
    )


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    return described_as(
        checkpoint, "d_fine", name="D-FINE", example="ustc-community/dfine-small-coco"
    )


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors under the library's present names, and the names of those without a place."""
    from transformers import DFineForObjectDetection

    outputs = len(tensors[_PER_LABEL]) if _PER_LABEL in tensors else 1
    settings = library_settings({**architecture, "num_labels": outputs})
    found, unused = whole_model(
        DFineForObjectDetection, settings, tensors, source=source, essential=_MODEL
    )
    # The library keeps its predictions in two places; those of the decoder are the ones that it uses.
    return {name: found[name] for name in found if name.startswith(_MODEL)}, unused


def _preprocessing(document: dict[str, Any]) -> CheckpointPreprocessing | None:
    """What the checkpoint expects; D-FINE was published for levels 0…1 as they are."""
    found = read_preprocessing(document)
    if found is None or document.get("do_normalize") is not False:
        return found
    return replace(found, mean=(0.0,) * 3, std=(1.0,) * 3)
