"""Predicting single pictures for people who wait for the answer: what is there, and how long it took."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from netloom.data.apply.motion import Motion
from netloom.data.clip_loaders import ClipBatches
from netloom.data.datasets import Samples
from netloom.data.filmstrips import sample_filmstrip
from netloom.data.images import Image
from netloom.inference.examples import example
from netloom.inference.pictures import read_picture
from netloom.inference.predictor import Predictor, PreparedPicture
from netloom.inference.videos import OpenedVideo, video_filmstrip
from netloom.tasks.protocol import Prediction


def predict_picture(predictor: Predictor, content: bytes, *, top: int) -> dict[str, Any]:
    """Predict the picture in an encoded image file; or the video in a video file.

    Returns:
        ``{"predictions": [one], "seconds"}``; see :func:`_answer`.

    Raises:
        InvalidData: The bytes are no picture, or one of a size that the model does not take.
    """
    started = time.perf_counter()
    channels = predictor.manifest.architecture.input.channels
    if predictor.takes_videos:
        video = OpenedVideo(content, channels=channels)
        pixels, prepared = video_filmstrip(video), predictor.prepare_video(video)
    else:
        pixels, _ = read_picture(content, channels=channels)
        prepared = predictor.prepare(pixels)
    found = predictor.predict_prepared([prepared])
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
    stored, prepared = _examples(predictor, samples, numbers)
    found = predictor.predict_prepared(prepared)
    predictions = []
    for each, pixels, prediction in zip(known, stored, found, strict=True):
        truth = predictor.task.truth(samples, each.number)
        answer = _answer(predictor, prediction, pixels, top=top, truth=truth)
        predictions.append({**answer, "example": each.number, "label": each.label})
    return {"predictions": predictions, "seconds": time.perf_counter() - started}


def _examples(
    predictor: Predictor, samples: Samples, numbers: Sequence[int]
) -> tuple[list[Image], list[PreparedPicture]]:
    """Each sample as it is shown, and as the network takes it."""
    if predictor.takes_videos:
        strips = [sample_filmstrip(samples, number) for number in numbers]
        clips = ClipBatches(samples, seed=0)
        prepared = [clips.always(number) for number in numbers]
        return strips, [
            PreparedPicture(each if len(each) > 1 else each[0], Motion(each.shape[2:4]))
            for each in prepared
        ]
    stored = [samples.read(number) for number in numbers]
    prepare = predictor.preparing(samples.transforms, samples.functions)
    return stored, [prepare(pixels) for pixels in stored]


def _answer(
    predictor: Predictor,
    prediction: Prediction,
    pixels: Image,
    *,
    top: int,
    truth: Prediction | None = None,
) -> dict[str, Any]:
    """``{"top": [{"label", "score"}], "prediction", "drawing", "width", "height", "example", "label"}``.

    A task whose predictions are more than scores of labels draws them, and so does one of videos, which would
    not be seen otherwise: ``drawing`` is a PNG in base 64.
    """
    scores = prediction.get("scores", {})
    best = sorted(scores.items(), key=lambda item: -item[1])[:top]
    drawing = None
    if not scores or predictor.takes_videos:
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
