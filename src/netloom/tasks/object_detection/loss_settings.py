"""Losses of object detection as settings; the formulas are in ``losses``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction, NonNegativeFloat, PositiveFloat, Settings


class FocalBoxes(Settings):
    """Focal loss for classes, overlap for boxes, and how well a box can be trusted.

    The sum over all places, divided by the number of those that answer for an object: FCOS (Tian et al. 2019,
    arXiv:1904.01355) with the focal loss of RetinaNet (Lin et al. 2017, arXiv:1708.02002).

    Attributes:
        gamma: How fast places that are predicted well lose weight.
        alpha: Weight of places with an object; those without have the rest.
        overlap: What is to be minimised about boxes: one minus the share of overlap (``iou``), with a
            penalty for empty space around both (``giou``, arXiv:1902.09630), for distance (``diou``) or for
            distance and proportions (``ciou``, both arXiv:1911.08287).
        box_weight: Of the overlap.
        quality: What the quality of a box is trained to be: how central its place is in the object
            (``centreness``, as in FCOS), or the box's own overlap with it (``iou``).
        quality_weight: Of the quality.
        radius: An object is answered for by the places within so many steps of its middle.
    """

    type: Literal["focal_boxes"] = "focal_boxes"
    gamma: NonNegativeFloat = 2.0
    alpha: Fraction = 0.25
    overlap: Literal["iou", "giou", "diou", "ciou"] = "giou"
    box_weight: NonNegativeFloat = 2.0
    quality: Literal["centreness", "iou"] = "iou"
    quality_weight: NonNegativeFloat = 0.5
    radius: PositiveFloat = 1.5


DetectionLoss = Annotated[FocalBoxes, Field(title="Loss of object detection")]
