"""The losses of all learning tasks as one setting."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Settings
from netloom.tasks.image_enhancement.restoration_losses import Restoration
from netloom.tasks.losses import BinaryCrossEntropy, CrossEntropy, Focal
from netloom.tasks.object_detection.loss_settings import FocalBoxes, SetPrediction
from netloom.tasks.pixel_maps.depth_losses import AbsoluteDepth, BerHu, ScaleInvariantLog
from netloom.tasks.pixel_maps.normal_losses import AbsoluteNormals, CosineDistance
from netloom.tasks.semantic_segmentation.losses import Combined, Dice
from netloom.tasks.text_detection.losses import DifferentiableBinarization
from netloom.tasks.text_recognition.character_loss import NextCharacter
from netloom.tasks.text_recognition.ctc_loss import CTC


class Usual(Settings):
    """What the learning task is usually trained with; its documentation says what that is."""

    type: Literal["usual"] = "usual"


Loss = Annotated[
    Usual
    | CrossEntropy
    | Focal
    | BinaryCrossEntropy
    | Dice
    | Combined
    | FocalBoxes
    | SetPrediction
    | Restoration
    | CTC
    | NextCharacter
    | DifferentiableBinarization
    | ScaleInvariantLog
    | AbsoluteDepth
    | BerHu
    | CosineDistance
    | AbsoluteNormals,
    Field(discriminator="type"),
]
"""Losses of all learning tasks; see :attr:`netloom.tasks.protocol.Task.loss_type` for those of one."""
