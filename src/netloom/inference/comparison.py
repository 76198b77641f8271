"""Comparing two trained models on the same samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve, local_path
from netloom.data.view import Dataset
from netloom.inference.predictor import Predictor
from netloom.tasks.protocol import Contender, Evaluation


def compare_models(
    first: Predictor,
    second: Predictor,
    view: Dataset[Any],
    resolve: Resolve = local_path,
    *,
    part: str | None = "test",
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Which of two models, A and B, is better on one part, and how sure that is.

    Each model gets the samples as it needs them; label spaces are matched by name.

    Args:
        part: None compares on all samples.
        bootstrap: Resampled data sets for the intervals; 0 leaves intervals out.
        seed: Start of the resampling's random stream.

    Raises:
        InvalidData: The models are for different tasks, the part is empty or unlabelled, or does not
            fit one of them; the diagnostic says which.
    """
    if first.manifest.task != second.manifest.task:
        raise InvalidData.of(
            "the two models are for different learning tasks",
            code="I401",
            expected=first.manifest.task,
            got=second.manifest.task,
            fix="Compare models of one task",
        )
    with _naming("model A"):
        samples = first.samples(view, resolve, part=part, labelled=True)
        problems = first.task.problems(samples, first.labels, part=part or "whole")
        if problems:
            raise InvalidData(*problems)
    with _naming("model B"):
        others = second.samples(view, resolve, part=part, labelled=True)
    return first.task.compare(
        Contender(first.scored(samples), first.labels),
        Contender(second.scored(others), second.labels),
        samples,
        bootstrap=bootstrap,
        seed=seed,
    )


@contextmanager
def _naming(model: str) -> Iterator[None]:
    try:
        yield
    except InvalidData as error:
        named = (replace(each, message=f"{model}: {each.message}") for each in error.diagnostics)
        raise InvalidData(*named) from error
