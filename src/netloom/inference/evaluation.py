"""Evaluating a trained model on the part of a data set that it has not seen."""

from __future__ import annotations

from typing import Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve, local_path
from netloom.data.view import Dataset
from netloom.inference.predictor import Predictor
from netloom.tasks.protocol import Evaluation


def evaluate_model(
    predictor: Predictor,
    view: Dataset[Any],
    resolve: Resolve = local_path,
    *,
    part: str | None = "test",
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Metrics and findings on one part.

    Args:
        part: None evaluates on all samples.
        bootstrap: Resampled data sets for the intervals; 0 leaves intervals out.
        seed: Start of the resampling's random stream.

    Raises:
        InvalidData: The part is empty or unlabelled, or does not fit the model.
    """
    samples = predictor.samples(view, resolve, part=part, labelled=True)
    problems = predictor.task.problems(samples, predictor.labels, part=part or "whole")
    if problems:
        raise InvalidData(*problems)
    return predictor.task.evaluate(
        predictor.scored(samples), samples, predictor.labels, bootstrap=bootstrap, seed=seed
    )
