"""Letting a trained model look at a data set, so that the next stage learns from what it found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.derived.found import with_found
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.view import Dataset
from netloom.inference.predictor import Predictor

_TOLD_EVERY = 64


def applied(
    predictor: Predictor,
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    *,
    reporter: Reporter,
) -> Dataset[Any]:
    """The same samples, with what a model finds in each.

    Crops bring further ones that nothing is learned from; the model looks at these, too.

    Raises:
        InvalidData: The data set is for another task than the model, its labels are unknown to it, or it says
            neither objects nor a class.
    """
    checks = resolve(view.index).with_name(CHECKS_NAME)
    _apply(predictor, view, resolve, workdir / INDEX_NAME, reporter)
    if view.index.endswith(INDEX_NAME) and checks.is_file():
        location = view.index.removesuffix(INDEX_NAME) + CHECKS_NAME
        _apply(predictor, replace(view, index=location), resolve, workdir / CHECKS_NAME, reporter)
    return replace(view, index=f"work:{INDEX_NAME}")


def _apply(
    predictor: Predictor, view: Dataset[Any], resolve: Resolve, target: Path, reporter: Reporter
) -> None:
    samples = predictor.samples(view, resolve)
    found = []
    for prediction in predictor.predictions(samples):
        found.append(prediction)
        if len(found) % _TOLD_EVERY == 0 or len(found) == len(samples):
            reporter.progress(len(found), len(samples), unit="picture")
    table = read_index(resolve(view.index))
    are_objects = "objects" in predictor.task.arrow_types()
    write_index(target, with_found(table, found, are_objects=are_objects))
