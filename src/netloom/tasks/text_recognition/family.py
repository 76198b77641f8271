"""What differs between kinds of text recognisers: what their outputs mean, and how they learn.

Torch-free at import. A family is chosen by the head of a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from netloom.models.architecture import Architecture, CharacterHead, Head, SequenceHead
from netloom.tasks.protocol import Field, Outputs
from netloom.tasks.text_recognition.reading import Reading

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.tasks.text_recognition.batches import TextBatch


class Family(Protocol):
    """One way to come from a line to a text. Shape legend: N lines, S steps, K outputs."""

    loss_type: Any
    """Annotation of the losses that fit, the usual one first."""

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """See :meth:`netloom.tasks.protocol.Task.fitted_loss`."""

    def answers(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """What the head may know of the texts while it learns."""

    def loss(self, outputs: Outputs, batch: TextBatch, loss: Any) -> Tensor:
        """Mean loss of a batch."""

    def usual_loss(self, outputs_NSK: Tensor, batch: TextBatch) -> Tensor:
        """The usual loss of what the network says without help; texts that do not fit are left out."""

    def text_of(self, likeliest_S: Sequence[int], *, outputs: int) -> tuple[int, ...]:
        """The text that is written where every step takes its likeliest output."""

    def read(self, probabilities_SK: NDArray[np.float32]) -> Reading:
        """The text of a line."""

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """Of probabilities of the same lines, from 0 to 1."""

    def output_field(self, architecture: Architecture) -> Field:
        """What an exported network gives."""


def family_of(head: Head) -> Family:
    """The family of networks with this head.

    Example:
        >>> family_of(CharacterHead(outputs=3)).loss_type.__args__[0].__name__
        'NextCharacter'
    """
    match head:
        case SequenceHead():
            from netloom.tasks.text_recognition.along_steps import AlongSteps

            return AlongSteps()
        case CharacterHead():
            from netloom.tasks.text_recognition.by_character import ByCharacter

            return ByCharacter(head.longest)
    raise ValueError(f"a head of type {head.type} reads no lines")
