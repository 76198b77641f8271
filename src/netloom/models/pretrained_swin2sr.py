"""Pretrained Swin2SR: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from netloom.core.locations import Resolve
from netloom.models.pretrained_folder import PretrainedFolder
from netloom.models.restoration_spec import Swin2SR, swin2sr_preset
from netloom.models.transformers_library import library_settings
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    described_as,
    resolved_body,
    whole_model,
    whole_weights,
)

_BODY = "swin2sr."
_LAST = "final_convolution."


def resolved_swin2sr(body: Swin2SR, *, resolve: Resolve) -> Swin2SR:
    """See :func:`netloom.models.whole_checkpoint.resolved_body`."""
    return resolved_body(
        body, resolve=resolve, fresh=lambda: swin2sr_preset(body.size), described=_architecture
    )


def swin2sr_weights(body: Swin2SR, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the network, named as in one of ours.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    _, weights = whole_weights(body, resolve=resolve, described=_architecture, loaded=_loaded)
    return replace(
        weights,
        # Its head speaks of no labels, and no more do the pictures.
        labels=() if any(name.startswith("head.") for name in weights.tensors) else None,
    )


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    return described_as(
        checkpoint, "swin2sr", name="Swin2SR", example="caidas/swin2SR-lightweight-x2-64"
    )


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors named as in a network of ours, and the checkpoint's names of those without a place."""
    from transformers import Swin2SRForImageSuperResolution

    settings = library_settings(architecture)
    whole, unexpected = whole_model(
        Swin2SRForImageSuperResolution, settings, tensors, source=source, essential=_BODY
    )
    ours = {
        f"backbone.model.{name.removeprefix(_BODY)}": tensor
        for name, tensor in whole.items()
        if name.startswith(_BODY)
    }
    # The library's last layer gives a change in units of its own range of levels, ours one of levels 0…1.
    ours |= {
        f"head.layer.{name.removeprefix(_LAST)}": tensor / float(settings.img_range)
        for name, tensor in whole.items()
        if name.startswith(_LAST)
    }
    enlarging = sorted(name for name in whole if not name.startswith((_BODY, _LAST)))
    return ours, (*enlarging, *unexpected)
