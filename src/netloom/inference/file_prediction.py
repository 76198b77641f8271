"""Predicting many image files: decoded by several threads, one batch ahead of the network."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.tasks.protocol import Prediction

OnBad = Literal["error", "skip"]
"""What a file that is no readable image does: end everything, or be left out and reported."""


class EncodedPicture(NamedTuple):
    """The bytes of an image file that lies in a row of a table.

    Attributes:
        path: What it is called: the table, and the number of the row.
    """

    path: Path
    content: bytes


Picture = Path | EncodedPicture


class Predicts(Protocol):
    """A single model's predictor, or that of an inference graph."""

    batch_size: int

    def prepare(self, image: Any) -> Any:
        """Read one picture; any thread may call it."""

    def predict_prepared(self, pictures: Any) -> list[Prediction]:
        """Predictions for what ``prepare`` gave, in its order."""


_FILES_PER_JOB = 16
_BATCHES_AHEAD = 2


@dataclass(frozen=True, slots=True)
class BadFile:
    """An image file that could not be predicted, and why."""

    path: Path
    problem: Diagnostic


@dataclass(frozen=True, slots=True)
class PredictedFiles:
    """A batch of files in the order given: what was predicted, and what could not be."""

    found: tuple[tuple[Path, Prediction], ...]
    bad: tuple[BadFile, ...]


def predict_files(
    predictor: Predicts,
    files: Iterable[Picture],
    *,
    on_bad: OnBad = "error",
    threads: int | None = None,
) -> Iterator[PredictedFiles]:
    """Predict image files batch by batch; memory holds three batches, however many files there are.

    Args:
        files: Paths, or pictures from a table.
        on_bad: ``error`` stops at the first batch with unreadable files; ``skip`` reports them.
        threads: How many decode; None takes one per core.

    Raises:
        InvalidData: With ``on_bad="error"``: the unreadable files of a batch, all at once.
    """
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="decode")
    waiting: deque[list[Future[list[Any]]]] = deque()
    batches: deque[list[Picture]] = deque()
    remaining = iter(files)
    try:
        while True:
            while len(waiting) <= _BATCHES_AHEAD:
                batch = list(islice(remaining, predictor.batch_size))
                if not batch:
                    break
                batches.append(batch)
                waiting.append(
                    [
                        pool.submit(_prepared, predictor, batch[start : start + _FILES_PER_JOB])
                        for start in range(0, len(batch), _FILES_PER_JOB)
                    ]
                )
            if not waiting:
                return
            prepared = [each for job in waiting.popleft() for each in job.result()]
            yield _predicted(predictor, batches.popleft(), prepared, on_bad)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepared(predictor: Predicts, files: list[Picture]) -> list[Any]:
    """What the predictor prepared, or why it could not, for each file."""
    results: list[Any] = []
    for file in files:
        try:
            results.append(
                predictor.prepare(file.content if isinstance(file, EncodedPicture) else file)
            )
        except InvalidData as error:
            results.append(BadFile(_path(file), error.diagnostics[0]))
    return results


def _predicted(
    predictor: Predicts, files: list[Picture], prepared: list[Any], on_bad: OnBad
) -> PredictedFiles:
    bad = tuple(each for each in prepared if isinstance(each, BadFile))
    if bad and on_bad == "error":
        raise InvalidData(*(each.problem for each in bad))
    good = [
        (_path(file), each)
        for file, each in zip(files, prepared, strict=True)
        if not isinstance(each, BadFile)
    ]
    predictions = predictor.predict_prepared([picture for _, picture in good]) if good else []
    paths = [path for path, _ in good]
    return PredictedFiles(tuple(zip(paths, predictions, strict=True)), bad)


def _path(file: Picture) -> Path:
    return file.path if isinstance(file, EncodedPicture) else file
