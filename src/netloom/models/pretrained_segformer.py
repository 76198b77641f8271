"""The head of a pretrained SegFormer: what turns the maps of its backbone into labels of pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from netloom.models.transformers_library import filled_model, library_settings

_CLASSIFIER = "decode_head.classifier.weight"
_OURS = (
    (r"^decode_head\.linear_projections\.(\d+)\.proj\.", r"decoder.projections.\1."),
    (r"^decode_head\.linear_fuse\.", "decoder.fuse."),
    (r"^decode_head\.batch_norm\.", "decoder.norm."),
    (r"^decode_head\.classifier\.", "head.layer."),
)


def segformer_head(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors of decoder and head, named as in a network of ours; none if there is no such head."""
    if _CLASSIFIER not in tensors:
        return {}
    from transformers import SegformerForSemanticSegmentation

    settings = library_settings({**architecture, "num_labels": len(tensors[_CLASSIFIER])})
    model, report = filled_model(SegformerForSemanticSegmentation, settings, tensors)
    absent = {*report["missing_keys"], *(entry[0] for entry in report["mismatched_keys"])}
    return {
        in_network(name): tensor.clone()
        for name, tensor in model.state_dict().items()
        if name.startswith("decode_head.") and name not in absent
    }


def in_network(name: str) -> str:
    """Where a tensor of the library's head lies in a network with the decoder of type "segformer".

    Example:
        >>> in_network("decode_head.linear_projections.2.proj.bias")
        'decoder.projections.2.bias'
    """
    for theirs, ours in _OURS:
        name, found = re.subn(theirs, ours, name)
        if found:
            return name
    return name
