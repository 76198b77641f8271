"""Maps of features from networks of the transformers library, where places still count.

The library's own backbones add a norm to each stage, which no checkpoint of a classifier holds. Here maps
come from the layers that classify, so that one checkpoint serves every task.

Shape legend: N samples, C channels, H height, W width, T tokens, D features.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.features import MapShape, last_of_each_stride

STAGED = frozenset({"resnet", "regnet", "convnext", "convnextv2"})
"""Convolutional networks whose hidden states are the maps of their stages."""

OVERLAPPING = frozenset({"segformer", "pvt_v2"})
"""Transformers with overlapping patches: coarser from stage to stage, by the strides of their description."""

PATCHED = frozenset({"vit", "deit", "dinov2"})
"""Transformers with patches of one size from the first layer to the last."""

_STRIDE_BEFORE_STAGES = {"resnet": 4, "regnet": 2}


def map_shapes(family: str, model: nn.Module) -> tuple[MapShape, ...]:
    """Channels and stride of each map that :func:`maps_of` gives, from the finest to the coarsest."""
    settings: Any = model.config
    if family in STAGED:
        return _of_stages(family, settings)
    if family in OVERLAPPING:
        strides = _cumulated(settings.strides)
        return tuple(map(MapShape, settings.hidden_sizes, strides))
    if family == "swin":
        return tuple(
            MapShape(settings.embed_dim * 2**at, settings.patch_size * 2**at)
            for at in range(len(settings.depths))
        )
    if family in PATCHED:
        return (MapShape(int(settings.hidden_size), int(settings.patch_size)),)
    if family == "textnet":
        strides = _cumulated(map(math.prod, settings.conv_layer_strides))
        shapes = zip(settings.hidden_sizes[1:], strides, strict=True)
        return tuple(
            MapShape(int(width), stride * settings.stem_stride) for width, stride in shapes
        )
    layers = _of_layers(family, model)
    return tuple(layers[place] for place in last_of_each_stride(layers))


def maps_of(family: str, model: nn.Module, images_NCHW: Tensor) -> tuple[Tensor, ...]:
    """What the last layer of each size gives, from the finest to the coarsest map."""
    library: Any = model
    if family in STAGED or family == "pvt_v2":
        states: tuple[Tensor, ...] = library(images_NCHW, output_hidden_states=True).hidden_states
        return states[-len(map_shapes(family, model)) :]
    if family == "segformer":
        return _one_after_another(library.stages, images_NCHW)
    if family == "textnet":
        return _one_after_another(library.encoder.stages, library.stem(images_NCHW))
    if family == "swin":
        return _of_swin(library, images_NCHW)
    if family in PATCHED:
        return (_grid_of_tokens(library, images_NCHW),)
    last = last_of_each_stride(_of_layers(family, model))
    found = _one_after_another(_layers(family, library), images_NCHW)
    return tuple(found[place] for place in last)


def _of_stages(family: str, settings: Any) -> tuple[MapShape, ...]:
    stride = _STRIDE_BEFORE_STAGES.get(family) or int(settings.patch_size)
    if getattr(settings, "downsample_in_first_stage", False):
        stride *= 2
    return tuple(
        MapShape(int(channels), stride * 2**at) for at, channels in enumerate(settings.hidden_sizes)
    )


def _cumulated(strides: Iterable[int]) -> tuple[int, ...]:
    found, product = [], 1
    for stride in strides:
        product *= int(stride)
        found.append(product)
    return tuple(found)


def _one_after_another(layers: Any, map_NCHW: Tensor) -> tuple[Tensor, ...]:
    found = []
    for layer in layers:
        map_NCHW = layer(map_NCHW)
        found.append(map_NCHW)
    return tuple(found)


def _layers(family: str, model: Any) -> tuple[nn.Module, ...]:
    """All layers of a MobileNetV2 or EfficientNet; the last convolution belongs to the coarsest map."""
    if family == "mobilenet_v2":
        return (model.conv_stem, *model.layer, model.conv_1x1)
    encoder = model.encoder
    top = nn.Sequential(encoder.top_conv, encoder.top_bn, encoder.top_activation)
    return (model.embeddings, *encoder.blocks, top)


def _of_layers(family: str, model: nn.Module) -> tuple[MapShape, ...]:
    """What each of :func:`_layers` gives, as its convolutions say."""
    shapes, stride = [], 1
    for layer in _layers(family, model):
        convolutions = [part for part in layer.modules() if isinstance(part, nn.Conv2d)]
        for convolution in convolutions:
            stride *= int(convolution.stride[0])
        shapes.append(MapShape(convolutions[-1].out_channels, stride))
    return tuple(shapes)


def _of_swin(model: Any, images_NCHW: Tensor) -> tuple[Tensor, ...]:
    """What each stage gives before it is merged for the next one, normalised."""
    tokens_NTD, extent = model.embeddings(images_NCHW)
    found = []
    for stage in model.encoder.layers:
        tokens_NTD, map_NCHW, _ = stage(
            tokens_NTD,
            extent,
            always_partition=True,
            output_hidden_states_before_downsampling=True,
        )
        found.append(map_NCHW)
        extent = (extent[0] + 1) // 2, (extent[1] + 1) // 2
    # The stream of tokens grows from layer to layer; what joins maps needs them equally strong.
    finer = [
        functional.layer_norm(map_NCHW.permute(0, 2, 3, 1), [model.config.embed_dim << level])
        for level, map_NCHW in enumerate(found[:-1])
    ]
    coarsest = model.layernorm(found[-1].permute(0, 2, 3, 1))
    return tuple(map_NHWC.permute(0, 3, 1, 2).contiguous() for map_NHWC in (*finer, coarsest))


def _grid_of_tokens(model: Any, images_NCHW: Tensor) -> Tensor:
    """The tokens of the patches in their places; those that stand for the whole picture are left out."""
    patch = int(model.config.patch_size)
    rows, columns = images_NCHW.shape[2] // patch, images_NCHW.shape[3] // patch
    tokens_NTD: Tensor = model(images_NCHW).last_hidden_state[:, -rows * columns :]
    return tokens_NTD.transpose(1, 2).reshape(len(tokens_NTD), -1, rows, columns)
