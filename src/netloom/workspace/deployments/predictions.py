"""Trying a deployment out: what people send goes through its process like any caller's."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from netloom.core.errors import NetloomError
from netloom.data.thumbnail import small_picture
from netloom.tracking.deployment_store import DeploymentRecord
from netloom.workspace.deployments import calls
from netloom.workspace.picture_size import picture_size
from netloom.workspace.prediction_desk import PredictionUnavailable

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

_DRAWN_SIDE = 1024
_MOST_IN_LINE = 6
"""Half of what the server works on at a time: a deployment that is slow to answer must not stop it."""
_LINE = threading.BoundedSemaphore(_MOST_IN_LINE)


def predict(
    bench: Workbench, record: DeploymentRecord, content: bytes, *, top: int
) -> dict[str, Any]:
    """The answer for one picture, as trying out a model gives it.

    Raises:
        Conflict: The deployment does not run.
        InvalidData: The content is no picture that is served.
        PredictionUnavailable: There is too much to do, or its process does not answer.
    """
    target = bench.supervisor.endpoint(record.id)
    started = time.perf_counter()
    with _place_in_line():
        answer = calls.predict(target, content, "application/octet-stream")
    seconds = time.perf_counter() - started
    prediction: dict[str, Any] = answer["predictions"][0]
    width, height = picture_size(content)
    scores = prediction.get("scores", {})
    best = sorted(scores.items(), key=lambda item: -item[1])[:top]
    shown = {
        "top": [{"label": label, "score": score} for label, score in best],
        "prediction": prediction,
        "drawing": _drawing(content, prediction, width=width),
        "width": width,
        "height": height,
        "example": None,
        "label": None,
    }
    return {"predictions": [shown], "seconds": seconds, "load_seconds": 0.0}


def predict_rows(
    bench: Workbench, record: DeploymentRecord, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The answers to rows of a table, as trying out a model gives them.

    Raises:
        Conflict: The deployment does not run.
        InvalidData: It serves no model of tables, or cells cannot be read, with a diagnostic for each.
        PredictionUnavailable: There is too much to do, or its process does not answer.
    """
    target = bench.supervisor.endpoint(record.id)
    started = time.perf_counter()
    content = json.dumps({"rows": list(rows)}).encode()
    with _place_in_line():
        answer = calls.predict(target, content, "application/json")
    seconds = time.perf_counter() - started
    return {"rows": answer["rows"], "seconds": seconds, "load_seconds": 0.0}


@contextmanager
def _place_in_line() -> Iterator[None]:
    if not _LINE.acquire(blocking=False):
        raise PredictionUnavailable.of(
            "too many predictions are waiting",
            expected=f"at most {_MOST_IN_LINE} at a time",
            fix="Try again in a moment, or call the deployment at its own address",
        )
    try:
        yield
    finally:
        _LINE.release()


def _drawing(content: bytes, prediction: Mapping[str, Any], *, width: int) -> str | None:
    """A PNG in base 64 of what was found, where words do not say it."""
    if isinstance(prediction.get("image"), str):  # a better picture is its own drawing
        return str(prediction["image"])
    if not isinstance(prediction.get("objects"), list):
        return None
    try:
        return b64encode(_drawn(content, prediction["objects"], width=width)).decode()
    except NetloomError:  # of a kind that cannot be shown; the answer stands without it
        return None


def _drawn(content: bytes, objects: list[dict[str, Any]], *, width: int) -> bytes:
    import numpy as np  # not before somebody looks at objects

    from netloom.tasks.object_detection.drawing import drawn_objects

    picture, _ = small_picture(content, side=_DRAWN_SIDE)
    pixels = np.asarray(picture.convert("RGB"))
    scale = pixels.shape[1] / width
    scaled = [{**each, "box": [scale * side for side in each["box"]]} for each in objects]
    return drawn_objects(pixels, {"objects": scaled})
