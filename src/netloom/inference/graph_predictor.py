"""Predicting with several models after one another: what one finds is what the next one looks at.

The answer of a cascade is what its first model says; whatever a later stage looked at holds its answer::

    {"objects": [{"label": "even", "score": 0.97, "box": [4, 2, 30, 31],
                  "stages": {"fit_even": {"label": "4", "score": 0.99, "scores": {…}}}}]}

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Self

from netloom.data.crops import chosen, cut, masked, rectified, window
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.inference.inference_graph import (
    MODELS_FOLDER,
    CropObjectsStep,
    CropTextsStep,
    FilterStep,
    InferenceGraph,
    MaskOutStep,
    ModelStep,
    RouteStep,
    is_graph_folder,
    read_graph,
)
from netloom.inference.pictures import read_picture, several_pictures
from netloom.inference.predictor import Predictor, PreparedPicture
from netloom.tasks.protocol import Prediction

STAGES = "stages"
"""Key of an object or a prediction under which later stages tell what they say about it."""


class PreparedRequest(NamedTuple):
    """A picture, ready for the first models.

    Attributes:
        pixels: The whole picture (H, W, C), for the stages that cut from it; else None.
        first: What each of the first models takes.
    """

    pixels: Image | None
    first: tuple[PreparedPicture, ...]


class _Piece(NamedTuple):
    """A picture for a later stage, and what that stage's answer is added to."""

    pixels: Image
    about: dict[str, Any]


class _Seen(NamedTuple):
    """What a model said about a picture.

    Attributes:
        objects: Those of the prediction that are still looked at; empty for tasks without objects.
    """

    pixels: Image | None
    prediction: Prediction
    objects: Sequence[dict[str, Any]]

    @classmethod
    def first(cls, pixels: Image | None, prediction: Prediction) -> Self:
        """With all objects of the prediction."""
        return cls(pixels, prediction, prediction.get("objects", ()))


class GraphPredictor:
    """All models of an inference graph, opened and ready, with the face of a single predictor.

    One picture alone gives the same answer as in a batch (up to rounding). Crops of all pictures of a
    batch go through the next model together. Thread-safe.

    Args:
        models: A predictor for each model step, by the step's id.
    """

    def __init__(self, graph: InferenceGraph, models: Mapping[str, Predictor]) -> None:
        self.graph = graph
        self.models = {step.id: models[step.id] for step in graph.models}
        self._first = [self.models[step.id] for step in graph.first]
        self.batch_size = min(model.batch_size for model in self._first)
        self._cuts = len(graph.models) < len(graph.steps)
        self._channels = max(_channels(model) for model in self.models.values())

    def __repr__(self) -> str:
        return f"<predictor of {' → '.join(step.id for step in self.graph.steps)}>"

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        device: str = "cpu",
        batch_size: int = 256,
        functions: Functions = Functions(),
    ) -> Self:
        """Open the folder of an inference graph (a bundle), or that of a single model.

        Args:
            device: Where to compute, e.g. ``cpu`` or ``cuda:0``.
            functions: Where the user's own functions come from that preprocessing names.

        Raises:
            NotFound: The folder is none of these.
            InvalidData: Something in it is damaged, or the device is unknown.
        """

        def opened(package: Path) -> Predictor:
            return Predictor.open(
                package, device=device, batch_size=batch_size, functions=functions
            )

        folder = Path(folder)
        if not is_graph_folder(folder):
            model = opened(folder)
            return cls(InferenceGraph.of_model("model", task=model.task.name), {"model": model})
        graph = read_graph(folder)
        packages = {step.id: folder / MODELS_FOLDER / step.package for step in graph.models}
        return cls(graph, {step: opened(package) for step, package in packages.items()})

    def predict(self, images: Any) -> list[Prediction]:
        """Predict one picture or several; the answer is a list in either case.

        Args:
            images: As for :meth:`netloom.inference.predictor.Predictor.predict`.

        Raises:
            InvalidData: A picture cannot be read or has a size that a model does not take.
        """
        if self.graph.is_single:
            return self._first[0].predict(images)  # which knows videos, too
        prepared = (self.prepare(image) for image in several_pictures(images))
        answers: list[Prediction] = []
        while chunk := list(islice(prepared, self.batch_size)):
            answers += self.predict_prepared(chunk)
        return answers

    def prepare(self, image: Any) -> PreparedRequest:
        """Read one picture and put it through the preprocessing of the first models; any thread may.

        Raises:
            InvalidData: It cannot be read or has a size that a model does not take.
        """
        if not self._cuts and len(self._first) == 1:
            return PreparedRequest(None, (self._first[0].prepare(image),))
        pixels, _ = read_picture(image, channels=self._channels)
        first = tuple(
            # Decoded as grey levels a JPEG file is not what its colours are as grey levels.
            model.prepare(pixels if _channels(model) == self._channels else image)
            for model in self._first
        )
        return PreparedRequest(pixels if self._cuts else None, first)

    def predict_prepared(self, pictures: Sequence[PreparedRequest]) -> list[Prediction]:
        """Answers for pictures from :meth:`prepare`, in their order."""
        passage = _Passage(self.models, pictures)
        for step in self.graph.steps:
            passage.take(step)
        answers = passage.answers
        if len(self._first) > 1:
            return answers
        (first,) = self.graph.first
        return [answer[first.id] for answer in answers]


class _Passage:
    """One batch on its way through the steps.

    Attributes:
        answers: For each picture, what the first models say about it, by step.
    """

    def __init__(
        self, models: Mapping[str, Predictor], pictures: Sequence[PreparedRequest]
    ) -> None:
        self.answers: list[dict[str, Prediction]] = [{} for _ in pictures]
        self._models = models
        self._pictures = pictures
        self._first = 0
        self._pieces: dict[str, list[_Piece]] = {}
        self._seen: dict[str, list[_Seen]] = {}

    def take(self, step: Any) -> None:
        """Do one step; those before it were done."""
        match step:
            case ModelStep(input=None):
                self._predict_requests(step)
            case ModelStep(input=str(given)):
                self._predict_pieces(step, self._pieces[given])
            case FilterStep():
                self._seen[step.id] = [_kept(seen, step) for seen in self._seen[step.input]]
            case _:
                cut_from = _PIECES[type(step)]
                self._pieces[step.id] = [
                    piece for seen in self._seen[step.input] for piece in cut_from(seen, step)
                ]

    def _predict_requests(self, step: ModelStep) -> None:
        prepared = [picture.first[self._first] for picture in self._pictures]
        self._first += 1
        predictions = _in_batches(self._models[step.id], prepared)
        for answer, prediction in zip(self.answers, predictions, strict=True):
            answer[step.id] = prediction
        self._seen[step.id] = [
            _Seen.first(picture.pixels, prediction)
            for picture, prediction in zip(self._pictures, predictions, strict=True)
        ]

    def _predict_pieces(self, step: ModelStep, pieces: Sequence[_Piece]) -> None:
        model = self._models[step.id]
        predictions = _in_batches(model, [model.prepare(piece.pixels) for piece in pieces])
        for piece, prediction in zip(pieces, predictions, strict=True):
            piece.about.setdefault(STAGES, {})[step.id] = prediction
        self._seen[step.id] = [
            _Seen.first(piece.pixels, prediction)
            for piece, prediction in zip(pieces, predictions, strict=True)
        ]


def _in_batches(model: Predictor, prepared: Sequence[PreparedPicture]) -> list[Prediction]:
    return [
        prediction
        for start in range(0, len(prepared), model.batch_size)
        for prediction in model.predict_prepared(prepared[start : start + model.batch_size])
    ]


def _kept(seen: _Seen, step: FilterStep) -> _Seen:
    """The same picture with fewer objects to look at."""
    return seen._replace(objects=[found for found in seen.objects if _passes(found, step)])


def _passes(said: Mapping[str, Any], step: FilterStep | RouteStep) -> bool:
    return said["score"] >= step.min_score and (not step.labels or said["label"] in step.labels)


def _object_crops(seen: _Seen, step: CropObjectsStep) -> list[_Piece]:
    pixels = _whole(seen)
    height, width = pixels.shape[:2]
    return [
        _Piece(cut(pixels, window(found["box"], width=width, height=height, settings=step)), found)
        for found in (seen.objects[position] for position in chosen(seen.objects, step))
    ]


def _text_crops(seen: _Seen, step: CropTextsStep) -> list[_Piece]:
    pixels = _whole(seen)
    return [
        _Piece(rectified(pixels, found["polygon"], padding=step.padding), found)
        for found in (seen.objects[position] for position in chosen(seen.objects, step))
    ]


def _masked(seen: _Seen, step: MaskOutStep) -> list[_Piece]:
    return [_Piece(masked(_whole(seen), seen.objects, step), seen.prediction)]


def _routed(seen: _Seen, step: RouteStep) -> list[_Piece]:
    return [_Piece(_whole(seen), seen.prediction)] if _passes(seen.prediction, step) else []


_PIECES: Mapping[type[Any], Callable[[_Seen, Any], list[_Piece]]] = {
    CropObjectsStep: _object_crops,
    CropTextsStep: _text_crops,
    MaskOutStep: _masked,
    RouteStep: _routed,
}


def _whole(seen: _Seen) -> Image:
    assert seen.pixels is not None  # requests keep their pixels where a step cuts from them
    return seen.pixels


def _channels(model: Predictor) -> int:
    return model.manifest.architecture.input.channels


def open_predictor(
    folder: str | Path,
    *,
    device: str = "cpu",
    batch_size: int = 256,
    functions: Functions = Functions(),
) -> Predictor | GraphPredictor:
    """Open the folder of a model, or of an inference graph; see :meth:`GraphPredictor.open`."""
    kind = GraphPredictor if is_graph_folder(Path(folder)) else Predictor
    return kind.open(folder, device=device, batch_size=batch_size, functions=functions)
