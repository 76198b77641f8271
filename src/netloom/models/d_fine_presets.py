"""Sizes of D-FINE: those that are published, and one of our own.

Torch-free: only what stands in ``config.json`` where it differs from the transformers library's default.
`micro` is ours: it learns pictures of 64 to 160 pixels on a CPU.
"""

from __future__ import annotations

from typing import Any, Literal

Size = Literal["micro", "nano", "small", "medium", "large", "xlarge"]


def d_fine_preset(size: Size) -> dict[str, Any]:
    """The content of ``config.json`` for a size, ``model_type`` included.

    Example:
        >>> d_fine_preset("nano")["feat_strides"]
        [16, 32]
    """
    return {
        "model_type": "d_fine",
        # Layers have predictions of their own, as in the paper.
        "tie_word_embeddings": False,
        # There are no pretrained statistics that batch norm should keep.
        "freeze_backbone_batch_norms": False,
        **_PRESETS[size],
    }


def _hgnet(
    stem: list[int], widths: list[int], middle: list[int], blocks: list[int], layers: int
) -> dict[str, Any]:
    """HGNetV2, the backbone of all published sizes."""
    return {
        "model_type": "hgnet_v2",
        "stem_channels": stem,
        "hidden_sizes": widths,
        "stage_in_channels": [stem[-1], *widths[:-1]],
        "stage_mid_channels": middle,
        "stage_out_channels": widths,
        "stage_num_blocks": blocks,
        "stage_numb_of_layers": [layers] * 4,
        "out_indices": [2, 3, 4],
    }


_B0 = _hgnet([3, 16, 16], [64, 256, 512, 1024], [16, 32, 64, 128], [1, 1, 2, 1], 3)
_B2 = _hgnet([3, 24, 32], [96, 384, 768, 1536], [32, 64, 128, 256], [1, 1, 3, 1], 4)
_B4 = _hgnet([3, 32, 48], [128, 512, 1024, 2048], [48, 96, 192, 384], [1, 1, 3, 1], 6)
_B5 = _hgnet([3, 32, 64], [128, 512, 1024, 2048], [64, 128, 256, 512], [1, 2, 5, 2], 6)
_AFFINE = {"use_learnable_affine_block": True}

_PRESETS: dict[str, dict[str, Any]] = {
    "micro": {
        "backbone_config": {
            "model_type": "resnet",
            "embedding_size": 16,
            "hidden_sizes": [16, 32, 64],
            "depths": [1, 1, 1],
            "layer_type": "basic",
            "out_features": ["stage1", "stage2", "stage3"],
        },
        "feat_strides": [4, 8, 16],
        "encoder_in_channels": [16, 32, 64],
        "encoder_hidden_dim": 64,
        "encoder_ffn_dim": 128,
        "encoder_attention_heads": 4,
        "d_model": 64,
        "decoder_in_channels": [64, 64, 64],
        "decoder_ffn_dim": 128,
        "decoder_attention_heads": 4,
        "decoder_layers": 2,
        "decoder_n_points": [3, 6, 3],
        "depth_mult": 0.34,
        "hidden_expansion": 0.5,
        "num_queries": 30,
        "num_denoising": 20,
    },
    "nano": {
        "backbone_config": {**_B0, **_AFFINE, "out_indices": [3, 4]},
        "encoder_in_channels": [512, 1024],
        "encoder_hidden_dim": 128,
        "encoder_ffn_dim": 512,
        "encode_proj_layers": [1],
        "feat_strides": [16, 32],
        "num_feature_levels": 2,
        "d_model": 128,
        "decoder_in_channels": [128, 128],
        "decoder_ffn_dim": 512,
        "decoder_layers": 3,
        "decoder_n_points": [6, 6],
        "depth_mult": 0.5,
        "hidden_expansion": 0.34,
    },
    "small": {
        "backbone_config": {**_B0, **_AFFINE},
        "encoder_in_channels": [256, 512, 1024],
        "decoder_layers": 3,
        "decoder_n_points": [3, 6, 3],
        "depth_mult": 0.34,
        "hidden_expansion": 0.5,
    },
    "medium": {
        "backbone_config": {**_B2, **_AFFINE},
        "encoder_in_channels": [384, 768, 1536],
        "decoder_layers": 4,
        "decoder_n_points": [3, 6, 3],
        "depth_mult": 0.67,
    },
    "large": {"backbone_config": _B4, "decoder_n_points": [3, 6, 3]},
    "xlarge": {
        "backbone_config": _B5,
        "encoder_hidden_dim": 384,
        "encoder_ffn_dim": 2048,
        "decoder_in_channels": [384, 384, 384],
        "decoder_n_points": [3, 6, 3],
    },
}
