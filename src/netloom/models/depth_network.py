"""Networks for depth from the transformers library behind our own interface.

The library's network is taken apart where our networks have their seams: what turns a picture into a fine map
is the body (:class:`DepthMap`), what turns the map into distances the head (``heads.distances``).

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.depth_spec import DepthNetwork, depth_preset
from netloom.models.features import Features, MapShape
from netloom.models.transformers_backbone import fix_positions
from netloom.models.transformers_library import library_settings, quiet

_HEAD = "head"
_NOT_WANTED = frozenset(
    {"backbone", "backbone_kwargs", "use_pretrained_backbone", "use_timm_backbone"}
)
"""Entries of old descriptions by which the library would fetch parts of a network from elsewhere."""


class DepthMap(Features):
    """A fine map of features that tell distances.

    Args:
        spec: Resolved, or to be built afresh.
        image: Size of the pictures; no other size is accepted.

    Raises:
        InvalidData: The pictures cannot be cut into whole patches, or the library refuses the architecture.

    Example:
        >>> image = ImageInput(channels=1, height=32, width=64, mean=(0.5,), std=(0.5,))
        >>> [tuple(shape) for shape in DepthMap(DepthNetwork(), image).gives]
        [(32, 1)]
    """

    def __init__(self, spec: DepthNetwork, image: ImageInput) -> None:
        super().__init__()
        settings = depth_settings(spec, image)
        self.model = _library_model(settings)
        self.model.head = nn.Identity()  # it is the network's head
        self._chosen = int(settings.head_in_index)
        self._is_patched = settings.model_type == "depth_anything"
        if self._is_patched:
            fix_positions(self.model.get_submodule("backbone"))
            # The first has nothing to join: the library never calls it.
            first: Any = self.model.get_submodule("neck.fusion_stage.layers.0")
            first.residual_layer1 = nn.Identity()
            self.width = int(settings.fusion_hidden_size)
            # Between four and eight places for each patch, which need not be a whole number of pixels.
            self.gives = (MapShape(self.width, max(1, settings.patch_size // 8)),)
        else:
            self.width = int(settings.decoder_hidden_size)
            self.gives = (MapShape(self.width, 1),)
        self.blocks = tuple(_blocks(self.model))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The mean of the map, ``(N, D)``."""
        return self.maps(images_NCHW)[0].mean(dim=(2, 3))

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """The only map, ``(N, D, H, W)``."""
        model: Any = self.model
        if self._is_patched:
            patch = model.config.patch_size
            rows, columns = images_NCHW.shape[2] // patch, images_NCHW.shape[3] // patch
            states = model.backbone(images_NCHW).feature_maps
            fused = model.neck(states, rows, columns)
        else:
            states = model.glpn(images_NCHW, output_hidden_states=True).hidden_states
            fused = model.decoder(states)
        return (fused[self._chosen],)


def depth_settings(spec: DepthNetwork, image: ImageInput) -> Any:
    """The library's configuration object for pictures of one size.

    Raises:
        InvalidData: The pictures cannot be cut into whole patches, or a value has the wrong type or range.
    """
    architecture = buildable(spec.architecture or depth_preset(spec))
    if architecture["model_type"] == "glpn":
        settings = library_settings({**architecture, "num_channels": image.channels})
        _check_sides(image, step=math.prod(settings.strides), family="glpn")
        return settings
    patch = int(architecture.get("patch_size", 14))
    _check_sides(image, step=patch, family="depth_anything")
    backbone = {
        **architecture["backbone_config"],
        "num_channels": image.channels,
        "image_size": [image.height, image.width],
        "use_mask_token": False,
    }
    return library_settings({**architecture, "backbone_config": backbone})


def buildable(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """A description by which the library builds everything itself, and fetches nothing.

    Raises:
        InvalidData: The network stands on a backbone that Netloom does not know.
    """
    found = {name: value for name, value in architecture.items() if name not in _NOT_WANTED}
    if found["model_type"] == "glpn":
        return found
    backbone = found.get("backbone_config")
    kind = backbone.get("model_type") if isinstance(backbone, dict) else None
    if kind != "dinov2":
        raise InvalidData.of(
            "Netloom cannot build the backbone of this depth_anything",
            code="I391",
            expected="backbone_config with model_type dinov2",
            got=f"model_type {kind!r}" if kind else "no backbone_config",
            fix="Choose another checkpoint of Depth Anything",
        )
    return found


def library_head(spec: DepthNetwork, image: ImageInput) -> nn.Module:
    """The library's layers from the map to distances, freshly initialised."""
    from transformers.models.depth_anything import modeling_depth_anything
    from transformers.models.glpn import modeling_glpn

    settings = depth_settings(spec, image)
    is_glpn = settings.model_type == "glpn"
    library: Any = (
        modeling_glpn.GLPNDepthEstimationHead
        if is_glpn
        else modeling_depth_anything.DepthAnythingDepthEstimationHead
    )
    head: nn.Module = library(settings)
    return head


def in_network(name: str) -> str:
    """Where a tensor of the library's network lies in a network of ours.

    Example:
        >>> in_network("head.conv1.bias"), in_network("neck.convs.0.weight")
        ('head.model.conv1.bias', 'backbone.model.neck.convs.0.weight')
    """
    part, _, rest = name.partition(".")
    return f"head.model.{rest}" if part == _HEAD else f"backbone.model.{name}"


def _library_model(settings: Any) -> Any:
    from transformers import DepthAnythingForDepthEstimation, GLPNForDepthEstimation

    library = (
        GLPNForDepthEstimation if settings.model_type == "glpn" else DepthAnythingForDepthEstimation
    )
    with quiet():
        return library(settings)


def _check_sides(image: ImageInput, *, step: int, family: str) -> None:
    if image.height % step or image.width % step:
        raise InvalidData.of(
            f"pictures of {image.width}×{image.height} pixels (width×height) do not fit {family}",
            code="I392",
            expected=f"sides that are multiples of {step}",
            fix=f"Put image.resize before training, e.g. size: [{_multiple(image.height, step)}, "
            f"{_multiple(image.width, step)}]",
        )


def _multiple(side: int, step: int) -> int:
    return max(1, round(side / step)) * step


def _blocks(model: nn.Module) -> list[str]:
    """From the picture to the map; every parameter lies below exactly one."""
    if hasattr(model, "glpn"):
        encoder = model.get_submodule("glpn.encoder")
        return [*(f"model.glpn.{name}" for name in _stages_of_glpn(encoder)), "model.decoder"]
    layers = model.get_submodule("backbone.encoder.layer")
    return [
        "model.backbone.embeddings",
        *(f"model.backbone.encoder.layer.{name}" for name, _ in layers.named_children()),
        "model.backbone.layernorm",
        "model.neck",
    ]


def _stages_of_glpn(encoder: nn.Module) -> list[str]:
    """A stage's patches, layers and norm lie in three lists."""
    lists = ("patch_embeddings", "block", "layer_norm")
    count = len(list(encoder.get_submodule(lists[0]).children()))
    return [f"encoder.{name}.{stage}" for stage in range(count) for name in lists]
