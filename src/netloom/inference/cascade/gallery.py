"""Pictures that tell most about a cascade: where it makes most errors, and some that go well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netloom.data.datasets import Samples
from netloom.data.derived.found import FoundObject
from netloom.inference.cascade.fates import PictureFates
from netloom.tasks.object_detection.drawing import (
    FALSE,
    MISSED,
    RIGHT,
    WRONG,
    Frame,
    framed_jpeg,
)
from netloom.tasks.sections import GallerySection, Picture

_SHOWN = 12
_SIDE = 480
_COLOURS = (
    "Green is right to the end, amber has a wrong label, red is where nothing is, dashed blue was missed. "
    "Captions tell what was said and, after “is”, what is true."
)


def galleries(
    fates: Sequence[PictureFates],
    samples: Samples,
    found: Sequence[Sequence[FoundObject]],
) -> Iterator[GallerySection]:
    """Pictures with most errors, then some with many objects and none; empty ones are left out."""
    places = range(len(fates))
    wrong = sorted((p for p in places if fates[p].num_errors), key=lambda p: -fates[p].num_errors)
    good = [p for p in places if not fates[p].num_errors and fates[p].objects]
    good.sort(key=lambda p: -len(fates[p].objects))
    chosen = (
        ("Most errors", wrong[:_SHOWN], f"Of {len(wrong)} pictures with errors. {_COLOURS}"),
        ("Without errors", good[: _SHOWN // 2], f"Of {len(good)}, those with most objects."),
    )
    for title, shown, text in chosen:
        if shown:
            yield GallerySection(
                title=title,
                pictures=tuple(_picture(fates[p], samples, found[p], p) for p in shown),
                text=text,
                is_large=True,
            )


def _picture(
    fates: PictureFates, samples: Samples, found: Sequence[FoundObject], position: int
) -> Picture:
    objects = samples.objects(position)
    assert objects is not None  # it was evaluated
    frames = list(_frames(fates, found, objects.boxes_M4.tolist()))
    missed = sum(each.fate == "missed" for each in fates.objects)
    right = sum(each.fate == "right" for each in fates.objects)
    wrong = len(fates.objects) - missed - right
    counted = (
        (missed, "missed"),
        (wrong, "wrong"),
        (len(fates.false_alarms), "false"),
    )
    told = ", ".join(f"{count} {name}" for count, name in counted if count)
    return Picture(
        content=framed_jpeg(samples.read(position), frames, side=_SIDE),
        media_type="image/jpeg",
        caption=told or f"{right} right",
        detail=f"{right} right" if told else "",
        source=fates.id,
        tone="bad" if told else "good",
    )


def _frames(
    fates: PictureFates, found: Sequence[FoundObject], true_boxes: Sequence[Sequence[float]]
) -> Iterator[Frame]:
    for each in fates.objects:
        if each.found is None:
            yield Frame(true_boxes[each.number], each.fine, MISSED, is_dashed=True)
            continue
        said = each.said or f"{each.found_coarse}?"
        is_right = each.fate == "right"
        caption = said if is_right else f"{said}, is {each.fine}"
        yield Frame(found[each.found]["box"], caption, RIGHT if is_right else WRONG)
    for alarm in fates.false_alarms:
        yield Frame(found[alarm.found]["box"], alarm.said or f"{alarm.coarse}?", FALSE)
