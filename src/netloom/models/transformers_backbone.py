"""Backbones from the transformers library behind our own interface.

The library's models differ in what they return and how they pool; here every one gives features
``(N, D)`` of pictures ``(N, C, H, W)`` of one fixed size, as its authors' classifier takes them.

Shape legend: N samples, C channels, H height, W width, D features, T tokens.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.features import Features
from netloom.models.spec import Transformers
from netloom.models.transformers_library import build_model, family_of, library_settings
from netloom.models.transformers_maps import OVERLAPPING, PATCHED, map_shapes, maps_of
from netloom.models.transformers_presets import preset

_SHIFTED_WINDOWS = "swin"
_NORMALIZED_AFTER_POOLING = frozenset({"convnext", "convnextv2"})

_LISTS_OF_BLOCKS = frozenset({"stages", "layers", "layer", "blocks"})

_MOMENTUM = 0.1

_LARGEST_PATCH = {"vit": 16, "deit": 16, "dinov2": 14, "swin": 4, "convnext": 4, "convnextv2": 4}
_PATCHES_PER_SIDE = {"vit": 7, "deit": 7, "dinov2": 7, "swin": 16, "convnext": 16, "convnextv2": 16}
_MOST_PATCHES_PER_SIDE = 64

_CHANNELS = {"textnet": "stem_num_channels"}
"""What the channels of a picture are called in a ``config.json``, if not ``num_channels``."""

_ALWAYS: dict[str, dict[str, Any]] = {"segformer": {"reshape_last_stage": True}}


class TransformersFeatures(Features):
    """One of the library's models with the pooling that its classifier uses.

    Args:
        architecture: Complete content of a ``config.json``; see :func:`fitted_architecture`.
        image: Size of the pictures; no other size is accepted.
    """

    def __init__(self, architecture: dict[str, Any], image: ImageInput) -> None:
        super().__init__()
        self.family = family_of(architecture, source="the architecture")
        self.model = build_model(architecture)
        self.blocks = tuple(_blocks(self.model, "model"))
        _mend_batch_norms(self.model)
        if self.family == "efficientnet":
            # The library draws all weights from N(0, 0.02). With an eps of 0.001 batch norms cannot
            # raise so small a signal again, and a fresh network does not learn.
            initialise(self.model)
        if self.family == "dinov2":
            fix_positions(self.model)
        if self.family == _SHIFTED_WINDOWS:
            _fix_windows(self.model, image)
        self.width = _width(self.family, self.model)
        self.gives = map_shapes(self.family, self.model)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Features of a batch, ``(N, D)``."""
        if self.family == _SHIFTED_WINDOWS:
            tokens_NTD: Tensor = self.model(images_NCHW, always_partition=True).last_hidden_state
            return tokens_NTD.mean(dim=1)
        if self.family == "textnet":  # the library's model pools to 2×2 places, which nobody takes
            return self.maps(images_NCHW)[-1].mean(dim=(2, 3))
        states: Tensor = self.model(images_NCHW).last_hidden_state
        if self.family == "dinov2":
            # What the authors' linear classifier sees (Oquab et al., 2023, arXiv:2304.07193).
            return torch.cat([states[:, 0], states[:, 1:].mean(dim=1)], dim=1)
        if self.family in PATCHED:
            return states[:, 0]
        pooled_ND = states.mean(dim=(2, 3))
        if self.family in _NORMALIZED_AFTER_POOLING:
            pooled_ND = self.model.get_submodule("layernorm")(pooled_ND)
        return pooled_ND

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """The map of each stage; of networks with patches of one size the only one."""
        return maps_of(self.family, self.model, images_NCHW)


def build_transformers_backbone(spec: Transformers, image: ImageInput) -> TransformersFeatures:
    """A freshly initialised backbone; draws from torch's global random stream.

    Raises:
        InvalidData: The pictures are too small or cannot be cut into patches, or the library
            refuses the architecture.

    Example:
        >>> image = ImageInput(channels=1, height=32, width=32, mean=(0.5,), std=(0.5,))
        >>> build_transformers_backbone(Transformers(family="vit", size="micro"), image).width
        64
    """
    architecture = spec.architecture
    if architecture is None:
        if spec.family is None:
            raise ValueError("a pretrained network must be resolved before it is built")
        architecture = preset(spec.family, spec.size)
    return TransformersFeatures(fitted_architecture(architecture, image), image)


def fitted_architecture(architecture: dict[str, Any], image: ImageInput) -> dict[str, Any]:
    """The architecture for pictures of one size: channels, and patches if it does not name their size.

    Raises:
        InvalidData: The pictures are too small or cannot be cut into whole patches.

    Example:
        >>> image = ImageInput(channels=1, height=28, width=28, mean=(0.5,), std=(0.5,))
        >>> fitted_architecture({"model_type": "vit"}, image)["patch_size"]
        4
    """
    family = family_of(architecture, source="the architecture")
    fitted = {**architecture, _CHANNELS.get(family, "num_channels"): image.channels}
    if family in OVERLAPPING:
        _check_overlapping(family, fitted, image)
        return fitted | _ALWAYS.get(family, {})
    if family not in _LARGEST_PATCH:
        return fitted
    patch = architecture.get("patch_size", _patch_size(family, image))
    fitted |= {"patch_size": patch, "image_size": [image.height, image.width]}
    if family not in PATCHED and family != _SHIFTED_WINDOWS:
        fitted["image_size"] = image.height  # convnext: not used by the model itself
    _check_patches(family, fitted, image)
    return fitted


def _patch_size(family: str, image: ImageInput) -> int:
    """The largest patch that still leaves enough of them; it divides the picture where it has to."""
    side = min(image.height, image.width)
    for patch in range(min(_LARGEST_PATCH[family], side // _PATCHES_PER_SIDE[family]), 1, -1):
        if family not in PATCHED or image.height % patch == image.width % patch == 0:
            return patch
    return 1


def _check_patches(family: str, architecture: dict[str, Any], image: ImageInput) -> None:
    patch = architecture["patch_size"]
    rows, columns = image.height / patch, image.width / patch
    picture = f"pictures of {image.width}×{image.height} pixels (width×height)"
    if family in PATCHED and not (rows.is_integer() and columns.is_integer()):
        raise InvalidData.of(
            f"{picture} cannot be cut into patches of {patch}×{patch}",
            code="I392",
            expected=f"sides that are multiples of {patch}",
            fix=f"Put image.resize before training, e.g. size: {_multiple(image.height, patch)}",
        )
    stages = len(architecture.get("hidden_sizes", (0, 0, 0, 0)))
    smallest = patch * 2 ** (stages - 1)
    if family.startswith("convnext") and min(image.height, image.width) < smallest:
        raise InvalidData.of(
            f"{picture} are too small for this {family}",
            code="I392",
            expected=f"at least {smallest}×{smallest}",
            fix=f"Put image.resize before training, e.g. size: {max(32, smallest)}",
        )
    if family in PATCHED and max(rows, columns) > _MOST_PATCHES_PER_SIDE:
        raise InvalidData.of(
            f"{picture} give {int(rows * columns)} patches of {patch}×{patch}, too many to attend to",
            code="I392",
            expected=f"at most {_MOST_PATCHES_PER_SIDE} patches per side",
            fix="Put image.resize before training; sides that are multiples of 16 allow large patches",
        )


def _check_overlapping(family: str, architecture: dict[str, Any], image: ImageInput) -> None:
    """Attention looks at every ``sr_ratio``-th place of a map, so there has to be one."""
    settings = library_settings(architecture)
    smallest, stride = 1, 1
    for step, ratio in zip(settings.strides, settings.sr_ratios, strict=True):
        stride *= step
        smallest = max(smallest, stride * ratio)
    if min(image.height, image.width) < smallest:
        raise InvalidData.of(
            f"pictures of {image.width}×{image.height} pixels (width×height) are too small for this {family}",
            code="I392",
            expected=f"at least {smallest}×{smallest}",
            fix=f"Put image.resize before training, e.g. size: {smallest}",
        )


def _multiple(side: int, patch: int) -> int:
    return max(1, round(side / patch)) * patch


def _blocks(module: nn.Module, prefix: str) -> list[str]:
    """Names of consecutive parts that hold parameters; lists, stages and encoders are opened."""
    names: list[str] = []
    for name, child in module.named_children():
        full = f"{prefix}.{name}"
        if not any(True for _ in child.parameters()):
            continue
        is_list = isinstance(child, nn.ModuleList | nn.Sequential) and name in _LISTS_OF_BLOCKS
        if is_list or type(child).__name__.endswith(("Encoder", "Stage")):
            names += _blocks(child, full)
        else:
            names.append(full)
    return names


def _mend_batch_norms(model: nn.Module) -> None:
    """Give running statistics PyTorch's usual momentum where the library has TensorFlow's number.

    There 0.997 is the share of the statistics that is kept, in PyTorch the share that is replaced.
    MobileNetV2 and EfficientNet of the library hand the number over unchanged, so that evaluation would
    see the statistics of the last batch only. Its complement, 0.003, would need thousands of steps.
    """
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and module.momentum and module.momentum > 0.5:
            module.momentum = _MOMENTUM


def fix_positions(model: nn.Module) -> None:
    """Let a DINOv2 take its position embeddings as they are: they fit the pictures already.

    By itself it would resample them at every call.
    """
    # A bound method survives deepcopy with its new owner, which a closure would not.
    embeddings = model.get_submodule("embeddings")
    embeddings.interpolate_pos_encoding = MethodType(_own_positions, embeddings)  # type: ignore[assignment]


def _own_positions(embeddings: Any, tokens_NTD: Tensor, height: int, width: int) -> Tensor:
    positions: Tensor = embeddings.position_embeddings
    return positions


def _fix_windows(model: nn.Module, image: ImageInput) -> None:
    """Decide once where windows are shifted, instead of changing the layers at the first call.

    Where a single window covers the map, nothing is shifted (Liu et al., 2021, arXiv:2103.14030);
    maps smaller than the window are padded to it, so that position biases of any checkpoint fit.
    """
    settings: Any = model.config
    rows, columns = (-(-side // settings.patch_size) for side in (image.height, image.width))
    for stage in model.get_submodule("encoder.layers").children():
        for layer in stage.get_submodule("blocks").children():
            swin_layer: Any = layer
            if min(rows, columns) <= swin_layer.window_size:
                swin_layer.shift_size = 0
        rows, columns = (rows + 1) // 2, (columns + 1) // 2


def _width(family: str, model: nn.Module) -> int:
    settings: Any = model.config
    if family == "dinov2":
        return 2 * int(settings.hidden_size)
    if family in PATCHED or family == _SHIFTED_WINDOWS:
        return int(settings.hidden_size)
    if family == "efficientnet":
        return int(settings.hidden_dim)
    if family == "mobilenet_v2":
        last: Any = model.get_submodule("conv_1x1.convolution")
        return int(last.out_channels)
    return int(settings.hidden_sizes[-1])
