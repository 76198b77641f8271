"""What a detector with queries minimises: the transformers library's loss of D-FINE, on our batches.

The library pairs objects with queries by the Hungarian algorithm, on the CPU: unlike every other loss here,
this one waits for the device. Everything is computed in 32 bits.

Shape legend: N samples, L layers, Q queries, K classes, M objects, B bins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from netloom.models.heads.object_queries import QueryLessons, QueryOutputs
from netloom.tasks.object_detection.assignment import sought_objects
from netloom.tasks.object_detection.loss_settings import SetPrediction

if TYPE_CHECKING:
    from netloom.data.objects import Objects

_SIDES = 4
_USUAL_SCALE = (4.0, 0.5)


class SetSums(NamedTuple):
    """The loss before it is divided: sums over samples, so that batches can be added.

    Attributes:
        losses: Of all parts, weighted.
        objects: How many objects there are to find.
    """

    losses: Tensor
    objects: Tensor

    def mean(self) -> Tensor:
        """The loss of an object; a batch without any counts as one with one."""
        return self.losses / self.objects.clamp_min(1.0)

    def added(self, other: SetSums) -> SetSums:
        """Of the samples of both."""
        return SetSums(self.losses + other.losses, self.objects + other.objects)


def set_loss_sums(
    outputs: QueryOutputs | QueryLessons,
    objects: Sequence[Objects],
    loss: SetPrediction,
    *,
    size: tuple[int, int],
) -> SetSums:
    """The loss of a batch: of all layers in training, of the last one otherwise.

    Crowds and objects of unknown class are left out: queries may find them or not, and are told not to.

    Args:
        objects: Of each sample.
        size: Height and width of the network's pictures.
    """
    from transformers.loss import loss_d_fine

    library: Any = loss_d_fine  # it is untyped
    device, num_classes = outputs[0].device, outputs[0].shape[-1]
    targets = [_target(each, num_classes, size, device) for each in objects]
    count = sum(len(each["boxes"]) for each in targets)
    if isinstance(outputs, QueryOutputs):
        layers = _of_last_layer(QueryOutputs(*_in_32_bits(outputs)), size)
    else:
        layers = _of_all_layers(QueryLessons(*_in_32_bits(outputs)))
        layers["denoising_meta_values"] = _shown(targets, outputs)
    bins, scale = layers.pop("bins"), layers.pop("scale")
    mean, _, _ = library.DFineForObjectDetectionLoss(
        labels=targets,
        device=device,
        config=_library_settings(loss, num_classes, bins, scale),
        **layers,
    )
    total: Tensor = mean * max(count, 1)
    return SetSums(total, total.new_tensor(float(count)))


def as_shares(boxes_X4: Tensor, size: tuple[int, int]) -> Tensor:
    """From left, top, right, bottom in pixels to middle and size as shares of the picture: (…, 4).

    Example:
        >>> as_shares(torch.tensor([[0.0, 2.0, 4.0, 4.0]]), (8, 16)).tolist()
        [[0.125, 0.375, 0.25, 0.25]]
    """
    height, width = size
    size_2 = boxes_X4.new_tensor([width, height])
    low_X2, high_X2 = boxes_X4[..., :2] / size_2, boxes_X4[..., 2:] / size_2
    return torch.cat([(low_X2 + high_X2) / 2.0, high_X2 - low_X2], dim=-1)


def _in_32_bits(outputs: Sequence[Tensor]) -> Iterator[Tensor]:
    return (tensor.float() for tensor in outputs)


def _of_last_layer(said: QueryOutputs, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "logits": said.logits_NQK,
        "pred_boxes": _usable(as_shares(said.boxes_NQ4, size)),
        "bins": None,
        "scale": _USUAL_SCALE,
    }


def _of_all_layers(said: QueryLessons) -> dict[str, Any]:
    boxes_NLQ4 = _usable(said.boxes_NLQ4)
    return {
        "logits": said.logits_NLQK[:, -1],
        "pred_boxes": boxes_NLQ4[:, -1],
        "outputs_class": said.logits_NLQK,
        "outputs_coord": boxes_NLQ4,
        "enc_topk_logits": said.place_logits_NQK,
        "enc_topk_bboxes": _usable(said.place_boxes_NQ4),
        "predicted_corners": said.corners_NLQB,
        "initial_reference_points": said.starts_NLQ4,
        "bins": said.corners_NLQB.shape[-1] // _SIDES - 1,
        "scale": tuple(said.scale_2.tolist()),
    }


def _shown(targets: Sequence[dict[str, Tensor]], said: QueryLessons) -> dict[str, Any] | None:
    """Which of the first rows stand for which object: those that the head was shown, in groups.

    Each group has a row for every object and one for its opposite, padded to the picture with most objects.
    """
    num_queries = said.place_logits_NQK.shape[1]
    num_shown = said.logits_NLQK.shape[2] - num_queries
    if not num_shown:
        return None
    counts = [len(each["boxes"]) for each in targets]
    groups = num_shown // (2 * max(counts))
    starts_G1 = torch.arange(groups)[:, None] * (2 * max(counts))
    rows = [(starts_G1 + torch.arange(count)).flatten() for count in counts]
    return {
        "dn_positive_idx": [each.to(targets[0]["boxes"].device) for each in rows],
        "dn_num_group": groups,
        "dn_num_split": [num_shown, num_queries],
    }


def _usable(boxes: Tensor) -> Tensor:
    """The library refuses boxes that are not numbers; logits then still tell that training went wrong."""
    return boxes.nan_to_num(nan=0.5, posinf=1.0, neginf=0.0)


def _target(
    objects: Objects, num_classes: int, size: tuple[int, int], device: torch.device
) -> dict[str, Tensor]:
    """The objects to find in one picture: boxes by middle and size, as shares of the picture."""
    is_sought_M = sought_objects(objects, num_classes)
    boxes_M4 = torch.from_numpy(objects.boxes_M4[is_sought_M]).float()
    return {
        "class_labels": torch.from_numpy(objects.labels_M[is_sought_M]).to(device),
        "boxes": as_shares(boxes_M4, size).to(device),
    }


@lru_cache(maxsize=64)
def _library_settings(
    loss: SetPrediction, num_classes: int, bins: int | None, scale: tuple[float, float]
) -> Any:
    from transformers import DFineConfig

    described: Any = DFineConfig  # not all that it takes is declared
    return described(
        num_labels=num_classes,
        auxiliary_loss=bins is not None,
        max_num_bins=bins or 32,
        reg_scale=scale[0],
        up=scale[1],
        focal_loss_alpha=loss.alpha,
        focal_loss_gamma=loss.gamma,
        weight_loss_vfl=loss.class_weight,
        weight_loss_bbox=loss.box_weight,
        weight_loss_giou=loss.overlap_weight,
        weight_loss_fgl=loss.corner_weight,
        weight_loss_ddf=loss.distillation_weight,
        matcher_class_cost=loss.match_class,
        matcher_bbox_cost=loss.match_box,
        matcher_giou_cost=loss.match_overlap,
    )
