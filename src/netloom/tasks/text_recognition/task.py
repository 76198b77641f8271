"""Text recognition: what is written in the picture of a line.

What differs between kinds of networks is in :mod:`netloom.tasks.text_recognition.family`.

Shape legend: N samples, S steps, K outputs (one per character, the last one for none or for the end).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import (
    Architecture,
    CharacterHead,
    Head,
    ImageInput,
    SequenceHead,
)
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Headline,
    Outputs,
    Prediction,
    Scored,
)
from netloom.tasks.scene_task import scene_batches, scene_input
from netloom.tasks.text_recognition.family import Family, family_of
from netloom.tasks.text_recognition.reading import LineScores

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.batch_loader import Reading
    from netloom.data.datasets import Samples
    from netloom.tasks.text_recognition.batches import TextBatch, TextBatches


class TextRecognitionTask:
    """Softmax over an alphabet for each step; see :class:`netloom.tasks.protocol.Task` for the methods.

    The label space is the alphabet: one label for each character that occurs in the training part.

    Args:
        head: Of the networks it is about; it decides what a step is.

    Example:
        >>> logits = np.array([[[9, 0, 1], [0, 0, 9], [0, 9, 0]]], np.float32)
        >>> for head in (SequenceHead(outputs=3), CharacterHead(outputs=3)):
        ...     task = TextRecognitionTask(head)
        ...     task.decode(task.scores(logits), ("a", "b"))[0]["text"]
        'ab'
        'a'
    """

    name = "text_recognition"
    sample: tuple[Field, ...] = (
        Field(
            name="image",
            dtype="uint8",
            shape=("height", "width", "channels"),
            meaning="grey or red-green-blue picture of a line, 0…255",
        ),
        Field(name="text", dtype="string", shape=(), meaning="what is written"),
    )
    heads = frozenset({"sequence", "characters"})
    headline = Headline("cer", higher_is_better=False)
    is_spatial = False

    def __init__(self, head: SequenceHead | CharacterHead = SequenceHead(outputs=1)) -> None:
        self._head = head
        self._family = family_of(head)
        self.loss_type: Any = self._family.loss_type

    def for_head(self, head: Head) -> TextRecognitionTask:
        """The task for networks with this head."""
        assert isinstance(head, SequenceHead | CharacterHead)  # no other reads lines
        return TextRecognitionTask(head)

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without text, nothing written; characters that the label space lacks."""
        from netloom.tasks.text_recognition.problems import text_problems

        return text_problems(samples, labels, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> Head:
        """One output per character, and one for none or for the end."""
        changed = {"outputs": len(labels) + 1}
        if isinstance(self._head, SequenceHead):
            return self._head.model_copy(update={**changed, "dropout": dropout})
        return self._head.model_copy(update=changed)

    def batches(self, samples: Samples, **reading: Unpack[Reading]) -> TextBatches:
        """Pictures as bytes ``(N, C, H, W)`` with texts as numbers."""
        from netloom.tasks.text_recognition.batches import TextBatches

        return TextBatches(scene_batches(samples, **reading), samples)

    def image_input(self, samples: Samples) -> ImageInput:
        """Size of the first picture after the transforms, and the data's normalisation."""
        return scene_input(samples)

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """There is nothing to fill in; finds texts that are too long, if the head decides that."""
        return self._family.fitted_loss(loss, samples)

    def inputs(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """The pictures."""
        return (batch.images_NCHW,)

    def guided_inputs(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """The pictures, and what the head wants to know of their texts."""
        return (*self.inputs(batch), *self._family.answers(batch))

    def motions(self, batch: TextBatch) -> Sequence[Motion]:
        """None are needed."""
        return ()

    def loss(self, outputs: Outputs, batch: TextBatch, *, loss: Any) -> Tensor:
        """Of the texts, per character."""
        return self._family.loss(outputs, batch, loss)

    def tally(self, labels: Sequence[str]) -> TextTally:
        """Character error rate, exact matches and the loss."""
        return TextTally(labels, self._family)

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> LineScores:
        """Probabilities, ``(N, S, K)``."""
        return LineScores(_softmax(outputs), self._family.read)

    def difference(self, first: LineScores, second: LineScores) -> float:
        """The largest of two probabilities, as long as both speak of the same text."""
        return self._family.difference(first.probabilities_NSK, second.probabilities_NSK)

    def decode(
        self, scores: LineScores, labels: Sequence[str], motions: Sequence[Motion] = ()
    ) -> list[Prediction]:
        """``{"text", "score", "characters": [{"character", "score"}]}`` per line."""
        predictions = []
        for reading in scores.readings():
            written = [labels[place] for place in reading.places]
            characters = zip(written, reading.character_scores, strict=True)
            predictions.append(
                {
                    "text": "".join(written),
                    "score": reading.score,
                    "characters": [
                        {"character": character, "score": score} for character, score in characters
                    ],
                }
            )
        return predictions

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """Of the characters, of which there may be none."""
        import pyarrow as pa

        character = pa.struct([("character", pa.string()), ("score", pa.float64())])
        return {"characters": pa.list_(character)}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """``{"text"}``, if somebody has written it down."""
        text = samples.text(position)
        return None if text is None else {"text": text}

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Character and word error rates, exact matches, confusions, and the worst lines."""
        from netloom.tasks.text_recognition.report import text_evaluation

        return text_evaluation(scored, samples, labels, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences line by line, with intervals and a paired test."""
        from netloom.tasks.text_recognition.comparison import text_comparison

        return text_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The line with what was read below it, and what is written if that is something else."""
        from netloom.tasks.text_recognition.drawing import line_png

        return line_png(image_HWC, prediction, truth)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, one row of logits per step out."""
        image = architecture.input
        return ExportSignature(
            inputs=(
                Field(
                    name="images",
                    dtype="uint8",
                    shape=("batch", image.channels, image.height, image.width),
                    meaning="pictures of lines after preprocessing, 0…255",
                ),
            ),
            outputs=(self._family.output_field(architecture),),
        )


def _softmax(logits: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
    if isinstance(logits, np.ndarray):
        powers = np.exp(logits - logits.max(axis=2, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)
    probabilities: NDArray[np.float32] = logits.float().softmax(dim=2).cpu().numpy()
    return probabilities


class TextTally:
    """Keeps the likeliest output of every step on the device; texts are made of them in the end."""

    def __init__(self, labels: Sequence[str], family: Family) -> None:
        self._labels = labels
        self._family = family
        self._texts: list[str] = []
        self._paths: list[Any] = []
        self._count = 0
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: TextBatch) -> None:
        """Count one batch."""
        self._count += len(batch.texts)
        self._texts += [text or "" for text in batch.texts]
        self._paths.append(outputs.argmax(dim=2))
        self._loss = self._loss + len(batch.texts) * self._family.usual_loss(outputs, batch)

    def metrics(self) -> dict[str, float]:
        """``cer``, ``exact_match`` (both read without beam search) and ``loss``."""
        from netloom.tasks.text_recognition.alphabet import normalised
        from netloom.tasks.text_recognition.edit_distance import edit_distances

        if not self._count:
            return dict.fromkeys(("cer", "exact_match", "loss"), float("nan"))
        truths = [normalised(text) for text in self._texts]
        outputs = len(self._labels) + 1
        read = [
            "".join(self._labels[place] for place in self._family.text_of(path, outputs=outputs))
            for paths in self._paths
            for path in paths.tolist()
        ]
        edits_N = edit_distances(read, truths)
        return {
            "cer": float(edits_N.sum()) / max(sum(map(len, truths)), 1),
            "exact_match": float(np.mean(edits_N == 0)),
            "loss": float(self._loss) / self._count,
        }
