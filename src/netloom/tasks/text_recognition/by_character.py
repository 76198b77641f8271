"""Text recognisers that write character after character.

Shape legend: N lines, S steps (one per character, and one for the end), K outputs (one per character, the
last one for the end).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from sys import maxsize
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, CharacterHead
from netloom.tasks.protocol import Field, Outputs
from netloom.tasks.scores import largest_difference
from netloom.tasks.text_recognition.alphabet import encoded, places_in
from netloom.tasks.text_recognition.character_loss import CharacterLoss, NextCharacter
from netloom.tasks.text_recognition.ctc_loss import CTC, text_loss
from netloom.tasks.text_recognition.reading import Reading

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.tasks.text_recognition.batches import TextBatch


class ByCharacter:
    """See :class:`netloom.tasks.text_recognition.family.Family`.

    Args:
        longest: The most characters that the network writes.
    """

    loss_type: Any = CharacterLoss

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def fitted_loss(self, loss: NextCharacter, samples: Samples) -> NextCharacter:
        """Looks for texts that the network could never write.

        Raises:
            InvalidData: There are some, and they are not to be skipped; or there are no others.
        """
        places = places_in(samples.label_names)
        texts = [samples.text(position) or "" for position in range(len(samples))]
        lengths = [len(encoded(text, places)) for text in texts]
        count = sum(length > self.longest for length in lengths)
        if count and (loss.too_long == "error" or count == len(texts)):
            most = max(lengths)
            raise InvalidData.of(
                f"{count} of {len(texts)} texts are too long for the network, "
                f"e.g. {texts[lengths.index(most)]!r}",
                code="I477",
                expected=f"texts of at most {self.longest} characters",
                got=f"one of {most}",
                fix=f"Set longest of the model's reading to {most}, or too_long of the loss to skip",
            )
        return loss

    def answers(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """The texts, so that each character is learned with those before it known."""
        from netloom.tasks.text_recognition.character_loss import padded_texts

        steps = min(max(batch.lengths, default=0), self.longest)
        return (padded_texts(batch, steps=steps, mark=-1),)

    def loss(self, outputs: Outputs, batch: TextBatch, loss: NextCharacter) -> Tensor:
        """Cross-entropy of each character and of the end; with the guide's, while the network learns."""
        from netloom.tasks.text_recognition.character_loss import character_loss

        if not isinstance(outputs, tuple):
            return character_loss(outputs, batch, loss, longest=self.longest)
        logits_NSK, guide_NWK = outputs
        written = character_loss(logits_NSK, batch, loss, longest=self.longest)
        guided = text_loss(guide_NWK, self._fitting(batch), CTC(too_long="skip"))
        return written + loss.guide_weight * guided

    def _fitting(self, batch: TextBatch) -> TextBatch:
        """As if texts that are too long for the network fitted nowhere along the line either."""
        needed = (
            steps if length <= self.longest else maxsize
            for steps, length in zip(batch.needed, batch.lengths, strict=True)
        )
        return batch._replace(needed=tuple(needed))

    def usual_loss(self, outputs_NSK: Tensor, batch: TextBatch) -> Tensor:
        """Of the characters up to the first mistake: those behind it follow something else."""
        from netloom.tasks.text_recognition.character_loss import character_loss

        return character_loss(
            outputs_NSK, batch, NextCharacter(), longest=self.longest, until_mistake=True
        )

    def text_of(self, likeliest_S: Sequence[int], *, outputs: int) -> tuple[int, ...]:
        """What comes before the end."""
        return tuple(takewhile((outputs - 1).__ne__, likeliest_S[: self.longest]))

    def read(self, probabilities_SK: NDArray[np.float32]) -> Reading:
        """The likeliest character each time; the score is the probability that it writes just this text.

        Example:
            >>> sure_SK = np.array([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]], np.float32)
            >>> ByCharacter(2).read(sure_SK)
            Reading(places=(0, 0), score=0.28125, character_scores=(0.75, 0.5))
        """
        outputs = int(probabilities_SK.shape[1])
        places = self.text_of(probabilities_SK.argmax(axis=1).tolist(), outputs=outputs)
        path = (*places, outputs - 1)[: len(probabilities_SK)]
        shares = probabilities_SK[np.arange(len(path)), list(path)].astype(np.float64)
        return Reading(places, float(shares.prod()), tuple(shares[: len(places)].tolist()))

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest of two probabilities up to where the two first write something else.

        Behind it they speak of what follows different texts; and where two characters are equally likely, the
        last digit of a number decides between them.
        """
        if first.shape != second.shape:
            return 1.0
        is_other_NS = first.argmax(axis=2) != second.argmax(axis=2)
        is_behind_NS = is_other_NS.cumsum(axis=1) - is_other_NS > 0
        return largest_difference(
            np.where(is_behind_NS[:, :, None], 0.0, first),
            np.where(is_behind_NS[:, :, None], 0.0, second),
        )

    def output_field(self, architecture: Architecture) -> Field:
        """One row of logits per character."""
        head = architecture.head
        assert isinstance(head, CharacterHead)
        return Field(
            name="logits",
            dtype="float32",
            shape=("batch", head.longest + 1, head.outputs),
            meaning="per character in turn: one number for each that it may be and, last, for the end of the "
            "text; softmax gives probabilities",
        )
