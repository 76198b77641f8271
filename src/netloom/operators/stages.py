"""Stages: what one model finds becomes what the next one learns from, and the steps in between."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from netloom.compression.exported_model import ExportedModel
from netloom.core.settings import (
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    Seed,
)
from netloom.core.tasks import (
    ImageClassification,
    ObjectDetection,
    TaskT,
    TextDetection,
    TextRecognition,
)
from netloom.core.values import File
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import TrainedModel
from netloom.operators.opened_model import opened
from netloom.operators.report_file import reported

Source = Literal["predicted", "ground_truth", "matched"]
Missing = Literal["leave_out", "error"]
Labels = tuple[str, ...]

_APPLIES = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_CUTS = Needs(cpus=1)
_LISTS = Needs(cpus=0)


class CascadeEvaluated(NamedTuple):
    """What the evaluation of a cascade gives.

    Attributes:
        metrics: Numbers of each stage and from end to end, with intervals, and where errors enter.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


@operator(
    group="stages",
    job=_APPLIES,
    preload=("torch", "netloom.inference.stage_application"),
    infer="model",
    roles={"model": "model", "dataset": "request"},
)
def apply(
    model: TrainedModel[TaskT] | ExportedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> Dataset[TaskT]:
    """Let a trained model look at a data set, so that the next stage learns from what it finds.

    Detectors of objects or texts and classifiers can be applied. The samples stay as they are; labels are not
    needed.

    Args:
        model: A trained model, or one that was exported.
        dataset: Samples of all parts. Without transforms of its own it is prepared as in training.
        batch_size: Samples per forward pass.

    Returns:
        The same samples, which also know what was found in them.
    """
    from netloom.inference.stage_application import applied

    predictor = opened(model, run, batch_size=batch_size)
    return applied(predictor, dataset, run.resolve, run.workdir, reporter=run)


@operator(group="stages", job=_CUTS, preload=("netloom.data.derived.crop_datasets",), infer="stage")
def crop_objects(
    objects: Dataset[ObjectDetection],
    *,
    labels: Labels = (),
    min_score: Fraction = 0.0,
    padding: NonNegativeFloat = 0.0,
    square: bool = False,
    most: PositiveInt | None = None,
    source: Source = "matched",
    overlap: Fraction = 0.5,
    fine: str = "",
    missing: Missing = "leave_out",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Cut the objects out of pictures, for a classifier that tells them apart more finely.

    A crop is of the part of its picture, so nothing crosses from training to testing. Pictures in which
    nothing was found give no crops. Crops are cut from the pictures as they are stored, before any transform.

    Args:
        objects: Pictures with what was found in them (from `stages.apply`), or with true objects only.
        labels: Classes to cut out; none takes all.
        min_score: Found objects that are less sure are left out.
        padding: Share of the box's sides that is added on each side.
        square: Widen the shorter side as far as the picture has room.
        most: So many of each picture, the surest first; empty takes all.
        source: "matched": found boxes, with the label of the true object that each overlaps; others are left
            out. "predicted": all found boxes with the class that was found; those that are no true object
            have no label. "ground_truth": true boxes.
        overlap: Intersection over union from which on a found object is taken for a true one.
        fine: Attribute of the true objects that holds the label to learn; empty takes their class.
        missing: Objects whose fine label nobody has said: "leave_out" counts them, "error" stops.

    Returns:
        The crops; each knows its picture, its box, and what was found there.
    """
    from netloom.data.crops import ObjectCrops
    from netloom.data.derived.crop_datasets import Pairing, object_crops

    return object_crops(
        objects,
        run.resolve,
        run.workdir,
        ObjectCrops(labels=labels, min_score=min_score, padding=padding, square=square, most=most),
        Pairing(source=source, overlap=overlap, fine=fine, missing=missing),
        reporter=run,
        threads=run.threads,
    )


@operator(group="stages", job=_CUTS, preload=("netloom.data.derived.crop_datasets",), infer="stage")
def crop_texts(
    texts: Dataset[TextDetection],
    *,
    min_score: Fraction = 0.0,
    padding: NonNegativeFloat = 0.0,
    most: PositiveInt | None = None,
    source: Source = "matched",
    overlap: Fraction = 0.5,
    missing: Missing = "leave_out",
    run: RunContext,
) -> Dataset[TextRecognition]:
    """Cut the texts out of pictures and turn them upright, for a model that reads them.

    Args:
        texts: Pictures with what was found in them (from `stages.apply`), or with true texts only.
        min_score: Found texts that are less sure are left out.
        padding: Share of the text's height that is added on each side.
        most: So many of each picture, the surest first; empty takes all.
        source: "matched": found texts, with what is written in the true text that each overlaps; others are
            left out. "predicted": all found texts. "ground_truth": true texts.
        overlap: Intersection over union of the boxes from which on a found text is taken for a true one.
        missing: Texts of which nobody has said what is written: "leave_out" counts them, "error" stops.

    Returns:
        Pictures of single lines with what is written there; each knows its picture.
    """
    from netloom.data.crops import TextCrops
    from netloom.data.derived.crop_datasets import Pairing, text_crops

    return text_crops(
        texts,
        run.resolve,
        run.workdir,
        TextCrops(min_score=min_score, padding=padding, most=most),
        Pairing(source=source, overlap=overlap, missing=missing),
        reporter=run,
        threads=run.threads,
    )


@operator(group="stages", job=_LISTS, preload=("pyarrow.parquet",), infer="stage")
def filter(
    objects: Dataset[TaskT],
    *,
    labels: Labels = (),
    min_score: Fraction = 0.0,
    run: RunContext,
) -> Dataset[TaskT]:
    """Keep some of the objects or texts that were found; pictures and true objects stay.

    Args:
        objects: Pictures with what was found in them, from `stages.apply`.
        labels: Classes to keep; none keeps all.
        min_score: Found objects that are less sure are left out.

    Returns:
        The same pictures with fewer found objects.
    """
    from netloom.data.derived.changed_pictures import with_fewer_found

    return with_fewer_found(
        objects, run.resolve, run.workdir, labels=labels, min_score=min_score, reporter=run
    )


@operator(group="stages", job=_CUTS, preload=("netloom.data.datasets",), infer="stage")
def mask_out(
    objects: Dataset[TaskT],
    *,
    keep: Literal["objects", "surroundings"] = "objects",
    fill: Annotated[int, Field(ge=0, le=255)] = 0,
    run: RunContext,
) -> Dataset[TaskT]:
    """Blank what is around the found objects, or the objects; pictures keep size and true objects.

    Args:
        objects: Pictures with what was found in them, from `stages.apply`.
        keep: What stays to be seen.
        fill: Level of the pixels that go, 0 to 255.

    Returns:
        The changed pictures.
    """
    from netloom.data.crops import Masking
    from netloom.data.derived.changed_pictures import with_masked_pictures

    return with_masked_pictures(
        objects,
        run.resolve,
        run.workdir,
        Masking(keep=keep, fill=fill),
        reporter=run,
        threads=run.threads,
    )


@operator(group="stages", job=_LISTS, preload=("pyarrow.parquet",), infer="stage")
def route(
    pictures: Dataset[ImageClassification],
    *,
    labels: Labels = (),
    min_score: Fraction = 0.0,
    source: Literal["predicted", "ground_truth"] = "predicted",
    fine: str = "",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Hand on the pictures that a classifier gave some classes, to one that tells them apart more finely.

    Args:
        pictures: Pictures with the class that was found, from `stages.apply`.
        labels: Classes that go this way; none lets all pass.
        min_score: Pictures whose class is less sure are left out.
        source: Which class decides: the one that was found, as at request time, or the true one.
        fine: Attribute of the object that a crop shows, which holds the label to learn; empty: the class.

    Returns:
        The pictures that go this way, with their labels; those without a label are left out.
    """
    from netloom.data.derived.changed_pictures import routed_pictures

    return routed_pictures(
        pictures,
        run.resolve,
        run.workdir,
        labels=labels,
        min_score=min_score,
        source=source,
        fine=fine,
        reporter=run,
    )


@operator(group="stages", job=_LISTS, preload=("pyarrow.parquet",), infer="drop")
def merge(
    objects: Dataset[ObjectDetection],
    crops: list[Dataset[ImageClassification]],
    *,
    fine: str = "",
    run: RunContext,
) -> Dataset[ObjectDetection]:
    """Bring what later stages said back into the pictures: objects with fine labels.

    The score of an object is that of the detector times that of the classifier.

    Args:
        objects: Pictures with what was found in them, from `stages.apply`.
        crops: Crops of these pictures with the class that was found for each, from `stages.apply`.
        fine: Attribute of the true objects that holds their fine label; empty keeps their class.

    Returns:
        The pictures with found and true objects by fine label. Found objects of which no later stage says
        anything, although one answers for their class, are left out.
    """
    from netloom.data.derived.merging import merged

    return merged(objects, crops, run.resolve, run.workdir, fine=fine, reporter=run)


@operator(
    group="stages",
    job=Needs(cpus=1),
    preload=("netloom.inference.cascade.evaluation",),
    infer="drop",
)
def evaluate_cascade(
    objects: Dataset[ObjectDetection],
    crops: list[Dataset[ImageClassification]],
    *,
    part: Literal["valid", "test"] = "test",
    min_score: Fraction | None = None,
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    run: RunContext,
) -> CascadeEvaluated:
    """Measure a detector with its classifiers from end to end, and tell where errors enter.

    Args:
        objects: Pictures with what was found in them, from `stages.apply`.
        crops: For each classifier what `stages.apply` gives for the crops of `stages.crop_objects`.
        part: Which part to measure on; crops of the training part do not tell enough.
        min_score: Found objects that are less sure do not count; empty takes the score that balances
            precision and recall of the detector best.
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves intervals out.
        seed: Start of the resampling's random numbers.

    Returns:
        Metrics, and a self-contained HTML report.
    """
    from netloom.inference.cascade.evaluation import measured_cascade

    evaluation = measured_cascade(
        objects, crops, run.resolve, part=part, min_score=min_score, bootstrap=bootstrap, seed=seed
    )
    title = f"Cascade on the {part} part"
    facts = (("Pictures", str(evaluation.metrics["samples"])), ("Classifiers", str(len(crops))))
    report = reported(evaluation, title, facts, run)
    return CascadeEvaluated(dict(evaluation.metrics), report)
