"""Text recognisers that say at every step along the line which character is there, or none (CTC).

Shape legend: N lines, S steps, K outputs (one per character, the last one for none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.models.architecture import Architecture, SequenceHead
from netloom.tasks.protocol import Field
from netloom.tasks.scores import largest_difference
from netloom.tasks.text_recognition import ctc_decoding
from netloom.tasks.text_recognition.ctc_loss import CTC, TextLoss, text_loss
from netloom.tasks.text_recognition.reading import Reading

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.tasks.text_recognition.batches import TextBatch


class AlongSteps:
    """See :class:`netloom.tasks.text_recognition.family.Family`."""

    loss_type: Any = TextLoss

    def fitted_loss(self, loss: CTC, samples: Samples) -> CTC:
        """Nothing depends on the training part; how many steps there are only the network knows."""
        return loss

    def answers(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """None: the loss goes through all ways to write a text."""
        return ()

    def loss(self, outputs: Tensor, batch: TextBatch, loss: CTC) -> Tensor:
        """Connectionist temporal classification, per character."""
        return text_loss(outputs, batch, loss)

    def usual_loss(self, outputs_NSK: Tensor, batch: TextBatch) -> Tensor:
        """The same."""
        return text_loss(outputs_NSK, batch, CTC(too_long="skip"))

    def text_of(self, likeliest_S: Sequence[int], *, outputs: int) -> tuple[int, ...]:
        """Repetitions and steps without a character left out."""
        return ctc_decoding.collapsed(likeliest_S, blank=outputs - 1)

    def read(self, probabilities_SK: NDArray[np.float32]) -> Reading:
        """By beam search where steps leave doubts."""
        return ctc_decoding.read(probabilities_SK)

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest of two probabilities."""
        return largest_difference(first, second)

    def output_field(self, architecture: Architecture) -> Field:
        """One row of logits per step."""
        assert isinstance(architecture.head, SequenceHead)
        return Field(
            name="logits",
            dtype="float32",
            shape=("batch", "steps", architecture.head.outputs),
            meaning="one number per character and, last, for none; softmax gives probabilities",
        )
