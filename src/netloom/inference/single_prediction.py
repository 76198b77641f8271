"""Predicting single pictures for people who wait for the answer: the best labels, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from netloom.core.errors import InvalidData
from netloom.data.datasets import Samples
from netloom.data.images import Image
from netloom.inference.examples import example
from netloom.inference.pictures import read_picture
from netloom.inference.predictor import Predictor
from netloom.tasks.protocol import Prediction


def predict_picture(predictor: Predictor, content: bytes, *, top: int) -> dict[str, Any]:
    """Predict the picture in an encoded image file.

    Returns:
        ``{"predictions": [one], "seconds"}``; see :func:`_answer`.

    Raises:
        InvalidData: The bytes are no picture, or one of a size that the model does not take.
    """
    started = time.perf_counter()
    channels = predictor.manifest.architecture.input.channels
    pixels, _ = read_picture(content, channels=channels)
    found = predictor.predict_prepared([predictor.prepare(pixels)])
    predictions = [_answer(found[0], pixels, top=top)]
    return {"predictions": predictions, "seconds": time.perf_counter() - started}


def predict_examples(
    predictor: Predictor, samples: Samples, numbers: Sequence[int], *, top: int
) -> dict[str, Any]:
    """Predict samples that were opened by :meth:`Predictor.samples`, in the order of ``numbers``.

    Raises:
        NotFound: There is no such sample.
        InvalidData: One cannot be read.
    """
    started = time.perf_counter()
    known = [example(samples, number) for number in numbers]
    fixed, _ = samples.stages()
    stored = [samples.read(number) for number in numbers]
    prepared = [fixed(pixels, None) if fixed else pixels for pixels in stored]
    found = predictor.predict_prepared(prepared)
    predictions = [
        {**_answer(prediction, pixels, top=top), "example": each.number, "label": each.label}
        for each, pixels, prediction in zip(known, stored, found, strict=True)
    ]
    return {"predictions": predictions, "seconds": time.perf_counter() - started}


def _answer(prediction: Prediction, pixels: Image, *, top: int) -> dict[str, Any]:
    """``{"top": [{"label", "score"}], "width", "height", "example", "label"}``."""
    scores = prediction.get("scores")
    if scores is None:
        raise InvalidData.of(
            "models of this learning task give no scores of labels",
            code="S141",
            fix="Use netloom predict, or the operator predict",
        )
    best = sorted(scores.items(), key=lambda item: -item[1])[:top]
    return {
        "top": [{"label": label, "score": score} for label, score in best],
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "example": None,
        "label": None,
    }
