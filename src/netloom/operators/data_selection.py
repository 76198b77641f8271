"""Operators that keep some of the samples of a data set."""

from __future__ import annotations

from dataclasses import replace

from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.data.view import Dataset, Part
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator


@operator(group="data", job=Needs(cpus=0), preload=("pyarrow.parquet",))
def select(
    dataset: Dataset[TaskT],
    *,
    labels: tuple[str, ...] = (),
    per_class: PositiveInt | None = None,
    parts: tuple[Part, ...] = (),
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[TaskT]:
    """Keep some classes, or only so many samples of each.

    To look at part of a problem first, to balance classes, or to learn how much data a model needs. The
    samples that are kept are listed anew; nothing is copied.

    Args:
        dataset: What to choose from.
        labels: Classes to keep, in the data set's order; none keeps all.
        per_class: Samples to keep of each class and part, drawn at random; empty keeps all. A larger
            number with the same seed keeps the same samples and more.
        parts: Parts to thin out, e.g. [train] to test with everything; none thins out all alike.
        seed: Another seed draws other samples.

    Returns:
        The chosen samples, with the label space of the classes that were kept.
    """
    from netloom.data.index import INDEX_NAME, read_index, write_index
    from netloom.data.selection import selected_labels, with_selected

    table = read_index(run.resolve(dataset.index))
    names = selected_labels(dataset.labels, labels)
    kept = with_selected(table, dataset.labels, names, per_class=per_class, parts=parts, seed=seed)
    remark = f"selected {len(kept)} of {len(table)} samples"
    run.note(remark)
    write_index(run.workdir / INDEX_NAME, kept)
    remarks = (*dataset.remarks, remark)
    return replace(dataset, index=f"work:{INDEX_NAME}", labels=names, remarks=remarks)
