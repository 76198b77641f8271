"""Sizes in which VideoMAE is published, and a small one of our own. Torch-free: only numbers."""

from __future__ import annotations

from typing import Any, Literal

VideoSize = Literal["micro", "small", "base", "large"]


def video_preset(size: VideoSize) -> dict[str, Any]:
    """The content of ``config.json`` for a size, as far as it differs from the library's defaults.

    Clips decide how many frames there are, how large, and, for `micro`, the side of patches.

    Example:
        >>> video_preset("small")["hidden_size"]
        384
    """
    return {"model_type": "videomae", **_PRESETS[size]}


def _shape(width: int, layers: int, heads: int) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }


_PRESETS: dict[VideoSize, dict[str, Any]] = {
    "micro": _shape(64, 4, 4),
    "small": {**_shape(384, 12, 6), "patch_size": 16},
    "base": {**_shape(768, 12, 12), "patch_size": 16},
    "large": {**_shape(1024, 24, 16), "patch_size": 16},
}
