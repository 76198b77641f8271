"""Text recognition: what is written in the picture of a line.

Shape legend: N samples, T steps along the line, K outputs (one per character, the last one for none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, ImageInput, SequenceHead
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Headline,
    Prediction,
    Scored,
)
from netloom.tasks.scene_task import scene_batches, scene_input
from netloom.tasks.scores import largest_difference
from netloom.tasks.text_recognition.ctc_loss import CTC, TextLoss, text_loss

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.tasks.text_recognition.batches import TextBatch, TextBatches


class TextRecognitionTask:
    """Softmax over an alphabet for each step; see :class:`netloom.tasks.protocol.Task` for the methods.

    The label space is the alphabet: one label for each character that occurs in the training part.

    Example:
        >>> scores = np.array([[[0.9, 0.0, 0.1], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]], np.float32)
        >>> TextRecognitionTask().decode(scores, ("a", "b"))[0]["text"]
        'ab'
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
    heads = frozenset({"sequence"})
    headline = Headline("cer", higher_is_better=False)
    is_spatial = False
    loss_type = TextLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without text, nothing written; characters that the label space lacks."""
        from netloom.tasks.text_recognition.problems import text_problems

        return text_problems(samples, labels, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> SequenceHead:
        """One output per character, and one for none."""
        return SequenceHead(outputs=len(labels) + 1, dropout=dropout)

    def batches(
        self,
        samples: Samples,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        num_workers: int = 0,
        rank: int = 0,
        world_size: int = 1,
        weights_N: NDArray[np.float64] | None = None,
    ) -> TextBatches:
        """Pictures as bytes ``(N, C, H, W)`` with texts as numbers."""
        from netloom.tasks.text_recognition.batches import TextBatches

        loader = scene_batches(
            samples,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            num_workers=num_workers,
            rank=rank,
            world_size=world_size,
            weights_N=weights_N,
        )
        return TextBatches(loader, samples)

    def image_input(self, samples: Samples) -> ImageInput:
        """Size of the first picture after the transforms, and the data's normalisation."""
        return scene_input(samples)

    def fitted_loss(self, loss: CTC, samples: Samples) -> CTC:
        """There is nothing to fill in."""
        return loss

    def inputs(self, batch: TextBatch) -> tuple[Tensor, ...]:
        """The pictures."""
        return (batch.images_NCHW,)

    def motions(self, batch: TextBatch) -> Sequence[Motion]:
        """None are needed."""
        return ()

    def loss(self, outputs: Tensor, batch: TextBatch, *, loss: CTC) -> Tensor:
        """Connectionist temporal classification, per character."""
        return text_loss(outputs, batch, loss)

    def tally(self, labels: Sequence[str]) -> TextTally:
        """Character error rate, exact matches and the loss."""
        return TextTally(labels)

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, ``(N, T, K)``."""
        if isinstance(outputs, np.ndarray):
            powers = np.exp(outputs - outputs.max(axis=2, keepdims=True, initial=-np.inf))
            return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)
        probabilities: NDArray[np.float32] = outputs.float().softmax(dim=2).cpu().numpy()
        return probabilities

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two probabilities."""
        return largest_difference(first, second)

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion] = ()
    ) -> list[Prediction]:
        """``{"text", "score", "characters": [{"character", "score"}]}`` per line."""
        from netloom.tasks.text_recognition.ctc_decoding import read

        predictions = []
        for scores_TK in scores:
            reading = read(scores_TK)
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
        image, head = architecture.input, architecture.head
        assert isinstance(head, SequenceHead)
        return ExportSignature(
            inputs=(
                Field(
                    name="images",
                    dtype="uint8",
                    shape=("batch", image.channels, image.height, image.width),
                    meaning="pictures of lines after preprocessing, 0…255",
                ),
            ),
            outputs=(
                Field(
                    name="logits",
                    dtype="float32",
                    shape=("batch", "steps", head.outputs),
                    meaning="one number per character and, last, for none; softmax gives probabilities",
                ),
            ),
        )


class TextTally:
    """Keeps the likeliest path of every line on the device; texts are made of them in the end."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._texts: list[str] = []
        self._paths: list[Any] = []
        self._count = 0
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: TextBatch) -> None:
        """Count one batch."""
        self._count += len(batch.texts)
        self._texts += [text or "" for text in batch.texts]
        self._paths.append(outputs.argmax(dim=2))
        self._loss = self._loss + len(batch.texts) * text_loss(outputs, batch, CTC(too_long="skip"))

    def metrics(self) -> dict[str, float]:
        """``cer``, ``exact_match`` (both read without beam search) and ``loss``."""
        from netloom.tasks.text_recognition.alphabet import normalised
        from netloom.tasks.text_recognition.ctc_decoding import collapsed
        from netloom.tasks.text_recognition.edit_distance import edit_distances

        if not self._count:
            return dict.fromkeys(("cer", "exact_match", "loss"), float("nan"))
        truths = [normalised(text) for text in self._texts]
        read = [
            "".join(self._labels[place] for place in collapsed(path, blank=len(self._labels)))
            for paths in self._paths
            for path in paths.tolist()
        ]
        edits_N = edit_distances(read, truths)
        return {
            "cer": float(edits_N.sum()) / max(sum(map(len, truths)), 1),
            "exact_match": float(np.mean(edits_N == 0)),
            "loss": float(self._loss) / self._count,
        }
