"""Whole networks for depth, as values. Torch-free.

Every preset is what stands in ``config.json`` of the published network, where it differs from the library's
default. `micro` is ours.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from netloom.core.settings import Fraction, NonEmptyText, PositiveFloat, Settings
from netloom.models.checkpoint_revision import revision_of_something

DepthFamily = Literal["depth_anything", "glpn"]
DepthSize = Literal["micro", "small", "base", "large"]


class DepthNetwork(Settings):
    """A network made for depth, with its own decoder and head; pretrained ones know depth already.

    As the transformers library has them: Depth Anything (Yang et al., 2024, arXiv:2406.09414), a transformer
    with DPT's decoder, and GLPN (Kim et al., 2022, arXiv:2201.07436), which is smaller.

    Attributes:
        family: Kind of network; empty takes the kind of the pretrained one, or `depth_anything`.
        size: How large a fresh network is: `micro` learns pictures of 32 to 128 pixels on a CPU; `small`,
            `base` and `large` are the published ones, of glpn only `base`. A pretrained one brings its own.
        pretrained: Name on the hub, such as `depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf`, or a
            local folder with `config.json` and weights; empty starts afresh.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        farthest: Metres that the network can give at most; empty takes those of the pretrained one. Fresh
            networks, and those that were trained for relative depth, have no such limit then.
        dropout: Share of the channels that training switches off at random before the head.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["depth_network"] = "depth_network"
    family: DepthFamily | None = None
    size: DepthSize = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    farthest: PositiveFloat | None = None
    dropout: Fraction = 0.0
    architecture: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> DepthNetwork:
        revision_of_something(self)
        known = _PRESETS[self.family or "depth_anything"]
        if self.size not in known:
            raise ValueError(
                f"{self.family} has no size {self.size!r}; there are {', '.join(known)}"
            )
        return self


def depth_preset(body: DepthNetwork) -> dict[str, Any]:
    """The content of ``config.json`` for a fresh network, ``model_type`` included.

    Example:
        >>> depth_preset(DepthNetwork(size="small"))["fusion_hidden_size"]
        64
    """
    family = body.family or "depth_anything"
    return {"model_type": family, **_PRESETS[family][body.size]}


def farthest_metres(body: DepthNetwork) -> float | None:
    """The most metres that a network gives, by its settings or its description; None if there is no limit.

    Example:
        >>> farthest_metres(DepthNetwork(architecture={"model_type": "glpn", "max_depth": 80}))
        80.0
    """
    described = body.architecture or {}
    if body.farthest is not None:
        return body.farthest
    if is_metric(described):
        return float(described.get("max_depth") or _USUAL_FARTHEST[described["model_type"]])
    return None


def is_metric(described: dict[str, Any]) -> bool:
    """Whether a ``config.json`` is one of a network that gives metres."""
    if described.get("model_type") == "glpn":
        return "max_depth" in described
    return described.get("depth_estimation_type") == "metric"


_USUAL_FARTHEST = {"depth_anything": 1.0, "glpn": 10.0}
"""What the library takes where a description is silent."""


def _depth_anything(
    width: int, layers: int, heads: int, *, taken: list[int], neck: list[int], fused: int
) -> dict[str, Any]:
    return {
        "backbone_config": {
            "model_type": "dinov2",
            "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "image_size": 518,
            "patch_size": 14,
            "out_indices": taken,
            "reshape_hidden_states": False,
        },
        "patch_size": 14,
        "reassemble_hidden_size": width,
        "neck_hidden_sizes": neck,
        "fusion_hidden_size": fused,
    }


def _micro_depth_anything() -> dict[str, Any]:
    """Four layers, each of which is looked at, and patches of eight pixels."""
    described = _depth_anything(64, 4, 4, taken=[1, 2, 3, 4], neck=[16, 24, 32, 48], fused=32)
    described["backbone_config"] |= {"patch_size": 8, "initializer_range": 0.05}
    return {**described, "patch_size": 8, "head_hidden_size": 16, "initializer_range": 0.05}


_PRESETS: dict[DepthFamily, dict[DepthSize, dict[str, Any]]] = {
    "depth_anything": {
        "micro": _micro_depth_anything(),
        "small": _depth_anything(
            384, 12, 6, taken=[3, 6, 9, 12], neck=[48, 96, 192, 384], fused=64
        ),
        "base": _depth_anything(
            768, 12, 12, taken=[3, 6, 9, 12], neck=[96, 192, 384, 768], fused=128
        ),
        "large": _depth_anything(
            1024, 24, 16, taken=[5, 12, 18, 24], neck=[256, 512, 1024, 1024], fused=256
        ),
    },
    "glpn": {
        "micro": {
            "num_encoder_blocks": 3,
            "hidden_sizes": [24, 48, 80],
            "depths": [1, 1, 1],
            "num_attention_heads": [1, 2, 4],
            "mlp_ratios": [4, 4, 2],
            "sr_ratios": [4, 2, 1],
            "patch_sizes": [7, 3, 3],
            "strides": [4, 2, 2],
            "decoder_hidden_size": 24,
            "initializer_range": 0.05,
            "drop_path_rate": 0.0,
        },
        "base": {"hidden_sizes": [64, 128, 320, 512], "depths": [3, 8, 27, 3]},
    },
}
