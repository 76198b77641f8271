"""Losses of object detection as settings; the formulas are in ``losses``."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.settings import Fraction, NonNegativeFloat, PositiveFloat
from netloom.core.tasks import LearningTasks, ObjectDetection, TaskSettings
from netloom.tasks.losses import ClassWeights


class FocalBoxes(TaskSettings):
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
        class_weights: How much the places of objects of each class count: one number per class in the order
            of the label space, or ``balanced``: n / (K · nₖ) for n objects of the training part, nₖ of them
            of this class and K classes that occur. None counts all alike.
    """

    learning_tasks: ClassVar[LearningTasks] = (ObjectDetection,)
    type: Literal["focal_boxes"] = "focal_boxes"
    gamma: NonNegativeFloat = 2.0
    alpha: Fraction = 0.25
    overlap: Literal["iou", "giou", "diou", "ciou"] = "giou"
    box_weight: NonNegativeFloat = 2.0
    quality: Literal["centreness", "iou"] = "iou"
    quality_weight: NonNegativeFloat = 0.5
    radius: PositiveFloat = 1.5
    class_weights: ClassWeights = None


class SetPrediction(TaskSettings):
    """Every object is given to one query, at the least cost for all together; the rest has nothing to find.

    The loss of D-FINE (Peng et al. 2024, arXiv:2410.13842), of every layer: varifocal loss for classes
    (arXiv:2008.13367), distance and overlap of boxes, and the distributions of their sides, which earlier
    layers also learn from the last one. Divided by the number of objects.

    Attributes:
        alpha: Weight of queries without an object.
        gamma: How fast those that are predicted well lose weight.
        class_weight: Of the classes.
        box_weight: Of the distance between sides, as shares of the picture.
        overlap_weight: Of the overlap (``giou``).
        corner_weight: Of the distributions of the sides.
        distillation_weight: Of what earlier layers learn from the last one.
        match_class: What a wrong class costs when objects are given to queries.
        match_box: What distance costs.
        match_overlap: What a lack of overlap costs.
    """

    learning_tasks: ClassVar[LearningTasks] = (ObjectDetection,)
    type: Literal["set_prediction"] = "set_prediction"
    alpha: Fraction = 0.75
    gamma: NonNegativeFloat = 2.0
    class_weight: NonNegativeFloat = 1.0
    box_weight: NonNegativeFloat = 5.0
    overlap_weight: NonNegativeFloat = 2.0
    corner_weight: NonNegativeFloat = 0.15
    distillation_weight: NonNegativeFloat = 1.5
    match_class: PositiveFloat = 2.0
    match_box: PositiveFloat = 5.0
    match_overlap: PositiveFloat = 2.0


DetectionLoss = Annotated[FocalBoxes | SetPrediction, Field(discriminator="type")]
