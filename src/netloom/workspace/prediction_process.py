"""The prediction process: opens models and pictures for a server, which itself never loads torch.

    python -m netloom.workspace.prediction_process --fd N --artifacts FOLDER --project FOLDER --idle-s S

One request at a time; see ``prediction_wire``. The process ends when the server does, or when nobody asked
for a while. Nothing that is stored is unpickled; the project's own functions are imported if a model's
preprocessing names them, as in any job.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import select
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from netloom.core.errors import InvalidData, NetloomError, NotFound, refusal
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import local_path
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.workspace.prediction_wire import Message, receive, send

if TYPE_CHECKING:
    from netloom.data.datasets import Samples
    from netloom.data.view import Dataset
    from netloom.inference.predictor import Predictor
    from netloom.inference.tables.rows import RowPredictor

_MOST_MODELS = 3
_MOST_DATASETS = 4

T = TypeVar("T")

log = logging.getLogger(__name__)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--idle-s", type=float, required=True)
    given = parser.parse_args()
    process = PredictionProcess(given.artifacts, given.project)
    serve(socket.socket(fileno=given.fd), process.answer, idle_s=given.idle_s)


def serve(
    connection: socket.socket, answer: Callable[[Message], Message], *, idle_s: float
) -> None:
    """Answer until nobody asks for ``idle_s``, or nobody is there any more."""
    while select.select([connection], [], [], idle_s)[0]:
        try:
            send(connection, _answered(answer, receive(connection)))
        except (OSError, EOFError):
            return


class PredictionProcess:
    """Answers requests; keeps the models and data sets that were used last."""

    def __init__(self, artifacts: Path, project: Path) -> None:
        self._store = LocalArtifactStore(artifacts)
        self._project = project
        self._predictors: _Recent[Predictor] = _Recent(_MOST_MODELS)
        self._row_predictors: _Recent[RowPredictor] = _Recent(_MOST_MODELS)
        self._stored: _Recent[Samples] = _Recent(_MOST_DATASETS)
        self._prepared: _Recent[Samples] = _Recent(_MOST_DATASETS)
        # What shows pictures comes first; the network's library is slow and is imported behind it.
        importlib.import_module("netloom.inference.examples")
        self._torch = threading.Thread(target=importlib.import_module, args=("torch",), daemon=True)
        self._torch.start()

    def answer(self, request: Message) -> Message:
        """The answer to a request.

        Raises:
            NetloomError: What was asked for cannot be done.
        """
        asked = request.document
        match asked["ask"]:
            case "predict picture":
                return self._predict_picture(request)
            case "predict rows":
                return self._predict_rows(asked)
            case "predict examples":
                return self._predict_examples(asked)
            case "examples":
                return self._examples(asked)
            case "picture":
                return self._picture(asked)
        raise ValueError(f"unknown request {asked['ask']!r}")

    def _predict_picture(self, request: Message) -> Message:
        asked = request.document
        predictor, load_s = self._predictor(asked["model"])
        from netloom.inference.single_prediction import predict_picture

        found = predict_picture(predictor, request.content, top=asked["top"])
        return Message({**found, "load_seconds": load_s})

    def _predict_rows(self, asked: dict[str, Any]) -> Message:
        is_known = asked["model"] in self._row_predictors
        started = time.perf_counter()
        predictor = self._row_predictors.get(
            asked["model"], partial(self._opened_rows, asked["model"])
        )
        load_s = 0.0 if is_known else time.perf_counter() - started
        started = time.perf_counter()
        (rows,) = predictor.predict([predictor.read(asked["rows"])])
        seconds = time.perf_counter() - started
        return Message({"rows": rows, "seconds": seconds, "load_seconds": load_s})

    def _opened_rows(self, model: str) -> RowPredictor:
        self._torch.join()
        from netloom.inference.tables.rows import RowPredictor

        return RowPredictor.open(self._store.get(ArtifactId(model)).folder)

    def _predict_examples(self, asked: dict[str, Any]) -> Message:
        predictor, load_s = self._predictor(asked["model"])
        from netloom.inference.single_prediction import predict_examples

        key = (asked["model"], asked["dataset"], asked["part"])
        samples = self._prepared.get(
            key,
            lambda: predictor.samples(
                self._view(asked["dataset"]), self._resolve, part=asked["part"]
            ),
        )
        found = predict_examples(predictor, samples, asked["numbers"], top=asked["top"])
        return Message({**found, "load_seconds": load_s})

    def _examples(self, asked: dict[str, Any]) -> Message:
        from netloom.inference.examples import chosen_examples

        samples = self._samples(asked)
        found = [asdict(example) for example in chosen_examples(samples, asked["count"])]
        return Message({"examples": found, "num_samples": len(samples)})

    def _picture(self, asked: dict[str, Any]) -> Message:
        from netloom.inference.examples import example_picture

        shown = example_picture(self._samples(asked), asked["number"])
        return Message({"media_type": shown.media_type}, shown.content)

    def _predictor(self, model: str) -> tuple[Predictor, float]:
        """A model, and the seconds it took to load it."""
        is_known = model in self._predictors
        started = time.perf_counter()
        predictor = self._predictors.get(model, partial(self._opened, model))
        return predictor, 0.0 if is_known else time.perf_counter() - started

    def _opened(self, model: str) -> Predictor:
        self._torch.join()
        from netloom.data.functions import Functions
        from netloom.inference.predictor import Predictor

        folder = self._store.get(ArtifactId(model)).folder
        return Predictor.open(folder, functions=Functions(project=self._project))

    def _samples(self, asked: dict[str, Any]) -> Samples:
        from netloom.inference.examples import open_examples

        dataset, part = asked["dataset"], asked["part"]
        return self._stored.get(
            (dataset, part), lambda: open_examples(self._view(dataset), self._resolve, part=part)
        )

    def _view(self, dataset: str) -> Dataset[Any]:
        from netloom.data.codec import DatasetCodec

        stored = self._store.get(ArtifactId(dataset))
        return DatasetCodec().load(stored.folder, artifact=stored.id)

    def _resolve(self, location: str) -> Path:
        scheme, _, rest = location.partition(":")
        if scheme == "artifact":
            artifact, _, inner = rest.partition("/")
            path = self._store.get(ArtifactId(artifact)).folder / inner
        else:
            path = local_path(location, self._project)
        if not path.exists():
            raise NotFound.of(f"{path} is not there any more")
        return path


class _Recent(Generic[T]):
    """The things that were used last; making one takes time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._kept:
            while len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            self._kept[key] = make()
        self._kept.move_to_end(key)
        return self._kept[key]


def _answered(answer: Callable[[Message], Message], request: Message) -> Message:
    try:
        return answer(request)
    except NetloomError as error:
        return Message(refusal(error))
    except Exception as error:  # a function of the project's own, or a defect: the process goes on
        log.exception("a prediction failed")
        problem = InvalidData.of(
            f"this could not be predicted: {type(error).__name__}: {error}",
            code="S142",
            fix="If the model uses functions of the project, check them; else this is a defect",
        )
        return Message(refusal(problem))


if __name__ == "__main__":
    main()
