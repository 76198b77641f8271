"""What text recognition minimises: connectionist temporal classification.

Shape legend: N samples, T steps, K outputs (one per character, the last one for none), L characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.errors import InvalidData
from netloom.core.tasks import LearningTasks, TaskSettings, TextRecognition

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.tasks.text_recognition.batches import TextBatch


class CTC(TaskSettings):
    """How unlikely the text is over all ways to write it along the steps, per character.

    Graves, Fernández, Gomez and Schmidhuber 2006: no character needs a place in the picture.

    Attributes:
        too_long: What to do about texts with more characters than the network has steps: "error" stops and
            names them, "skip" does not learn from them.
    """

    learning_tasks: ClassVar[LearningTasks] = (TextRecognition,)
    type: Literal["ctc"] = "ctc"
    too_long: Literal["error", "skip"] = "error"


TextLoss = Annotated[CTC, Field()]


def text_loss(logits_NTK: Tensor, batch: TextBatch, loss: CTC) -> Tensor:
    """Mean over the texts that fit, each divided by its length; in 32 bits.

    Raises:
        InvalidData: A text does not fit, and is not to be skipped.
    """
    import torch
    from torch.nn.functional import ctc_loss

    steps, outputs = int(logits_NTK.shape[1]), int(logits_NTK.shape[2])
    fits = [needed <= steps for needed in batch.needed]
    if loss.too_long == "error" and not all(fits):
        raise _too_long(batch, steps)
    # Lengths stay on the CPU: the loss is asked for them there, and would wait for a device.
    losses_N = ctc_loss(
        logits_NTK.float().log_softmax(dim=2).transpose(0, 1),
        batch.targets_L,
        torch.full((len(batch.lengths),), steps),
        torch.tensor(batch.lengths),
        blank=outputs - 1,
        reduction="none",
        zero_infinity=True,
    )
    weights = [fit / max(length, 1) for fit, length in zip(fits, batch.lengths, strict=True)]
    return (losses_N * losses_N.new_tensor(weights)).sum() / max(sum(fits), 1)


def _too_long(batch: TextBatch, steps: int) -> InvalidData:
    needed, text = max(zip(batch.needed, batch.texts, strict=True), key=lambda pair: pair[0])
    count = sum(each > steps for each in batch.needed)
    return InvalidData.of(
        f"{count} of {len(batch.needed)} texts of a batch are too long for the network, e.g. {text!r}",
        code="I477",
        expected=f"texts that need at most {steps} steps: one for each character, one between equal ones",
        got=f"one that needs {needed}",
        fix="Make pictures wider with image.resize, lower step of the decoder, or set too_long of the "
        "loss to skip",
    )
