"""Pretrained TrOCR: from a name on the hub or a local folder to an architecture and tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import read_preprocessing
from netloom.models.pretrained_folder import PretrainedFolder
from netloom.models.reading_spec import TrOCR, trocr_preset
from netloom.models.transformers_library import (
    backbone_architecture,
    family_of,
    filled_model,
    library_settings,
)
from netloom.models.whole_checkpoint import (
    PretrainedWeights,
    misfit,
    resolved_body,
    whole_weights,
)

_MODEL_TYPE = "vision-encoder-decoder"
_WRITES = "trocr"
_IN_LAYER = {
    "self_attn.q_proj": "back.query",
    "self_attn.k_proj": "back.key",
    "self_attn.v_proj": "back.value",
    "self_attn.out_proj": "back.join",
    "encoder_attn.q_proj": "line.query",
    "encoder_attn.k_proj": "line.key",
    "encoder_attn.v_proj": "line.value",
    "encoder_attn.out_proj": "line.join",
    "self_attn_layer_norm": "norms.0",
    "encoder_attn_layer_norm": "norms.1",
    "final_layer_norm": "norms.2",
    "fc1": "think.0",
    "fc2": "think.2",
}
_BESIDES_LAYERS = {
    "decoder.model.decoder.embed_positions": "head.positions",
    "decoder.model.decoder.layernorm_embedding": "head.embedding_norm",
    "enc_to_dec_proj": "head.project",
}
_LAYER = re.compile(r"^decoder\.model\.decoder\.layers\.(\d+)\.(.+)$")


def resolved_trocr(body: TrOCR, *, resolve: Resolve) -> TrOCR:
    """See :func:`netloom.models.whole_checkpoint.resolved_body`."""
    return resolved_body(body, resolve=resolve, fresh=trocr_preset, described=_architecture)


def trocr_weights(body: TrOCR, *, resolve: Resolve) -> PretrainedWeights:
    """The tensors of both parts, named as ours; those that stand for pieces of words are unused.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint, weights = whole_weights(
        body, resolve=resolve, described=_architecture, loaded=_loaded
    )
    return replace(weights, preprocessing=read_preprocessing(checkpoint.preprocessing()))


def in_network(name: str) -> str | None:
    """Where a tensor of a ``VisionEncoderDecoderModel`` lies in a network of ours; None for nowhere.

    Example:
        >>> (
        ...     in_network("encoder.layernorm.bias"),
        ...     in_network("decoder.model.decoder.layers.1.fc2.bias"),
        ... )
        ('backbone.model.layernorm.bias', 'head.layers.1.think.2.bias')
    """
    if name.startswith("encoder."):
        inner = name.removeprefix("encoder.")
        return None if inner.startswith("pooler.") else f"backbone.model.{inner}"
    module, _, kind = name.rpartition(".")
    layer = _LAYER.match(module)
    if layer is not None:
        part = _IN_LAYER.get(layer[2])
        return part and f"head.layers.{layer[1]}.{part}.{kind}"
    part = _BESIDES_LAYERS.get(module)
    return part and f"{part}.{kind}"


def _architecture(checkpoint: PretrainedFolder) -> dict[str, Any]:
    document = checkpoint.description()
    parts = [document.get(name) for name in ("encoder", "decoder")]
    encoder, decoder = (part if isinstance(part, dict) else {} for part in parts)
    kinds = (document.get("model_type"), decoder.get("model_type"))
    if kinds != (_MODEL_TYPE, _WRITES):
        raise InvalidData.of(
            f"{checkpoint.source} is no TrOCR",
            code="I391",
            expected=f"model_type {_MODEL_TYPE} with a decoder of model_type {_WRITES}",
            got="model_type {!r} with a decoder of model_type {!r}".format(*kinds),
            fix="Choose a checkpoint of TrOCR, such as microsoft/trocr-base-handwritten",
        )
    family_of(encoder, source=checkpoint.source)
    return {
        "model_type": _MODEL_TYPE,
        "encoder": backbone_architecture(encoder),
        "decoder": backbone_architecture(decoder),
    }


def _loaded(
    architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors under our names, and the names of those without a place."""
    from transformers import VisionEncoderDecoderModel

    settings = library_settings(architecture)
    model, report = filled_model(VisionEncoderDecoderModel, settings, tensors)
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = {*report["missing_keys"], *mismatched}
    named = {name: in_network(name) for name in model.state_dict()}
    lacking = sorted(name for name in missing if named.get(name) is not None)
    if lacking:
        raise misfit(
            source,
            expected=", ".join(lacking[:4]),
            got=", ".join((mismatched or sorted(tensors))[:4]),
        )
    own = model.state_dict()
    taken = {ours: own[name].clone() for name, ours in named.items() if ours is not None}
    unused = {name for name, ours in named.items() if ours is None and name not in missing}
    return taken, tuple(sorted({*report["unexpected_keys"], *unused}))
