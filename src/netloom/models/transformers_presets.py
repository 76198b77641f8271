"""Sizes in which families of the transformers library are published, and one of our own for each.

Torch-free: only numbers. Every entry is what stands in ``config.json`` of the published network, where it
differs from the library's default. `micro` is ours: it learns pictures of 16 to 64 pixels on a CPU.
Pictures decide the size of patches unless an entry names it.
"""

from __future__ import annotations

from typing import Any, Literal

Family = Literal[
    "resnet",
    "convnextv2",
    "mobilenet_v2",
    "efficientnet",
    "regnet",
    "vit",
    "swin",
    "convnext",
    "dinov2",
    "deit",
    "pvt_v2",
    "segformer",
    "textnet",
]

Preset = dict[str, Any]


def preset(family: str, size: str) -> Preset:
    """The content of ``config.json`` for a family and size, ``model_type`` included.

    Raises:
        KeyError: There is no such family or size.

    Example:
        >>> preset("vit", "small")["hidden_size"]
        384
    """
    return {"model_type": family, **_PRESETS[family][size]}


def sizes(family: str) -> tuple[str, ...]:
    """Sizes of a family, the smallest first.

    Example:
        >>> len(sizes("swin"))
        5
    """
    return tuple(_PRESETS[family])


def _resnet(depths: list[int], *, layer: str = "bottleneck") -> Preset:
    hidden = [64, 128, 256, 512] if layer == "basic" else [256, 512, 1024, 2048]
    return {"embedding_size": 64, "hidden_sizes": hidden, "depths": depths, "layer_type": layer}


def _regnet(kind: str, depths: list[int], hidden: list[int], group: int) -> Preset:
    return {
        "depths": depths,
        "hidden_sizes": hidden,
        "groups_width": group,
        "layer_type": kind,
        "downsample_in_first_stage": True,
    }


def _convnext(width: int, depths: list[int]) -> Preset:
    return {"hidden_sizes": [width, 2 * width, 4 * width, 8 * width], "depths": depths}


_SMALL_CONVNEXT: Preset = {
    "hidden_sizes": [16, 32, 64, 96],
    "depths": [1, 1, 1, 1],
    "initializer_range": 0.05,
}


def _mobilenet(multiplier: float) -> Preset:
    return {"depth_multiplier": multiplier}


def _efficientnet(width: float, depth: float, hidden: int, dropped: float) -> Preset:
    return {
        "width_coefficient": width,
        "depth_coefficient": depth,
        "hidden_dim": hidden,
        "dropout_rate": dropped,
    }


def _vit(width: int, layers: int, heads: int) -> Preset:
    return {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }


def _dinov2(width: int, layers: int, heads: int) -> Preset:
    shape = _vit(width, layers, heads)
    del shape["intermediate_size"]  # follows from mlp_ratio
    return {**shape, "use_mask_token": False}


def _swin(width: int, depths: list[int], heads: list[int], window: int = 7) -> Preset:
    return {"embed_dim": width, "depths": depths, "num_heads": heads, "window_size": window}


def _overlapping(widths: list[int], depths: list[int], *, ratios: list[int]) -> Preset:
    return {
        "hidden_sizes": widths,
        "depths": depths,
        "num_attention_heads": [1, 2, 5, 8],
        "mlp_ratios": ratios,
    }


def _mix_transformer(widths: list[int], depths: list[int]) -> Preset:
    return _overlapping(widths, depths, ratios=[4, 4, 4, 4])


_KERNELS = {"s": [3, 3], "w": [1, 3], "t": [3, 1]}
"""Rows and columns of square, wide and tall convolutions."""


def _textnet(*stages: str) -> Preset:
    """A letter of ``_KERNELS`` for each layer; the second layer of the first stage halves, then the first."""
    return {
        "conv_layer_kernel_sizes": [[_KERNELS[letter] for letter in stage] for stage in stages],
        "conv_layer_strides": [
            [2 if layer == (stage == 0) else 1 for layer in range(len(letters))]
            for stage, letters in enumerate(stages)
        ],
    }


_SMALL_OVERLAPPING: Preset = {
    "num_encoder_blocks": 3,
    "hidden_sizes": [24, 48, 80],
    "depths": [1, 2, 1],
    "num_attention_heads": [1, 2, 4],
    "mlp_ratios": [4, 4, 2],
    "sr_ratios": [4, 2, 1],
    "patch_sizes": [3, 3, 3],
    "strides": [2, 2, 2],
    "initializer_range": 0.05,
    "drop_path_rate": 0.0,
}

_PRESETS: dict[str, dict[str, Preset]] = {
    "resnet": {
        "micro": {
            "embedding_size": 16,
            "hidden_sizes": [16, 32, 64],
            "depths": [1, 1, 1],
            "layer_type": "basic",
        },
        "18": _resnet([2, 2, 2, 2], layer="basic"),
        "26": _resnet([2, 2, 2, 2]),
        "34": _resnet([3, 4, 6, 3], layer="basic"),
        "50": _resnet([3, 4, 6, 3]),
        "101": _resnet([3, 4, 23, 3]),
        "152": _resnet([3, 8, 36, 3]),
    },
    "regnet": {
        "micro": {**_regnet("y", [1, 1, 1], [16, 32, 64], 8), "embedding_size": 16},
        "x-002": _regnet("x", [1, 1, 4, 7], [24, 56, 152, 368], 8),
        "x-004": _regnet("x", [1, 2, 7, 12], [32, 64, 160, 384], 16),
        "x-008": _regnet("x", [1, 3, 7, 5], [64, 128, 288, 672], 16),
        "x-016": _regnet("x", [2, 4, 10, 2], [72, 168, 408, 912], 24),
        "x-032": _regnet("x", [2, 6, 15, 2], [96, 192, 432, 1008], 48),
        "x-080": _regnet("x", [2, 5, 15, 1], [80, 240, 720, 1920], 120),
        "y-002": _regnet("y", [1, 1, 4, 7], [24, 56, 152, 368], 8),
        "y-004": _regnet("y", [1, 3, 6, 6], [48, 104, 208, 440], 8),
        "y-008": _regnet("y", [1, 3, 8, 2], [64, 128, 320, 768], 16),
        "y-016": _regnet("y", [2, 6, 17, 2], [48, 120, 336, 888], 24),
        "y-032": _regnet("y", [2, 5, 13, 1], [72, 216, 576, 1512], 24),
        "y-040": _regnet("y", [2, 6, 12, 2], [128, 192, 512, 1088], 64),
        "y-080": _regnet("y", [2, 4, 10, 1], [168, 448, 896, 2016], 56),
        "y-160": _regnet("y", [2, 4, 11, 1], [224, 448, 1232, 3024], 112),
    },
    "convnext": {
        "micro": {**_SMALL_CONVNEXT, "layer_scale_init_value": 1.0},
        "tiny": _convnext(96, [3, 3, 9, 3]),
        "small": _convnext(96, [3, 3, 27, 3]),
        "base": _convnext(128, [3, 3, 27, 3]),
        "large": _convnext(192, [3, 3, 27, 3]),
        "xlarge": _convnext(256, [3, 3, 27, 3]),
    },
    "convnextv2": {
        "micro": _SMALL_CONVNEXT,
        "atto": _convnext(40, [2, 2, 6, 2]),
        "femto": _convnext(48, [2, 2, 6, 2]),
        "pico": _convnext(64, [2, 2, 6, 2]),
        "nano": _convnext(80, [2, 2, 8, 2]),
        "tiny": _convnext(96, [3, 3, 9, 3]),
        "base": _convnext(128, [3, 3, 27, 3]),
        "large": _convnext(192, [3, 3, 27, 3]),
        "huge": _convnext(352, [3, 3, 27, 3]),
    },
    "mobilenet_v2": {
        # Small pictures would shrink to a point; dilation takes the place of the last strides.
        "micro": {"depth_multiplier": 0.25, "output_stride": 8, "finegrained_output": False},
        "0.35": _mobilenet(0.35),
        "0.75": _mobilenet(0.75),
        "1.0": _mobilenet(1.0),
        "1.4": _mobilenet(1.4),
    },
    "efficientnet": {
        "micro": {
            **_efficientnet(0.25, 0.4, 320, 0.0),
            "strides": [1, 1, 2, 2, 1, 1, 1],
            "drop_connect_rate": 0.0,
        },
        "b0": _efficientnet(1.0, 1.0, 1280, 0.2),
        "b1": _efficientnet(1.0, 1.1, 1280, 0.2),
        "b2": _efficientnet(1.1, 1.2, 1408, 0.3),
        "b3": _efficientnet(1.2, 1.4, 1536, 0.3),
        "b4": _efficientnet(1.4, 1.8, 1792, 0.4),
        "b5": _efficientnet(1.6, 2.2, 2048, 0.4),
        "b6": _efficientnet(1.8, 2.6, 2304, 0.5),
        "b7": _efficientnet(2.0, 3.1, 2560, 0.5),
    },
    "vit": {
        "micro": {**_vit(64, 4, 4), "initializer_range": 0.05},
        "tiny": _vit(192, 12, 3),
        "small": _vit(384, 12, 6),
        "base": _vit(768, 12, 12),
        "large": _vit(1024, 24, 16),
        "huge": _vit(1280, 32, 16),
    },
    "deit": {
        "micro": {**_vit(64, 4, 4), "initializer_range": 0.05},
        "tiny": _vit(192, 12, 3),
        "small": _vit(384, 12, 6),
        "base": _vit(768, 12, 12),
    },
    "dinov2": {
        "micro": {**_dinov2(64, 4, 4), "initializer_range": 0.05},
        "small": _dinov2(384, 12, 6),
        "base": _dinov2(768, 12, 12),
        "large": _dinov2(1024, 24, 16),
        "giant": {**_dinov2(1536, 40, 24), "use_swiglu_ffn": True},
    },
    "swin": {
        "micro": {
            **_swin(24, [1, 2, 1], [2, 4, 4], 4),
            "initializer_range": 0.05,
            "drop_path_rate": 0.0,
        },
        "tiny": _swin(96, [2, 2, 6, 2], [3, 6, 12, 24]),
        "small": _swin(96, [2, 2, 18, 2], [3, 6, 12, 24]),
        "base": _swin(128, [2, 2, 18, 2], [4, 8, 16, 32]),
        "large": _swin(192, [2, 2, 18, 2], [6, 12, 24, 48]),
    },
    "pvt_v2": {
        "micro": _SMALL_OVERLAPPING,
        "b0": _overlapping([32, 64, 160, 256], [2, 2, 2, 2], ratios=[8, 8, 4, 4]),
        "b1": _overlapping([64, 128, 320, 512], [2, 2, 2, 2], ratios=[8, 8, 4, 4]),
        "b2": _overlapping([64, 128, 320, 512], [3, 4, 6, 3], ratios=[8, 8, 4, 4]),
        "b3": _overlapping([64, 128, 320, 512], [3, 4, 18, 3], ratios=[8, 8, 4, 4]),
        "b4": _overlapping([64, 128, 320, 512], [3, 8, 27, 3], ratios=[8, 8, 4, 4]),
        "b5": _overlapping([64, 128, 320, 512], [3, 6, 40, 3], ratios=[4, 4, 4, 4]),
    },
    "segformer": {
        "micro": _SMALL_OVERLAPPING,
        "b0": _mix_transformer([32, 64, 160, 256], [2, 2, 2, 2]),
        "b1": _mix_transformer([64, 128, 320, 512], [2, 2, 2, 2]),
        "b2": _mix_transformer([64, 128, 320, 512], [3, 4, 6, 3]),
        "b3": _mix_transformer([64, 128, 320, 512], [3, 4, 18, 3]),
        "b4": _mix_transformer([64, 128, 320, 512], [3, 8, 27, 3]),
        "b5": _mix_transformer([64, 128, 320, 512], [3, 6, 40, 3]),
    },
    "textnet": {
        "micro": {
            **_textnet("ss", "swt", "stw", "sw"),
            "stem_stride": 1,
            "stem_out_channels": 12,
            "hidden_sizes": [12, 16, 24, 48, 64],
        },
        # As the search of the paper found them (arXiv:2111.02394).
        "tiny": _textnet("sss", "swst", "sstw", "stws"),
        "small": _textnet("ss", "swststws", "sswtswts", "stwwt"),
        "base": _textnet("sststsswss", "swstssttss", "ssswstst", "swttw"),
    },
}
