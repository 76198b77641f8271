"""Pretrained Swin2SR: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.pretrained import PretrainedWeights
from netloom.models.pretrained_folder import PretrainedFolder, find_pretrained
from netloom.models.restoration_spec import Swin2SR, swin2sr_preset
from netloom.models.transformers_library import (
    backbone_architecture,
    filled_model,
    library_settings,
)
from netloom.models.weight_files import read_tensors

_MODEL_TYPE = "swin2sr"
_BODY = "swin2sr."
_LAST = "final_convolution."


def resolved_swin2sr(body: Swin2SR, *, resolve: Resolve) -> Swin2SR:
    """With everything that is needed to build it, without the hub, ever again.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of another kind of network.
    """
    if body.architecture is not None:
        return body
    if body.pretrained is None:
        return body.model_copy(update={"architecture": swin2sr_preset(body.size)})
    checkpoint = _checkpoint(body, resolve)
    return body.model_copy(
        update={
            "architecture": _architecture(checkpoint),
            "revision": checkpoint.commit or body.revision,
        }
    )


def swin2sr_weights(body: Swin2SR, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of the network, named as in one of ours.

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
        tensors=found,
        unused=unused,
        digest=checkpoint.digest(),
        architecture=architecture,
        # Its head speaks of no labels, and no more do the pictures.
        labels=() if any(name.startswith("head.") for name in found) else None,
    )


def _checkpoint(body: Swin2SR, resolve: Resolve) -> PretrainedFolder:
    assert body.pretrained is not None
    return find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    document = checkpoint.description()
    if document.get("model_type") != _MODEL_TYPE:
        raise InvalidData.of(
            f"{checkpoint.source} is no Swin2SR",
            code="I391",
            expected=f"model_type {_MODEL_TYPE}",
            got=f"model_type {document.get('model_type')!r}",
            fix="Choose a checkpoint of Swin2SR, such as caidas/swin2SR-lightweight-x2-64",
        )
    return backbone_architecture(document)


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors named as in a network of ours, and the checkpoint's names of those without a place."""
    from transformers import Swin2SRForImageSuperResolution

    settings = library_settings(architecture)
    model, report = filled_model(Swin2SRForImageSuperResolution, settings, tensors)
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = {*report["missing_keys"], *mismatched}
    whole = {name: t for name, t in model.state_dict().items() if name not in missing}
    ours = {
        f"backbone.model.{name.removeprefix(_BODY)}": tensor.clone()
        for name, tensor in whole.items()
        if name.startswith(_BODY)
    }
    own = [name for name in model.state_dict() if name.startswith(_BODY)]
    if mismatched or 2 * len(ours) < len(own):
        raise InvalidData.of(
            f"the weights of {source} do not fit its config.json",
            code="I394",
            expected=", ".join(sorted(missing)[:4]),
            got=", ".join((mismatched or sorted(tensors))[:4]),
            fix="Copy description and weights of the same network",
        )
    # The library's last layer gives a change in units of its own range of levels, ours one of levels 0…1.
    ours |= {
        f"head.layer.{name.removeprefix(_LAST)}": tensor / float(settings.img_range)
        for name, tensor in whole.items()
        if name.startswith(_LAST)
    }
    enlarging = sorted(name for name in whole if not name.startswith((_BODY, _LAST)))
    return ours, (*enlarging, *sorted(report["unexpected_keys"]))
