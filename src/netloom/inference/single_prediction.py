"""Predicting single pictures for people who wait for the answer: what is there, and how long it took."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

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
    predictions = [_answer(predictor, found[0], pixels, top=top)]
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
    stored = [samples.read(number) for number in numbers]
    prepare = predictor.preparing(samples.transforms, samples.functions)
    prepared = [prepare(pixels) for pixels in stored]
    found = predictor.predict_prepared(prepared)
    predictions = []
    for each, pixels, prediction in zip(known, stored, found, strict=True):
        truth = predictor.task.truth(samples, each.number)
        answer = _answer(predictor, prediction, pixels, top=top, truth=truth)
        predictions.append({**answer, "example": each.number, "label": each.label})
    return {"predictions": predictions, "seconds": time.perf_counter() - started}


def _answer(
    predictor: Predictor,
    prediction: Prediction,
    pixels: Image,
    *,
    top: int,
    truth: Prediction | None = None,
) -> dict[str, Any]:
    """``{"top": [{"label", "score"}], "prediction", "drawing", "width", "height", "example", "label"}``.

    A task whose predictions are more than scores of labels draws them: ``drawing`` is a PNG in base 64.
    """
    scores = prediction.get("scores", {})
    best = sorted(scores.items(), key=lambda item: -item[1])[:top]
    drawing = None
    if not scores:
        drawing = b64encode(predictor.task.draw(pixels, prediction, truth=truth)).decode()
    return {
        "top": [{"label": label, "score": score} for label, score in best],
        "prediction": prediction,
        "drawing": drawing,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "example": None,
        "label": None,
    }
