"""What a text recogniser minimises that writes character after character.

Shape legend: N samples, S steps, K outputs (one per character, the last one for the end), L characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.settings import Fraction, NonNegativeFloat
from netloom.core.tasks import LearningTasks, TaskSettings, TextRecognition

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.tasks.text_recognition.batches import TextBatch


class NextCharacter(TaskSettings):
    """Cross-entropy of each character after the true ones before it, and of the end after the last.

    Besides, what the network looks at has to tell which characters are where (Kim, Hori and Watanabe, 2017,
    arXiv:1609.06773): by CTC, along the places of the line.

    Attributes:
        label_smoothing: Share of the truth that is spread over all characters, so that the network
            is not punished for a rest of doubt.
        guide_weight: Of the loss of the places along the line. Without it, training takes many times longer.
        too_long: What to do about texts with more characters than the network writes: "error" stops before
            training and names the longest, "skip" does not learn from them.
    """

    learning_tasks: ClassVar[LearningTasks] = (TextRecognition,)
    type: Literal["next_character"] = "next_character"
    label_smoothing: Fraction = 0.1
    guide_weight: NonNegativeFloat = 1.0
    too_long: Literal["error", "skip"] = "error"


CharacterLoss = Annotated[NextCharacter, Field()]


def character_loss(
    logits_NSK: Tensor,
    batch: TextBatch,
    loss: NextCharacter,
    *,
    longest: int,
    until_mistake: bool = False,
) -> Tensor:
    """Mean over the texts that fit of the mean over their characters and their end; in 32 bits.

    Args:
        longest: The most characters that the network writes.
        until_mistake: Only up to the first step where something else is likelier, that one included.
    """
    import torch
    from torch.nn.functional import cross_entropy

    steps, outputs = int(logits_NSK.shape[1]), int(logits_NSK.shape[2])
    targets_NS = padded_texts(batch, steps=steps, mark=outputs - 1).to(logits_NSK.device)
    losses_NS = cross_entropy(
        logits_NSK.float().flatten(0, 1),
        targets_NS.flatten(),
        reduction="none",
        label_smoothing=loss.label_smoothing,
    ).view_as(targets_NS)
    lengths_N = torch.tensor(batch.lengths).to(logits_NSK.device, non_blocking=True)
    fits_N = lengths_N <= longest
    counts_NS = (torch.arange(steps, device=lengths_N.device) <= lengths_N[:, None]).float()
    if until_mistake:
        is_wrong_NS = (logits_NSK.argmax(dim=2) != targets_NS).long()
        counts_NS = counts_NS * (is_wrong_NS.cumsum(dim=1) - is_wrong_NS == 0)
    means_N = (losses_NS * counts_NS).sum(dim=1) / counts_NS.sum(dim=1).clamp(min=1.0)
    return (means_N * fits_N).sum() / fits_N.sum().clamp(min=1)


def padded_texts(batch: TextBatch, *, steps: int, mark: int) -> Tensor:
    """The first characters of each text, ``(N, steps)``; behind its end the mark."""
    import torch

    padded_NS = torch.full((len(batch.lengths), steps), mark, device=batch.targets_L.device)
    begin = 0
    for row, length in enumerate(batch.lengths):
        kept = min(length, steps)
        padded_NS[row, :kept] = batch.targets_L[begin : begin + kept]
        begin += length
    return padded_NS
