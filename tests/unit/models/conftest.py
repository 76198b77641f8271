"""Tiny random checkpoints, written by the transformers library itself.

The deep-learning libraries are imported inside the functions: most tests here do without them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SIDE = 32

SETTINGS: dict[str, dict[str, Any]] = {
    "resnet": {
        "embedding_size": 8,
        "hidden_sizes": [8, 12],
        "depths": [1, 1],
        "layer_type": "basic",
    },
    "regnet": {
        "embedding_size": 8,
        "hidden_sizes": [8, 16],
        "depths": [1, 1],
        "groups_width": 4,
    },
    "convnext": {"hidden_sizes": [8, 12, 16, 20], "depths": [1, 1, 1, 1]},
    "convnextv2": {"hidden_sizes": [8, 12, 16, 20], "depths": [1, 1, 1, 1]},
    "mobilenet_v2": {"depth_multiplier": 0.25, "finegrained_output": False},
    "efficientnet": {
        "width_coefficient": 0.25,
        "depth_coefficient": 0.2,
        "hidden_dim": 320,
        "image_size": SIDE,
    },
    "vit": {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "image_size": SIDE,
        "patch_size": 8,
    },
    "deit": {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "image_size": SIDE,
        "patch_size": 8,
    },
    "dinov2": {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 8,
    },
    "swin": {
        "embed_dim": 8,
        "depths": [2, 2],
        "num_heads": [2, 2],
        "window_size": 4,
        "image_size": SIDE,
        "patch_size": 2,
    },
    "textnet": {
        "stem_out_channels": 8,
        "hidden_sizes": [8, 8, 12, 12, 16],
        "conv_layer_kernel_sizes": [[[3, 3]], [[3, 1]], [[1, 3]], [[3, 3], [3, 3]]],
        "conv_layer_strides": [[1], [2], [1], [2, 1]],
    },
    "pvt_v2": {
        "hidden_sizes": [8, 16],
        "depths": [1, 1],
        "num_attention_heads": [1, 2],
        "num_encoder_blocks": 2,
        "patch_sizes": [7, 3],
        "strides": [4, 2],
        "sr_ratios": [4, 2],
        "mlp_ratios": [2, 2],
    },
    "segformer": {
        "hidden_sizes": [8, 16],
        "depths": [1, 2],
        "num_attention_heads": [1, 2],
        "num_encoder_blocks": 2,
        "patch_sizes": [7, 3],
        "strides": [4, 2],
        "sr_ratios": [4, 2],
        "mlp_ratios": [2, 2],
        "decoder_hidden_size": 12,
    },
}

PREPROCESSOR = {
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "size": {"height": SIDE, "width": SIDE},
}


@pytest.fixture
def make_checkpoint(tmp_path: Path) -> Callable[..., Any]:
    """Writes a checkpoint of pictures of 32 pixels as the hub lays it out; returns the classifier."""
    from netloom.models.transformers_library import quiet

    def make(family: str, name: str = "checkpoint", **changes: Any) -> Any:
        folder = tmp_path / name
        folder.mkdir()
        with quiet():
            model = random_classifier(family, **changes)
            model.save_pretrained(folder)
        (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
        return model

    return make


def random_classifier(family: str, **changes: Any) -> Any:
    """A classifier of the library whose biases and running statistics are not those of a fresh one."""
    import torch
    from transformers import CONFIG_MAPPING, MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = CONFIG_MAPPING[family](num_labels=3, **{**SETTINGS[family], **changes})
        known = MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING[type(settings)]
        model = (known[0] if isinstance(known, tuple) else known)(settings)
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                moved = tensor + 0.1 * torch.rand_like(tensor)
                tensor.copy_(moved.abs() if name.endswith("running_var") else moved)
    return model.eval()
