"""Looking at a data set before anything is trained on it."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import Field

from netloom.core.files import write_text
from netloom.core.settings import NonNegativeInt, PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.core.values import File
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator


class Described(NamedTuple):
    """What is known about a data set.

    Attributes:
        metrics: Numbers by name: samples per class and part, sizes, levels, duplicates, leaks.
        report: A page to look at, with examples.
    """

    metrics: dict[str, Any]
    report: File


@operator(group="data", job=Needs(cpus=1), preload=("cv2", "pyarrow.parquet"))
def statistics(
    dataset: Dataset[TaskT],
    *,
    sample: PositiveInt = 50_000,
    near: Annotated[int, Field(ge=0, le=8)] | None = 3,
    tiny: PositiveInt = 16,
    examples: NonNegativeInt = 4,
    seed: Seed = 0,
    run: RunContext,
) -> Described:
    """Class balance, image sizes, levels, duplicates and leaks between parts, with a report.

    Images are looked at as they are stored, before any transform.

    Args:
        dataset: What to describe.
        sample: At most so many images are read for levels and near duplicates; of more, so many drawn at
            random. Everything else counts all images.
        near: In how many of 64 bits the perceptual hashes of near duplicates may differ, 0 to 8; empty
            does not look for them.
        tiny: Images with a side below so many pixels are counted as tiny.
        examples: Pictures of each class in the report.
        seed: Start of the random numbers that draw the sample.

    Returns:
        Metrics, and a self-contained HTML report.
    """
    from netloom.data.datasets import open_samples
    from netloom.data.statistics import measure_dataset
    from netloom.reports.page import render_report
    from netloom.tasks.dataset_report import report_on_dataset

    measured = measure_dataset(
        dataset,
        run.resolve,
        reporter=run,
        sample=sample,
        most_bits=near,
        tiny_px=tiny,
        seed=seed,
        threads=run.threads,
    )
    samples = open_samples(dataset, run.resolve, labelled=False)
    evaluation = report_on_dataset(measured, samples, examples=examples)
    for remark in evaluation.remarks:
        run.note(remark)
    channels = "grey levels" if dataset.channels == 1 else "red, green, blue"
    facts = (("Task", dataset.task.replace("_", " ")), ("Channels", channels))
    write_text(
        run.resolve("work:report.html"), render_report(evaluation, title="Data", facts=facts)
    )
    return Described(dict(evaluation.metrics), File("work:report.html", "text/html"))
