"""Data sets of what was cut out of other pictures, for the next stage to learn from.

Beside the samples that are learned from, the parts for validation and testing keep *checks*: every piece
that the next stage is asked about at request time, and every true object, so that a report can tell where
errors enter. They are listed in a file beside the index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from netloom.core import tasks
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.crops import ObjectCrops, TextCrops, cut, rectified, window
from netloom.data.datasets import Samples, open_samples
from netloom.data.derived.cut_pictures import Sample, cut_pictures, table_of
from netloom.data.derived.found import found_objects
from netloom.data.derived.pieces import PictureObjects, Piece, Source, pieces
from netloom.data.derived.true_objects import TrueObject, check_labels, fine_labels, true_objects
from netloom.data.images import Image
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

Missing = Literal["leave_out", "error"]
"""What to do with objects whose fine label nobody has said."""

_MEDIA = "media"
_NOT_CHECKED = "train"


@dataclass(frozen=True, slots=True)
class Pairing:
    """How found and true objects become samples.

    Attributes:
        source: Where boxes and coarse labels come from.
        overlap: From which on a found object is taken for a true one.
        fine: Attribute of the true object that holds the label; empty takes its class.
        missing: What to do with objects that lack it.
    """

    source: Source = "matched"
    overlap: float = 0.5
    fine: str = ""
    missing: Missing = "leave_out"


class Parents(NamedTuple):
    """The pictures that pieces are cut from."""

    samples: Samples
    parts: Sequence[str | None]
    objects: Sequence[PictureObjects]


def parents_of(view: Dataset[Any], resolve: Resolve, pairing: Pairing) -> Parents:
    """Read what was found in pictures and what is there.

    Raises:
        InvalidData: No model has looked at them although found objects are asked for; or their pixels have
            been changed already, so that pieces would not be those of a request.
    """
    if view.applied:
        raise InvalidData.of(
            "pieces are cut out of pictures as they are when one is predicted, and these are prepared",
            code="I504",
            got=", ".join(transform.type for transform in view.applied),
            fix="Connect the data set as it was before image.cache",
        )
    table = read_index(resolve(view.index))
    samples = open_samples(view, resolve, labelled=False, augment=False)
    are_texts = view.task == tasks.TextDetection.name
    true = true_objects(samples, unlabelled="text" if are_texts else None)
    needs_found = pairing.source != "ground_truth" or "found" in table.column_names
    found = found_objects(table) if needs_found else [[] for _ in true]
    objects = [
        PictureObjects.of(own, real, overlap=pairing.overlap)
        for own, real in zip(found, true, strict=True)
    ]
    return Parents(samples, table["part"].to_pylist(), objects)


def object_crops(
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    settings: ObjectCrops,
    pairing: Pairing,
    *,
    reporter: Reporter,
    threads: int = 1,
) -> Dataset[Any]:
    """A data set of the objects in pictures, cut out, with their fine labels.

    Raises:
        InvalidData: As for :func:`parents_of`; or classes or fine labels are not there.
    """
    check_labels(settings.labels, view.labels)
    parents = parents_of(view, resolve, pairing)
    coarse = [name for name in view.labels if not settings.labels or name in settings.labels]
    true = [each.true for each in parents.objects]
    labels = fine_labels(true, attribute=pairing.fine, coarse=coarse)

    def cut_out(pixels: Image, piece: Piece) -> tuple[Image, tuple[int, int, int, int]]:
        height, width = pixels.shape[:2]
        whole = window(piece.place["box"], width=width, height=height, settings=settings)
        return cut(pixels, whole), whole

    plan = _planned(parents, settings, pairing, lambda true: true.fine(pairing.fine))
    cropped = cut_pictures(
        parents.samples, plan.pieces, workdir / _MEDIA, cut_out, reporter=reporter, threads=threads
    )
    positions = {name: number for number, name in enumerate(labels)}

    def label_of(sample: Sample) -> int | None:
        fine = sample.piece.true.fine(pairing.fine) if sample.piece.true else None
        # A found object may be one of another class: of the ones asked about, but not of this stage.
        return None if fine is None else positions.get(fine)

    return _written(
        view,
        workdir,
        parents,
        cropped,
        task=tasks.ImageClassification.name,
        labels=labels,
        label_of=label_of,
        num_missing=plan.num_missing,
        reporter=reporter,
    )


def text_crops(
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    settings: TextCrops,
    pairing: Pairing,
    *,
    reporter: Reporter,
    threads: int = 1,
) -> Dataset[Any]:
    """A data set of the texts in pictures, cut out and turned upright, with what is written there.

    Raises:
        InvalidData: As for :func:`parents_of`.
    """
    parents = parents_of(view, resolve, pairing)

    def turned(pixels: Image, piece: Piece) -> tuple[Image, tuple[int, int, int, int]]:
        polygon = piece.place.get("polygon") or _corners(piece.place["box"])
        height, width = pixels.shape[:2]
        around = window(piece.place["box"], width=width, height=height, settings=ObjectCrops())
        return rectified(pixels, polygon, padding=settings.padding), around

    plan = _planned(parents, settings, pairing, lambda true: true.text, has_checks=False)
    cropped = cut_pictures(
        parents.samples, plan.pieces, workdir / _MEDIA, turned, reporter=reporter, threads=threads
    )
    return _written(
        view,
        workdir,
        parents,
        cropped,
        task=tasks.TextRecognition.name,
        labels=(),
        label_of=lambda sample: None,
        text_of=lambda sample: sample.piece.true.text if sample.piece.true else None,
        num_missing=plan.num_missing,
        reporter=reporter,
    )


class _Plan(NamedTuple):
    """What will be cut out of each picture, by tag, and how many were left out without a fine label."""

    pieces: list[list[tuple[str, Piece]]]
    num_missing: int


def _planned(
    parents: Parents,
    settings: ObjectCrops | TextCrops,
    pairing: Pairing,
    fine_of: Callable[[TrueObject], str | None],
    *,
    has_checks: bool = True,
) -> _Plan:
    planned, num_missing = [], 0
    for picture, part in zip(parents.objects, parents.parts, strict=True):
        own = pieces(picture, settings, pairing.source)
        kept = [
            piece
            for piece in own
            if pairing.source == "predicted" or (piece.true and fine_of(piece.true) is not None)
        ]
        num_missing += len(own) - len(kept)
        tagged = [(str(number), piece) for number, piece in enumerate(kept)]
        if has_checks and part != _NOT_CHECKED:
            tagged += [
                (f"{source[0]}{number}", piece)
                for source in _CHECKED
                for number, piece in enumerate(pieces(picture, settings, source))
            ]
        planned.append(tagged)
    if num_missing and pairing.missing == "error":
        raise InvalidData.of(
            f"{num_missing} objects have no fine label",
            code="I505",
            expected=f"the attribute {pairing.fine!r}" if pairing.fine else "a label or a text",
            fix="Annotate them, or leave them out with missing: leave_out",
        )
    return _Plan(planned, num_missing)


def remarks_on_crops(*, crops: int, parents: int, pictures: int, missing: int) -> tuple[str, ...]:
    """What a person should know about crops before something is learned from them.

    Args:
        parents: Pictures with crops.
        missing: Objects without a fine label.
    """
    counted = f"{crops} crops of {parents} out of {pictures} pictures"
    if not missing:
        return (counted,)
    return (counted, f"objects without a fine label, left out: {missing}")


_CHECKED: tuple[Source, ...] = ("predicted", "ground_truth")


def _written(
    view: Dataset[Any],
    workdir: Path,
    parents: Parents,
    cropped: Sequence[Sample],
    *,
    task: str,
    labels: tuple[str, ...],
    label_of: Callable[[Sample], int | None],
    num_missing: int,
    reporter: Reporter,
    text_of: Callable[[Sample], str | None] | None = None,
) -> Dataset[Any]:
    import pyarrow as pa

    def table(chosen: Sequence[Sample]) -> pa.Table:
        found = table_of(
            chosen,
            ids=parents.samples.ids,
            parts=parents.parts,
            labels=[label_of(each) for each in chosen],
        )
        if text_of is None:
            return found
        return found.append_column("text", pa.array(map(text_of, chosen), pa.string()))

    own = [each for each in cropped if each.tag.isdecimal()]
    checks = [each for each in cropped if not each.tag.isdecimal()]
    (workdir / _MEDIA).mkdir(exist_ok=True)
    write_index(workdir / INDEX_NAME, table(own))
    if checks:
        write_index(workdir / CHECKS_NAME, table(checks))
    remarks = remarks_on_crops(
        crops=len(own),
        parents=len({each.parent for each in own}),
        pictures=len(parents.samples),
        missing=num_missing,
    )
    for remark in remarks:
        reporter.note(remark)
    return Dataset(
        task=task,
        index=f"work:{INDEX_NAME}",
        media=f"work:{_MEDIA}",
        media_kind="folder",
        labels=labels,
        channels=view.channels,
        remarks=remarks,
    )


def _corners(box: Sequence[float]) -> list[list[float]]:
    left, top, right, bottom = box
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
