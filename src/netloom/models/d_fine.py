"""The parts of D-FINE from the transformers library behind our own interface.

The library's network is taken apart where our networks have their seams: what turns a picture into maps is
the body (:class:`DFineMaps`), what turns maps into boxes the head (``heads.object_queries``).

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.d_fine_presets import d_fine_preset
from netloom.models.features import Features, MapShape
from netloom.models.spec import DFine
from netloom.models.transformers_library import library_settings, quiet

_IN_BODY = ("backbone", "encoder_input_proj", "encoder", "decoder_input_proj")
"""Children of the library's model that turn a picture into maps; all others belong to the head."""


class DFineMaps(Features):
    """A convolutional network and an encoder that lets its maps look at each other.

    Args:
        spec: Resolved, or to be built afresh.
        image: Size of the pictures; no other size is accepted.

    Raises:
        InvalidData: The sides are no multiples of the coarsest map's step.

    Example:
        >>> image = ImageInput(channels=1, height=32, width=64, mean=(0.5,), std=(0.5,))
        >>> [tuple(shape) for shape in DFineMaps(DFine(), image).gives]
        [(64, 4), (64, 8), (64, 16)]
    """

    def __init__(self, spec: DFine, image: ImageInput) -> None:
        super().__init__()
        whole = library_model(spec, image, num_classes=1)
        settings: Any = whole.config
        self.model = nn.ModuleDict({name: whole.get_submodule(name) for name in _IN_BODY})
        self.width = int(settings.d_model)
        self.gives = tuple(MapShape(self.width, stride) for stride in settings.feat_strides)
        self.blocks = (*_backbone_blocks(self.model["backbone"]), *_encoder_blocks(self.model))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The mean of the coarsest map, ``(N, D)``."""
        return self.maps(images_NCHW)[-1].mean(dim=(2, 3))

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """Maps from the finest to the coarsest, ``(N, D, H, W)``."""
        backbone: Any = self.model["backbone"]
        seen = backbone.model(images_NCHW).feature_maps
        projected = [
            project(each) for project, each in zip(_children(self.model, 1), seen, strict=True)
        ]
        encoded = self.model["encoder"](projected).last_hidden_state
        return tuple(
            project(each) for project, each in zip(_children(self.model, 3), encoded, strict=True)
        )


def library_model(spec: DFine, image: ImageInput, *, num_classes: int) -> nn.Module:
    """A freshly initialised ``DFineModel`` with its heads; draws from torch's global random stream.

    Raises:
        InvalidData: The sides of the pictures are no multiples of the coarsest map's step, or the library
            refuses the architecture.
    """
    settings = d_fine_settings(spec, image, num_classes=num_classes)
    step = max(settings.feat_strides)
    if image.height % step or image.width % step:
        raise InvalidData.of(
            f"pictures of {image.width}×{image.height} pixels (width×height) do not fit d_fine",
            code="I392",
            expected=f"sides that are multiples of {step}",
            fix=f"Put image.resize before training, e.g. size: [{_multiple(image.height, step)}, "
            f"{_multiple(image.width, step)}] with fit: pad",
        )
    from transformers import DFineForObjectDetection

    with quiet():
        whole: Any = DFineForObjectDetection(settings)
    model: nn.Module = whole.model
    return model


def d_fine_settings(spec: DFine, image: ImageInput, *, num_classes: int) -> Any:
    """The library's configuration object for pictures of one size.

    Queries are at most as many as there are places to begin with.
    """
    architecture = spec.architecture or d_fine_preset(spec.size)
    places = sum(
        (image.height // step) * (image.width // step)
        for step in architecture.get("feat_strides", (8, 16, 32))
    )
    queries = spec.queries or int(architecture.get("num_queries", 300))
    backbone = dict(architecture["backbone_config"])
    backbone["num_channels"] = image.channels
    if "stem_channels" in backbone:
        backbone["stem_channels"] = [image.channels, *backbone["stem_channels"][1:]]
    return library_settings(
        {
            **architecture,
            "backbone_config": backbone,
            "num_labels": num_classes,
            "num_queries": max(1, min(queries, places)),
            "num_denoising": max(1, int(architecture.get("num_denoising", 100))),
            "learn_initial_query": False,
            "anchor_image_size": None,
            "eval_size": None,
            "dropout": spec.dropout,
            "attention_dropout": spec.dropout,
        }
    )


def in_network(name: str) -> str:
    """Where a tensor of the library's ``DFineForObjectDetection`` lies in a network of ours.

    Example:
        >>> in_network("model.encoder.x"), in_network("model.decoder.x")
        ('backbone.model.encoder.x', 'head.model.decoder.x')
    """
    inner = name.removeprefix("model.")
    part = "backbone" if inner.partition(".")[0] in _IN_BODY else "head"
    return f"{part}.model.{inner}"


def head_parts(model: nn.Module) -> nn.ModuleDict:
    """The children of the library's model that belong to the head."""
    return nn.ModuleDict(
        {name: child for name, child in model.named_children() if name not in _IN_BODY}
    )


def _children(model: nn.ModuleDict, part: int) -> list[nn.Module]:
    return list(model[_IN_BODY[part]].children())


def _multiple(side: int, step: int) -> int:
    return max(1, round(side / step)) * step


def _backbone_blocks(backbone: nn.Module) -> tuple[str, ...]:
    """The stem, and every stage of the convolutional network."""
    stages = backbone.get_submodule("model.encoder.stages")
    return (
        "model.backbone.model.embedder",
        *(f"model.backbone.model.encoder.stages.{name}" for name, _ in stages.named_children()),
    )


def _encoder_blocks(model: nn.ModuleDict) -> tuple[str, ...]:
    """Those of the other parts that learn anything."""
    return tuple(
        f"model.{name}" for name in _IN_BODY[1:] if any(True for _ in model[name].parameters())
    )
