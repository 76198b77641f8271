"""A head that gives a box, its class and its quality at every place of several maps.

One-stage and without anchors, as in FCOS (Tian, Shen, Chen and He 2019, arXiv:1904.01355), with two changes:
a box is given by its middle and its size instead of the distances to its sides, so that an object smaller
than the step between places can still be told exactly; and boxes leave the head in pixels.

Shape legend: N samples, C channels, H height, W width, K classes, P places of all maps together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from netloom.models.architecture import BoxHead
from netloom.models.features import MapShape

_PRIOR = 0.01
"""What every class is given at first, so that the many places without object do not drown the others."""
_MOST_LOG_SIZE = math.log(64.0)
"""Boxes are at most so many steps long: no output can overflow."""
_FIRST_LOG_SIZE = math.log(4.0)
_MOST_GROUPS, _LEAST_CHANNELS = 16, 2


class BoxOutputs(NamedTuple):
    """What the head says about a batch.

    Attributes:
        logits_NPK: Sigmoid gives how likely an object of each class is at a place.
        boxes_NP4: Left, top, right and bottom in pixels of the network's picture; 32 bit.
        quality_NP: Sigmoid gives how well the box at a place can be trusted.
        places_NP3: x and y of each place and the step between places, in pixels. The same for all samples.
    """

    logits_NPK: Tensor
    boxes_NP4: Tensor
    quality_NP: Tensor
    places_NP3: Tensor


class Boxes(nn.Module):
    """Two towers of convolutions, shared by all maps: one for classes, one for boxes and their quality.

    Example:
        >>> head = Boxes(BoxHead(outputs=3), (MapShape(8, 4), MapShape(8, 8)))
        >>> found = head((torch.zeros(2, 8, 4, 4), torch.zeros(2, 8, 2, 2)), size=(16, 16))
        >>> tuple(found.logits_NPK.shape), found.places_NP3[0, 16].tolist()
        ((2, 20, 3), [4.0, 4.0, 8.0])
    """

    def __init__(self, settings: BoxHead, takes: Sequence[MapShape]) -> None:
        super().__init__()
        width = takes[0].channels
        self.strides = tuple(shape.stride for shape in takes)
        self.class_tower = _tower(width, settings.convs, settings.dropout)
        self.box_tower = _tower(width, settings.convs, settings.dropout)
        self.classes = nn.Conv2d(width, settings.outputs, kernel_size=3, padding=1)
        self.boxes = nn.Conv2d(width, 4, kernel_size=3, padding=1)
        self.quality = nn.Conv2d(width, 1, kernel_size=3, padding=1)
        # What is large for one map is small for another; each has its own unit.
        self.scales = nn.Parameter(torch.ones(len(takes)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.01 if module.bias is not None else 0.05)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.constant_(self.classes.bias, -math.log((1.0 - _PRIOR) / _PRIOR))  # type: ignore[arg-type]

    def forward(self, maps: Sequence[Tensor], size: tuple[int, int]) -> BoxOutputs:
        """What is at each place, from the finest to the coarsest map, row by row."""
        logits, boxes, quality, places = [], [], [], []
        for number, (map_NCHW, stride) in enumerate(zip(maps, self.strides, strict=True)):
            of_boxes_NCHW = self.box_tower(map_NCHW)
            places_P3 = _places(map_NCHW, stride)
            raw_NP4 = _rows(self.boxes(of_boxes_NCHW)).float() * self.scales[number].float()
            logits.append(_rows(self.classes(self.class_tower(map_NCHW))))
            boxes.append(_boxes(raw_NP4, places_P3))
            quality.append(_rows(self.quality(of_boxes_NCHW))[:, :, 0])
            places.append(places_P3)
        places_P3 = torch.cat(places)
        return BoxOutputs(
            torch.cat(logits, dim=1),
            torch.cat(boxes, dim=1),
            torch.cat(quality, dim=1),
            places_P3.expand(len(maps[0]), -1, -1),
        )


def _tower(width: int, convs: int, dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(convs):
        layers += [
            nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
            nn.GroupNorm(_groups(width), width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.Dropout2d(dropout))


def _groups(width: int) -> int:
    """As many as there may be of at least two channels each, since a map can be a single place."""
    most = max(1, min(_MOST_GROUPS, width // _LEAST_CHANNELS))
    return next(groups for groups in range(most, 0, -1) if width % groups == 0)


def _rows(map_NCHW: Tensor) -> Tensor:
    return map_NCHW.flatten(2).transpose(1, 2)


def _places(map_NCHW: Tensor, stride: int) -> Tensor:
    """Middles of the cells of a map in pixels, and its stride: (P, 3)."""
    height, width = int(map_NCHW.shape[2]), int(map_NCHW.shape[3])
    y_H, x_W = (
        (torch.arange(length, dtype=torch.float32, device=map_NCHW.device) + 0.5) * stride
        for length in (height, width)
    )
    y_HW, x_HW = y_H[:, None].expand(height, width), x_W[None, :].expand(height, width)
    return torch.stack([x_HW, y_HW, torch.full_like(x_HW, stride)], dim=2).reshape(-1, 3)


def _boxes(raw_NP4: Tensor, places_P3: Tensor) -> Tensor:
    """From steps to pixels; the middle is told relative to the place, the size as a logarithm."""
    stride_P1 = places_P3[:, 2:]
    middle_NP2 = places_P3[:, :2] + raw_NP4[:, :, :2] * stride_P1
    log_size_NP2 = (raw_NP4[:, :, 2:] + _FIRST_LOG_SIZE).clamp(-_MOST_LOG_SIZE, _MOST_LOG_SIZE)
    half_NP2 = log_size_NP2.exp() * (0.5 * stride_P1)
    return torch.cat([middle_NP2 - half_NP2, middle_NP2 + half_NP2], dim=2)
