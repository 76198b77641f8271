"""A head of queries: each asks for one object, looks at the maps again and again, and refines its box.

The decoder of D-FINE (Peng et al., 2024, arXiv:2410.13842), whose layers come from the transformers library.
The places that look most like an object become the first queries; no two queries are to find the same object,
so nothing has to be merged afterwards.

Shape legend: N samples, P places of all maps together, Q queries, L layers, K classes, D features, B bins of
the distribution of each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from netloom.models.architecture import ImageInput, QueryHead
from netloom.models.d_fine import head_parts, library_model
from netloom.models.features import MapShape
from netloom.models.spec import DFine

_FIRST_SIZE = 0.05
"""Share of the picture's sides of the first box at a place of the finest map; doubled from map to map."""
_LEAST_SHARE = 0.01
"""Places nearer to the edge, or with larger boxes than the rest, are left out."""


class QueryOutputs(NamedTuple):
    """What the last layer says about a batch.

    Attributes:
        logits_NQK: Sigmoid gives how likely a query has found an object of each class.
        boxes_NQ4: Left, top, right and bottom in pixels of the network's picture; 32 bit.
    """

    logits_NQK: Tensor
    boxes_NQ4: Tensor


class QueryLessons(NamedTuple):
    """What all layers say about a batch, for training. Boxes are middle and size as shares of the picture.

    Attributes:
        logits_NLQK: Of the first guess and of every layer: L + 1. Rows for true objects that were shown with
            noise come before the queries.
        boxes_NLQ4: Likewise.
        corners_NLQB: Distributions of the four sides' offsets, of every layer: L.
        starts_NLQ4: The boxes that these offsets are relative to.
        place_logits_NQK: Of the places that became queries.
        place_boxes_NQ4: Likewise.
        scale_2: How steep and how wide the bins are.
    """

    logits_NLQK: Tensor
    boxes_NLQ4: Tensor
    corners_NLQB: Tensor
    starts_NLQ4: Tensor
    place_logits_NQK: Tensor
    place_boxes_NQ4: Tensor
    scale_2: Tensor


class ObjectQueries(nn.Module):
    """Chooses queries among all places of the maps and refines them layer by layer.

    Attributes:
        per_label: Parts that have one row per class: with other classes they start afresh.
    """

    per_label = (
        "model.enc_score_head",
        "model.decoder.class_embed",
        "model.denoising_class_embed",
    )

    def __init__(
        self, body: DFine, head: QueryHead, takes: Sequence[MapShape], image: ImageInput
    ) -> None:
        super().__init__()
        whole = library_model(body, image, num_classes=head.outputs)
        settings: Any = whole.config
        self.num_queries = int(settings.num_queries)
        self._num_shown = int(settings.num_denoising)
        self._num_classes = head.outputs
        self.model = head_parts(whole)
        self._shapes = [
            (image.height // shape.stride, image.width // shape.stride) for shape in takes
        ]
        anchors_1P4, is_valid_1P1 = _anchors(self._shapes)
        self.anchors: Tensor
        self.is_valid: Tensor
        self.register_buffer("anchors", anchors_1P4, persistent=False)
        self.register_buffer("is_valid", is_valid_1P1, persistent=False)

    def forward(
        self,
        maps: Sequence[Tensor],
        boxes_NM4: Tensor | None = None,
        classes_NM: Tensor | None = None,
        *,
        size: tuple[int, int],
    ) -> QueryOutputs | QueryLessons:
        """What every query found: the last layer's word, in training mode that of all layers.

        Args:
            boxes_NM4: Of the true objects, in training mode: some are shown to the decoder with noise, which
                it learns to take away. Middle and size, as shares of the picture.
            classes_NM: Of the true objects; negative where there is none.
            size: Height and width of the picture in pixels.
        """
        memory_NPD = torch.cat([each.flatten(2).transpose(1, 2) for each in maps], dim=1)
        states_NPD = self.model["enc_output"](memory_NPD * self.is_valid.to(memory_NPD.dtype))
        logits_NPK = self.model["enc_score_head"](states_NPD)
        starts_NP4 = self.model["enc_bbox_head"](states_NPD) + self.anchors
        chosen_NQ = logits_NPK.amax(dim=2).topk(self.num_queries, dim=1).indices
        starts_NQ4 = _rows(starts_NP4, chosen_NQ)
        queries = _Queries(_rows(states_NPD, chosen_NQ).detach(), starts_NQ4.detach())
        if self.training and boxes_NM4 is not None and classes_NM is not None:
            queries = self._with_shown(queries, boxes_NM4, classes_NM)
        found = self.model["decoder"](
            inputs_embeds=queries.states_NQD,
            encoder_hidden_states=memory_NPD,
            encoder_attention_mask=queries.mask_QQ,
            reference_points=queries.starts_NQ4,
            spatial_shapes=torch.tensor(self._shapes, device=memory_NPD.device),
            spatial_shapes_list=self._shapes,
        )
        if not self.training:
            boxes_NQ4 = found.intermediate_reference_points[:, -1].float()
            return QueryOutputs(found.intermediate_logits[:, -1], _in_pixels(boxes_NQ4, size))
        decoder: Any = self.model["decoder"]
        return QueryLessons(
            found.intermediate_logits,
            found.intermediate_reference_points,
            found.intermediate_predicted_corners,
            found.initial_reference_points,
            _rows(logits_NPK, chosen_NQ),
            starts_NQ4.sigmoid(),
            torch.cat([decoder.reg_scale, decoder.up]),
        )

    def _with_shown(self, queries: _Queries, boxes_NM4: Tensor, classes_NM: Tensor) -> _Queries:
        """True objects with noise before the queries, which do not see them."""
        from transformers.models.d_fine import modeling_d_fine

        library: Any = modeling_d_fine  # it is untyped
        embedding: Any = self.model["denoising_class_embed"]
        objects = [
            {"class_labels": classes_M[classes_M >= 0], "boxes": boxes_M4[classes_M >= 0]}
            for classes_M, boxes_M4 in zip(classes_NM, boxes_NM4, strict=True)
        ]
        states, starts, mask, _ = library.get_contrastive_denoising_training_group(
            targets=objects,
            num_classes=self._num_classes,
            num_queries=self.num_queries,
            class_embed=embedding,
            num_denoising_queries=self._num_shown,
        )
        if states is None:  # no object in the whole batch; every parameter has to have a gradient
            return queries._replace(states_NQD=queries.states_NQD + 0.0 * embedding.weight.sum())
        return _Queries(
            torch.cat([states, queries.states_NQD], dim=1),
            torch.cat([starts, queries.starts_NQ4], dim=1),
            mask,
        )


class _Queries(NamedTuple):
    """What the decoder begins with: states, boxes as logits, and who sees whom."""

    states_NQD: Tensor
    starts_NQ4: Tensor
    mask_QQ: Tensor | None = None


def _rows(values_NPX: Tensor, chosen_NQ: Tensor) -> Tensor:
    return values_NPX.gather(1, chosen_NQ[:, :, None].expand(-1, -1, values_NPX.shape[2]))


def _in_pixels(boxes_NQ4: Tensor, size: tuple[int, int]) -> Tensor:
    """From middle and size as shares to left, top, right, bottom."""
    height, width = size
    size_2 = torch.tensor((width, height), dtype=boxes_NQ4.dtype, device=boxes_NQ4.device)
    middle_NQ2, half_NQ2 = boxes_NQ4[..., :2], boxes_NQ4[..., 2:] / 2.0
    return torch.cat([(middle_NQ2 - half_NQ2) * size_2, (middle_NQ2 + half_NQ2) * size_2], dim=2)


def _anchors(shapes: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    """The box at each place before it is refined, as logits of middle and size; and whether it is used.

    The middle of the cell, and a size that doubles from map to map (Lyu et al., 2023, arXiv:2304.08069).
    """
    pieces = []
    for level, (height, width) in enumerate(shapes):
        y_H, x_W = ((torch.arange(length) + 0.5) / length for length in (height, width))
        y_HW, x_HW = torch.meshgrid(y_H, x_W, indexing="ij")
        side_HW = torch.full_like(x_HW, _FIRST_SIZE * 2**level)
        pieces.append(torch.stack([x_HW, y_HW, side_HW, side_HW], dim=2).reshape(1, -1, 4))
    boxes_1P4 = torch.cat(pieces, dim=1)
    is_inside = (boxes_1P4 > _LEAST_SHARE) & (boxes_1P4 < 1.0 - _LEAST_SHARE)
    is_valid_1P1 = is_inside.all(dim=2, keepdim=True)
    far = torch.finfo(boxes_1P4.dtype).max
    return torch.where(is_valid_1P1, boxes_1P4.logit(), far), is_valid_1P1
