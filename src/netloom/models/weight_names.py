"""Names of tensors: how torchvision and Netloom call the same parameter.

Native backbones have torchvision's names below ``backbone.``; only its last layer is called otherwise
here, because it is the head of any backbone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from netloom.models.spec import VGG, AlexNet, Body, DenseNet, MobileNetV2, ResNet

T = TypeVar("T")

HEAD = "head.1"
"""The linear layer of a head; ``head.0`` is its dropout."""

_PREFIXES = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before every name."""

_OLD_DENSE_LAYER = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.")
"""torchvision's DenseNet files are older than Python's rule that attributes have no dots."""


_SEGMENTERS = (
    (r"^backbone\.", "backbone."),
    (r"^classifier\.0\.convs\.([0-3])\.", r"decoder.convs.\1."),
    (r"^classifier\.0\.convs\.4\.1\.", "decoder.pooled.0."),
    (r"^classifier\.0\.convs\.4\.2\.", "decoder.pooled.1."),
    (r"^classifier\.0\.project\.", "decoder.project."),
    (r"^classifier\.1\.(weight)$", r"decoder.smooth.0.\1"),
    (r"^classifier\.2\.(?=weight|bias|running_|num_)", "decoder.smooth.1."),
)
"""torchvision's DeepLabV3 beside ours. Its last layer is left out: no file tells its labels."""


def last_layer(backbone: Body) -> str | None:
    """What torchvision calls the layer that is the head here; None where it has no such network.

    Example:
        >>> len(last_layer(ResNet()))
        2
    """
    match backbone:
        case ResNet():
            return "fc"
        case AlexNet() | VGG():
            return "classifier.6"
        case MobileNetV2():
            return "classifier.1"
        case DenseNet():
            return "classifier"
        case _:
            return None


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """Each name as torchvision writes it today, without prefixes that all names share.

    Example:
        >>> plain_names(["module.features.denseblock1.denselayer1.norm.1.bias"]).popitem()[1]
        'features.denseblock1.denselayer1.norm1.bias'
    """
    plain = {name: name for name in names}
    for prefix in _PREFIXES * 2:  # a compiled network inside a parallel one, or the reverse
        if all(name.startswith(prefix) for name in plain.values()):
            plain = {given: name.removeprefix(prefix) for given, name in plain.items()}
    return {given: _OLD_DENSE_LAYER.sub(r"\1\2.", name) for given, name in plain.items()}


def network_names(names: Iterable[str], backbone: Body) -> dict[str, str]:
    """From the names in a file to those of :meth:`netloom.models.network.Network.state_dict`.

    Args:
        names: All names of a file: torchvision's, Netloom's, or Netloom's without ``backbone.``.

    Example:
        >>> network_names(["conv1.weight", "fc.bias"], ResNet())["fc.bias"][-4:]
        'bias'
    """
    plain = plain_names(names)
    if any(name.startswith("backbone.") for name in plain.values()):
        return plain
    last = last_layer(backbone)
    return {given: _network_name(name, last=last) for given, name in plain.items()}


def in_every_frame(tensors: Mapping[str, T]) -> dict[str, T]:
    """Tensors of a network for pictures under the names they have in one that looks at the frames of clips.

    Example:
        >>> in_every_frame({"backbone.conv1.weight": 0, "head.1.bias": 1})
        {'backbone.images.conv1.weight': 0, 'head.1.bias': 1}
    """
    return {
        re.sub(r"^backbone\.", "backbone.images.", name): tensor for name, tensor in tensors.items()
    }


def segmenter_names(names: Iterable[str]) -> dict[str, str]:
    """From torchvision's names of a network that speaks of pixels to those of ours, as far as ours has them.

    Empty if the names are not those of such a network.

    Example:
        >>> names = [
        ...     "backbone.conv1.weight",
        ...     "classifier.0.convs.4.1.weight",
        ...     "aux_classifier.4.bias",
        ... ]
        >>> list(segmenter_names(names).values())
        ['backbone.conv1.weight', 'decoder.pooled.0.weight']
    """
    listed = list(names)
    if not any(name.startswith("backbone.") for name in listed):
        return {}
    is_deeplab = any(name.startswith("classifier.0.convs.") for name in listed)
    known = _SEGMENTERS if is_deeplab else _SEGMENTERS[:1]
    found = {}
    for name in listed:
        for theirs, ours in known:
            changed, times = re.subn(theirs, ours, name)
            if times:
                found[name] = changed
                break
    return found


def _network_name(name: str, *, last: str | None) -> str:
    if name.startswith(f"{HEAD}."):
        return name
    layer, _, leaf = name.rpartition(".")
    return f"{HEAD}.{leaf}" if layer == last else f"backbone.{name}"
